//! Typed fields of documents, telephone numbers in the standard form, and forms turned into records and back.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, error, is_at_least, run};
    use pgrx::pg_test;

    fn fields(document: &str) -> String {
        answer(&format!(
            "SELECT field_text(data, 'a'), field_int8(data, 'a'), field_float8(data, 'a'), field_bool(data, 'a'), field_date(data, 'a'), field_timestamptz(data, 'a')::text
            FROM (SELECT '{document}'::jsonb) AS given(data)"
        ))
    }

    #[pg_test]
    fn accessor_answers_by_the_type_of_the_field() {
        begin();
        assert_eq!(fields("{\"a\": \"x\"}"), "x|||||");
        assert_eq!(fields("{\"a\": 12.0}"), "12.0|12|12|||");
        assert_eq!(fields("{\"a\": 12.5}"), "12.5||12.5|||");
        assert_eq!(fields("{\"a\": true}"), "true|||true||");
        assert_eq!(fields("{\"a\": \"2024-02-29\"}"), "2024-02-29||||2024-02-29|");
        assert_eq!(
            fields("{\"a\": \"2024-02-29T12:00:00+09:00\"}"),
            "2024-02-29T12:00:00+09:00|||||2024-02-29 03:00:00+00"
        );
        assert_eq!(
            [fields("{\"a\": null}"), fields("{\"b\": 1}"), fields("[1]"), fields("{\"a\": \"2023-02-29\"}")],
            ["|||||", "|||||", "|||||", "2023-02-29|||||"]
        );
    }

    #[pg_test]
    fn accessor_keeps_to_the_range_of_its_type() {
        begin();
        assert_eq!(fields("{\"a\": 9223372036854775807}").split('|').nth(1), Some("9223372036854775807"));
        assert_eq!(fields("{\"a\": 9223372036854775808}").split('|').nth(1), Some(""));
        assert_eq!(answer("SELECT field_float8('{\"a\": 1e400}', 'a') IS NULL"), "true");
    }

    #[pg_test]
    fn accessor_serves_an_index_under_row_security() {
        begin();
        run("CREATE ROLE api; GRANT USAGE ON SCHEMA app TO api;
            CREATE TABLE document (id bigint PRIMARY KEY, tenant integer NOT NULL, data jsonb NOT NULL);
            INSERT INTO document SELECT n, n % 10, jsonb_build_object('city', 'c' || n % 100) FROM generate_series(1, 2000) AS n;
            CREATE INDEX document_city ON document (tenant, field_text(data, 'city'));
            ALTER TABLE document ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON document USING (tenant = 3); GRANT SELECT ON document TO api;
            SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL ROLE api");
        let query = "SELECT count(*) FROM app.document WHERE rowkit.field_text(data, 'city') = 'c13'";
        assert!(
            answer(&format!("EXPLAIN (COSTS off) {query}"))
                .contains("Index Cond: ((tenant = 3) AND (field_text(data, 'city'::text) = 'c13'::text))")
        );
        assert_eq!(answer(query), "20");
    }

    #[pg_test]
    fn phone_gets_its_standard_form() {
        begin();
        let phone = |text: &str, region: &str| answer(&format!("SELECT standard_phone('{text}', '{region}')"));
        assert_eq!(phone("(555) 123-4567", "US"), "+15551234567");
        let british = ["020 7946 0123", "+44 (0)20 7946 0123", "44 20 7946 0123", "011 44 20 7946 0123"]
            .map(|text| phone(text, "GB"));
        assert_eq!(british, ["+442079460123"; 4]);
        assert_eq!(phone("０３－１２３４－５６７８", "JP"), "+81312345678");
        assert_eq!(phone("123", "GB"), "");
        assert_eq!(answer("SELECT standard_phone('020 7946 0123') IS NULL"), "true");
    }

    #[pg_test]
    fn form_becomes_a_record() {
        begin();
        let turned = answer(
            "SELECT transform_to_record('{\"name\": \"佐藤\", \"company_name\": \"エムロック\", \"phone\": \"1\", \"custom_fields\": {\"n\": 50}}')",
        );
        assert_eq!(
            turned,
            "{\"data\": {\"n\": 50, \"phone\": \"1\"}, \"name\": \"佐藤\", \"company\": \"エムロック\"}"
        );
        assert_eq!(answer(&format!("SELECT transform_to_record('{turned}') = '{turned}'")), "true");
        assert_eq!(
            answer("SELECT transform_to_record('{\"email\": null}'), transform_to_record('{}')"),
            "{\"data\": {}, \"email\": null}|{\"data\": {}}"
        );
    }

    #[pg_test]
    fn record_becomes_a_form() {
        begin();
        assert_eq!(
            answer(
                "SELECT transform_from_record('{\"name\": \"a\", \"data\": {\"phone\": \"1\", \"amount\": 12345678901234567890123.450}}')"
            ),
            "{\"name\": \"a\", \"phone\": \"1\", \"amount\": 12345678901234567890123.450}"
        );
        assert_eq!(
            answer(
                "SELECT extract_common_fields('{\"name\": \"a\", \"company_name\": \"c\", \"phone\": \"1\"}'), extract_custom_fields('{\"name\": \"a\", \"phone\": \"1\", \"data\": {\"x\": 1}}')"
            ),
            "{\"name\": \"a\", \"company\": \"c\"}|{\"x\": 1, \"phone\": \"1\"}"
        );
        assert_eq!(error("SELECT transform_from_record('[]')"), "22023: a JSON object is needed, not array");
    }

    #[pg_test]
    fn form_loses_no_value_that_is_given_twice() {
        begin();
        let turned = answer(
            "SELECT transform_to_record('{\"phone\": \"1\", \"data\": {\"phone\": \"2\"}, \"custom_fields\": {\"phone\": \"3\"}}')",
        );
        assert_eq!(
            turned,
            "{\"data\": {\"data\": {\"phone\": \"2\"}, \"phone\": \"1\", \"custom_fields\": {\"phone\": \"3\"}}}"
        );
    }

    #[pg_test]
    fn uuidv7_rises_within_a_session() {
        begin();
        assert!(is_at_least(14));
        run("CREATE TABLE made (number integer GENERATED ALWAYS AS IDENTITY, id uuid DEFAULT uuidv7());
            INSERT INTO made (id) SELECT uuidv7() FROM generate_series(1, 5000); INSERT INTO made DEFAULT VALUES");
        assert_eq!(
            answer(
                "SELECT count(*) FROM (SELECT id, lag(id) OVER (ORDER BY number) AS before FROM made) AS pair WHERE id <= before"
            ),
            "0"
        );
        assert_eq!(
            answer(
                "SELECT count(DISTINCT id), bool_and(substr(id::text, 15, 1) = '7'), bool_and(substr(id::text, 20, 1) IN ('8', '9', 'a', 'b')) FROM made"
            ),
            "5001|true|true"
        );
        assert_eq!(
            answer(
                "SELECT bool_and(abs(('x' || lpad(replace(left(id::text, 13), '-', ''), 16, '0'))::bit(64)::bigint - extract(epoch FROM clock_timestamp()) * 1000) < 60000) FROM made"
            ),
            "true"
        );
    }

    #[pg_test]
    fn updated_at_is_kept_by_its_trigger() {
        begin();
        run("CREATE TABLE note (id integer, updated_at timestamptz DEFAULT '2000-01-01', touched timestamp);
            CREATE TRIGGER note_updated_at BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION update_updated_at();
            CREATE TRIGGER note_touched BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION update_updated_at_column('touched');
            INSERT INTO note (id) VALUES (1)");
        assert_eq!(answer("SELECT updated_at = '2000-01-01', touched IS NULL FROM note"), "true|true");
        assert_eq!(
            answer("UPDATE note SET id = 2 RETURNING updated_at = now(), touched = localtimestamp"),
            "true|true"
        );
    }

    #[pg_test]
    fn updated_at_needs_a_column_of_time() {
        begin();
        run("CREATE TABLE note (id integer, updated_at text); INSERT INTO note VALUES (1);
            CREATE TRIGGER kept BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION update_updated_at()");
        assert_eq!(
            error("UPDATE note SET id = 2"),
            "42804: column \"updated_at\" of app.note must be of type timestamp with time zone or timestamp without time zone, not text"
        );
        run(
            "DROP TRIGGER kept ON note; CREATE TRIGGER kept BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION update_updated_at('missing')",
        );
        assert_eq!(error("UPDATE note SET id = 2"), "42703: app.note has no column \"missing\"");
    }
}
