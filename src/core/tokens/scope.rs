//! What a token may do: `read:tables`, `read:*`, `*`. Pure.
use crate::core::work;
use std::collections::HashSet;

/// A scope is words of letters, digits, `_`, `-` and `.`, with `:` between them; `*` stands for all that may follow.
pub fn is_scope(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    };
    let mut words = text.split(':');
    let last = words.next_back().unwrap_or_default();
    text.len() <= 200 && words.all(is_word) && (last == "*" || is_word(last))
}

/// Whether who holds the one holds the other, too.
pub fn covers(held: &str, scope: &str) -> bool {
    work::step();
    held.strip_suffix('*').map_or(held == scope, |start| scope.starts_with(start))
}

/// Those that are more than what is allowed.
pub fn beyond<'a>(scopes: &'a [String], allowed: &[String]) -> Vec<&'a str> {
    let is_allowed = |scope: &&String| allowed.iter().any(|held| covers(held, scope));
    scopes.iter().filter(|scope| !is_allowed(scope)).map(String::as_str).collect()
}

/// What is both in the scopes and allowed.
pub fn narrowed(scopes: &[String], allowed: &[String]) -> Vec<String> {
    let mut both: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for scope in scopes {
        let narrower = match allowed.iter().any(|held| covers(held, scope)) {
            true => vec![scope],
            false => allowed.iter().filter(|held| covers(scope, held)).collect(),
        };
        for scope in narrower {
            if known.insert(scope) {
                both.push(scope.clone());
            }
        }
    }
    both
}

/// What roles may where no table `token_scopes` says it; another role may nothing.
pub fn of_role(role: &str) -> &'static [&'static str] {
    match role {
        "viewer" => &["read:*"],
        "member" => &["read:*", "write:*"],
        "admin" | "owner" => &["*"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::random::Random;

    fn list(scopes: &[&str]) -> Vec<String> {
        scopes.iter().map(|&scope| scope.to_owned()).collect()
    }

    #[test]
    fn forms() {
        for good in ["*", "read", "read:*", "read:tables", "a.b-c_d:E:*"] {
            assert!(is_scope(good), "{good}");
        }
        for bad in ["", ":", "read:", ":read", "**", "read*", "*:read", "read:*:x", "read tables", "é", "read:\n"] {
            assert!(!is_scope(bad), "{bad}");
        }
    }

    #[test]
    fn what_covers_what() {
        assert!(covers("*", "*") && covers("*", "read:*") && covers("*", "read") && covers("read:*", "read:tables"));
        assert!(covers("read:*", "read:*") && covers("read:*", "read:a:*") && covers("read", "read"));
        assert!(!covers("read:*", "*") && !covers("read:*", "read") && !covers("read:*", "readable:x"));
        assert!(!covers("read", "read:tables") && !covers("read:tables", "read:*"));
    }

    #[test]
    fn narrowing() {
        assert_eq!(narrowed(&list(&["*"]), &list(&["read:*", "write:a"])), list(&["read:*", "write:a"]));
        assert_eq!(narrowed(&list(&["read:a", "write:b"]), &list(&["read:*"])), list(&["read:a"]));
        assert_eq!(narrowed(&list(&["read:*"]), &list(&[])), list(&[]));
        assert_eq!(beyond(&list(&["read:a", "write:b"]), &list(&["read:*"])), ["write:b"]);
    }

    #[test]
    fn narrowed_is_both_and_no_more() {
        let known = ["*", "a", "a:*", "a:b", "a:b:*", "a:b:c", "b:*", "b:c"];
        let single = ["a", "a:b", "a:b:c", "b:c", "c", "a:x", "b:x:y"];
        let mut random = Random(3);
        for _ in 0..5_000 {
            let mut some = || (0..random.next() % 4).map(|_| known[random.next() % known.len()].to_owned()).collect();
            let (scopes, allowed): (Vec<String>, Vec<String>) = (some(), some());
            let both = narrowed(&scopes, &allowed);
            let holds = |list: &[String], scope: &str| list.iter().any(|held| covers(held, scope));
            for scope in single {
                assert_eq!(
                    holds(&both, scope),
                    holds(&scopes, scope) && holds(&allowed, scope),
                    "{scopes:?} {allowed:?}"
                );
            }
            assert!(beyond(&both, &allowed).is_empty() && beyond(&both, &scopes).is_empty());
        }
    }
}
