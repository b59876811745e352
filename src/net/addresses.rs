//! Which IP addresses may be contacted: the global unicast ones, and what the operator allows beside them.
//!
//! The test is an allow-list. Deny-lists of "private" networks have been found incomplete again and again, mostly by IPv6 forms that carry
//! an IPv4 address, so every such form is undone first or refused outright.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 networks that are not ordinary public hosts: the IANA special-purpose registry (RFC 6890 and later) and multicast.
const SPECIAL_V4: [Ipv4Net; 18] = [
    v4([0, 0, 0, 0], 8),       // this network
    v4([10, 0, 0, 0], 8),      // private use
    v4([100, 64, 0, 0], 10),   // shared by carriers (CGNAT)
    v4([127, 0, 0, 0], 8),     // loopback
    v4([169, 254, 0, 0], 16),  // link-local, cloud metadata
    v4([172, 16, 0, 0], 12),   // private use
    v4([192, 0, 0, 0], 24),    // protocol assignments, DS-Lite, NAT64 discovery
    v4([192, 0, 2, 0], 24),    // documentation
    v4([192, 31, 196, 0], 24), // AS112
    v4([192, 52, 193, 0], 24), // automatic multicast tunnelling
    v4([192, 88, 99, 0], 24),  // 6to4 relays, deprecated
    v4([192, 168, 0, 0], 16),  // private use
    v4([192, 175, 48, 0], 24), // AS112
    v4([198, 18, 0, 0], 15),   // benchmarks
    v4([198, 51, 100, 0], 24), // documentation
    v4([203, 0, 113, 0], 24),  // documentation
    v4([224, 0, 0, 0], 4),     // multicast
    v4([240, 0, 0, 0], 4),     // reserved, broadcast
];

/// All that IANA has opened for IPv6 global unicast; everything outside it is refused.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

/// The parts of [`GLOBAL_V6`] that are not ordinary public hosts.
const SPECIAL_V6: [Ipv6Net; 5] = [
    v6([0x2001, 0, 0, 0], 23),         // protocol assignments, with Teredo, benchmarks and ORCHID
    v6([0x2001, 0x0db8, 0, 0], 32),    // documentation
    v6([0x2002, 0, 0, 0], 16),         // 6to4: an IPv4 address in disguise
    v6([0x2620, 0x4f, 0x8000, 0], 48), // AS112
    v6([0x3fff, 0, 0, 0], 20),         // documentation
];

/// The well-known NAT64 prefix (RFC 6052): the last 32 bits are the IPv4 host that is reached.
const NAT64: Ipv6Net = v6([0x0064, 0xff9b, 0, 0], 96);

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b, c, d]: [u16; 4], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
}

/// Whether an address belongs to an ordinary host on the public internet.
///
/// IPv4-mapped and NAT64 addresses are judged by the IPv4 address inside. IPv4-compatible and translated addresses, local-use NAT64
/// (`64:ff9b:1::/48`), 6to4 and Teredo are refused whatever they carry: nothing that is worth reaching is reached that way.
pub fn is_global_unicast(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) if NAT64.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            is_global_v4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => GLOBAL_V6.contains(&address) && !SPECIAL_V6.iter().any(|net| net.contains(&address)),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|net| net.contains(&address))
}

/// The address filter: global unicast, plus the networks the operator named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    allow: Vec<IpNet>,
}

impl AddressPolicy {
    /// A filter that also permits the given networks. An IPv4-mapped address counts as the IPv4 address inside it.
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// Whether a connection to this address is permitted.
    pub fn permits(&self, address: IpAddr) -> bool {
        // A socket connected to `::ffff:a.b.c.d` talks to a.b.c.d, so only that may match, never `::/0`.
        let address = address.to_canonical();
        is_global_unicast(address) || self.allow.iter().any(|net| net.contains(&address))
    }

    /// Whether the operator opened any network beyond the public internet, as on a test bench or an intranet.
    pub fn is_widened(&self) -> bool {
        !self.allow.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The IANA IPv4 special-purpose registry, each line of it, with multicast.
    const IANA_V4: &[&str] = &[
        "0.0.0.0/8",
        "0.0.0.0/32",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.0.0/29",
        "192.0.0.8/32",
        "192.0.0.9/32",
        "192.0.0.10/32",
        "192.0.0.170/32",
        "192.0.0.171/32",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.88.99.2/32",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "255.255.255.255/32",
        "224.0.0.0/24",
        "224.0.0.0/4",
        "232.0.0.0/8",
        "239.0.0.0/8",
    ];

    /// The IANA IPv6 special-purpose registry, each line of it, with the deprecated and the never assigned forms.
    const IANA_V6: &[&str] = &[
        "::1/128",
        "::/128",
        "::/96",
        "::ffff:0:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",
        "2001::/32",
        "2001:1::1/128",
        "2001:1::2/128",
        "2001:1::3/128",
        "2001:2::/48",
        "2001:3::/32",
        "2001:4:112::/48",
        "2001:10::/28",
        "2001:20::/28",
        "2001:30::/28",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fd00::/8",
        "fe80::/10",
        "fe80::/64",
        "fec0::/10",
        "ff00::/8",
        "ff02::/16",
        "ff0e::/16",
        "4000::/3",
        "6000::/3",
        "8000::/3",
        "a000::/3",
        "c000::/3",
        "e000::/4",
    ];

    fn ends(net: &str) -> [IpAddr; 2] {
        let net: IpNet = net.parse().unwrap();
        [net.network(), net.broadcast()]
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Every way to write an IPv4 address into an IPv6 one.
    fn disguises(address: Ipv4Addr) -> Vec<IpAddr> {
        let [a, b, c, d] = address.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        [
            Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !high, !low),
        ]
        .map(IpAddr::from)
        .to_vec()
    }

    #[test]
    fn refuses_every_special_range() {
        let strict = AddressPolicy::default();
        for net in IANA_V4.iter().chain(IANA_V6) {
            for address in ends(net) {
                assert!(!is_global_unicast(address), "{address} of {net}");
                assert!(!strict.permits(address), "{address} of {net}");
            }
        }
    }

    #[test]
    fn refuses_special_ipv4_in_every_disguise() {
        for net in IANA_V4 {
            for address in ends(net) {
                let IpAddr::V4(address) = address else { panic!("{net} is IPv4") };
                for disguise in disguises(address) {
                    assert!(!is_global_unicast(disguise), "{disguise} carries {address}");
                }
            }
        }
    }

    #[test]
    fn permits_public_hosts() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "2001:200::",
            "2001:4860:4860::8888",
            "2001:db7:ffff::1",
            "2001:db9::",
            "2003::1",
            "2606:4700::1111",
            "2620:4f:8001::",
            "2a01:4f8::1",
            "3ffe:ffff::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(is_global_unicast(ip(address)), "{address}");
        }
    }

    #[test]
    fn the_operator_can_open_networks_and_nothing_else() {
        let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap(), "fd00:1::/32".parse().unwrap()]);
        assert!(policy.is_widened());
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "fd00:1::5", "1.1.1.1"] {
            assert!(policy.permits(ip(address)), "{address}");
        }
        for address in
            ["10.0.0.1", "::1", "::127.0.0.1", "64:ff9b::127.0.0.1", "fd00:2::5", "0.0.0.0", "169.254.169.254"]
        {
            assert!(!policy.permits(ip(address)), "{address}");
        }
    }

    #[test]
    fn opening_all_of_ipv6_opens_no_ipv4() {
        let policy = AddressPolicy::new(vec!["::/0".parse().unwrap()]);
        assert!(policy.permits(ip("::1")));
        assert!(!policy.permits(ip("::ffff:127.0.0.1")));
        assert!(!policy.permits(ip("127.0.0.1")));
    }
}
