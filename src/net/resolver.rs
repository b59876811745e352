//! Name resolution with the address filter inside, so that what was checked is what is connected to.
//!
//! A check before the request would leave time for the name to change its answer (DNS rebinding). Here the filter sits between the lookup
//! and the connection; the connector only ever sees permitted addresses.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::addresses::AddressPolicy;

/// Addresses of one answer that are tried; a hostile zone can hold thousands.
const MAX_ADDRESSES: usize = 16;
/// Lookups that may run at one time. A slow name server must not use up the threads that the database and the disk need too.
const MAX_LOOKUPS: usize = 128;

/// Finds the addresses of a host name, in the order to be tried.
pub type Lookup = Arc<dyn Fn(String) -> LookupAnswer + Send + Sync>;

/// The answer of a [`Lookup`], still under way.
pub type LookupAnswer = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// A name none of whose addresses may be contacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRefused {
    /// The name that was looked up.
    pub host: String,
    /// The first address it resolved to.
    pub address: IpAddr,
}

impl fmt::Display for AddressRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} resolves to {}, which is not an address on the public internet", self.host, self.address)
    }
}

impl StdError for AddressRefused {}

/// The resolver that the client connects through.
pub(super) struct FilteredResolver {
    policy: AddressPolicy,
    lookup: Lookup,
}

impl FilteredResolver {
    pub(super) fn new(policy: AddressPolicy, lookup: Lookup) -> Self {
        Self { policy, lookup }
    }
}

impl Resolve for FilteredResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(answer(host.clone(), (self.lookup)(host), self.policy.clone()))
    }
}

async fn answer(
    host: String,
    found: LookupAnswer,
    policy: AddressPolicy,
) -> Result<Addrs, Box<dyn StdError + Send + Sync>> {
    let permitted = permitted(host, found.await?, &policy)?;
    // Port 0 is replaced by the port of the URL.
    Ok(Box::new(permitted.into_iter().map(|address| SocketAddr::new(address, 0))))
}

fn permitted(
    host: String,
    found: Vec<IpAddr>,
    policy: &AddressPolicy,
) -> Result<Vec<IpAddr>, Box<dyn StdError + Send + Sync>> {
    let Some(first) = found.first().copied() else {
        return Err(Box::new(io::Error::other("the name has no address")));
    };
    let permitted: Vec<IpAddr> =
        found.into_iter().filter(|address| policy.permits(*address)).take(MAX_ADDRESSES).collect();
    if permitted.is_empty() {
        return Err(Box::new(AddressRefused { host, address: first }));
    }
    Ok(permitted)
}

/// The lookup of the operating system: hosts file, search order and name servers as configured there.
pub fn system_lookup() -> Lookup {
    let slots = Arc::new(Semaphore::new(MAX_LOOKUPS));
    Arc::new(move |host| Box::pin(look_up(Arc::clone(&slots), host)))
}

async fn look_up(slots: Arc<Semaphore>, host: String) -> io::Result<Vec<IpAddr>> {
    let slot = slots.acquire_owned().await.map_err(io::Error::other)?;
    // The system call cannot be cancelled: its slot is free only when it returns, not when nobody waits for it any more.
    let under_way = tokio::task::spawn_blocking(move || -> io::Result<Vec<IpAddr>> {
        let _slot = slot;
        let found = (host.as_str(), 0).to_socket_addrs()?;
        Ok(found.map(|address| address.ip()).collect())
    });
    under_way.await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(found: &[&str]) -> Result<Vec<IpAddr>, Box<dyn StdError + Send + Sync>> {
        let found = found.iter().map(|address| address.parse().unwrap()).collect();
        permitted("peer.example".to_owned(), found, &AddressPolicy::default())
    }

    #[test]
    fn keeps_only_the_permitted_addresses_of_a_mixed_answer() {
        let kept = strict(&["::1", "10.0.0.1", "2a01:4f8::1", "::ffff:127.0.0.1", "93.184.216.34"]).unwrap();
        assert_eq!(kept, ["2a01:4f8::1".parse::<IpAddr>().unwrap(), "93.184.216.34".parse().unwrap()]);
    }

    #[test]
    fn refuses_a_name_with_special_addresses_only() {
        for found in [
            "127.0.0.1",
            "0.0.0.0",
            "169.254.169.254",
            "100.64.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "64:ff9b::7f00:1",
        ] {
            let error = strict(&[found]).unwrap_err();
            let refused = error.downcast_ref::<AddressRefused>().expect(found);
            assert_eq!(refused.address, found.parse::<IpAddr>().unwrap());
            assert!(refused.to_string().starts_with("peer.example resolves to "));
        }
    }

    #[test]
    fn a_name_without_addresses_is_not_a_refusal() {
        let error = strict(&[]).unwrap_err();
        assert!(error.downcast_ref::<AddressRefused>().is_none());
    }

    #[test]
    fn a_long_answer_is_cut() {
        let many = vec!["93.184.216.34"; 1000];
        assert_eq!(strict(&many).unwrap().len(), MAX_ADDRESSES);
    }

    #[tokio::test]
    async fn the_system_knows_this_machine() {
        let found = system_lookup()("localhost".to_owned()).await.unwrap();
        assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
        assert!(!found.is_empty());
    }
}
