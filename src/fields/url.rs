//! Web addresses, by the WHATWG URL standard as the `url` crate reads it.
use super::fold::half_width;
use url::Url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    Invalid,
    NoHost,
    Scheme,
}

/// Whether the text is an address with a host and one of these schemes.
pub fn check_url(text: &[u8], schemes: &[String]) -> Result<(), UrlError> {
    // The standard drops line breaks and trims blanks; a stored value must not need that.
    if text.iter().all(u8::is_ascii_graphic) {
        if has_plain_host(text, schemes) {
            return Ok(());
        }
    } else if text.is_ascii() {
        return Err(UrlError::Invalid);
    }
    let text = std::str::from_utf8(text).map_err(|_| UrlError::Invalid)?;
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(UrlError::Invalid);
    }
    let url = Url::parse(text).map_err(|_| UrlError::Invalid)?;
    if !schemes.iter().any(|scheme| scheme == url.scheme()) {
        return Err(UrlError::Scheme);
    }
    // "https:example.com" parses by the standard's leniency, but nobody means it.
    if !text[url.scheme().len()..].starts_with("://") || url.host_str().is_none_or(str::is_empty) {
        return Err(UrlError::NoHost);
    }
    Ok(())
}

/// Whether the address needs no parser: one of the web's schemes, then a host of ASCII labels. What follows a host never
/// makes an address invalid; a port, an encoded or an international name, and numbers, are left to the standard.
fn has_plain_host(text: &[u8], schemes: &[String]) -> bool {
    let Some((scheme, rest)) = ["https", "http"]
        .into_iter()
        .find_map(|scheme| Some((scheme, text.strip_prefix(scheme.as_bytes())?.strip_prefix(b"://")?)))
    else {
        return false;
    };
    let is_label =
        |label: &[u8]| !label.is_empty() && !label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--"));
    let (mut start, mut end) = (0, 0);
    for byte in rest {
        match byte {
            b'.' if is_label(&rest[start..end]) => start = end + 1,
            b'/' | b'?' | b'#' => break,
            byte if byte.is_ascii_alphanumeric() || *byte == b'-' => {}
            _ => return false,
        }
        end += 1;
    }
    let last = &rest[start..end];
    is_label(last) && last[0].is_ascii_alphabetic() && schemes.iter().any(|allowed| allowed == scheme)
}

/// Adds the scheme that people leave out.
pub fn cast_url(text: &str) -> String {
    let text = half_width(text).trim().to_owned();
    let bare = !text.contains(':')
        && text.split('/').next().is_some_and(|host| host.contains('.') && !host.contains([' ', '@']));
    if bare { format!("https://{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{UrlError, cast_url, check_url, has_plain_host};
    use crate::random::Random;
    use url::Url;

    #[test]
    fn addresses() {
        let schemes = ["http".to_owned(), "https".to_owned()];
        for good in ["https://example.com", "http://例え.jp/path?q=1#x", "https://[::1]:8080/", "HTTPS://EXAMPLE.COM"]
        {
            assert_eq!(check_url(good.as_bytes(), &schemes), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("javascript:alert(1)", UrlError::Scheme),
            ("ftp://example.com", UrlError::Scheme),
            ("example.com", UrlError::Invalid),
            ("https://", UrlError::Invalid),
            ("https:example.com", UrlError::NoHost),
            ("java\nscript:alert(1)", UrlError::Invalid),
            (" https://example.com", UrlError::Invalid),
        ] {
            assert_eq!(check_url(bad.as_bytes(), &schemes), Err(why), "{bad}");
        }
        assert_eq!(cast_url(" example.com/a "), "https://example.com/a");
        assert_eq!(cast_url("mailto:a@example.com"), "mailto:a@example.com");
    }

    #[test]
    fn plain_hosts_agree_with_the_parser() {
        const PIECES: [&str; 20] = [
            "a", "b-", "-", ".", "1", "0x1", "xn--", "XN--a", "/", "?", "#", ":", "@", "%41", "é", "\\", "[", "_",
            "com", "Z9",
        ];
        let schemes = ["https".to_owned()];
        let (mut random, mut plain) = (Random(1), 0);
        for _ in 0..300_000 {
            let length = 1 + random.next() % 8;
            let text = format!("https://{}", random.text(&PIECES, length));
            if has_plain_host(text.as_bytes(), &schemes) {
                plain += 1;
                let url = Url::parse(&text).unwrap_or_else(|why| panic!("{text}: {why}"));
                assert!(url.scheme() == "https" && url.host_str().is_some_and(|host| !host.is_empty()), "{text}");
            }
        }
        assert!(plain > 10_000, "{plain}");
        assert!(!has_plain_host(b"http://example.com", &schemes));
        assert!(has_plain_host(b"https://www.example.co.jp/a?b", &schemes));
    }
}
