//! JSON Schema for any jsonb: by function, and by a trigger on a column.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, error, refused, run};
    use pgrx::pg_test;

    #[pg_test]
    fn json_schema_matches_or_not() {
        begin();
        let schema = "{\"type\": \"object\", \"properties\": {\"zip\": {\"pattern\": \"^[0-9]{3}-[0-9]{4}$\"}}}";
        assert_eq!(
            answer(&format!(
                "SELECT is_valid_json('{schema}', '{{\"zip\": \"100-0001\"}}'), is_valid_json('{schema}', '{{\"zip\": \"1\"}}'), is_valid_json('{schema}', '[]')"
            )),
            "true|false|false"
        );
        assert_eq!(answer("SELECT is_valid_json('{}', NULL) IS NULL"), "true");
        assert_eq!(answer("SELECT is_valid_json('{\"format\": \"date\"}', '\"2023-02-29\"')"), "false");
    }

    #[pg_test]
    fn json_schema_compares_numbers_exactly() {
        begin();
        let below = |number: &str| {
            answer(&format!("SELECT is_valid_json('{{\"maximum\": 12345678901234567890123}}', '{number}')"))
        };
        assert_eq!([below("12345678901234567890123"), below("12345678901234567890124")], ["true", "false"]);
    }

    #[pg_test]
    fn json_schema_errors_say_what_and_where() {
        begin();
        let found = answer("SELECT string_agg(concat_ws(' ', found ->> 'path', found -> 'params' ->> 'schema_path', found ->> 'message'), ' / ')
            FROM jsonb_array_elements(validate_json('{\"required\": [\"a\"], \"properties\": {\"b\": {\"maximum\": 5}}}', '{\"b\": 6}')) AS found");
        assert_eq!(
            found,
            " /required \"a\" is a required property / /b /properties/b/maximum value is greater than the maximum of 5"
        );
    }

    #[pg_test]
    fn json_schema_that_is_none_is_refused() {
        begin();
        let with = |schema: &str| error(&format!("SELECT is_valid_json('{schema}', '1')"));
        assert!(
            with("{\"type\": \"nothing\"}").starts_with("22023: the schema is not a valid JSON Schema: \"nothing\"")
        );
        assert!(
            with("{\"$ref\": \"https://example.com/schema.json\"}")
                .ends_with("names \"https://example.com/schema.json\", which is not in the schema")
        );
        assert!(with("{\"pattern\": \"((a{1,500}){1,500}){1,500}\"}").starts_with("22023: "));
        assert_eq!(error("SELECT is_valid_json(NULL, '1')"), "22023: json_schema must be given");
    }

    #[pg_test]
    fn json_schema_trigger_holds_a_column_to_it() {
        begin();
        run("CREATE TABLE customer (id integer, address jsonb);
            CREATE TRIGGER checked BEFORE INSERT OR UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION enforce_json_schema('address',
                '{\"type\": \"object\", \"required\": [\"city\"], \"properties\": {\"city\": {\"type\": \"string\", \"minLength\": 1}}}');
            INSERT INTO customer VALUES (1, NULL), (2, '{\"city\": \"東京\"}')");
        let refusal = refused("INSERT INTO customer VALUES (3, '{\"city\": \"\"}')");
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("23514", "column \"address\" of app.customer: value is shorter than 1 character")
        );
        assert_eq!(refusal.detail_json()[0]["path"], "/city");
        assert_eq!(
            refused("UPDATE customer SET address = '{}' WHERE id = 2").detail_json()[0]["message"],
            "\"city\" is a required property"
        );
        assert_eq!(answer("SELECT count(*) FROM customer"), "2");
    }

    #[pg_test]
    fn json_schema_trigger_leaves_old_documents_alone() {
        begin();
        run("CREATE TABLE customer (id integer, address jsonb); INSERT INTO customer VALUES (1, '[]');
            CREATE TRIGGER checked BEFORE INSERT OR UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION enforce_json_schema('address', '{\"type\": \"object\"}')");
        assert_eq!(answer("UPDATE customer SET id = 2 RETURNING id"), "2");
        assert_eq!(refused("UPDATE customer SET address = '[1]'").sqlstate(), "23514");
    }
}
