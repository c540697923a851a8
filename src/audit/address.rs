//! Where a request came from, by the headers that PostgREST puts in a setting. Pure.
use std::net::{IpAddr, SocketAddr};

/// The first address of x-forwarded-for; none for anything malformed.
pub fn forwarded(headers: &str) -> Option<IpAddr> {
    let headers: serde_json::Value = serde_json::from_str(headers).ok()?;
    let first = headers.get("x-forwarded-for")?.as_str()?.split(',').next()?.trim();
    first.parse().ok().or_else(|| first.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::forwarded;

    #[test]
    fn the_first_address_counts_and_malformed_ones_do_not() {
        let address = |value: &str| forwarded(&format!(r#"{{"x-forwarded-for": {value}}}"#)).map(|ip| ip.to_string());
        for (value, found) in [
            (r#""203.0.113.7""#, Some("203.0.113.7")),
            (r#"" 203.0.113.7 , 10.0.0.1""#, Some("203.0.113.7")),
            (r#""203.0.113.7:4711""#, Some("203.0.113.7")),
            (r#""2001:db8::1""#, Some("2001:db8::1")),
            (r#""[2001:db8::1]:80""#, Some("2001:db8::1")),
            (r#""unknown""#, None),
            (r#""203.0.113.777""#, None),
            (r#""""#, None),
            ("7", None),
        ] {
            assert_eq!(address(value).as_deref(), found, "{value}");
        }
        assert!(["", "{", "null", "[]", "{}"].into_iter().all(|headers| forwarded(headers).is_none()));
    }
}
