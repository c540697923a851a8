//! What an audit trigger's arguments say. Pure.

use super::trail::Row;
use serde_json::Value;

/// The log where no other is named.
pub const LOG: &str = "audit_logs";

/// Columns whose change alone is no event, unless `ignore=` says otherwise.
const IGNORED: [&str; 2] = ["updated_at", "updated_by"];

/// What stands in place of a secret, and of one that was changed.
pub const REDACTED: &str = "[redacted]";
pub const REDACTED_CHANGED: &str = "[redacted, changed]";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The log, beside the audited table unless qualified.
    pub log: String,
    /// Whether an UPDATE's events hold the whole row.
    pub is_full: bool,
    pub ignore: Vec<String>,
    /// Columns, or keys of jsonb columns, that hold secrets.
    pub redact: Vec<(String, Option<String>)>,
    /// The log's column of the tenant.
    pub tenant: Option<String>,
    /// The audited table's, if it has another name.
    pub tenant_from: Option<String>,
}

impl Definition {
    pub fn read(arguments: &[String]) -> Result<Definition, String> {
        let mut definition = Definition {
            log: LOG.to_owned(),
            is_full: false,
            ignore: Vec::new(),
            redact: Vec::new(),
            tenant: None,
            tenant_from: None,
        };
        let mut names_ignored = false;
        for argument in arguments {
            let (option, value) =
                argument.split_once('=').ok_or_else(|| format!("\"{argument}\" is not option=value"))?;
            let value = value.to_owned();
            match option {
                "log" => definition.log = value,
                "mode" if value == "diff" || value == "full" => definition.is_full = value == "full",
                "mode" => return Err(format!("mode is diff or full, not \"{value}\"")),
                "ignore" => {
                    names_ignored = true;
                    definition.ignore.extend((!value.is_empty()).then_some(value));
                }
                "redact" => definition.redact.push(match value.split_once('.') {
                    Some((column, key)) => (column.to_owned(), Some(key.to_owned())),
                    None => (value, None),
                }),
                "tenant" => definition.tenant = Some(value),
                "tenant_from" => definition.tenant_from = Some(value),
                _ => return Err(format!("there is no option \"{option}\"")),
            }
        }
        if !names_ignored {
            definition.ignore = IGNORED.map(str::to_owned).to_vec();
        }
        Ok(definition)
    }
}

fn marker() -> Value {
    REDACTED.into()
}

impl Definition {
    /// Leaves out of a row what its past is not known of, and covers what is secret.
    pub fn cover(&self, row: &mut Row) {
        row.retain(|name, _| !self.ignore.contains(name));
        for (column, key) in &self.redact {
            match (row.get_mut(column), key) {
                (Some(value), None) if !value.is_null() => *value = marker(),
                (Some(Value::Object(object)), Some(key)) => {
                    if let Some(value) = object.get_mut(key) {
                        *value = marker();
                    }
                }
                _ => (),
            }
        }
    }
}

/// The columns of which an event does not hold what they were.
pub fn covered(row: &Row) -> Vec<&str> {
    let is_marker = |value: &Value| value.as_str().is_some_and(|text| text == REDACTED || text == REDACTED_CHANGED);
    let is_covered =
        |value: &Value| is_marker(value) || value.as_object().is_some_and(|object| object.values().any(is_marker));
    row.iter().filter(|(_, value)| is_covered(value)).map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Definition, Row, covered};
    use serde_json::json;

    #[test]
    fn secrets_are_covered_and_ignored_columns_left_out() {
        let definition = read(&["redact=password", "redact=settings.key", "ignore=seen"]).unwrap();
        let row = json!({"password": "p", "settings": {"key": 1, "a": 2}, "seen": 3, "name": "n"});
        let mut row: Row = row.as_object().cloned().unwrap();
        definition.cover(&mut row);
        let expected = json!({"password": "[redacted]", "settings": {"key": "[redacted]", "a": 2}, "name": "n"});
        assert_eq!(json!(row), expected);
        assert_eq!(covered(&row), ["password", "settings"]);
    }

    fn read(arguments: &[&str]) -> Result<Definition, String> {
        Definition::read(&arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_say_what_is_logged() {
        let bare = read(&[]).unwrap();
        assert_eq!((bare.log.as_str(), bare.is_full, bare.ignore.len()), ("audit_logs", false, 2));
        let all = read(&[
            "log=a.b",
            "mode=full",
            "ignore=x",
            "ignore=y",
            "redact=p",
            "redact=s.k",
            "tenant=t",
            "tenant_from=id",
        ])
        .unwrap();
        assert_eq!((all.log.as_str(), all.is_full, all.ignore), ("a.b", true, vec!["x".to_owned(), "y".to_owned()]));
        assert_eq!(all.redact, [("p".to_owned(), None), ("s".to_owned(), Some("k".to_owned()))]);
        assert_eq!((all.tenant.as_deref(), all.tenant_from.as_deref()), (Some("t"), Some("id")));
        assert!(read(&["ignore="]).unwrap().ignore.is_empty());
        for wrong in ["x", "mode=half", "colour=red"] {
            assert!(read(&[wrong]).is_err(), "{wrong}");
        }
    }
}
