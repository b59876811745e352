//! Who is at the other end: the socket's peer, or what a trusted proxy says of it. Nobody else's word is taken.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use ipnet::IpNet;

/// The address a request came from: the socket's peer unless that is a trusted proxy; then the right-most hop of `X-Forwarded-For` that is none.
pub fn of(request: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
    let hops = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    client(peer, hops, trusted)
}

/// Whether a request went through any proxy at all, trusted or not.
pub fn is_forwarded(request: &HttpRequest) -> bool {
    ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "via"]
        .iter()
        .any(|name| request.headers().contains_key(*name))
}

fn client<'a>(peer: IpAddr, hops: impl Iterator<Item = &'a str>, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    // A header of a kilometre is no reason to read it all: only the last hops can be of trusted proxies.
    let hops: Vec<&str> = hops.take(64).collect();
    let mut seen = peer;
    for hop in hops.into_iter().rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { return seen };
        seen = address.to_canonical();
        if !is_trusted(&seen) {
            return seen;
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let trusted: Vec<IpNet> = vec!["127.0.0.1/32".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(client(ip("203.0.113.9"), ["198.51.100.1"].into_iter(), &trusted), ip("203.0.113.9"));
        assert_eq!(
            client(ip("127.0.0.1"), ["198.51.100.1", " 203.0.113.5", "10.1.2.3"].into_iter(), &trusted),
            ip("203.0.113.5")
        );
        assert_eq!(client(ip("127.0.0.1"), ["not an address"].into_iter(), &trusted), ip("127.0.0.1"));
        assert_eq!(client(ip("127.0.0.1"), std::iter::empty(), &trusted), ip("127.0.0.1"));
    }
}
