//! Reads a column's `options` object: each option once, by its name and kind, and nothing left over.
use super::identifier::nearest;
use crate::core::jsonb::{Decimal, Object, Value};
use crate::core::shown::{bounded, shown};

/// Why a column's definition cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub option: String,
    pub message: String,
    pub hint: Option<String>,
}

impl Malformed {
    pub fn new(option: &str, message: impl Into<String>) -> Malformed {
        Malformed { option: shown(option).into_owned(), message: bounded(message.into()), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Malformed {
        self.hint = Some(bounded(hint.into()));
        self
    }
}

/// The one option every type takes: whatever a user interface wants to keep with the column.
const PRESENTATION: &str = "ui";

pub struct Options<'a> {
    object: Option<Object<'a>>,
    known: Vec<&'static str>,
}

impl<'a> Options<'a> {
    pub fn new(object: Option<Object<'a>>) -> Options<'a> {
        Options { object, known: vec![PRESENTATION] }
    }

    /// An option's value; null is the same as not given.
    pub fn value(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.known.push(name);
        self.object.and_then(|object| object.get(name)).filter(|value| !value.is_null())
    }

    pub fn number(&mut self, name: &'static str) -> Result<Option<Decimal>, Malformed> {
        self.value(name)
            .map(|value| match value {
                Value::Number(number) => Ok(number.read().to_decimal()),
                other => Err(Malformed::new(name, format!("must be a number, not {}", other.kind()))),
            })
            .transpose()
    }

    /// A whole number from 0 to `most`.
    pub fn count(&mut self, name: &'static str, most: u32) -> Result<Option<u32>, Malformed> {
        self.number(name)?
            .map(|number| {
                number.to_string().parse().ok().filter(|count| *count <= most).ok_or_else(|| {
                    Malformed::new(name, format!("must be a whole number from 0 to {most}, not {number}"))
                })
            })
            .transpose()
    }

    pub fn boolean(&mut self, name: &'static str, default: bool) -> Result<bool, Malformed> {
        match self.value(name) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(value),
            Some(other) => Err(Malformed::new(name, format!("must be true or false, not {}", other.kind()))),
        }
    }

    pub fn text(&mut self, name: &'static str) -> Result<Option<&'a str>, Malformed> {
        self.value(name)
            .map(|value| {
                value.as_str().ok_or_else(|| Malformed::new(name, format!("must be a string, not {}", value.kind())))
            })
            .transpose()
    }

    pub fn texts(&mut self, name: &'static str) -> Result<Option<Vec<&'a str>>, Malformed> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let wrong = || Malformed::new(name, "must be an array of strings");
        value
            .as_array()
            .ok_or_else(wrong)?
            .iter()
            .map(|item| item.as_str().ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Refuses what no rule asked for: a mistyped option would silently check nothing. The options are those of `owner`, which `takes` others.
    pub fn finish(self, owner: &str, takes: &str) -> Result<(), Malformed> {
        let Some(object) = self.object else {
            return Ok(());
        };
        for (key, _) in object.iter() {
            let key = String::from_utf8_lossy(key);
            if !self.known.iter().any(|name| *name == key) {
                let malformed = Malformed::new(&key, format!("is not an option of {owner}"));
                return Err(match nearest(&key, self.known.iter().copied()) {
                    Some(name) => malformed.hint(format!("Perhaps you meant \"{name}\".")),
                    None => malformed.hint(format!(
                        "{takes}: {}. What a user interface needs belongs in \"{PRESENTATION}\".",
                        self.known[1..].join(", ")
                    )),
                });
            }
        }
        Ok(())
    }
}

/// `min` and `max` in one go; the first must not lie above the second.
pub fn ordered<T: PartialOrd>(
    min: Option<T>,
    max: Option<T>,
    names: (&str, &str),
) -> Result<(Option<T>, Option<T>), Malformed> {
    if let (Some(low), Some(high)) = (&min, &max)
        && low > high
    {
        return Err(Malformed::new(names.0, format!("lies above {}", names.1)).hint("No value could pass both."));
    }
    Ok((min, max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::fields::{Rule, TYPES};
    use crate::core::jsonb::fixture::document;
    use std::collections::BTreeSet;

    /// What a type must be given.
    const GIVEN: &str = r#"{"choices": ["a"], "table_id": "00000000-0000-4000-8000-000000000001"}"#;

    /// The words in backquotes of a table's cell.
    fn quoted(cell: &str) -> BTreeSet<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn each_option_of_each_type_is_documented() {
        let page = include_str!("../../../docs/field_types.md");
        let rows: Vec<Vec<&str>> = page
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        let given = document(GIVEN);
        let object = Value::root(&given).as_object();
        let mut all = BTreeSet::new();
        for kind in TYPES {
            let mut options = Options::new(object);
            Rule::read_kind(kind, &mut options).unwrap();
            let known: BTreeSet<String> = options.known[1..].iter().map(|name| (*name).to_owned()).collect();
            let row =
                rows.iter().find(|row| row[1] == format!("`{kind}`")).unwrap_or_else(|| panic!("{kind} is not there"));
            assert_eq!(quoted(row[3]), known, "{kind}");
            all.extend(known);
        }
        let explained: BTreeSet<String> =
            rows.iter().filter(|row| row.len() == 4).flat_map(|row| quoted(row[1])).collect();
        assert_eq!(explained, all);
    }
}
