//! Audit: what each statement changed, a row's past, and an undo.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, claim, error, refused, run};
    use pgrx::pg_test;

    fn begin_audit(settings: &str) {
        begin();
        run(
            "CREATE TABLE things (id integer PRIMARY KEY, organization_id uuid, name text, data jsonb, secret text, updated_at timestamptz)",
        );
        run("SELECT create_audit_log(tenant_column => 'organization_id')");
        run(&format!("SELECT enable_audit('things'{settings})"));
    }

    const EVENTS: &str = "SELECT action, record_id, new_record_id, old_data, new_data FROM audit_logs WHERE record_id IS NOT NULL ORDER BY statement, id";

    /// As if the events were of an earlier transaction, named by this id.
    fn age() -> String {
        let id = "00000000-0000-4000-8000-00000000dead";
        run(&format!("UPDATE audit_logs SET transaction = '{id}', transaction_id = 1"));
        id.to_owned()
    }

    #[pg_test]
    fn audit_needs_a_log() {
        begin();
        run("CREATE TABLE things (id integer PRIMARY KEY)");
        let refusal = refused("SELECT * FROM enable_audit('things')");
        assert_eq!((refusal.sqlstate(), refusal.message()), ("42704", "there is no audit log for app.things"));
        assert_eq!(refusal.hint(), "SELECT rowkit.create_audit_log('app') makes it; audit_logs => names another one.");
    }

    #[pg_test]
    fn audit_writes_what_changed() {
        begin_audit("");
        run(
            "INSERT INTO things (id, name) VALUES (1, 'a'); UPDATE things SET name = 'b', updated_at = now(); DELETE FROM things",
        );
        let row = |name: &str, at: &str| {
            format!(
                "{{\"id\": 1, \"data\": null, \"name\": \"{name}\", \"secret\": null, \"updated_at\": {at}, \"organization_id\": null}}"
            )
        };
        let events = answer(EVENTS);
        let lines: Vec<&str> = events.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0], format!("INSERT|1|||{}", row("a", "null")));
        assert_eq!(lines[1], "UPDATE|1||{\"name\": \"a\"}|{\"name\": \"b\"}");
        assert!(lines[2].starts_with("DELETE|1||{\"id\": 1, ") && lines[2].ends_with('|'), "{}", lines[2]);
    }

    #[pg_test]
    fn audit_of_a_change_that_changes_nothing_is_no_event() {
        begin_audit("");
        run(
            "INSERT INTO things (id, name) VALUES (1, 'a'); UPDATE things SET name = name; UPDATE things SET updated_at = now(); UPDATE things SET name = 'z' WHERE id = 9",
        );
        assert_eq!(answer("SELECT count(*) FROM audit_logs WHERE record_id IS NOT NULL"), "1");
    }

    #[pg_test]
    fn audit_says_who_and_as_what() {
        begin_audit("");
        run("CREATE ROLE api; GRANT USAGE ON SCHEMA app TO api; GRANT INSERT ON things TO api");
        claim("00000000-0000-4000-8000-0000000000b1");
        run("SET LOCAL ROLE api; INSERT INTO app.things (id) VALUES (1); RESET ROLE");
        assert_eq!(
            answer("SELECT user_id, database_role, organization_id IS NULL FROM audit_logs WHERE record_id = '1'"),
            "00000000-0000-4000-8000-0000000000b1|api|true"
        );
        run("SET LOCAL request.jwt.claims = '{\"sub\": \"ann\"}'; UPDATE things SET name = 'x'");
        assert_eq!(answer("SELECT user_id IS NULL FROM audit_logs WHERE action = 'UPDATE'"), "true");
    }

    #[pg_test]
    fn audit_believes_trusted_proxies_only() {
        begin_audit("");
        run(
            "SET LOCAL request.headers = '{\"x-forwarded-for\": \"203.0.113.7, 10.0.0.1\"}'; INSERT INTO things (id) VALUES (1)",
        );
        assert_ne!(answer("SELECT ip_address FROM audit_logs WHERE record_id = '1'"), "203.0.113.7");
        run("SET LOCAL rowkit.trusted_proxies = '10.0.0.0/8, 127.0.0.0/8, ::1'; INSERT INTO things (id) VALUES (2)");
        assert_eq!(answer("SELECT ip_address FROM audit_logs WHERE record_id = '2'"), "203.0.113.7");
    }

    #[pg_test]
    fn audit_covers_what_is_redacted() {
        begin_audit(", redact => '{secret,data.token}'");
        run(
            "INSERT INTO things (id, secret, data) VALUES (1, 'geheim', '{\"token\": \"geheim\", \"theme\": \"dark\"}'); UPDATE things SET secret = 'geheim 2'",
        );
        assert_eq!(answer("SELECT count(*) FROM audit_logs WHERE concat(old_data, new_data) LIKE '%geheim%'"), "0");
        assert_eq!(
            answer("SELECT new_data -> 'data', new_data ->> 'secret' FROM audit_logs WHERE action = 'INSERT'"),
            "{\"theme\": \"dark\", \"token\": \"[redacted]\"}|[redacted]"
        );
        assert_eq!(answer("SELECT count(*) FROM audit_logs WHERE action = 'UPDATE'"), "1");
        assert_eq!(refused("SELECT enable_audit('things', redact => '{id}')").sqlstate(), "22023");
        assert_eq!(refused("SELECT enable_audit('things', redact => '{nothing}')").sqlstate(), "42703");
    }

    #[pg_test]
    fn audit_leaves_ignored_columns_out() {
        begin_audit(", ignore => '{name}'");
        run(
            "INSERT INTO things (id, name) VALUES (1, 'a'); UPDATE things SET name = 'b'; UPDATE things SET name = 'c', secret = 's'",
        );
        assert_eq!(
            answer("SELECT old_data, new_data FROM audit_logs WHERE action = 'UPDATE'"),
            "{\"secret\": null}|{\"secret\": \"s\"}"
        );
    }

    #[pg_test]
    fn audit_follows_a_row_across_its_keys() {
        begin_audit("");
        run(
            "INSERT INTO things (id, name) VALUES (1, 'a'); UPDATE things SET id = 10; INSERT INTO things (id, name) VALUES (1, 'another'); UPDATE things SET name = 'b' WHERE id = 10",
        );
        assert_eq!(
            answer("SELECT action, record_key FROM row_history('things', '10')"),
            "INSERT|1\nUPDATE|10\nUPDATE|10"
        );
        assert_eq!(answer("SELECT action, record_key FROM row_history('things', '1')"), "INSERT|1");
        assert_eq!(answer("SELECT count(*) FROM row_history('things', '77')"), "0");
        assert_eq!(refused("SELECT * FROM row_history('things', 'x')").sqlstate(), "22P02");
    }

    #[pg_test]
    fn audit_tells_a_row_as_it_was() {
        begin_audit("");
        run("INSERT INTO things (id, name) VALUES (1, 'a')");
        let before = answer("SELECT clock_timestamp()");
        run("UPDATE things SET name = 'b'; DELETE FROM things");
        assert_eq!(answer(&format!("SELECT row_as_of('things', '1', '{before}') ->> 'name'")), "a");
        assert_eq!(answer("SELECT row_as_of('things', '1', clock_timestamp()) IS NULL"), "true");
    }

    #[pg_test]
    fn audit_of_a_truncate_is_one_event() {
        begin_audit("");
        run("INSERT INTO things (id) VALUES (1), (2); TRUNCATE things");
        assert_eq!(answer("SELECT action, row_count FROM audit_logs WHERE action = 'TRUNCATE'"), "TRUNCATE|1");
    }

    #[pg_test]
    fn audit_of_a_soft_delete_is_one_event_a_table() {
        begin_audit("");
        run("CREATE TABLE parts (id integer PRIMARY KEY, thing_id integer REFERENCES things ON DELETE CASCADE);
            SELECT enable_soft_delete('things'); SELECT enable_soft_delete('parts'); SELECT enable_audit('things'); SELECT enable_audit('parts');
            INSERT INTO things (id) VALUES (1); INSERT INTO parts SELECT n, 1 FROM generate_series(1, 50) AS n;
            SELECT soft_delete('things', 1); SELECT restore_deleted('things', 1)");
        assert_eq!(
            answer(
                "SELECT action, table_name, row_count, cardinality(record_ids) FROM audit_logs WHERE action IN ('SOFT_DELETE', 'RESTORE') ORDER BY statement, action, row_count"
            ),
            "SOFT_DELETE|things|1|\nSOFT_DELETE|parts|50|50\nRESTORE|things|1|\nRESTORE|parts|50|50"
        );
        assert_eq!(
            answer("SELECT string_agg(action, ',') FROM row_history('parts', '7')"),
            "INSERT,SOFT_DELETE,RESTORE"
        );
    }

    #[pg_test]
    fn audit_log_is_nobodys_to_forge() {
        begin_audit("");
        run(
            "CREATE ROLE api; GRANT USAGE ON SCHEMA app TO api; GRANT INSERT ON things TO api; SET LOCAL ROLE api; INSERT INTO app.things (id) VALUES (1)",
        );
        assert_eq!(
            refused("INSERT INTO app.audit_logs (action, table_name) VALUES ('INSERT', 'forged')").sqlstate(),
            "42501"
        );
        assert_eq!(refused("SELECT count(*) FROM app.audit_logs").sqlstate(), "42501");
        run("RESET ROLE");
        assert_eq!(answer("SELECT database_role FROM audit_logs WHERE record_id = '1'"), "api");
    }

    #[pg_test]
    fn undo_takes_back_what_a_transaction_did() {
        begin_audit("");
        run("ALTER TABLE things DISABLE TRIGGER USER; INSERT INTO things (id, name) VALUES (1, 'kept'), (2, 'gone'); ALTER TABLE things ENABLE TRIGGER USER;
            INSERT INTO things (id, name) VALUES (3, 'new'); UPDATE things SET name = 'changed' WHERE id = 1; DELETE FROM things WHERE id = 2");
        let id = age();
        assert_eq!(answer(&format!("SELECT undo_transaction('{id}'::uuid)")), "3");
        assert_eq!(answer("SELECT id, name FROM things ORDER BY id"), "1|kept\n2|gone");
        // The undo is logged itself.
        assert_eq!(
            answer(&format!(
                "SELECT string_agg(action, ',' ORDER BY action) FROM audit_logs WHERE transaction <> '{id}' AND record_id IS NOT NULL"
            )),
            "DELETE,INSERT,UPDATE"
        );
    }

    #[pg_test]
    fn undo_overwrites_nothing_that_is_newer() {
        begin_audit("");
        run("INSERT INTO things (id, name) VALUES (1, 'a'); DELETE FROM audit_logs; UPDATE things SET name = 'mine'");
        let id = age();
        run("UPDATE things SET name = 'theirs'");
        let refusal = refused(&format!("SELECT undo_transaction('{id}'::uuid)"));
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("55000", "the transaction cannot be taken back: 1 of its rows changed since, or are not yours to change")
        );
        assert_eq!(refusal.detail_json(), serde_json::json!([{"record_id": "1", "table_name": "things"}]));
        run("UPDATE things SET name = 'mine', secret = 'another column'");
        assert_eq!(answer(&format!("SELECT undo_transaction('{id}'::uuid)")), "1");
        assert_eq!(answer("SELECT name, secret FROM things"), "a|another column");
    }

    #[pg_test]
    fn undo_refuses_what_it_cannot_take_back() {
        begin_audit(", redact => '{secret}'");
        assert_eq!(
            error("SELECT undo_transaction('00000000-0000-4000-8000-00000000beef'::uuid)").split(':').next(),
            Some("42704")
        );
        run("INSERT INTO things (id, secret) VALUES (1, 'x')");
        assert_eq!(
            error("SELECT undo_transaction(pg_current_xact_id()::text::bigint)"),
            "55000: a transaction cannot take back itself"
        );
        run("DELETE FROM audit_logs; UPDATE things SET secret = 'y'");
        let id = age();
        assert_eq!(
            error(&format!("SELECT undo_transaction('{id}'::uuid)")),
            "55000: the transaction cannot be taken back: what secret of things held is not in the log"
        );
    }

    #[pg_test]
    fn audit_log_has_parts_by_month_that_can_be_purged() {
        begin_audit("");
        assert_eq!(
            answer(
                "SELECT (SELECT count(*) FROM create_audit_partitions()), (SELECT count(*) FROM create_audit_partitions(5))"
            ),
            "0|8"
        );
        run("INSERT INTO things (id) VALUES (1)");
        run("SELECT purge_audit_logs(30)");
        assert_eq!(answer("SELECT count(*) FROM audit_logs WHERE record_id = '1'"), "1");
    }

    #[pg_test]
    fn audit_that_is_disabled_keeps_its_events() {
        begin_audit("");
        run("INSERT INTO things (id) VALUES (1); SELECT disable_audit('things'); INSERT INTO things (id) VALUES (2)");
        assert_eq!(answer("SELECT string_agg(record_id, ',') FROM audit_logs WHERE record_id IS NOT NULL"), "1");
    }

    #[pg_test]
    fn row_actor_is_who_asks() {
        begin();
        run("CREATE TABLE item (id integer, created_by uuid, updated_by uuid);
            CREATE TRIGGER actor BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION set_row_actor()");
        claim("00000000-0000-4000-8000-0000000000b1");
        run("INSERT INTO item VALUES (1)");
        claim("00000000-0000-4000-8000-0000000000b2");
        run("UPDATE item SET id = 2");
        assert_eq!(answer("SELECT right(created_by::text, 2), right(updated_by::text, 2) FROM item"), "b1|b2");
    }
}
