//! jsonb that is read where it lies and built as the server lays it out.

#[pgrx::pg_schema]
mod tests {
    use crate::core::jsonb::{Integer, Value};
    use crate::pg::jsonb::{JsonbResult, ObjectBuilder};
    use crate::pg::spi::{self, Mode, Parameter};
    use crate::pg::testing::{answer, run};
    use pgrx::pg_test;

    /// The text of a document after it went through a query.
    fn text_of(document: &JsonbResult) -> String {
        let value = document.to_value();
        let found =
            spi::query("SELECT $1::pg_catalog.text", &[Parameter::Value(&value)], Mode::Read, |row| row.text(1));
        found.expect("the query runs").remove(0).expect("a document")
    }

    /// The container bytes of a document.
    fn bytes(document: &str) -> Vec<u8> {
        spi::query("SELECT $1::pg_catalog.jsonb", &[Parameter::Text(document)], Mode::Read, |row| row.jsonb(1))
            .expect("the query runs")
            .remove(0)
            .expect("a document")
    }

    #[pg_test]
    fn jsonb_numbers_keep_their_digits() {
        let text = "{\"a\": 12345678901234567890123.4500, \"b\": 1E400, \"c\": -0.0}";
        let read = text_of(&JsonbResult::parse(text));
        assert!(read.contains("12345678901234567890123.4500"), "{read}");
        assert_eq!(read.len(), text.len() - "1E400".len() - "-0.0".len() + 401 + "0.0".len());
    }

    #[pg_test]
    fn jsonb_is_read_without_a_conversion() {
        let document = bytes("{\"list\": [1, \"zwei\", null, true], \"inner\": {\"key\": \"値\"}}");
        let object = Value::root(&document).as_object().expect("an object");
        assert_eq!(object.len(), 2);
        let list: Vec<&str> =
            object.get("list").and_then(Value::as_array).expect("a list").iter().map(Value::kind).collect();
        assert_eq!(list, ["number", "string", "null", "boolean"]);
        let inner = object.get("inner").and_then(Value::as_object).and_then(|inner| inner.get("key"));
        assert_eq!(inner.and_then(Value::as_str), Some("値"));
        assert!(object.get("nothing").is_none());
    }

    #[pg_test]
    fn jsonb_scalars_are_read() {
        assert_eq!(Value::root(&bytes("\"a\"")).as_str(), Some("a"));
        assert_eq!(Value::root(&bytes("true")).as_bool(), Some(true));
        assert!(Value::root(&bytes("null")).is_null());
        assert!(Value::root(&bytes("5")).as_number().is_some());
        assert!(Value::root(&bytes("[]")).as_array().expect("a list").is_empty());
    }

    #[pg_test]
    fn jsonb_of_a_toast_table_is_read() {
        run("CREATE TABLE pg_temp.large (d jsonb);
            INSERT INTO pg_temp.large SELECT jsonb_object_agg('key' || n, md5(n::text)) FROM generate_series(1, 2000) AS n");
        let found = spi::query("SELECT d FROM pg_temp.large", &[], Mode::ReadLatest, |row| row.jsonb(1));
        let document = found.expect("a row").remove(0).expect("a document");
        let object = Value::root(&document).as_object().expect("an object");
        assert_eq!(object.len(), 2000);
        assert_eq!(object.get("key1").and_then(Value::as_str), Some("c4ca4238a0b923820dcc509a6f75849b"));
        assert_eq!(
            answer("SELECT pg_column_compression(d) IS NOT NULL OR pg_column_size(d) > 2000 FROM pg_temp.large"),
            "true"
        );
    }

    #[pg_test]
    fn jsonb_object_is_built_as_the_server_builds_it() {
        let mut object = ObjectBuilder::new();
        object.member(b"longer", Value::String(b"text"));
        object.member(b"b", Value::Bool(true));
        object.member(b"n", Value::Number(Integer::new(-12345).number()));
        object.member(b"z", Value::Null);
        object.document(b"list", Some(bytes("[1, {\"x\": 2}]")));
        let built = object.finish();
        let text = text_of(&built);
        assert_eq!(text, "{\"b\": true, \"n\": -12345, \"z\": null, \"list\": [1, {\"x\": 2}], \"longer\": \"text\"}");
        assert_eq!(built.into_bytes(), bytes(&text));
    }

    #[pg_test]
    fn jsonb_object_of_many_members_is_the_servers_own() {
        let numbers = 0_i64..100;
        let mut object = ObjectBuilder::new();
        numbers.for_each(|n| {
            object.member(format!("key{n}").as_bytes(), Value::Number(Integer::new(n * 1_000_000_007).number()))
        });
        let built = object.finish().to_value();
        let sql = "SELECT $1 = pg_catalog.jsonb_object_agg('key' || n, n * 1000000007::bigint) FROM pg_catalog.generate_series(0, 99) AS n";
        assert_eq!(
            spi::query(sql, &[Parameter::Value(&built)], Mode::Read, |row| row.boolean(1)).expect("a row"),
            [Some(true)]
        );
    }

    #[pg_test]
    fn jsonb_empty_array_and_object_are_the_servers_own() {
        assert_eq!(JsonbResult::empty_array().into_bytes(), bytes("[]"));
        assert_eq!(ObjectBuilder::new().finish().into_bytes(), bytes("{}"));
    }

    #[pg_test]
    fn jsonb_integers_are_the_servers_own() {
        let numbers = [0, 1, -1, 9999, 10000, 100_000_000, i64::MAX, i64::MIN];
        let same = |n: i64| {
            let mut object = ObjectBuilder::new();
            object.member(b"n", Value::Number(Integer::new(n).number()));
            object.finish().into_bytes() == bytes(&format!("{{\"n\": {n}}}"))
        };
        assert_eq!(numbers.map(same), [true; 8]);
    }

    #[pg_test]
    fn jsonb_result_of_a_function_is_a_valid_document() {
        run("SET LOCAL search_path = rowkit");
        let call =
            "validate_against_schema('{\"columns\": [{\"name\": \"a\", \"type\": \"integer\"}]}', '{\"a\": \"1\"}')";
        assert_eq!(answer(&format!("SELECT {call} = {call}::text::jsonb, jsonb_array_length({call})")), "true|1");
        assert_eq!(
            answer("SELECT transform_to_record('{\"company_name\": \"c\", \"n\": 12345678901234567890123}')"),
            "{\"data\": {\"n\": 12345678901234567890123}, \"company\": \"c\"}"
        );
    }
}
