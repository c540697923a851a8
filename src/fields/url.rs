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
pub fn check_url(text: &str, schemes: &[String]) -> Result<(), UrlError> {
    // The standard drops line breaks and trims blanks; a stored value must not need that.
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

/// Adds the scheme that people leave out.
pub fn cast_url(text: &str) -> String {
    let text = half_width(text).trim().to_owned();
    let bare = !text.contains(':')
        && text.split('/').next().is_some_and(|host| host.contains('.') && !host.contains([' ', '@']));
    if bare { format!("https://{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{UrlError, cast_url, check_url};

    #[test]
    fn addresses() {
        let schemes = ["http".to_owned(), "https".to_owned()];
        for good in ["https://example.com", "http://例え.jp/path?q=1#x", "https://[::1]:8080/", "HTTPS://EXAMPLE.COM"]
        {
            assert_eq!(check_url(good, &schemes), Ok(()), "{good}");
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
            assert_eq!(check_url(bad, &schemes), Err(why), "{bad}");
        }
        assert_eq!(cast_url(" example.com/a "), "https://example.com/a");
        assert_eq!(cast_url("mailto:a@example.com"), "mailto:a@example.com");
    }
}
