//! Which addresses may be called, decided on the address itself: a name proves nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use headwater_model::{Error, Result};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The rule, and the resolver that applies it to what a name stands for.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Whether this machine and private networks may be called.
    pub allow_private: bool,
}

impl Reach {
    /// Whether `address` may be called.
    pub fn allows(self, address: IpAddr) -> bool {
        match kind(address) {
            Kind::Public => true,
            Kind::Private => self.allow_private,
            Kind::Never => false,
        }
    }

    /// Refuses a URL whose host is a forbidden address; names are checked when they are resolved.
    pub(super) fn check_url(self, url: &Url) -> Result<()> {
        let address = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Error::invalid("base_url", "The base URL names no host.")),
        };
        if self.allows(address) {
            return Ok(());
        }
        Err(Error::invalid("base_url", refusal(&address.to_string())))
    }
}

/// What a person reads when an address is refused.
fn refusal(host: &str) -> String {
    format!(
        "Headwater does not call {host}: it is an address that may not be reached from here. \
         Use another base URL."
    )
}

/// The resolver's refusal; `fault` shows its text to the person.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&refusal(&self.0))
    }
}

impl std::error::Error for Refused {}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let (allowed, refused): (Vec<SocketAddr>, Vec<SocketAddr>) =
                found.partition(|address| reach.allows(address.ip()));
            if allowed.is_empty() && !refused.is_empty() {
                return Err(Refused(name.as_str().to_owned()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

enum Kind {
    Public,
    Private,
    Never,
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(ip) => kind_v4(ip),
        IpAddr::V6(ip) => match embedded(ip) {
            Some(inner) => kind_v4(inner),
            None => kind_v6(ip),
        },
    }
}

fn kind_v4(ip: Ipv4Addr) -> Kind {
    let [a, b, ..] = ip.octets();
    // 168.63.129.16 and 100.100.100.200 are metadata services outside the link-local range.
    let metadata = ip == Ipv4Addr::new(168, 63, 129, 16) || ip == Ipv4Addr::new(100, 100, 100, 200);
    if ip.is_link_local() || metadata || ip.is_multicast() || ip.is_broadcast() || a >= 240 {
        return Kind::Never;
    }
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    if ip.is_loopback() || ip.is_private() || a == 0 || shared || benchmark || ip.is_documentation()
    {
        return Kind::Private;
    }
    Kind::Public
}

fn kind_v6(ip: Ipv6Addr) -> Kind {
    let first = ip.segments()[0];
    // fd00:ec2::254 is a metadata service inside the private range.
    let metadata = ip == Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254);
    if first & 0xffc0 == 0xfe80 || ip.is_multicast() || metadata {
        return Kind::Never;
    }
    if ip.is_loopback() || ip.is_unspecified() || first & 0xfe00 == 0xfc00 {
        return Kind::Private;
    }
    Kind::Public
}

/// The IPv4 address inside a mapped, translated or tunnelled IPv6 one: a common way around a rule.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => ip.to_ipv4_mapped(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn allows(allow_private: bool, address: &str) -> bool {
        Reach { allow_private }.allows(address.parse().unwrap())
    }

    #[test]
    fn a_local_model_server_may_be_called_and_a_metadata_service_never() {
        for local in ["127.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "fd12::1"] {
            assert!(allows(true, local), "{local}");
            assert!(!allows(false, local), "{local}");
        }
        for never in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "fe80::1",
            "fd00:ec2::254",
            "100.100.100.200",
            "224.0.0.1",
        ] {
            assert!(!allows(true, never), "{never}");
        }
        assert!(allows(false, "93.184.216.34") && allows(false, "2606:2800::1"));
    }
}
