//! Soft delete, exact restore and purge in the server.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, claim, error, is_at_least, refused, run};
    use pgrx::pg_test;

    const A: &str = "00000000-0000-4000-8000-0000000000a1";
    const B: &str = "00000000-0000-4000-8000-0000000000a2";

    /// Accounts with projects, which have datasets; a dataset may name a leading project, and an invoice refers to one.
    fn begin_projects() {
        begin();
        run("CREATE TABLE accounts (id uuid PRIMARY KEY, name text UNIQUE);
            CREATE TABLE projects (id bigint PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE, name text);
            CREATE TABLE datasets (project_id bigint REFERENCES projects ON DELETE CASCADE, code text, lead_project bigint REFERENCES projects ON DELETE SET NULL,
                PRIMARY KEY (project_id, code));
            CREATE TABLE invoices (id bigint PRIMARY KEY, project_id bigint REFERENCES projects)");
        run(
            "SELECT enable_soft_delete('accounts'); SELECT enable_soft_delete('projects'); SELECT enable_soft_delete('datasets')",
        );
        run(&format!(
            "INSERT INTO accounts VALUES ('{A}', 'Acme'), ('{B}', 'Beta');
            INSERT INTO projects VALUES (1, '{A}', 'one'), (2, '{A}', 'two'), (3, '{B}', 'three');
            INSERT INTO datasets VALUES (1, 'x', NULL), (2, 'y', NULL), (3, 'z', 1)"
        ));
    }

    const LIVE: &str = "SELECT (SELECT count(*) FROM accounts WHERE deleted_at IS NULL), (SELECT string_agg(id::text, ',' ORDER BY id) FROM projects WHERE deleted_at IS NULL),
        (SELECT string_agg(code, ',' ORDER BY code) FROM datasets WHERE deleted_at IS NULL)";

    fn call(function: &str, table: &str, id: &str) -> String {
        format!("SELECT {function}('{table}', {id})")
    }

    #[pg_test]
    fn soft_delete_is_enabled_once_and_dry() {
        begin();
        run("CREATE TABLE item (id integer PRIMARY KEY)");
        assert_eq!(answer("SELECT count(*) > 20 FROM enable_soft_delete('item', dry_run => true)"), "true");
        assert_eq!(answer("SELECT to_regclass('app.deletions') IS NULL"), "true");
        run("SELECT enable_soft_delete('item')");
        assert_eq!(answer("SELECT count(*) FROM enable_soft_delete('item')"), "0");
        assert_eq!(answer("SELECT to_regclass('app.item_active') IS NOT NULL"), "true");
    }

    #[pg_test]
    fn soft_delete_refuses_tables_that_cannot_have_it() {
        begin();
        run("CREATE TABLE keyless (id integer); CREATE VIEW seen AS SELECT 1 AS id; CREATE TEMP TABLE own (id integer PRIMARY KEY);
            CREATE TABLE odd (id integer PRIMARY KEY, deleted_at date)");
        let enable = |table: &str| error(&format!("SELECT * FROM enable_soft_delete('{table}')"));
        assert_eq!(enable("keyless"), "42704: app.keyless has no primary key");
        assert_eq!(enable("seen"), "42809: app.seen cannot have soft delete");
        assert_eq!(enable("own"), "42809: own cannot have soft delete");
        assert_eq!(enable("pg_class"), "42809: pg_class cannot have soft delete");
        assert_eq!(
            enable("odd"),
            "42804: column deleted_at of app.odd must be of type timestamp with time zone, not date"
        );
    }

    #[pg_test]
    fn soft_delete_takes_what_cascades_along() {
        begin_projects();
        assert_eq!(answer(LIVE), "2|1,2,3|x,y,z");
        assert_eq!(
            answer(&format!("SELECT soft_delete_with_counts('accounts', '{A}'::uuid)")),
            "{\"accounts\": 1, \"datasets\": 2, \"projects\": 2}"
        );
        assert_eq!(answer(LIVE), "1|3|z");
        assert_eq!(answer("SELECT lead_project IS NULL FROM datasets WHERE code = 'z'"), "true");
        // Done again, there is nothing to do.
        assert_eq!(answer(&format!("SELECT soft_delete_with_counts('accounts', '{A}'::uuid)")), "{}");
        assert_eq!(answer(&call("soft_delete", "accounts", &format!("'{A}'::uuid"))), "false");
    }

    #[pg_test]
    fn soft_delete_is_written_down_with_actor_and_reason() {
        begin_projects();
        claim("00000000-0000-4000-8000-0000000000ff");
        run(&format!("SELECT soft_delete_with_counts('accounts', '{A}'::uuid, reason => 'left us')"));
        assert_eq!(
            answer("SELECT table_name, record_keys, deleted_by, reason, counts, is_on_hold FROM deletions"),
            format!(
                "accounts|[{{\"id\": \"{A}\"}}]|00000000-0000-4000-8000-0000000000ff|left us|{{\"accounts\": 1, \"datasets\": 2, \"projects\": 2}}|false"
            )
        );
        assert_eq!(
            answer("SELECT DISTINCT deleted_by FROM projects WHERE deleted_at IS NOT NULL"),
            "00000000-0000-4000-8000-0000000000ff"
        );
    }

    #[pg_test]
    fn restore_brings_back_exactly_what_was_taken() {
        begin_projects();
        run("SELECT soft_delete('projects', 2::bigint)");
        run(&format!("SELECT soft_delete('accounts', '{A}'::uuid)"));
        assert_eq!(answer(LIVE), "1|3|z");
        assert_eq!(answer(&call("restore_deleted", "accounts", &format!("'{A}'::uuid"))), "true");
        // The project that was deleted before stays deleted; the reference that gave way is back.
        assert_eq!(answer(LIVE), "2|1,3|x,z");
        assert_eq!(answer("SELECT lead_project FROM datasets WHERE code = 'z'"), "1");
        assert_eq!(answer(&call("restore_deleted", "projects", "2::bigint")), "true");
        assert_eq!(answer(LIVE), "2|1,2,3|x,y,z");
        assert_eq!(answer(&call("restore_deleted", "projects", "2::bigint")), "false");
    }

    #[pg_test]
    fn restore_leaves_a_reference_that_was_changed_since() {
        begin_projects();
        run(
            "SELECT soft_delete('projects', 1::bigint); UPDATE datasets SET lead_project = 2 WHERE code = 'z'; SELECT restore_deleted('projects', 1::bigint)",
        );
        assert_eq!(answer("SELECT lead_project FROM datasets WHERE code = 'z'"), "2");
    }

    #[pg_test]
    fn restore_below_a_deleted_parent_is_refused() {
        begin_projects();
        run(&format!("SELECT soft_delete('accounts', '{A}'::uuid)"));
        let refusal = refused(&call("restore_deleted", "projects", "1::bigint"));
        assert_eq!(refusal.sqlstate(), "55000");
        assert_eq!(
            refusal.message(),
            format!("projects (1) cannot be restored below accounts ({A}), which is deleted")
        );
        assert_eq!(refusal.hint(), "Restore accounts first; what its deletion took comes back with it.");
    }

    #[pg_test]
    fn restore_lists_unique_values_that_were_taken() {
        begin_projects();
        run(&format!(
            "SELECT soft_delete('accounts', '{A}'::uuid); INSERT INTO accounts VALUES ('00000000-0000-4000-8000-0000000000a3', 'Acme')"
        ));
        let restore = |how: &str| format!("SELECT restore_deleted('accounts', '{A}'::uuid{how})");
        let refusal = refused(&restore(""));
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("23505", "accounts cannot be restored: 1 unique value has been taken by other rows")
        );
        assert_eq!(refusal.detail_json()[0]["index"], "accounts_name_key");
        assert_eq!(refusal.detail_json()[0]["conflicts_with"], "00000000-0000-4000-8000-0000000000a3");
        assert_eq!(error(&restore(", on_conflict => 'x'")), "22023: on_conflict cannot be \"x\"");
        assert_eq!(answer(&restore(", on_conflict => 'rename'")), "true");
        assert_eq!(answer("SELECT name FROM accounts ORDER BY id"), "Acme (2)\nBeta\nAcme");
    }

    #[pg_test]
    fn soft_delete_is_refused_by_what_still_refers_to_it() {
        begin_projects();
        run("INSERT INTO invoices VALUES (7, 1)");
        let refusal = refused(&call("soft_delete", "accounts", &format!("'{A}'::uuid")));
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("23503", "accounts cannot be deleted: still referred to by 1 row of invoices (7)")
        );
        assert_eq!(
            refusal.detail_json(),
            serde_json::json!([{"foreign_key": "invoices_project_id_fkey", "ids": ["7"], "rows": 1, "table": "invoices"}])
        );
        assert_eq!(answer(LIVE), "2|1,2,3|x,y,z");
    }

    #[pg_test]
    fn soft_delete_is_explained_before_it_is_done() {
        begin_projects();
        run("INSERT INTO invoices VALUES (7, 1)");
        assert_eq!(
            answer(&format!("SELECT table_name, effect, rows FROM preview_delete('accounts', '{A}'::uuid)")),
            "accounts|delete|1\nprojects|delete|2\ndatasets|delete|2\ndatasets|set null|1\ninvoices|refuse|1"
        );
        assert_eq!(answer(LIVE), "2|1,2,3|x,y,z");
    }

    #[pg_test]
    fn nothing_comes_to_live_below_what_is_deleted() {
        begin_projects();
        run(&format!("SELECT soft_delete('accounts', '{A}'::uuid)"));
        let deleted = format!("23503: app.projects refers to app.accounts ({A}), which is deleted");
        assert_eq!(error(&format!("INSERT INTO projects VALUES (4, '{A}', 'four')")), deleted);
        assert_eq!(error(&format!("UPDATE projects SET account_id = '{A}' WHERE id = 3")), deleted);
    }

    #[pg_test]
    fn marks_of_a_deletion_are_nobodys_to_write() {
        begin_projects();
        run("SELECT soft_delete('projects', 1::bigint)");
        let own = "55000: deleted_at and deletion_id of app.projects change only by a soft delete";
        assert_eq!(error("UPDATE projects SET deleted_at = NULL, deletion_id = NULL WHERE id = 1"), own);
        assert_eq!(error("UPDATE projects SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = 3"), own);
        assert_eq!(
            refused("UPDATE projects SET deleted_at = now() WHERE id = 3").names()[4],
            "projects_deletion_check"
        );
    }

    #[pg_test]
    fn unique_values_are_free_while_their_row_is_deleted() {
        begin_projects();
        run(&format!(
            "SELECT soft_delete('accounts', '{A}'::uuid); INSERT INTO accounts VALUES ('00000000-0000-4000-8000-0000000000a3', 'Acme')"
        ));
        assert_eq!(answer("SELECT count(*) FROM accounts WHERE name = 'Acme'"), "2");
        assert_eq!(
            refused("INSERT INTO accounts VALUES ('00000000-0000-4000-8000-0000000000a4', 'Acme')").names()[4],
            "accounts_name_key"
        );
    }

    #[pg_test]
    fn view_of_live_rows_deletes_softly() {
        begin_projects();
        assert_eq!(answer("DELETE FROM datasets_active WHERE code = 'x' RETURNING code"), "x");
        assert_eq!(answer("SELECT string_agg(code, ',' ORDER BY code) FROM datasets_active"), "y,z");
        assert_eq!(answer("SELECT count(*) FROM datasets"), "3");
        run("INSERT INTO datasets_active (project_id, code) VALUES (2, 'v')");
        assert_eq!(answer("SELECT count(*) FROM datasets_active"), "3");
    }

    #[pg_test]
    fn keys_of_every_kind_are_taken() {
        begin_projects();
        assert_eq!(
            answer(
                "SELECT soft_delete('datasets', '{\"project_id\": 1, \"code\": \"x\"}'), soft_delete('projects', '2'), soft_delete('projects', ARRAY[1, 3, 3, 99]::bigint[])"
            ),
            "true|true|2"
        );
        assert_eq!(answer(LIVE), "2||");
        assert_eq!(error("SELECT soft_delete('datasets', 'x')"), "22023: the key of datasets is not in x");
        assert_eq!(refused("SELECT soft_delete('projects', 'x')").sqlstate(), "22P02");
    }

    #[pg_test]
    fn delete_by_an_api_role_destroys_nothing() {
        begin_projects();
        run(
            "CREATE ROLE api; GRANT USAGE ON SCHEMA app TO api; GRANT SELECT, UPDATE, DELETE ON accounts, projects, datasets TO api; SET LOCAL ROLE api",
        );
        assert_eq!(answer("DELETE FROM app.datasets WHERE code = 'x' RETURNING code"), "");
        run("RESET ROLE");
        assert_eq!(
            answer("SELECT code, deleted_at IS NOT NULL FROM datasets ORDER BY code"),
            "x|true\ny|false\nz|false"
        );
        // The owner's DELETE removes rows, unless the table says otherwise.
        run("DELETE FROM datasets WHERE code = 'y'");
        assert_eq!(answer("SELECT count(*) FROM datasets"), "2");
    }

    #[pg_test]
    fn purge_removes_a_deleted_row_with_what_is_below_it() {
        begin_projects();
        assert_eq!(
            answer(&call("permanent_delete", "accounts", "'00000000-0000-4000-8000-0000000000a9'::uuid")),
            "false"
        );
        run(&format!("SELECT soft_delete('accounts', '{A}'::uuid)"));
        assert_eq!(answer(&call("permanent_delete", "accounts", &format!("'{A}'::uuid"))), "true");
        assert_eq!(
            answer(
                "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM projects), (SELECT count(*) FROM datasets)"
            ),
            "1|1|1"
        );
    }

    #[pg_test]
    fn purge_passes_a_deletion_on_hold() {
        begin_projects();
        run("SELECT soft_delete('projects', 1::bigint)");
        assert_eq!(
            answer("SELECT hold_deletion('projects', 1::bigint), hold_deletion('projects', 2::bigint)"),
            "true|false"
        );
        assert_eq!(
            error(&call("permanent_delete", "projects", "1::bigint")),
            "55000: the deletion of projects is on hold"
        );
        assert_eq!(answer("SELECT cleanup_soft_deleted_records('projects', 0)"), "0");
        assert_eq!(refused("DELETE FROM projects WHERE id = 1").sqlstate(), "55000");
        assert_eq!(
            answer("SELECT hold_deletion('projects', 1::bigint, false), permanent_delete('projects', 1::bigint)"),
            "true|true"
        );
    }

    #[pg_test]
    fn purge_by_age_takes_old_deletions_only() {
        begin_projects();
        run("SELECT soft_delete('projects', 1::bigint); SELECT soft_delete('projects', 2::bigint);
            UPDATE deletions SET deleted_at = now() - interval '40 days' WHERE record_keys -> 0 ->> 'id' = '1'");
        assert_eq!(answer("SELECT cleanup_soft_deleted_records('projects', 50)"), "0");
        assert_eq!(answer("SELECT cleanup_soft_deleted_records('projects', 30)"), "1");
        assert_eq!(answer("SELECT string_agg(id::text, ',' ORDER BY id) FROM projects"), "2,3");
        assert_eq!(refused("SELECT cleanup_soft_deleted_records('projects', -1)").sqlstate(), "22023");
    }

    #[pg_test]
    fn summary_counts_live_and_deleted_rows() {
        begin_projects();
        run("SELECT soft_delete('projects', 1::bigint)");
        assert_eq!(
            answer("SELECT * FROM deleted_records_summary() WHERE table_name = 'app.projects'"),
            "app.projects|2|1|33.33"
        );
    }

    #[pg_test]
    fn deleted_rows_are_listed_the_latest_first() {
        begin_projects();
        run("SELECT soft_delete('projects', 1::bigint); SELECT soft_delete('projects', 3::bigint)");
        assert_eq!(answer("SELECT count(*) FROM deleted_rows('projects')"), "2");
        assert_eq!(answer("SELECT count(*) FROM deleted_rows('projects', max_rows => 1)"), "1");
    }

    #[pg_test]
    fn disabled_soft_delete_leaves_the_rows() {
        begin_projects();
        run("SELECT disable_soft_delete('datasets')");
        assert_eq!(answer("SELECT count(*) FROM datasets"), "3");
        assert_eq!(answer("SELECT to_regclass('app.datasets_active') IS NULL"), "true");
        assert_eq!(
            refused("SELECT soft_delete('datasets', '{\"project_id\": 1, \"code\": \"x\"}')").sqlstate(),
            "42704"
        );
    }

    #[pg_test]
    fn soft_delete_holds_a_caller_to_row_security() {
        begin_projects();
        run(&format!("CREATE ROLE api; GRANT USAGE ON SCHEMA app TO api; GRANT SELECT, UPDATE, DELETE ON accounts, projects TO api;
            ALTER TABLE accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY own ON accounts TO api USING (id = '{A}'); SET LOCAL ROLE api"));
        assert_eq!(
            answer(&format!(
                "SELECT rowkit.soft_delete('app.accounts', '{B}'::uuid), rowkit.soft_delete('app.accounts', '{A}'::uuid)"
            )),
            "false|true"
        );
        assert_eq!(refused("SELECT rowkit.cleanup_soft_deleted_records('app.accounts', 0)").sqlstate(), "42501");
    }

    #[pg_test]
    fn soft_delete_needs_the_update_privilege() {
        begin_projects();
        run(
            "CREATE ROLE api; GRANT USAGE ON SCHEMA app TO api; GRANT SELECT ON accounts, projects TO api; SET LOCAL ROLE api",
        );
        assert_eq!(refused("SELECT rowkit.soft_delete('app.projects', 1::bigint)").sqlstate(), "42501");
    }

    #[pg_test]
    fn view_of_live_rows_has_its_callers_rights_where_the_server_can() {
        begin_projects();
        let options =
            answer("SELECT coalesce(reloptions::text, '') FROM pg_class WHERE oid = 'app.projects_active'::regclass");
        assert_eq!(options.contains("security_invoker=true"), is_at_least(15));
    }
}
