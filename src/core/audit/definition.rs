//! What an audit trigger's arguments say. Pure.

use super::history::Row;
use super::redaction::{self, Path, TooLarge};
use crate::core::jsonb::Value;
use crate::core::work;
use std::collections::BTreeSet;

/// The log where no other is named.
pub const LOG: &str = "audit_logs";

/// Columns whose change alone is no event, unless `ignore=` says otherwise.
const IGNORED: [&str; 2] = ["updated_at", "updated_by"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The log, beside the audited table unless qualified.
    pub log: String,
    /// Whether an UPDATE's events hold the whole row.
    pub is_full: bool,
    pub ignore: Vec<String>,
    /// Whether the trigger's arguments name the ignored columns, which must be there then.
    pub names_ignored: bool,
    /// Search vectors that rowkit keeps from other columns: ignored, and not in the log.
    pub derived: Vec<String>,
    /// Columns, or paths into what JSON shows of them, that hold secrets.
    pub redact: Vec<String>,
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
            names_ignored: false,
            derived: Vec::new(),
            redact: Vec::new(),
            tenant: None,
            tenant_from: None,
        };
        for argument in arguments {
            work::step();
            let (option, value) =
                argument.split_once('=').ok_or_else(|| format!("\"{argument}\" is not option=value"))?;
            let value = value.to_owned();
            match option {
                "audit_logs" => definition.log = value,
                "mode" if value == "diff" || value == "full" => definition.is_full = value == "full",
                "mode" => return Err(format!("mode is diff or full, not \"{value}\"")),
                "ignore" => {
                    definition.names_ignored = true;
                    definition.ignore.extend((!value.is_empty()).then_some(value));
                }
                "redact" => definition.redact.push(value),
                "tenant" => definition.tenant = Some(value),
                "tenant_from" => definition.tenant_from = Some(value),
                _ => return Err(format!("there is no option \"{option}\"")),
            }
        }
        if !definition.names_ignored {
            definition.ignore = IGNORED.map(str::to_owned).to_vec();
        }
        Ok(definition)
    }
}

impl Definition {
    /// The secrets, each as its column and the path into it. The first setting that names no column is the error: to write down a secret in clear
    /// because its column has another name would be worse than not to write.
    pub fn secrets(&self, is_column: impl Fn(&str) -> bool) -> Result<Vec<(&str, Path)>, &str> {
        self.redact.iter().map(|setting| redaction::resolve(setting, &is_column).ok_or(setting.as_str())).collect()
    }

    /// The columns of which parts are redacted.
    pub fn with_paths(&self, is_column: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let found = self.redact.iter().filter_map(|setting| redaction::resolve(setting, &is_column));
        found.filter(|(_, path)| !path.is_empty()).map(|(column, _)| column.to_owned()).collect()
    }

    /// A column that the settings say is ignored, and that is not there.
    pub fn missing_ignored(&self, is_column: impl Fn(&str) -> bool) -> Option<&str> {
        self.ignore.iter().filter(|_| self.names_ignored).find(|name| !is_column(name)).map(String::as_str)
    }

    /// Whether the log has no value of a column at all: a search vector that follows from other columns, or an ignored one that may hold words of redacted columns.
    pub fn leaves_out_vector(&self, name: &str, is_search_vector: bool) -> bool {
        let is_among = |names: &[String]| names.iter().any(|known| known == name);
        is_search_vector && (is_among(&self.derived) || !self.redact.is_empty() && is_among(&self.ignore))
    }

    /// Leaves out of a row what its past is not known of, and covers what is secret.
    pub fn cover(&self, row: &mut Row) -> Result<(), TooLarge> {
        row.retain(|name, _| !self.ignore.contains(name));
        let names: Vec<String> = row.keys().cloned().collect();
        let is_column = |name: &str| names.iter().any(|column| column == name);
        let found: Vec<(&str, Path)> =
            self.redact.iter().filter_map(|setting| redaction::resolve(setting, is_column)).collect();
        for (name, value) in row {
            work::step();
            let paths: Vec<&[String]> =
                found.iter().filter(|(column, _)| column == name).map(|(_, path)| path.as_slice()).collect();
            if !paths.is_empty() {
                *value = redaction::cover(Value::root(value), None, &paths)?;
            }
        }
        Ok(())
    }
}

/// The columns of which an event does not hold what they were.
pub fn covered(row: &Row) -> Vec<&str> {
    let is_covered = |value: &[u8]| redaction::is_covered(Value::root(value));
    row.iter().filter(|(_, value)| is_covered(value)).map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Definition, covered};
    use crate::core::audit::history::fixture::{json_of, row};
    use serde_json::json;

    #[test]
    fn secrets_are_covered_and_ignored_columns_left_out() {
        let definition = read(&["redact=password", "redact=settings.key", "ignore=seen"]).unwrap();
        let mut row = row(&json!({"password": "p", "settings": {"key": 1, "a": 2}, "seen": 3, "name": "n"}));
        definition.cover(&mut row).unwrap();
        let expected = json!({"password": "[redacted]", "settings": {"key": "[redacted]", "a": 2}, "name": "n"});
        assert_eq!(json_of(&row), expected);
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
            "audit_logs=a.b",
            "mode=full",
            "ignore=x",
            "ignore=y",
            "redact=p",
            "redact=s.k",
            "tenant=t",
            "tenant_from=id",
        ])
        .unwrap();
        assert_eq!((all.log.as_str(), all.is_full), ("a.b", true));
        assert_eq!(all.ignore, ["x", "y"]);
        let columns = |name: &str| ["p", "s", "x"].contains(&name);
        assert_eq!(all.secrets(columns).unwrap(), [("p", Vec::new()), ("s", vec!["k".to_owned()])]);
        assert_eq!(all.secrets(|name| name == "p"), Err("s.k"));
        assert_eq!((all.missing_ignored(columns), bare.missing_ignored(|_| false)), (Some("y"), None));
        assert_eq!((all.tenant.as_deref(), all.tenant_from.as_deref()), (Some("t"), Some("id")));
        assert!(read(&["ignore="]).unwrap().ignore.is_empty());
        for wrong in ["x", "mode=half", "colour=red"] {
            assert!(read(&[wrong]).is_err(), "{wrong}");
        }
    }
}
