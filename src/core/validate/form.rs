//! The forms in which a record is given: flat, or with its custom fields under "data", as `transform_to_record` gives it.
//!
//! In either form, and in a mixture of the two, every value is checked.
use super::problem::Problem;
use super::walk::{CommonFields, CommonValue, Depth, Record, walk};
use crate::core::fields::Fault;
use crate::core::jsonb::{JsonObjectWriter, Object, ObjectBuilder, Value};
use crate::core::schema::{Common, Schema};
use crate::core::work;

/// Columns of records that hold no value of a user's.
const OWN: [&str; 7] = ["id", "table_id", "organization_id", "created_at", "updated_at", "created_by", "search_vector"];
/// Such columns, too, unless the table has columns of these names.
const OWN_BY_DEFAULT: [&str; 3] = ["deleted_at", "deleted_by", "deletion_id"];

/// The member that holds the custom fields of a record that is not flat.
pub const NESTED: &str = "data";

/// Whether a member beside the nested fields is a column of records, not a field of the table.
pub fn is_own(schema: &Schema, key: &str) -> bool {
    OWN.contains(&key) || OWN_BY_DEFAULT.contains(&key) && schema.column(key).is_none()
}

/// The problems of a record in any form.
pub fn problems(schema: &Schema, given: Object<'_>, depth: Depth) -> Vec<Problem> {
    match given.get(NESTED) {
        None | Some(Value::Null) => walk(schema, &Record::flat(given), depth),
        Some(Value::Object(data)) => nested_problems(schema, given, data, depth),
        Some(other) => {
            let params = JsonObjectWriter::new().text("expected", "object").text("actual", other.kind());
            let message = format!("must be an object that holds the custom fields, not {}", other.kind());
            let fault = Fault { at: String::new(), code: "type", params, message };
            let mut found = vec![Problem::of_name(format!("/{NESTED}"), NESTED, fault)];
            if depth == Depth::All {
                let fields = built(given.iter().filter(|(key, _)| *key != NESTED.as_bytes()));
                found.extend(
                    Value::root(&fields)
                        .as_object()
                        .map(|flat| walk(schema, &Record::flat(flat), depth))
                        .into_iter()
                        .flatten(),
                );
                found.truncate(crate::core::fields::LIMIT);
            }
            found
        }
    }
}

/// The fields beside the nested ones that count: a value wins over a null, and what stands beside "data" over what stands in it.
fn beside<'a>(schema: &Schema, given: Object<'a>, data: Object<'a>) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
    let is_field = move |key: &[u8]| {
        std::str::from_utf8(key).is_ok_and(|key| key != NESTED && Common::named(key).is_none() && !is_own(schema, key))
    };
    given
        .iter()
        .filter(move |(key, value)| is_field(key) && !(matches!(value, Value::Null) && member(data, key).is_some()))
}

/// The problem of a document that is no object, and so no record.
pub fn no_object(kind: &'static str) -> Problem {
    let params = JsonObjectWriter::new().text("expected", "object").text("actual", kind);
    let message = format!("must be a JSON object with a member for each column, not {kind}");
    Problem::of_name(String::new(), "record", Fault { at: String::new(), code: "type", params, message })
}

fn member<'a>(object: Object<'a>, key: &[u8]) -> Option<Value<'a>> {
    std::str::from_utf8(key).ok().and_then(|key| object.get(key))
}

/// The fields in "data" that a different value outside "data" overrides.
fn hidden<'a>(schema: &Schema, given: Object<'a>, data: Object<'a>) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
    beside(schema, given, data).filter_map(move |(key, value)| {
        let other = member(data, key)?;
        (!other.same_bytes(value)).then_some((key, other))
    })
}

/// Why a record cannot be read as one.
#[derive(Debug, PartialEq, Eq)]
pub enum Unclear {
    /// "data" is of this kind, no object.
    NoObject(&'static str),
    /// This field has another value beside "data" than in it.
    TwoValues(String),
}

/// A record of any form with its custom fields under "data", beside the common fields that are given.
pub fn nested(schema: &Schema, given: Object<'_>) -> Result<Vec<u8>, Unclear> {
    let is_common = |key: &[u8]| std::str::from_utf8(key).is_ok_and(|key| Common::named(key).is_some());
    let custom = match given.get(NESTED) {
        None | Some(Value::Null) => built(given.iter().filter(|(key, _)| !is_common(key))),
        Some(Value::Object(data)) => {
            if let Some((key, _)) = hidden(schema, given, data).find(|(_, lost)| !matches!(lost, Value::Null)) {
                return Err(Unclear::TwoValues(String::from_utf8_lossy(key).into_owned()));
            }
            built(data.iter().chain(beside(schema, given, data)))
        }
        Some(other) => return Err(Unclear::NoObject(other.kind())),
    };
    let commons = given.iter().filter(|(key, _)| is_common(key));
    Ok(built(commons.chain([(NESTED.as_bytes(), Value::root(&custom))])))
}

fn nested_problems(schema: &Schema, given: Object<'_>, data: Object<'_>, depth: Depth) -> Vec<Problem> {
    let commons: CommonFields<'_> = Common::ALL
        .map(|common| Some(CommonValue { value: given.get(common.name()).unwrap_or(Value::Null), unchanged: false }));
    if beside(schema, given, data).next().is_none() {
        return walk(schema, &Record { commons: Some(commons), ..Record::flat(data) }, depth);
    }
    let merged = built(data.iter().chain(beside(schema, given, data)));
    let hidden = built(hidden(schema, given, data));
    let (Some(merged), Some(hidden)) = (Value::root(&merged).as_object(), Value::root(&hidden).as_object()) else {
        return Vec::new();
    };
    let mut found = walk(schema, &Record { commons: Some(commons), ..Record::flat(merged) }, depth);
    if depth == Depth::All || found.is_empty() {
        // Of the values that lost their place nothing is missing: what is required was asked for.
        let nothing = built(std::iter::empty());
        let settled = commons.map(|common| common.map(|common| CommonValue { unchanged: true, ..common }));
        let old = Value::root(&nothing).as_object();
        found.extend(walk(schema, &Record { commons: Some(settled), old, ..Record::flat(hidden) }, depth));
        found.truncate(crate::core::fields::LIMIT);
    }
    found
}

fn built<'a>(members: impl Iterator<Item = (&'a [u8], Value<'a>)>) -> Vec<u8> {
    let mut builder = ObjectBuilder::default();
    let mut size = 0_usize;
    for (key, value) in members {
        work::step();
        size = size.saturating_add(key.len() + value.document().len());
        work::reserve(size.saturating_mul(2));
        builder.member(key, value);
    }
    builder.finish().unwrap_or_else(|| {
        work::refuse("the record does not fit into a jsonb object", "Give a smaller record: an object holds 256 MB.")
    })
}

#[cfg(test)]
mod tests {
    use super::{Unclear, nested, problems};
    use crate::core::jsonb::{Value, fixture::document, write};
    use crate::core::random::Random;
    use crate::core::schema::{Schema, read};
    use crate::core::validate::walk::Depth;

    const COLUMNS: &str = r#"{"unknown_keys":"UNKNOWN","columns":[
        {"name":"name","type":"text","required":true},{"name":"amount","type":"integer","options":{"max":100}},
        {"name":"zip","type":"text","required":true},{"name":"created_at","type":"created_at"}],"statuses":[{"name":"new"}]}"#;

    fn schema(unknown_keys: &str) -> Schema {
        read(Value::root(&document(&COLUMNS.replace("UNKNOWN", unknown_keys)))).unwrap()
    }

    fn codes(schema: &Schema, given: &str) -> Vec<String> {
        let given = document(given);
        let given = Value::root(&given).as_object().unwrap();
        let found = problems(schema, given, Depth::All);
        assert_eq!(problems(schema, given, Depth::First).is_empty(), found.is_empty());
        found.iter().map(|problem| format!("{} {}", problem.path, problem.fault.code)).collect()
    }

    #[test]
    fn both_forms_say_the_same() {
        let strict = schema("strict");
        for (flat, nested) in [
            (r#"{"name":"a","zip":"1","amount":5}"#, r#"{"name":"a","data":{"zip":"1","amount":5}}"#),
            (r#"{"amount":500}"#, r#"{"data":{"amount":500}}"#),
            (
                r#"{"name":"a","zip":"1","status":"?","email":"?"}"#,
                r#"{"name":"a","status":"?","email":"?","data":{"zip":"1"}}"#,
            ),
            (r#"{"name":1,"zip":"1","company":2}"#, r#"{"name":1,"company":2,"data":{"zip":"1"}}"#),
            (r#"{"name":"a","zip":"1","amuont":5}"#, r#"{"name":"a","data":{"zip":"1","amuont":5}}"#),
        ] {
            let sorted = |given: &str| {
                let mut codes = codes(&strict, given);
                codes.sort();
                codes
            };
            assert_eq!(sorted(flat), sorted(nested), "{flat}");
        }
    }

    #[test]
    fn a_mixture_hides_nothing() {
        let allow = schema("allow");
        for (given, expected) in [
            (r#"{"name":"a","zip":"1","data":{"amount":500}}"#, &["/data/amount number.max"][..]),
            (r#"{"name":"a","amount":5,"data":{"zip":"1","amount":500}}"#, &["/data/amount number.max"]),
            (r#"{"name":"a","amount":500,"data":{"zip":"1","amount":5}}"#, &["/data/amount number.max"]),
            (r#"{"name":"a","amount":null,"data":{"zip":"1","amount":500}}"#, &["/data/amount number.max"]),
            (r#"{"name":"a","zip":null,"data":{"zip":"1"}}"#, &[]),
            (r#"{"name":"a","zip":"1","data":{}}"#, &[]),
            // The columns of a record are no fields; a name in data is not the record's name.
            (r#"{"id":"x","created_at":"2024-01-01","deleted_at":null,"name":"a","data":{"zip":"1"}}"#, &[]),
            (r#"{"data":{"name":"a","zip":"1"}}"#, &["/name required"]),
            (r#"{"name":"a","zip":"1","data":[1]}"#, &["/data type"]),
            (r#"{"name":"a","zip":"1","amount":500,"data":"x"}"#, &["/data type", "/data/amount number.max"]),
            (r#"{"name":"a","zip":"1","data":null}"#, &[]),
        ] {
            assert_eq!(codes(&allow, given), expected, "{given}");
        }
        assert_eq!(codes(&schema("strict"), r#"{"name":"a","extra":1,"data":{"zip":"1","more":2}}"#).len(), 2);
        assert_eq!(
            codes(&schema("strict"), r#"{"name":"a","data":{"zip":"1","name":"b"}}"#),
            ["/data/name unknown_key"]
        );
    }

    #[test]
    fn every_form_becomes_the_nested_one() {
        let schema = schema("allow");
        let nested = |given: &str| {
            let given = document(given);
            nested(&schema, Value::root(&given).as_object().unwrap()).map(|found| {
                let mut text = String::new();
                write(Value::root(&found), &mut text);
                serde_json::from_str::<serde_json::Value>(&text).unwrap()
            })
        };
        for (given, expected) in [
            (r#"{"name":"a","zip":"1"}"#, r#"{"name":"a","data":{"zip":"1"}}"#),
            (r#"{"zip":"1"}"#, r#"{"data":{"zip":"1"}}"#),
            (r#"{"name":"a","zip":"1","data":{"amount":500}}"#, r#"{"name":"a","data":{"zip":"1","amount":500}}"#),
            (r#"{"zip":null,"data":{"zip":"1"}}"#, r#"{"data":{"zip":"1"}}"#),
            (r#"{"zip":"1","data":{"zip":null}}"#, r#"{"data":{"zip":"1"}}"#),
            (r#"{"zip":"1","data":{"zip":"1"}}"#, r#"{"data":{"zip":"1"}}"#),
            (r#"{"id":"x","name":null,"data":{"name":"b"}}"#, r#"{"name":null,"data":{"name":"b"}}"#),
        ] {
            assert_eq!(nested(given).unwrap(), serde_json::from_str::<serde_json::Value>(expected).unwrap(), "{given}");
        }
        assert_eq!(nested(r#"{"zip":"1","data":{"zip":"2"}}"#), Err(Unclear::TwoValues("zip".to_owned())));
        assert_eq!(nested(r#"{"zip":"1","data":[]}"#), Err(Unclear::NoObject("array")));
    }

    /// A bad value is found wherever it stands.
    #[test]
    fn no_value_passes_unseen() {
        let schema = schema("allow");
        let mut random = Random(5);
        for _ in 0..5_000 {
            let mut inside = vec![r#""zip":"1""#];
            let mut beside = vec![r#""name":"a""#];
            let bad = random.next().is_multiple_of(2);
            let good = [r#""amount":5"#, r#""amount":null"#, r#""free":[1]"#];
            let amount = if bad { r#""amount":500"# } else { good[random.next() % 3] };
            if random.next().is_multiple_of(2) {
                inside.push(amount)
            } else {
                beside.push(amount)
            }
            if !amount.contains("free") && random.next().is_multiple_of(2) {
                let other = good[random.next() % 2];
                if inside.contains(&amount) { beside.push(other) } else { inside.push(other) }
            }
            let given = format!("{{{},\"data\":{{{}}}}}", beside.join(","), inside.join(","));
            assert_eq!(codes(&schema, &given).is_empty(), !bad, "{given}");
        }
    }
}
