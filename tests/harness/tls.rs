//! A private certificate authority, and a front that speaks TLS before a server that does not, as a reverse proxy does.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, spawn_local};
use tokio_rustls::TlsAcceptor;

/// Who vouches for the servers of one test.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What a server proves its name with.
pub struct Identity {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    /// An authority that nobody else trusts.
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, "Rapport test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for a host name.
    pub fn vouch_for(&self, host: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a host name");
        params.distinguished_name.push(DnType::CommonName, host);
        Identity { certificate: params.signed_by(&key, &self.issuer).expect("a certificate"), key }
    }

    /// Writes its certificate (PEM) for those who are to trust it.
    pub fn write(&self, file: &Path) {
        std::fs::write(file, &self.pem).expect("the certificate can be written");
    }
}

impl Identity {
    /// Writes certificate and key (PEM).
    pub fn write(&self, certificate: &Path, key: &Path) {
        std::fs::write(certificate, self.certificate.pem()).expect("the certificate can be written");
        std::fs::write(key, self.key.serialize_pem()).expect("the key can be written");
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows the usual versions")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.der().clone()], key)
            .expect("a certificate that fits its key");
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Takes TLS connections and passes what is inside on, until it is dropped.
pub struct Front {
    port: u16,
    accepting: AbortHandle,
}

impl Front {
    /// A front on a port of its own before the server at `target`.
    pub async fn start(identity: &Identity, target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let acceptor = identity.acceptor();
        let accepting = spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                spawn_local(pass_on(acceptor.clone(), client, target));
            }
        });
        Self { port, accepting: accepting.abort_handle() }
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Either side may end the connection whenever it likes.
async fn pass_on(acceptor: TlsAcceptor, client: TcpStream, target: SocketAddr) {
    let Ok(mut client) = acceptor.accept(client).await else { return };
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    drop(copy_bidirectional(&mut client, &mut server).await);
}
