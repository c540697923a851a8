//! uuid, user and reference: identifiers, one or several.
use super::fault::Faults;
use super::identifier::is_uuid;
use super::options::{Malformed, Options};
use crate::jsonb::{Members, Value};
use crate::work;

#[derive(Debug)]
pub struct Link {
    pub multiple: bool,
    /// For a reference: the table whose records it names.
    pub target: Option<String>,
}

impl Link {
    pub fn read(options: &mut Options<'_>) -> Result<Link, Malformed> {
        Ok(Link { multiple: options.boolean("multiple")?, target: None })
    }

    pub fn read_reference(options: &mut Options<'_>) -> Result<Link, Malformed> {
        let target = options.text("table_id")?.ok_or_else(|| {
            Malformed::new("table_id", "is missing").hint("A reference names the table that its records are in.")
        })?;
        if !is_uuid(target) {
            return Err(Malformed::new("table_id", format!("\"{target}\" is not a UUID")));
        }
        Ok(Link { target: Some(target.to_ascii_lowercase()), ..Link::read(options)? })
    }

    pub fn check(&self, value: Value<'_>, faults: &mut Faults) {
        match value {
            Value::Array(array) if self.multiple => {
                const SEEN_BYTES: usize = 128;
                work::reserve(array.len().saturating_mul(SEEN_BYTES));
                let mut seen = std::collections::HashSet::new();
                for (index, item) in array.iter().enumerate() {
                    check_one(format!("/{index}"), item, faults);
                    if let Value::String(bytes) = item
                        && bytes.len() <= 36
                        && !seen.insert(bytes.to_ascii_lowercase())
                    {
                        faults.add_at(
                            format!("/{index}"),
                            "uuid.duplicate",
                            Members::new(),
                            "must not name the same id twice",
                        );
                    }
                    if faults.is_full() {
                        return;
                    }
                }
            }
            other if self.multiple => super::wrong_type(String::new(), "array", other, faults),
            other => check_one(String::new(), other, faults),
        }
    }

    /// The identifiers in a value that passed [`Link::check`].
    pub fn ids<'a>(&self, value: Value<'a>) -> Vec<&'a str> {
        match value {
            Value::Array(array) => array.iter().filter_map(Value::as_str).collect(),
            other => other.as_str().into_iter().filter(|id| !id.is_empty()).collect(),
        }
    }
}

fn check_one(at: String, value: Value<'_>, faults: &mut Faults) {
    match value {
        Value::String(_) => {
            if !value.as_str().is_some_and(is_uuid) {
                faults.add_at(at, "uuid.invalid", Members::new(), "must be a UUID");
            }
        }
        other => super::wrong_type(at, "string", other, faults),
    }
}
