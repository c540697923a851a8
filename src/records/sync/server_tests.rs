//! tables.schema kept in step with its parts, and renames that take the records along.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{ORGANIZATION, TABLE, answer, begin_custom_tables, error, refused, run};
    use pgrx::pg_test;

    const SCHEMA: &str = "SELECT schema ->> 'version', jsonb_path_query_array(schema, '$.columns[*].name'), jsonb_path_query_array(schema, '$.statuses[*].name') FROM tables WHERE name = 'T'";

    fn insert(data: &str) {
        run(&format!("INSERT INTO records (table_id, data) VALUES ('{TABLE}', '{data}')"));
    }

    #[pg_test]
    fn sync_follows_an_edit_of_columns_and_statuses() {
        begin_custom_tables("");
        assert_eq!(answer(SCHEMA), "1|[]|[]");
        run(&format!(
            "INSERT INTO table_columns (table_id, name, type, position) SELECT '{TABLE}', 'c' || n, 'text', 10 - n FROM generate_series(1, 3) AS n"
        ));
        assert_eq!(answer(SCHEMA), "2|[\"c3\", \"c2\", \"c1\"]|[]");
        run(&format!(
            "INSERT INTO table_statuses (table_id, name) VALUES ('{TABLE}', 'リード'); DELETE FROM table_columns WHERE name = 'c2'"
        ));
        assert_eq!(answer(SCHEMA), "4|[\"c3\", \"c1\"]|[\"リード\"]");
    }

    #[pg_test]
    fn sync_raises_no_version_for_nothing() {
        begin_custom_tables("('a', 'text', false, false, '{}')");
        let before = answer(SCHEMA);
        run("UPDATE table_columns SET updated_at = now(); UPDATE tables SET description = 'x'");
        assert_eq!(answer(SCHEMA), before);
        assert_eq!(answer(&format!("SELECT sync_table_schema('{TABLE}')")), "false");
    }

    #[pg_test]
    fn sync_of_a_moved_column_touches_both_tables() {
        begin_custom_tables("('a', 'text', false, false, '{}')");
        run(&format!("INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000b2', '{ORGANIZATION}', 'U');
            UPDATE table_columns SET table_id = '00000000-0000-4000-8000-0000000000b2'"));
        assert_eq!(
            answer("SELECT name, jsonb_array_length(schema -> 'columns') FROM tables ORDER BY name"),
            "T|0\nU|1"
        );
    }

    #[pg_test]
    fn sync_lets_nobody_write_the_schema() {
        begin_custom_tables("('a', 'text', false, false, '{}')");
        let refusal = refused("UPDATE tables SET schema = '{}'");
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("428C9", "app.tables takes its schema from table_columns and table_statuses")
        );
        run("SET LOCAL rowkit.allow_schema_edit = on");
        assert_eq!(
            error("UPDATE tables SET schema = '{\"columns\": [{\"name\": \"a\", \"type\": \"txt\"}]}'"),
            "22023: column \"a\": type \"txt\" is not a field type"
        );
        run("UPDATE tables SET schema = '{\"columns\": []}'");
        assert_eq!(answer("SELECT drift -> 'was' -> 'columns' FROM sync_all_table_schemas()"), "[]");
        assert_eq!(answer("SELECT jsonb_path_query_array(schema, '$.columns[*].name') FROM tables"), "[\"a\"]");
    }

    #[pg_test]
    fn sync_refuses_definitions_that_cannot_work() {
        begin_custom_tables("");
        let column = |kind: &str, options: &str| {
            error(&format!(
                "INSERT INTO table_columns (table_id, name, type, options) VALUES ('{TABLE}', 'x', '{kind}', '{options}')"
            ))
        };
        assert_eq!(column("txet", "{}"), "22023: column \"x\": type \"txet\" is not a field type");
        assert_eq!(
            column("text", "{\"min_length\": 5, \"max_length\": 4}"),
            "22023: column \"x\": min_length lies above max_length"
        );
        assert_eq!(column("integer", "{\"maximum\": 5}"), "22023: column \"x\": maximum is not an option of this type");
        assert_eq!(column("select", "{\"choices\": [\"a\", \"a\"]}"), "22023: column \"x\": choices names \"a\" twice");
        assert_eq!(column("reference", "{}"), "22023: column \"x\": table_id is missing");
        assert_eq!(
            error(&format!("INSERT INTO table_columns (table_id, name, type) VALUES ('{TABLE}', 'data', 'text')")),
            "22023: column \"data\": name is taken by the records table itself"
        );
        assert_eq!(
            error(&format!("INSERT INTO table_statuses (table_id, name) VALUES ('{TABLE}', ' ')")),
            "22023: status: name must not be empty"
        );
        assert_eq!(answer(SCHEMA), "1|[]|[]");
    }

    #[pg_test]
    fn sync_is_taken_back_with_its_savepoint() {
        begin_custom_tables("('a', 'text', false, false, '{}')");
        let before = answer(SCHEMA);
        assert_eq!(error("DELETE FROM table_columns; SELECT 1 / 0"), "22012: division by zero");
        assert_eq!(answer(SCHEMA), before);
    }

    #[pg_test]
    fn rename_takes_the_values_of_all_records_along() {
        begin_custom_tables("('code', 'text', false, true, '{}'), ('memo', 'text', false, false, '{}')");
        insert("{\"code\": \"X\", \"memo\": \"m\"}");
        insert("{\"memo\": \"n\"}");
        assert_eq!(answer(&format!("SELECT rename_column('{TABLE}', 'code', 'reference_code')")), "1");
        assert_eq!(
            answer("SELECT data FROM records ORDER BY data ->> 'memo'"),
            "{\"memo\": \"m\", \"reference_code\": \"X\"}\n{\"memo\": \"n\"}"
        );
        assert_eq!(answer("SELECT name FROM table_columns, record_keys WHERE id::text = column_id"), "reference_code");
        assert_eq!(
            refused(&format!(
                "INSERT INTO records (table_id, data) VALUES ('{TABLE}', '{{\"reference_code\": \"x\"}}')"
            ))
            .sqlstate(),
            "23505"
        );
    }

    #[pg_test]
    fn rename_by_an_update_does_the_same() {
        begin_custom_tables("('code', 'text', false, false, '{}')");
        insert("{\"code\": \"X\"}");
        run("UPDATE table_columns SET name = 'ref' WHERE name = 'code'");
        assert_eq!(answer("SELECT data FROM records"), "{\"ref\": \"X\"}");
    }

    #[pg_test]
    fn rename_says_what_it_cannot_do() {
        begin_custom_tables("('email', 'email', false, false, '{}'), ('memo', 'text', false, false, '{}')");
        let rename = |from: &str, to: &str| error(&format!("SELECT rename_column('{TABLE}', '{from}', '{to}')"));
        assert_eq!(
            rename("unheard", "x"),
            "42704: table 00000000-0000-4000-8000-0000000000b1 has no column \"unheard\""
        );
        assert_eq!(rename("email", "x"), "0A000: column \"email\" cannot become \"x\"");
        assert_eq!(rename("memo", "bad name"), "22023: column \"bad name\": name is not a plain identifier");
    }

    #[pg_test]
    fn rename_of_choices_and_statuses_is_carried_into_records() {
        begin_custom_tables(
            "('stage', 'select', false, false, '{\"choices\": [{\"id\": \"1\", \"name\": \"new\"}, {\"id\": \"2\", \"name\": \"won\"}]}')",
        );
        run(&format!(
            "INSERT INTO table_statuses (table_id, name) VALUES ('{TABLE}', 'lead'); INSERT INTO records (table_id, status, data) VALUES ('{TABLE}', 'lead', '{{\"stage\": \"won\"}}')"
        ));
        run(
            "UPDATE table_columns SET options = '{\"choices\": [{\"id\": \"1\", \"name\": \"won\"}, {\"id\": \"2\", \"name\": \"new\"}]}'",
        );
        run("UPDATE table_statuses SET name = 'prospect'");
        assert_eq!(answer("SELECT status, data FROM records"), "prospect|{\"stage\": \"new\"}");
        assert_eq!(answer(&format!("SELECT count(*) FROM invalid_records('{TABLE}')")), "0");
    }

    #[pg_test]
    fn deleted_column_comes_back_with_its_values() {
        begin_custom_tables("('memo', 'text', false, false, '{}'), ('n', 'integer', false, false, '{}')");
        insert("{\"memo\": \"kept\", \"n\": 5}");
        let id = answer("SELECT id FROM table_columns WHERE name = 'memo'");
        assert_eq!(answer(&format!("SELECT delete_column('{TABLE}', 'memo')")), "1");
        assert_eq!(answer("SELECT data FROM records"), "{\"n\": 5}");
        run(&format!("SELECT restore_column('{id}')"));
        assert_eq!(answer("SELECT data FROM records"), "{\"n\": 5, \"memo\": \"kept\"}");
        assert_eq!(answer("SELECT name FROM table_columns ORDER BY name"), "memo\nn");
    }

    #[pg_test]
    fn deleted_column_whose_name_is_taken_stays_deleted() {
        begin_custom_tables("('memo', 'text', false, false, '{}')");
        let id = answer("SELECT id FROM table_columns WHERE name = 'memo'");
        run(&format!(
            "SELECT delete_column('{TABLE}', 'memo'); INSERT INTO table_columns (table_id, name, type) VALUES ('{TABLE}', 'memo', 'integer')"
        ));
        assert_eq!(refused(&format!("SELECT restore_column('{id}')")).sqlstate(), "23505");
    }
}
