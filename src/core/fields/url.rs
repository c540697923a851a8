//! Web addresses, by the WHATWG URL standard as the `url` crate reads it.
use super::fold::half_width;
use crate::core::work;
use url::{Host, Url};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlError {
    Invalid,
    NoHost,
    Scheme,
}

/// The parser goes over a text in one go, and nothing interrupts it: a longer one is no address. One with a plain host needs no parser, whatever its length.
const LONGEST: usize = 64 << 10;

#[expect(clippy::disallowed_methods, reason = "of bounded length")]
fn parse(text: &str) -> Option<Url> {
    if text.len() > LONGEST { None } else { Url::parse(text).ok() }
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
    let url = parse(text).ok_or(UrlError::Invalid)?;
    if !schemes.iter().any(|scheme| scheme == url.scheme()) {
        return Err(UrlError::Scheme);
    }
    // "https:example.com" and "https:///example.com" parse by the standard's leniency, but nobody means them.
    let behind = text[url.scheme().len()..].strip_prefix("://");
    if behind.is_none_or(|rest| rest.starts_with(['/', '\\'])) || url.host_str().is_none_or(str::is_empty) {
        return Err(UrlError::NoHost);
    }
    Ok(())
}

/// Whether the text is an absolute path that stays on the site it stands on: resolved as a browser does, it leads to no other host.
pub fn is_path(text: &str) -> bool {
    const HERE: &str = "https://here.invalid";
    let resolved = || parse(HERE).and_then(|base| base.join(text).ok());
    text.starts_with('/')
        && text.len() <= LONGEST
        && !text.contains(|c: char| c <= ' ')
        && resolved().is_some_and(|url| url.origin().ascii_serialization() == HERE)
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
        work::step();
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

/// The address that was meant, where the text is none: without blanks around it, with the scheme that people leave out, in plain signs in place of
/// full-width ones. Nothing where the meaning is in doubt.
pub fn cast_url(text: &str, schemes: &[String]) -> Option<String> {
    let is_valid = |text: &str| check_url(text.as_bytes(), schemes).is_ok();
    // Signs are changed only where nothing else helps: in a path each has its own meaning.
    [text.trim().to_owned(), half_width(text).trim().to_owned()]
        .into_iter()
        .flat_map(|text| [Some(text.clone()), with_scheme(&text, schemes)])
        .flatten()
        .find(|candidate| is_valid(candidate))
}

/// The address behind the scheme that it most likely has; nothing where it does not begin with a host.
fn with_scheme(text: &str, schemes: &[String]) -> Option<String> {
    let scheme = ["https", "http"].into_iter().find(|scheme| schemes.iter().any(|allowed| allowed == scheme));
    let scheme = scheme.or(schemes.first().map(String::as_str))?;
    let rest = text.strip_prefix("//").unwrap_or(text);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    // Of "name@host" an e-mail address is as likely, and "host:" is the beginning of another scheme.
    if authority.contains('@') || authority.ends_with(':') {
        return None;
    }
    let address = format!("{scheme}://{rest}");
    // Text that merely has no blank is no host yet.
    let is_host = match parse(&address)?.host()? {
        Host::Domain(name) => name.trim_matches('.').contains('.') || name == "localhost",
        Host::Ipv4(_) => authority.matches('.').count() == 3,
        Host::Ipv6(_) => true,
    };
    is_host.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::{UrlError, cast_url, check_url, has_plain_host, is_path};
    use crate::core::random::Random;
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
            ("https:///example.com", UrlError::NoHost),
            ("https://\\example.com", UrlError::NoHost),
            ("https://example.com:99999/", UrlError::Invalid),
            ("http://[", UrlError::Invalid),
        ] {
            assert_eq!(check_url(bad.as_bytes(), &schemes), Err(why), "{bad}");
        }
    }

    #[test]
    fn what_people_leave_out_is_added() {
        let schemes = ["http".to_owned(), "https".to_owned()];
        let cast = |text: &str| cast_url(text, &schemes);
        for (text, address) in [
            (" example.com/a ", "https://example.com/a"),
            ("example.com:8080/a", "https://example.com:8080/a"),
            ("example.com/a:b", "https://example.com/a:b"),
            ("example.com?t=12:30", "https://example.com?t=12:30"),
            ("example.com#a:b", "https://example.com#a:b"),
            ("1.2.3.4:80", "https://1.2.3.4:80"),
            ("localhost:3000/x", "https://localhost:3000/x"),
            ("[::1]:8080", "https://[::1]:8080"),
            ("//example.com/a", "https://example.com/a"),
            ("例え.jp/パス", "https://例え.jp/パス"),
            ("ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｃｏｍ／ａ", "https://example.com/a"),
            ("example.com/？ａ＝１", "https://example.com/？ａ＝１"),
            ("https://example.com/a\n", "https://example.com/a"),
        ] {
            assert_eq!(cast(text).as_deref(), Some(address), "{text}");
        }
        for text in [
            "mailto:a@example.com",
            "a@example.com",
            "javascript:alert(1)",
            "ftp://example.com",
            "tel:03-1234-5678",
            "foo.bar://x",
            "3.14",
            "hello",
            "hello world.com",
            "example.com:abc",
            "example.com:99999",
            "https://",
            "",
        ] {
            assert_eq!(cast(text), None, "{text}");
        }
        assert_eq!(cast_url("example.com", &["ftp".to_owned()]).as_deref(), Some("ftp://example.com"));
    }

    #[test]
    fn casting_never_changes_what_is_valid_and_gives_only_what_is() {
        const PIECES: [&str; 24] = [
            "https://", "HTTP://", "example", ".com", ".", ":", "8080", "/", "//", "?", "#", "@", "a", "：", "／",
            "？", "é", "％", "%41", "　", " ", "\\", "[::1]", "１",
        ];
        let schemes = ["http".to_owned(), "https".to_owned()];
        let (mut random, mut valid, mut changed) = (Random(3), 0, 0);
        for _ in 0..200_000 {
            let length = 1 + random.next() % 7;
            let text = random.text(&PIECES, length);
            let casted = cast_url(&text, &schemes);
            if check_url(text.as_bytes(), &schemes).is_ok() {
                valid += 1;
                assert_eq!(casted.as_deref(), Some(text.as_str()));
            } else if let Some(casted) = casted {
                changed += 1;
                assert!(check_url(casted.as_bytes(), &schemes).is_ok(), "{text} {casted}");
                assert_eq!(cast_url(&casted, &schemes), Some(casted));
            }
        }
        assert!(valid > 3_000 && changed > 2_000, "{valid} {changed}");
    }

    #[test]
    fn paths_stay_where_they_are() {
        for good in ["/", "/a.png", "/a//b", "/ファイル.png", "/a?b#c", "/a:b", "/%2f/evil.example"] {
            assert!(is_path(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "//evil.example/a.png",
            "/\\evil.example/a.png",
            "///evil.example/a",
            "/\t/evil.example",
            "/a b",
            "https://a.b",
        ] {
            assert!(!is_path(bad), "{bad}");
        }
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
                #[expect(clippy::disallowed_methods, reason = "a test's own address")]
                let url = Url::parse(&text).unwrap_or_else(|why| panic!("{text}: {why}"));
                assert!(url.scheme() == "https" && url.host_str().is_some_and(|host| !host.is_empty()), "{text}");
            }
        }
        assert!(plain > 10_000, "{plain}");
        assert!(!has_plain_host(b"http://example.com", &schemes));
        assert!(has_plain_host(b"https://www.example.co.jp/a?b", &schemes));
    }
}
