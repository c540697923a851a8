//! Where a request came from: the connection's own address, or behind proxies what they say of it. Pure.
//!
//! Every proxy adds the address that it was called from to the right of x-forwarded-for; what stands further left is whatever the client
//! sent. So the header is read from the right, as long as who wrote the entry is trusted.
use crate::core::work;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Addresses and networks whose word on where a request came from is taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<(IpAddr, u8)>);

/// An IPv4 address that is written as an IPv6 one is the same address.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

impl TrustedProxies {
    /// A comma-separated list such as `10.0.0.0/8, 2001:db8::/32, 192.0.2.1`; tells the entry that is neither an address nor a network.
    pub fn parse(list: &str) -> Result<TrustedProxies, String> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let network = |entry: &str| -> Option<(IpAddr, u8)> {
            let (address, length) =
                entry.split_once('/').map_or((entry, None), |(address, length)| (address, Some(length)));
            let address: IpAddr = address.parse().ok()?;
            let (_, width) = bits(address);
            let is_number = |length: &&str| length.bytes().all(|byte| byte.is_ascii_digit());
            let length = match length {
                Some(length) => Some(length).filter(is_number)?.parse().ok().filter(|length| *length <= width)?,
                None => width,
            };
            // A network of mapped addresses is one of IPv4.
            match canonical(address) {
                mapped @ IpAddr::V4(_) if width == 128 => (length >= 96).then(|| (mapped, length - 96)),
                _ => Some((address, length)),
            }
        };
        entries
            .map(|entry| network(entry).ok_or_else(|| entry.to_owned()))
            .collect::<Result<_, _>>()
            .map(TrustedProxies)
    }

    fn holds(&self, address: IpAddr) -> bool {
        let (wanted, width) = bits(canonical(address));
        self.0.iter().any(|(network, length)| {
            let (network, of) = bits(*network);
            of == width && (*length == 0 || (network ^ wanted) >> (width - length) == 0)
        })
    }

    /// Where a request came from. `connection` is the address that the session came from, none for a socket of the server's own machine,
    /// `headers` the request's headers as a JSON object. The address is the last one on the way that is not trusted, or the first of the
    /// way where all are; an entry that is no address ends the way, as whoever wrote it is not to be understood.
    pub fn origin(&self, connection: Option<IpAddr>, headers: Option<&str>) -> Option<IpAddr> {
        let mut origin = connection.map(canonical);
        // Without a list nobody's word is taken.
        if crate::core::check::in_force("trusted_proxies")
            && (self.0.is_empty() || origin.is_some_and(|address| !self.holds(address)))
        {
            return origin;
        }
        let Some(way) = headers.and_then(forwarded) else { return origin };
        for entry in way.rsplit(',') {
            work::step();
            let Some(address) = address(entry.trim()) else { break };
            origin = Some(address);
            if !self.holds(address) {
                break;
            }
        }
        origin
    }
}

/// The header of the way; none for anything malformed.
fn forwarded(headers: &str) -> Option<String> {
    let headers: serde_json::Value = serde_json::from_str(headers).ok()?;
    Some(headers.get("x-forwarded-for")?.as_str()?.to_owned())
}

/// An address with or without a port.
fn address(entry: &str) -> Option<IpAddr> {
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    entry.parse().ok().or_else(with_port).or_else(bracketed).map(canonical)
}

#[cfg(test)]
mod tests {
    use super::TrustedProxies;

    fn origin(list: &str, connection: &str, way: &str) -> Option<String> {
        let headers = serde_json::json!({ "x-forwarded-for": way }).to_string();
        let list = TrustedProxies::parse(list).unwrap();
        list.origin(connection.parse().ok(), Some(&headers)).map(|address| address.to_string())
    }

    #[test]
    fn the_last_address_that_is_not_trusted_counts() {
        const LIST: &str = "10.0.0.0/8, 2001:db8:1::/48,192.0.2.1";
        for (list, connection, way, found) in [
            // Nobody is trusted: the header is what the client likes.
            ("", "", "203.0.113.7", None),
            ("", "198.51.100.9", "203.0.113.7", Some("198.51.100.9")),
            (" , ", "198.51.100.9", "203.0.113.7", Some("198.51.100.9")),
            // Who connects is no proxy.
            (LIST, "198.51.100.9", "203.0.113.7", Some("198.51.100.9")),
            (LIST, "10.1.2.3", "203.0.113.7", Some("203.0.113.7")),
            (LIST, "", "203.0.113.7", Some("203.0.113.7")),
            // What the client wrote stands on the left.
            (LIST, "10.1.2.3", "1.2.3.4, 203.0.113.7", Some("203.0.113.7")),
            (LIST, "10.1.2.3", "1.2.3.4, 203.0.113.7 , 10.9.9.9,192.0.2.1", Some("203.0.113.7")),
            (LIST, "10.1.2.3", "10.66.66.66, 203.0.113.7, 10.0.0.1", Some("203.0.113.7")),
            (LIST, "10.1.2.3", "10.0.0.2, 10.0.0.1", Some("10.0.0.2")),
            (LIST, "10.1.2.3", "203.0.113.7:4711", Some("203.0.113.7")),
            (LIST, "2001:db8:1::5", "2001:db8:2::1, [2001:db8:1::1]:80", Some("2001:db8:2::1")),
            (LIST, "2001:db8:1::5", "[2001:db8:2::1]", Some("2001:db8:2::1")),
            (LIST, "2001:db8:2::5", "203.0.113.7", Some("2001:db8:2::5")),
            // The same addresses, written as IPv6.
            (LIST, "::ffff:10.1.2.3", "::ffff:203.0.113.7, ::ffff:10.0.0.1", Some("203.0.113.7")),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "203.0.113.7", Some("203.0.113.7")),
            // Garbage hides what is left of it.
            (LIST, "10.1.2.3", "203.0.113.7, unknown", Some("10.1.2.3")),
            (LIST, "10.1.2.3", "203.0.113.7, unknown, 10.0.0.1", Some("10.0.0.1")),
            (LIST, "10.1.2.3", "203.0.113.777", Some("10.1.2.3")),
            (LIST, "10.1.2.3", "", Some("10.1.2.3")),
            (LIST, "", "unknown", None),
            ("0.0.0.0/0", "10.1.2.3", "2001:db8::1, 203.0.113.7", Some("2001:db8::1")),
            ("10.1.2.3/31", "10.1.2.2", "203.0.113.7", Some("203.0.113.7")),
        ] {
            assert_eq!(origin(list, connection, way).as_deref(), found, "{list} | {connection} | {way}");
        }
        let many = vec!["10.0.0.1"; 10_000].join(",");
        assert_eq!(origin(LIST, "10.1.2.3", &format!("1.2.3.4,203.0.113.7,{many}")).as_deref(), Some("203.0.113.7"));
    }

    #[test]
    fn headers_that_are_none_say_nothing() {
        let list = TrustedProxies::parse("10.0.0.0/8").unwrap();
        let own = "10.1.2.3".parse().ok();
        for headers in ["", "{", "null", "[]", "{}", r#"{"x-forwarded-for": 7}"#, r#"{"x-forwarded-for": ["1.2.3.4"]}"#]
        {
            assert_eq!(list.origin(own, Some(headers)), own, "{headers}");
        }
        assert_eq!(list.origin(own, None), own);
    }

    #[test]
    fn what_is_no_list_is_told() {
        for (list, entry) in [
            ("10.0.0.0/8, nginx", "nginx"),
            ("10.0.0.0/33", "10.0.0.0/33"),
            ("10.0.0.0/", "10.0.0.0/"),
            ("10.0.0.0/+8", "10.0.0.0/+8"),
            ("::/129", "::/129"),
            ("::ffff:0:0/90", "::ffff:0:0/90"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("1", "1"),
        ] {
            assert_eq!(TrustedProxies::parse(list), Err(entry.to_owned()), "{list}");
        }
    }
}
