//! Validation of records in the server: what a table takes, what it refuses and why, casting, unique values, references and upserts.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{
        ORGANIZATION, Refusal, TABLE, answer, begin, begin_custom_tables, claim, error, refused, run,
    };
    use pgrx::pg_test;

    const COLUMNS: &str = "
        ('name', 'text', true, false, '{\"max_length\": 5}'), ('email', 'email', false, true, '{}'), ('code', 'text', false, true, '{\"pattern\": \"^[A-Z]+$\"}'),
        ('amount', 'integer', false, false, '{\"min\": 0, \"max\": 100}'), ('price', 'decimal', false, false, '{\"scale\": 2}'),
        ('day', 'date', false, false, '{\"min\": \"2024-01-01\"}'), ('phone', 'phone', false, true, '{\"default_region\": \"JP\"}'),
        ('size', 'select', false, false, '{\"choices\": [\"Small\", {\"name\": \"Large\", \"id\": \"l\"}]}'), ('tags', 'multi_select', false, false, '{\"choices\": [\"a\", \"b\"]}'),
        ('friend', 'reference', false, false, '{\"table_id\": \"00000000-0000-4000-8000-0000000000b1\"}'), ('number', 'autonumber', false, false, '{}'),
        ('extra', 'json', false, false, '{\"schema\": {\"properties\": {\"n\": {\"type\": \"integer\"}}}}'), ('home', 'address', false, false, '{\"required\": [\"city\"]}'),
        ('active', 'boolean', false, false, '{}'), ('site', 'url', false, false, '{}')";

    fn insert(name: &str, data: &str) -> String {
        format!("INSERT INTO records (table_id, name, data) VALUES ('{TABLE}', {name}, '{data}')")
    }

    fn problems(data: &str) -> String {
        answer(&format!("SELECT path, code, params FROM record_errors('{TABLE}', '{data}')"))
    }

    fn codes(refusal: &Refusal) -> Vec<String> {
        let detail = refusal.detail_json();
        let problems = detail.as_array().expect("DETAIL is a list");
        problems
            .iter()
            .map(|problem| {
                format!("{} {}", problem["path"].as_str().unwrap_or(""), problem["code"].as_str().unwrap_or(""))
            })
            .collect()
    }

    #[pg_test]
    fn validate_takes_a_good_record_as_it_is() {
        begin_custom_tables(COLUMNS);
        let data = "{\"amount\": 100, \"price\": 12345678901234567890.25, \"day\": \"2024-02-29\", \"tags\": [\"a\"], \"free\": 12345678901234567890123}";
        let stored = answer(&format!("{} RETURNING data", insert("'佐藤'", data)));
        assert_eq!(
            stored,
            "{\"day\": \"2024-02-29\", \"free\": 12345678901234567890123, \"tags\": [\"a\"], \"price\": 12345678901234567890.25, \"amount\": 100, \"number\": 1}"
        );
        assert_eq!(answer(&format!("SELECT validate_record('{TABLE}', '{{\"name\": \"a\"}}')")), "[]");
    }

    #[pg_test]
    fn validate_refuses_with_every_problem_in_detail() {
        begin_custom_tables(COLUMNS);
        let refusal = refused(&insert("'toolong'", "{\"amount\": -1, \"size\": \"Smal\"}"));
        assert_eq!(refusal.sqlstate(), "23514");
        assert_eq!(codes(&refusal), ["/data/size select.unknown", "/data/amount number.min", "/name text.max_length"]);
        let detail = refusal.detail_json();
        assert_eq!(detail[1]["params"], serde_json::json!({"min": 0}));
        assert_eq!(detail[1]["column"], "amount");
        assert_eq!(detail[0]["message"], "size must not be \"Smal\"; perhaps you meant \"Small\"");
        assert_eq!(
            refusal.hint(),
            "DETAIL lists every problem as JSON; rowkit.validate_record() tells them without an error."
        );
        assert_eq!(answer("SELECT count(*) FROM records"), "0");
    }

    #[pg_test]
    fn validate_of_many_rows_is_all_or_nothing() {
        begin_custom_tables(COLUMNS);
        let refusal =
            refused(&format!("INSERT INTO records (table_id, name) VALUES ('{TABLE}', 'good'), ('{TABLE}', NULL)"));
        assert_eq!((refusal.sqlstate(), refusal.message()), ("23514", "name is required"));
        assert_eq!(answer("SELECT count(*) FROM records"), "0");
    }

    #[pg_test]
    fn validate_tells_problems_without_an_error() {
        begin_custom_tables(COLUMNS);
        assert_eq!(problems("{\"name\": \"a\", \"email\": \"a@b\"}"), "/email|email.invalid|{}");
        assert_eq!(problems("{\"name\": \"a\", \"day\": \"2023-02-29\"}"), "/data/day|date.invalid|{}");
        assert_eq!(
            problems("{\"name\": \"a\", \"day\": \"2023-12-31\"}"),
            "/data/day|date.min|{\"min\": \"2024-01-01\"}"
        );
        assert_eq!(problems("{\"name\": \"a\", \"price\": 0.333}"), "/data/price|number.scale|{\"scale\": 2}");
        assert_eq!(
            problems("{\"name\": \"a\", \"amount\": \"5\"}"),
            "/data/amount|type|{\"actual\": \"string\", \"expected\": \"number\"}"
        );
        assert_eq!(
            problems("{\"name\": \"a\", \"tags\": [\"a\", \"a\"]}"),
            "/data/tags/1|multi_select.duplicate|{\"value\": \"a\"}"
        );
        assert_eq!(problems("{\"name\": \"a\", \"number\": 7}"), "/data/number|computed|{}");
        assert_eq!(
            problems("{\"name\": \"a\", \"site\": \"javascript:alert(1)\"}"),
            "/data/site|url.scheme|{\"schemes\": [\"http\", \"https\"]}"
        );
        assert_eq!(problems("{\"name\": \"a\"}"), "");
    }

    #[pg_test]
    fn validate_looks_into_nested_values() {
        begin_custom_tables(COLUMNS);
        assert_eq!(
            problems("{\"name\": \"a\", \"extra\": {\"n\": \"x\"}}"),
            "/data/extra/n|json.schema|{\"schema_path\": \"/properties/n/type\"}"
        );
        assert_eq!(
            problems("{\"name\": \"a\", \"home\": {\"town\": \"x\"}}"),
            "/data/home/town|address.unknown_part|{\"part\": \"town\"}\n/data/home/city|required|{\"part\": \"city\"}"
        );
    }

    #[pg_test]
    fn validate_takes_missing_null_and_empty_for_no_value() {
        begin_custom_tables(COLUMNS);
        let valid = |data: &str| answer(&format!("SELECT is_valid_record('{TABLE}', '{data}')"));
        assert_eq!(valid("{\"name\": \"a\", \"amount\": null, \"email\": \"\", \"tags\": []}"), "true");
        assert_eq!([valid("{}"), valid("{\"name\": null}"), valid("{\"name\": \"\"}")], ["false"; 3]);
    }

    #[pg_test]
    fn validate_raises_for_a_bad_question_only() {
        begin_custom_tables(COLUMNS);
        for data in ["'[]'", "'5'", "NULL"] {
            let code = answer(&format!("SELECT validate_record('{TABLE}', {data}) #>> '{{0,code}}'"));
            assert_eq!(code, "type", "{data}");
        }
        assert_eq!(
            error("SELECT validate_record('00000000-0000-4000-8000-0000000000ff', '{}')"),
            "42704: table 00000000-0000-4000-8000-0000000000ff does not exist in app.tables"
        );
        assert_eq!(
            error(&format!("SELECT validate_record('{TABLE}', '{{}}', 'organizations')")),
            "22023: app.organizations holds no table schemas"
        );
    }

    #[pg_test]
    fn validate_against_a_schema_needs_no_table() {
        begin();
        let call = |kind: &str| {
            format!(
                "SELECT validate_against_schema('{{\"columns\": [{{\"name\": \"a\", \"type\": \"{kind}\"}}]}}', '{{\"a\": \"1\"}}') -> 0 ->> 'message'"
            )
        };
        assert_eq!(answer(&call("integer")), "a must be a number, not a string");
        assert_eq!(answer(&call("text")), "");
        let refusal = refused(&call("intger"));
        assert_eq!(
            (refusal.message(), refusal.hint()),
            ("column \"a\": type \"intger\" is not a field type", "Perhaps you meant \"integer\".")
        );
    }

    #[pg_test]
    fn validate_of_an_update_answers_for_what_it_changes() {
        begin_custom_tables(COLUMNS);
        run("ALTER TABLE records DISABLE TRIGGER records_enforce_schema");
        run(&insert("'b'", "{\"amount\": 999}"));
        run("ALTER TABLE records ENABLE TRIGGER records_enforce_schema");
        assert_eq!(answer("UPDATE records SET data = data || '{\"active\": true}' RETURNING data ->> 'amount'"), "999");
        assert_eq!(error("UPDATE records SET data = data || '{\"amount\": 998}'"), "23514: amount must be at most 100");
        assert_eq!(error("UPDATE records SET name = NULL"), "23514: name is required");
        assert_eq!(answer(&format!("SELECT errors -> 0 ->> 'code' FROM invalid_records('{TABLE}')")), "number.max");
        let unknown = "00000000-0000-4000-8000-0000000000ff";
        assert_eq!(refused(&format!("SELECT * FROM invalid_records('{unknown}')")).sqlstate(), "42704");
    }

    #[pg_test]
    fn validate_compares_unique_values_by_what_is_meant() {
        begin_custom_tables(COLUMNS);
        run(&insert("'a'", "{\"phone\": \"03-1234-5678\", \"code\": \"AB\"}"));
        run("UPDATE records SET email = 'Ann@example.com'");
        let taken = refused(&insert("'b'", "{\"phone\": \"+81 3 1234 5678\"}"));
        assert_eq!(
            (taken.sqlstate(), taken.message()),
            ("23505", "phone is taken: another record of this table has the same value")
        );
        assert_eq!(codes(&taken), ["/data/phone unique"]);
        assert_eq!(
            refused(&format!("INSERT INTO records (table_id, name, email) VALUES ('{TABLE}', 'b', 'ANN@EXAMPLE.com')"))
                .sqlstate(),
            "23505"
        );
        run("DELETE FROM records");
        assert_eq!(answer(&format!("{} RETURNING name", insert("'b'", "{\"phone\": \"+81 3 1234 5678\"}"))), "b");
    }

    #[pg_test]
    fn validate_lets_unique_values_be_swapped_in_one_statement() {
        begin_custom_tables(COLUMNS);
        run(&insert("'a'", "{\"code\": \"X\"}"));
        run(&insert("'b'", "{\"code\": \"Y\"}"));
        run(
            "UPDATE records SET data = data || CASE data ->> 'code' WHEN 'X' THEN '{\"code\": \"Y\"}' ELSE '{\"code\": \"X\"}' END::jsonb",
        );
        assert_eq!(answer("SELECT name, data ->> 'code' FROM records ORDER BY name"), "a|Y\nb|X");
        assert_eq!(
            refused("UPDATE records SET data = data || '{\"code\": \"X\"}' WHERE name = 'a'").sqlstate(),
            "23505"
        );
    }

    const FRIEND: &str = "00000000-0000-4000-8000-0000000000c1";

    #[pg_test]
    fn validate_takes_references_to_live_records_only() {
        begin_custom_tables(COLUMNS);
        run(&format!("INSERT INTO records (id, table_id, name) VALUES ('{FRIEND}', '{TABLE}', 'a')"));
        run(&insert("'b'", &format!("{{\"friend\": \"{FRIEND}\"}}")));
        let missing = refused(&insert("'c'", "{\"friend\": \"00000000-0000-4000-8000-0000000000c9\"}"));
        assert_eq!(missing.sqlstate(), "23503");
        assert_eq!(codes(&missing), ["/data/friend reference.missing"]);
        // A deleted record takes the references to it along, and its restore brings them back.
        run(&format!("SELECT soft_delete('records', '{FRIEND}'::uuid)"));
        assert_eq!(answer("SELECT data ? 'friend' FROM records WHERE name = 'b'"), "false");
        run(&format!("SELECT restore_deleted('records', '{FRIEND}'::uuid)"));
        assert_eq!(answer("SELECT data ->> 'friend' FROM records WHERE name = 'b'"), FRIEND);
    }

    #[pg_test]
    fn validate_refuses_to_delete_what_a_restricting_column_names() {
        begin_custom_tables(
            "('friend', 'reference', false, false, '{\"table_id\": \"00000000-0000-4000-8000-0000000000b1\", \"on_delete\": \"restrict\"}')",
        );
        run(&format!("INSERT INTO records (id, table_id, name) VALUES ('{FRIEND}', '{TABLE}', 'a')"));
        run(&insert("'b'", &format!("{{\"friend\": \"{FRIEND}\"}}")));
        let refusal = refused(&format!("DELETE FROM records WHERE id = '{FRIEND}'"));
        assert_eq!(refusal.sqlstate(), "23503");
        assert_eq!(codes(&refusal)[0].split(' ').next_back(), Some("reference.restricted"));
    }

    #[pg_test]
    fn validate_numbers_records_without_a_gap() {
        begin_custom_tables(COLUMNS);
        run(&insert("'a'", "{}"));
        assert_eq!(refused(&insert("NULL", "{}")).sqlstate(), "23514");
        run(&format!("INSERT INTO records (table_id, name) VALUES ('{TABLE}', 'b'), ('{TABLE}', 'c')"));
        assert_eq!(answer("SELECT string_agg(data ->> 'number', ',' ORDER BY name) FROM records"), "1,2,3");
        assert_eq!(
            answer("UPDATE records SET data = '{\"amount\": 5}' WHERE name = 'b' RETURNING data"),
            "{\"amount\": 5, \"number\": 2}"
        );
    }

    #[pg_test]
    fn validate_treats_unknown_keys_as_the_table_says() {
        begin_custom_tables(COLUMNS);
        assert_eq!(answer(&format!("{} RETURNING data ? 'amuont'", insert("'a'", "{\"amuont\": 1}"))), "true");
        run("UPDATE tables SET unknown_keys = 'strict'");
        let strict = refused(&insert("'b'", "{\"amuont\": 1}"));
        assert_eq!(
            (strict.sqlstate(), strict.message()),
            ("23514", "amuont is not a column of this table; perhaps you meant \"amount\"")
        );
        assert_eq!(strict.detail_json()[0]["params"], serde_json::json!({"nearest": "amount"}));
        run("UPDATE tables SET unknown_keys = 'strip'");
        assert_eq!(
            answer(&format!("{} RETURNING data", insert("'c'", "{\"amuont\": 1, \"amount\": 2}"))),
            "{\"amount\": 2, \"number\": 2}"
        );
    }

    #[pg_test]
    fn validate_fills_defaults_in() {
        begin_custom_tables("('amount', 'integer', false, false, '{}'), ('active', 'boolean', true, false, '{}')");
        run(
            "UPDATE table_columns SET default_value = '5' WHERE name = 'amount'; UPDATE table_columns SET default_value = 'false' WHERE name = 'active'",
        );
        assert_eq!(answer(&format!("{} RETURNING data", insert("'a'", "{}"))), "{\"active\": false, \"amount\": 5}");
        assert_eq!(
            answer(&format!("{} RETURNING data", insert("'b'", "{\"amount\": 6}"))),
            "{\"active\": false, \"amount\": 6}"
        );
    }

    #[pg_test]
    fn validate_holds_status_to_the_tables_statuses() {
        begin_custom_tables("");
        run(&format!(
            "INSERT INTO records (table_id, status) VALUES ('{TABLE}', 'anything'); INSERT INTO table_statuses (table_id, name) VALUES ('{TABLE}', 'リード')"
        ));
        let refusal = refused(&format!("INSERT INTO records (table_id, status) VALUES ('{TABLE}', 'りーど')"));
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("23514", "status must be one of the choices, not \"りーど\"")
        );
        run(&format!(
            "UPDATE tables SET options = '{{\"check_status\": false}}'; INSERT INTO records (table_id, status) VALUES ('{TABLE}', 'りーど')"
        ));
        assert_eq!(answer("SELECT count(*) FROM records"), "2");
    }

    #[pg_test]
    fn cast_makes_values_of_what_people_type() {
        begin_custom_tables(COLUMNS);
        let typed = "{\"name\": \" 佐藤 \", \"amount\": \"１０\", \"price\": \"1,234.50\", \"day\": \"2024年1月5日\", \"size\": \"l\", \"tags\": \"A、b\", \"active\": \"はい\", \"site\": \"example.com\", \"phone\": \"０３－１２３４－５６７８\"}";
        let data = answer(&format!("SELECT data FROM cast_record('{TABLE}', '{typed}')"));
        let wanted = "{\"day\": \"2024-01-05\", \"name\": \"佐藤\", \"site\": \"https://example.com\", \"size\": \"Large\", \"tags\": [\"a\", \"b\"], \"phone\": \"03-1234-5678\", \"price\": 1234.50, \"active\": true, \"amount\": 10}";
        assert_eq!(data, wanted);
        assert_eq!(answer(&format!("SELECT errors FROM cast_record('{TABLE}', '{typed}')")), "[]");
    }

    #[pg_test]
    fn cast_leaves_what_it_cannot_read_and_says_so() {
        begin_custom_tables(COLUMNS);
        let found = answer(&format!(
            "SELECT data, changes, jsonb_path_query_array(errors, '$[*].code') FROM cast_record('{TABLE}', '{{\"name\": \"a\", \"amount\": \"about 5\", \"day\": \"01/02/2024\"}}')"
        ));
        assert_eq!(
            found,
            "{\"day\": \"01/02/2024\", \"name\": \"a\", \"amount\": \"about 5\"}|{}|[\"date.invalid\", \"type\"]"
        );
    }

    #[pg_test]
    fn cast_tells_what_it_changed() {
        begin_custom_tables(COLUMNS);
        let changed = answer(&format!(
            "SELECT (SELECT string_agg(key, ',' ORDER BY key) FROM jsonb_each(changes)) FROM cast_record('{TABLE}', '{{\"name\": \"a\", \"amount\": \"7\", \"active\": true}}')"
        ));
        assert_eq!(changed, "amount");
    }

    #[pg_test]
    fn validate_is_exported_as_json_schema() {
        begin_custom_tables("('amount', 'integer', true, false, '{\"max\": 5}')");
        let matches =
            |document: &str| answer(&format!("SELECT is_valid_json(table_json_schema('{TABLE}'), '{document}')"));
        assert_eq!(
            answer(&format!("SELECT table_json_schema('{TABLE}') ->> '$schema'")),
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!([matches("{\"amount\": 5}"), matches("{\"amount\": 6}"), matches("{}")], ["true", "false", "false"]);
    }

    #[pg_test]
    fn upsert_inserts_or_updates_by_a_unique_column() {
        begin_custom_tables("('email', 'email', false, true, '{}'), ('age', 'integer', false, false, '{}')");
        let upsert = |data: &str| answer(&format!("SELECT is_new FROM upsert_record('{TABLE}', 'email', '{data}')"));
        assert_eq!(upsert("{\"email\": \"Ann@example.com\", \"name\": \"Ann\", \"age\": 30}"), "true");
        assert_eq!(upsert("{\"email\": \"ann@EXAMPLE.com\", \"age\": 31}"), "false");
        assert_eq!(upsert("{\"email\": \"ann@example.com\", \"name\": null}"), "false");
        assert_eq!(answer("SELECT name, email, data FROM records"), "|ann@example.com|{\"age\": 31}");
    }

    #[pg_test]
    fn upsert_of_many_is_all_or_none() {
        begin_custom_tables("('email', 'email', false, true, '{}'), ('age', 'integer', false, false, '{}')");
        let many = |records: &str| format!("SELECT * FROM upsert_records('{TABLE}', 'email', '{records}')");
        assert_eq!(
            refused(&many("[{\"email\": \"a@example.com\"}, {\"email\": \"b@example.com\", \"age\": \"old\"}]"))
                .sqlstate(),
            "23514"
        );
        assert_eq!(
            error(&many("[{\"email\": \"same@example.com\"}, {\"email\": \"SAME@example.com\"}]")),
            "21000: two of the given records have the same value in \"email\""
        );
        assert_eq!(error(&many("[{\"name\": \"without\"}]")), "22023: record 1 has no value in \"email\"");
        assert_eq!(answer("SELECT count(*) FROM records"), "0");
        assert_eq!(
            answer(&format!(
                "SELECT count(*) FROM upsert_records('{TABLE}', 'email', '[{{\"email\": \"a@example.com\"}}, {{\"email\": \"b@example.com\"}}]') WHERE is_new"
            )),
            "2"
        );
    }

    #[pg_test]
    fn upsert_needs_a_unique_column() {
        begin_custom_tables("('age', 'integer', false, false, '{}')");
        assert_eq!(
            error(&format!("SELECT * FROM upsert_record('{TABLE}', 'age', '{{\"age\": 1}}')")),
            "22023: column \"age\" is not unique"
        );
        assert_eq!(
            refused(&format!("SELECT * FROM upsert_record('{TABLE}', 'nope', '{{\"nope\": 1}}')")).sqlstate(),
            "42704"
        );
    }

    #[pg_test]
    fn validate_works_for_an_end_user_with_rights_on_records_alone() {
        begin_custom_tables("('amount', 'integer', false, false, '{\"max\": 5}')");
        const USER: &str = "00000000-0000-4000-8000-0000000000f1";
        run(&format!("CREATE ROLE clerk; INSERT INTO users (id) VALUES ('{USER}');
            INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('{USER}', '{ORGANIZATION}', 'member');
            GRANT USAGE ON SCHEMA app TO clerk; GRANT SELECT, INSERT ON records TO clerk"));
        claim(USER);
        run("SET LOCAL ROLE clerk; SET LOCAL search_path = ''");
        let insert = |amount: i32| {
            format!(
                "INSERT INTO app.records (table_id, organization_id, name, data) VALUES ('{TABLE}', '{ORGANIZATION}', 'u', '{{\"amount\": {amount}}}')"
            )
        };
        run(&insert(5));
        assert_eq!(error(&insert(6)), "23514: amount must be at most 5");
        assert_eq!(answer("SELECT count(*) FROM app.records"), "1");
        assert_eq!(
            refused(&format!("SELECT rowkit.validate_record('{TABLE}', '{{}}', 'app.tables')")).sqlstate(),
            "42501"
        );
    }
}
