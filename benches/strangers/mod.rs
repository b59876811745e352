//! Accounts on other servers, and our own server at work, for benchmarks of what goes between them.

use std::net::TcpListener;

use rapport::app::App;
use rapport::cli::serve::Running;
use rapport::crypto::keys::{Algorithm, PublicKey};
use rapport::domain::accounts::Kind;
use rapport::domain::accounts::actions::{Remote, RemoteKey};
use rapport::text::SafeHtml;

/// The one account of a host: host name and, unless it is 80, port.
pub fn stranger(host: &str, key: &PublicKey) -> Remote {
    let uri = format!("http://{host}/users/kim");
    let key = RemoteKey { key_id: format!("{uri}#main-key"), algorithm: Algorithm::Rsa, public_der: key.to_der() };
    Remote {
        url: uri.clone(),
        username: "kim".into(),
        domain: host.into(),
        kind: Kind::Person,
        display_name: "Kim".into(),
        note: SafeHtml::default(),
        fields: Vec::new(),
        emojis: Vec::new(),
        avatar: None,
        avatar_description: String::new(),
        header: None,
        header_description: String::new(),
        is_locked: false,
        is_discoverable: true,
        is_indexable: true,
        hides_collections: false,
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: Some(format!("http://{host}/inbox")),
        outbox_url: None,
        followers_url: Some(format!("{uri}/followers")),
        following_url: None,
        featured_url: None,
        also_known_as: Vec::new(),
        moved_to_uri: None,
        created_at: None,
        is_suspended: false,
        keys: vec![key],
        followers_count: None,
        following_count: None,
        statuses_count: None,
        uri,
    }
}

/// The server with all its background work, on a port that nobody knows.
pub fn serve(app: &App) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    Running::start(app.clone(), listener, true).expect("a running server")
}
