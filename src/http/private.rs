//! Which addresses a server that somebody else named may have.
//!
//! An admin of a team says where its ticket system is, and whoever answers for that name says at which address. Neither
//! may lead a request into the network that FlowPilot runs in: only public addresses are connected to, and those private
//! ones that the installation itself names. The address that is looked at is the one that is connected to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::Deserialize;
use url::Host;

/// What is not reached over the internet: the special-purpose registries of IANA, and the address at which a large
/// cloud talks to its machines.
const PRIVATE_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([168, 63, 129, 16], 32),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];
/// All that is public in version 6 is in here …
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0], 3);
/// … but not this: protocols (Teredo among them), documentation, and version 4 wrapped up (6to4).
const PRIVATE_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0], 32),
    v6([0x2002, 0, 0, 0], 16),
    v6([0x3fff, 0, 0, 0], 20),
];
/// Version 4, as networks that have only version 6 write it.
const TRANSLATED: Ipv6Net = v6([0x64, 0xff9b, 0, 0], 96);

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b, c, d]: [u16; 4], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), length)
}

/// The private networks that may be connected to; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct PrivateNetworks(Arc<[IpNet]>);

/// Why a server is not connected to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReached {
    /// Every address of it is private, and none of them is allowed.
    #[error(
        "is at the private address {0}, and this installation connects only to public ones and to `private_networks`"
    )]
    Private(IpAddr),
    /// There is no such name.
    #[error("has no address: {0}")]
    Unknown(String),
}

impl TryFrom<Vec<String>> for PrivateNetworks {
    type Error = String;

    /// Networks (`10.20.0.0/16`) and single addresses.
    fn try_from(written: Vec<String>) -> Result<Self, String> {
        let read = |text: &String| {
            let text = text.trim();
            let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            network.map_err(|_| format!("{text:?} is no network such as 10.20.0.0/16"))
        };
        written.iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl PrivateNetworks {
    /// This machine: for the demo, and for tests.
    #[must_use]
    pub fn this_machine() -> Self {
        Self([IpNet::V4(v4([127, 0, 0, 0], 8)), IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST))].into())
    }

    /// These, and those of `others` too.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self(self.0.iter().chain(&*others.0).copied().collect())
    }

    /// Whether this address may be connected to.
    #[must_use]
    pub fn permit(&self, address: IpAddr) -> bool {
        let address = plain(address);
        is_public(address) || self.0.iter().any(|network| network.contains(&address))
    }

    /// Refuses an address that is written as the host itself: nobody is asked for that one, so that the client's own
    /// look at it would never come.
    ///
    /// # Errors
    /// [`NotReached::Private`].
    pub fn check_literal(&self, url: &Url) -> Result<(), NotReached> {
        let address = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.permit(address) { Ok(()) } else { Err(NotReached::Private(address)) }
    }

    /// The addresses of a host that may be connected to, of which there is at least one.
    ///
    /// # Errors
    /// [`NotReached`].
    pub async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, NotReached> {
        // The client puts in the port.
        let found = tokio::net::lookup_host((host, 0)).await;
        let found: Vec<SocketAddr> = found.map_err(|e| NotReached::Unknown(e.to_string()))?.collect();
        let first = found.first().ok_or_else(|| NotReached::Unknown("nothing was found".to_owned()))?.ip();
        let permitted: Vec<SocketAddr> = found.into_iter().filter(|it| self.permit(it.ip())).collect();
        if permitted.is_empty() { Err(NotReached::Private(first)) } else { Ok(permitted) }
    }
}

/// Gives an HTTP client no other addresses than those that may be connected to.
#[derive(Debug, Clone)]
pub(super) struct Guard(pub(super) PrivateNetworks);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let networks = self.0.clone();
        Box::pin(async move {
            let host = name.as_str();
            let found = networks.addresses(host).await.map_err(|error| Unreached(host.to_owned(), error))?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// With the name, for whoever reads the message alone.
#[derive(Debug)]
struct Unreached(String, NotReached);

impl std::error::Error for Unreached {}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// The address that packets go to, where it is written as one of the other version.
fn plain(address: IpAddr) -> IpAddr {
    let address = address.to_canonical();
    match address {
        IpAddr::V6(v6) if TRANSLATED.contains(&v6) => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        other => other,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => !PRIVATE_V4.iter().any(|network| network.contains(&ip)),
        IpAddr::V6(ip) => GLOBAL_V6.contains(&ip) && !PRIVATE_V6.iter().any(|network| network.contains(&ip)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(written: &[&str]) -> PrivateNetworks {
        PrivateNetworks::try_from(written.iter().map(|&it| it.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn permitted(networks: &PrivateNetworks, address: &str) -> bool {
        networks.permit(address.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_are_connected_to() {
        let none = PrivateNetworks::default();
        for public in
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "168.63.129.17", "2606:4700::1111", "64:ff9b::1.1.1.1"]
        {
            assert!(permitted(&none, public), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.100.100.200",
            "127.0.0.1",
            "168.63.129.16",
            "169.254.169.254",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.1.2.3",
            "::127.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1",
            "100::1",
            "2001:0:1::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!permitted(&none, private), "{private}");
        }
    }

    #[test]
    fn a_private_network_is_connected_to_where_it_is_named() {
        let named = networks(&["10.20.0.0/16", "192.168.7.9", "fd12::/16"]);
        for address in ["10.20.3.4", "::ffff:10.20.3.4", "192.168.7.9", "fd12::1"] {
            assert!(permitted(&named, address), "{address}");
        }
        for address in ["10.21.3.4", "192.168.7.8", "127.0.0.1", "fd13::1"] {
            assert!(!permitted(&named, address), "{address}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for odd in ["", "10.20.0.0/33", "example.com", "*"] {
            assert!(PrivateNetworks::try_from(vec![odd.to_owned()]).is_err(), "{odd}");
        }
    }

    #[test]
    fn an_address_is_looked_at_however_it_is_written() {
        let none = PrivateNetworks::default();
        for url in ["https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://[::ffff:7f00:1]/"] {
            assert!(none.check_literal(&url.parse().unwrap()).is_err(), "{url}");
        }
        assert_eq!(none.check_literal(&"https://cw.example.com/".parse().unwrap()), Ok(()));
        assert_eq!(
            PrivateNetworks::this_machine().check_literal(&"http://127.0.0.1:9/".parse().unwrap()),
            Ok(())
        );
    }

    #[tokio::test]
    async fn a_name_for_a_private_address_is_not_connected_to() {
        let refused = PrivateNetworks::default().addresses("localhost").await.unwrap_err();
        assert!(matches!(refused, NotReached::Private(ip) if ip.is_loopback()), "{refused}");
        assert!(!PrivateNetworks::this_machine().addresses("localhost").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_client_itself_refuses_such_a_name() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let none = PrivateNetworks::default();
        let client = crate::http::guarded_client(std::time::Duration::from_secs(5), &none).unwrap();
        let error = client.get(url).send().await.unwrap_err();
        assert!(error.is_connect() && format!("{error:?}").contains("Private"), "{error:?}");
    }
}
