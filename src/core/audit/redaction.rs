//! Secrets that the log covers: whole columns, and paths into what JSON shows of a column. Pure.
//!
//! A path goes on through lists, into each of their elements. Where a value has another shape than the path expects, it is covered as a whole: what is
//! not known to be harmless is not written down.
use crate::core::jsonb::{ArrayBuilder, ObjectBuilder, Value};
use crate::core::work;

/// What stands in place of a secret, and of one that was changed.
pub const REDACTED: &str = "[redacted]";
pub const REDACTED_CHANGED: &str = "[redacted, changed]";

/// The keys that lead to a secret; none for a whole column.
pub type Path = Vec<String>;

/// The column that a setting `column` or `column.key.key` names, and the path into it: the longest name that is a column's, since names of
/// columns may contain a full stop. None where there is no such column.
pub fn resolve(setting: &str, is_column: impl Fn(&str) -> bool) -> Option<(&str, Path)> {
    if is_column(setting) {
        return Some((setting, Path::new()));
    }
    let mut end = setting.len();
    while let Some(stop) = setting[..end].rfind('.') {
        work::step();
        if is_column(&setting[..stop]) {
            return Some((&setting[..stop], setting[stop + 1..].split('.').map(str::to_owned).collect()));
        }
        end = stop;
    }
    None
}

/// Whether a path leads somewhere: each of its keys has a name.
pub fn is_path(path: &[String]) -> bool {
    path.iter().all(|key| !key.is_empty())
}

/// A value that is larger than a jsonb document can be.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLarge;

/// The document of a value whose secrets are covered; `before` is what it was, for the side of what it is.
pub fn cover(value: Value<'_>, before: Option<Value<'_>>, paths: &[&[String]]) -> Result<Vec<u8>, TooLarge> {
    work::descend();
    let marker = || {
        let is_changed = before.is_some_and(|before| !before.same_bytes(value));
        let marker = if is_changed { REDACTED_CHANGED } else { REDACTED };
        Value::String(marker.as_bytes()).document().into_owned()
    };
    match value {
        Value::Null => Ok(value.document().into_owned()),
        _ if paths.iter().any(|path| path.is_empty()) => Ok(marker()),
        Value::Object(object) => {
            let mut builder = ObjectBuilder::default();
            for (key, member) in object.iter() {
                let below = below(paths, key);
                if below.is_empty() {
                    builder.member(key, member);
                    continue;
                }
                let name = std::str::from_utf8(key).unwrap_or_default();
                let was = before.map(|before| before.as_object().and_then(|was| was.get(name)).unwrap_or(Value::Null));
                builder.member(key, Value::root(&cover(member, was, &below)?));
            }
            builder.finish().ok_or(TooLarge)
        }
        Value::Array(array) => {
            let mut builder = ArrayBuilder::default();
            let mut were = before.and_then(Value::as_array).map(|was| was.iter());
            for element in array.iter() {
                let was = before.map(|_| were.as_mut().and_then(Iterator::next).unwrap_or(Value::Null));
                builder.element(Value::root(&cover(element, was, paths)?));
            }
            builder.finish().ok_or(TooLarge)
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(marker()),
    }
}

/// What is left of the paths behind a key. A key may itself contain full stops: then it stands for as many steps.
fn below<'p>(paths: &[&'p [String]], key: &[u8]) -> Vec<&'p [String]> {
    let mut below = Vec::new();
    for path in paths {
        let mut rest = key;
        for (step, name) in path.iter().enumerate() {
            work::step();
            let Some(left) = rest.strip_prefix(name.as_bytes()) else { break };
            if left.is_empty() {
                below.push(&path[step + 1..]);
                break;
            }
            let Some(left) = left.strip_prefix(b".") else { break };
            rest = left;
        }
    }
    below
}

/// Whether something in the value is covered, so that it does not tell what was there.
pub fn is_covered(value: Value<'_>) -> bool {
    work::descend();
    match value {
        Value::String(text) => text == REDACTED.as_bytes() || text == REDACTED_CHANGED.as_bytes(),
        Value::Array(array) => array.iter().any(is_covered),
        Value::Object(object) => object.iter().any(|(_, member)| is_covered(member)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{cover, is_covered, is_path, resolve};
    use crate::core::jsonb::{Value, fixture::document, write};

    fn covered(text: &str, before: Option<&str>, paths: &[&str]) -> String {
        let paths: Vec<Vec<String>> = paths
            .iter()
            .map(|path| path.split('.').filter(|key| !key.is_empty()).map(str::to_owned).collect())
            .collect();
        let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
        let (value, before) = (document(text), before.map(document));
        let bytes = cover(Value::root(&value), before.as_deref().map(Value::root), &paths).unwrap();
        let mut written = String::new();
        write(Value::root(&bytes), &mut written);
        written
    }

    #[test]
    fn secrets_are_covered_wherever_their_path_leads() {
        for (text, paths, expected) in [
            (r#""x""#, &[""][..], r#""[redacted]""#),
            ("null", &[""], "null"),
            ("[1]", &[""], r#""[redacted]""#),
            (r#"{"a":1,"token":2}"#, &["token"], r#"{"a":1,"token":"[redacted]"}"#),
            (r#"{"token":null}"#, &["token"], r#"{"token":null}"#),
            (
                r#"{"smtp":{"password":"p","host":"h"}}"#,
                &["smtp.password"],
                r#"{"smtp":{"host":"h","password":"[redacted]"}}"#,
            ),
            (r#"{"a":{"x":1,"y":2}}"#, &["a.x", "a.y"], r#"{"a":{"x":"[redacted]","y":"[redacted]"}}"#),
            // Through lists, of lists too.
            (r#"[{"token":1},{"b":2}]"#, &["token"], r#"[{"token":"[redacted]"},{"b":2}]"#),
            (r#"{"l":[[{"token":1}],3]}"#, &["l.token"], r#"{"l":[[{"token":"[redacted]"}],"[redacted]"]}"#),
            // Another shape than the path expects is covered as a whole.
            (r#""{\"token\":1}""#, &["token"], r#""[redacted]""#),
            (r#"{"smtp":"user:password"}"#, &["smtp.password"], r#"{"smtp":"[redacted]"}"#),
            (r#"{"smtp":{"password":{"old":1}}}"#, &["smtp.password"], r#"{"smtp":{"password":"[redacted]"}}"#),
            ("7", &["a"], r#""[redacted]""#),
            // Keys with full stops; others stay.
            (r#"{"a.b":1,"a":{"b":2}}"#, &["a.b"], r#"{"a":{"b":"[redacted]"},"a.b":"[redacted]"}"#),
            (r#"{"Token":1,"tokens":2,"tok":3}"#, &["token"], r#"{"tok":3,"Token":1,"tokens":2}"#),
        ] {
            assert_eq!(covered(text, None, paths), expected, "{text} {paths:?}");
        }
    }

    #[test]
    fn a_changed_secret_is_told_as_such() {
        let before = r#"{"l":[{"t":1},{"t":2}],"k":3}"#;
        assert_eq!(
            covered(r#"{"l":[{"t":1},{"t":9},{"t":3}],"k":3}"#, Some(before), &["l.t", "k"]),
            r#"{"k":"[redacted]","l":[{"t":"[redacted]"},{"t":"[redacted, changed]"},{"t":"[redacted, changed]"}]}"#
        );
        assert_eq!(covered("1", Some("1"), &[""]), r#""[redacted]""#);
        assert_eq!(covered("1", Some("null"), &[""]), r#""[redacted, changed]""#);
        assert_eq!(covered(r#"{"k":1}"#, Some("5"), &["k"]), r#"{"k":"[redacted, changed]"}"#);
    }

    #[test]
    fn what_is_covered_is_found_at_any_depth() {
        for (text, is_so) in [
            (r#""[redacted]""#, true),
            (r#"[[{"a":"[redacted, changed]"}]]"#, true),
            (r#"{"[redacted]":1}"#, false),
            ("null", false),
        ] {
            assert_eq!(is_covered(Value::root(&document(text))), is_so, "{text}");
        }
    }

    #[test]
    fn a_setting_names_the_longest_column_that_there_is() {
        let columns = ["a", "a.b", "c"];
        let found = |setting: &str| {
            resolve(setting, |name| columns.contains(&name)).map(|(name, path)| format!("{name}>{}", path.join("/")))
        };
        assert_eq!(found("a").as_deref(), Some("a>"));
        assert_eq!(found("a.b").as_deref(), Some("a.b>"));
        assert_eq!(found("a.b.c.d").as_deref(), Some("a.b>c/d"));
        assert_eq!(found("a.x").as_deref(), Some("a>x"));
        assert_eq!(found("c.").as_deref(), Some("c>"));
        assert_eq!((found("d"), found("d.a"), found("")), (None, None, None));
        assert!(is_path(&["a".to_owned()]) && !is_path(&["a".to_owned(), String::new()]));
    }
}
