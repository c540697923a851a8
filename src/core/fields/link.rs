//! uuid, user and reference: identifiers, one or several.
use super::identifier::is_uuid;
use super::options::{Malformed, Options};
use crate::core::fault::Faults;
use crate::core::jsonb::{JsonObjectWriter, Value};
use crate::core::shown::shown;
use crate::core::work;

/// What becomes of a reference when the record that it names is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDelete {
    /// The record that is named cannot be deleted.
    Restrict,
    /// The reference is taken out of the record.
    #[default]
    Clear,
    /// The reference stays, and names nothing.
    Keep,
}

impl OnDelete {
    fn read(options: &mut Options<'_>) -> Result<OnDelete, Malformed> {
        match options.text("on_delete")? {
            None | Some("clear") => Ok(OnDelete::Clear),
            Some("restrict") => Ok(OnDelete::Restrict),
            Some("keep") => Ok(OnDelete::Keep),
            Some(other) => {
                Err(Malformed::new("on_delete", format!("cannot be \"{other}\""))
                    .hint("It is restrict, clear or keep."))
            }
        }
    }
}

#[derive(Debug)]
pub struct Link {
    pub multiple: bool,
    /// For a reference: the table whose records it names.
    pub target: Option<String>,
    /// For a reference.
    pub on_delete: OnDelete,
}

impl Link {
    pub fn read(options: &mut Options<'_>) -> Result<Link, Malformed> {
        Ok(Link { multiple: options.boolean("multiple", false)?, target: None, on_delete: OnDelete::default() })
    }

    pub fn read_reference(options: &mut Options<'_>) -> Result<Link, Malformed> {
        let target = options.text("table_id")?.ok_or_else(|| {
            Malformed::new("table_id", "is missing").hint("A reference names the table that its records are in.")
        })?;
        if !is_uuid(target) {
            return Err(Malformed::new("table_id", format!("\"{}\" is not a UUID", shown(target))));
        }
        let on_delete = OnDelete::read(options)?;
        Ok(Link { target: Some(target.to_ascii_lowercase()), on_delete, ..Link::read(options)? })
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
                            JsonObjectWriter::new(),
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
                faults.add_at(at, "uuid.invalid", JsonObjectWriter::new(), "must be a UUID");
            }
        }
        other => super::wrong_type(at, "string", other, faults),
    }
}
