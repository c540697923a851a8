//! JSON Schema 2020-12 by the `jsonschema` crate, reading jsonb in place. Nothing is ever fetched: a `$ref` to another
//! document is refused.
//!
//! What a schema may cost is bounded twice: [`analysis`] refuses a definition that could take more than linear time, and
//! an evaluation counts its steps ([`metered`]) and ends with 54000 when they pass a budget that is linear in the document.
mod analysis;
mod graph;
mod metered;
mod survey;

use crate::core::fault::Faults;
use crate::core::jsonb::{JsonObjectWriter, Value, write};
use crate::core::shown::bounded;
use crate::core::work::{self, Exhausted};
use analysis::Bounds;
use jsonschema::json::jsonb::take_pending_error;
use metered::Metered;
use std::fmt;

/// A pattern of a schema may compile to this many bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// Steps of an evaluation: so many for any document, and so many for each of its bytes.
const LEAST_STEPS: u64 = 200_000;
const STEPS_A_BYTE: u64 = 100;

/// Results of recursive subschemas are kept, a few for each container: this many bytes for each of the document's.
const RECURSIVE_MEMORY: usize = 8;

pub struct Validator {
    validator: jsonschema::Validator<Metered>,
    bounds: Bounds,
}

impl fmt::Debug for Validator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Validator")
    }
}

/// Compiles a schema; the error is a predicate ("is not …").
pub fn compile(schema: Value<'_>) -> Result<Validator, String> {
    let size = schema.document().len();
    if size > analysis::MOST_BYTES {
        return Err(format!("is too large: it takes {size} bytes, more than {}", analysis::MOST_BYTES));
    }
    let mut text = String::new();
    write(schema, &mut text);
    let schema = serde_json::from_str(&text).map_err(|error| format!("is not a usable JSON Schema: {error}"))?;
    let bounds = analysis::analyse(&schema)?;
    let validator = jsonschema::options_for::<Metered>()
        .offline()
        .should_validate_formats(true)
        .with_pattern_options(jsonschema::PatternOptions::regex().size_limit(PATTERN_SIZE))
        .build(&schema)
        .map_err(|error| format!("is not a valid JSON Schema: {}", bounded(error.to_string())))?;
    Ok(Validator { validator, bounds })
}

impl Validator {
    pub fn is_valid(&self, value: Value<'_>) -> bool {
        let document = value.document();
        let valid = self.begin(&document, || self.validator.is_valid(metered::root(&document)));
        take_pending_error().is_none() && valid
    }

    /// Runs an evaluation within its budget.
    fn begin<T>(&self, document: &[u8], evaluate: impl FnOnce() -> T) -> T {
        // An evaluation that an error ended may have left one.
        let _ = take_pending_error();
        if self.bounds.is_recursive {
            work::reserve(document.len().saturating_mul(RECURSIVE_MEMORY));
        }
        metered::begin(&self.bounds);
        let budget = LEAST_STEPS + STEPS_A_BYTE * document.len() as u64;
        work::within(budget, evaluate).unwrap_or_else(|Exhausted| {
            work::refuse(
                &format!("checking the value against its JSON Schema takes more than {budget} steps"),
                "Give the schema fewer branches for one value, or give a smaller value.",
            )
        })
    }

    /// Adds one fault per error, at the place where it is.
    pub fn check(&self, value: Value<'_>, faults: &mut Faults) {
        if self.is_valid(value) {
            return;
        }
        let (document, known) = (value.document(), faults.len());
        metered::begin(&self.bounds);
        // The crate lists all errors before it tells the first: the budget is one of memory.
        let listed = work::within((work::room() / metered::BYTES_A_STEP) as u64, || {
            self.validator.iter_errors(metered::root(&document)).take(crate::core::fault::LIMIT).for_each(|error| {
                let params = JsonObjectWriter::new().text("schema_path", &error.schema_path().to_string());
                let message = error.masked().to_string();
                faults.add_at(error.instance_path().to_string(), "json.schema", params, message);
            });
        });
        if let Err(Exhausted) = listed {
            let message = "does not match its schema, and is too large for its errors to be listed";
            faults.add("json.schema", JsonObjectWriter::new(), message);
        }
        if let Some(why) = take_pending_error() {
            faults.add("json.invalid", JsonObjectWriter::new(), format!("cannot be checked: {why}"));
        }
        if faults.len() == known {
            faults.add("json.schema", JsonObjectWriter::new(), "does not match its schema");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::compile;
    use crate::core::fault::Faults;
    use crate::core::jsonb::{Value, fixture::document};
    use crate::core::work::probe::refusal;

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
    fn an_evaluation_has_a_budget() {
        let values = |from: usize| (from..from + 1000).map(|n| format!("[{n}]")).collect::<Vec<_>>().join(",");
        let branches: Vec<String> = (1..=20).map(|n| format!(r#"{{"enum":[{}]}}"#, values(n * 1000))).collect();
        let schema = document(&format!(r#"{{"items":{{"anyOf":[{}]}}}}"#, branches.join(",")));
        let validator = compile(Value::root(&schema)).unwrap();
        // Each item is the last of all values.
        let few = document(&format!("[{}]", ["[20999]"; 5].join(",")));
        assert!(validator.is_valid(Value::root(&few)));
        let many = document(&format!("[{}]", vec!["[20999]"; 1000].join(",")));
        assert!(refusal(|| validator.is_valid(Value::root(&many))).unwrap().contains("steps"));
    }

    #[test]
    fn the_stack_is_looked_at() {
        let schema = document(r##"{"$ref":"#/$defs/x","$defs":{"x":{"type":"array","items":{"$ref":"#/$defs/x"}}}}"##);
        let validator = compile(Value::root(&schema)).unwrap();
        let nested = |depth: usize| {
            // The fixture's encoder recurses, too.
            let mut bytes = document("[]");
            for _ in 0..depth {
                let mut outer = (0x4000_0001_u32).to_ne_bytes().to_vec();
                outer.extend_from_slice(&(0x5000_0000 | bytes.len() as u32).to_ne_bytes());
                outer.extend_from_slice(&bytes);
                bytes = outer;
            }
            bytes
        };
        assert!(validator.is_valid(Value::root(&nested(50))));
        assert!(refusal(|| validator.is_valid(Value::root(&nested(20_000)))).unwrap().is_empty());
    }

    #[test]
    fn errors_are_listed_in_bounded_memory() {
        let schema = document(r#"{"items":false}"#);
        let validator = compile(Value::root(&schema)).unwrap();
        let told = |count: usize| {
            let instance = document(&format!("[{}]", vec!["1"; count].join(",")));
            let mut faults = Faults::all();
            validator.check(Value::root(&instance), &mut faults);
            (faults.len(), faults.iter().next().unwrap().message.clone())
        };
        assert_eq!(told(200).0, 100);
        assert_eq!(
            told(200_000),
            (1, "does not match its schema, and is too large for its errors to be listed".to_owned())
        );
    }

    #[test]
    fn refuses_schemas_that_cannot_be_used() {
        for schema in [r#"{"type":"nothing"}"#, r#"{"pattern":"("}"#, r#"{"$ref":"https://example.com/other"}"#, "5"] {
            let bytes = document(schema);
            assert!(compile(Value::root(&bytes)).is_err(), "{schema}");
        }
    }
}
