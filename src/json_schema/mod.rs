//! JSON Schema 2020-12 by the `jsonschema` crate, reading jsonb in place. Nothing is ever fetched: a `$ref` to another
//! document is refused.
#[cfg(feature = "pgrx")]
mod functions;

use crate::fields::Faults;
use crate::jsonb::{Members, Value, write};
use jsonschema::json::Jsonb;
use jsonschema::json::jsonb::take_pending_error;
use std::fmt;

/// A pattern of a schema may compile to this many bytes.
const PATTERN_SIZE: usize = 1 << 20;

pub struct Validator(jsonschema::Validator<Jsonb>);

impl fmt::Debug for Validator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Validator")
    }
}

/// Compiles a schema; the error is a predicate ("is not …").
pub fn compile(schema: Value<'_>) -> Result<Validator, String> {
    let mut text = String::new();
    write(schema, &mut text);
    let schema = serde_json::from_str(&text).map_err(|error| format!("is not a usable JSON Schema: {error}"))?;
    jsonschema::options_for::<Jsonb>()
        .offline()
        .should_validate_formats(true)
        .with_pattern_options(jsonschema::PatternOptions::regex().size_limit(PATTERN_SIZE))
        .build(&schema)
        .map(Validator)
        .map_err(|error| format!("is not a valid JSON Schema: {error}"))
}

impl Validator {
    pub fn is_valid(&self, value: Value<'_>) -> bool {
        let valid = self.0.is_valid(Jsonb::root(&value.document()));
        take_pending_error().is_none() && valid
    }

    /// Adds one fault per error, at the place where it is.
    pub fn check(&self, value: Value<'_>, faults: &mut Faults) {
        let document = value.document();
        for error in self.0.iter_errors(Jsonb::root(&document)) {
            if faults.is_full() {
                break;
            }
            let params = Members::new().text("schema_path", &error.schema_path().to_string());
            faults.add_at(error.instance_path().to_string(), "json.schema", params, error.masked().to_string());
        }
        if let Some(why) = take_pending_error() {
            faults.add("json.unreadable", Members::new(), format!("cannot be checked: {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::compile;
    use crate::fields::Faults;
    use crate::jsonb::{Value, fixture::document};

    fn faults(schema: &str, instance: &str) -> Vec<String> {
        let (schema, instance) = (document(schema), document(instance));
        let validator = compile(Value::root(&schema)).unwrap();
        let mut faults = Faults::all();
        validator.check(Value::root(&instance), &mut faults);
        assert_eq!(validator.is_valid(Value::root(&instance)), faults.is_empty());
        faults.iter().map(|fault| fault.at.clone()).collect()
    }

    #[test]
    fn checks_documents_and_scalars() {
        let schema = r#"{"type":"object","properties":{"a":{"maximum":5}}}"#;
        assert!(faults(schema, r#"{"a":5}"#).is_empty());
        assert_eq!(faults(schema, r#"{"a":6}"#), ["/a"]);
        for scalar in ["1", "\"x\"", "true", "false", "null"] {
            assert_eq!(faults(schema, scalar), [""], "{scalar}");
            assert!(faults("{}", scalar).is_empty());
        }
    }

    #[test]
    fn numbers_are_exact() {
        let schema = r#"{"maximum":12345678901234567890123}"#;
        assert!(faults(schema, "12345678901234567890123").is_empty());
        assert_eq!(faults(schema, "12345678901234567890124"), [""]);
    }

    #[test]
    fn refuses_schemas_that_cannot_be_used() {
        for schema in [r#"{"type":"nothing"}"#, r#"{"pattern":"("}"#, r#"{"$ref":"https://example.com/other"}"#, "5"] {
            let bytes = document(schema);
            assert!(compile(Value::root(&bytes)).is_err(), "{schema}");
        }
    }
}
