//! Counters that follow their rows, and the limits they stop at, in both modes.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, error, refused, run};
    use pgrx::pg_test;

    const A: &str = "00000000-0000-4000-8000-0000000000a1";
    const B: &str = "00000000-0000-4000-8000-0000000000a2";

    /// Two accounts, of which the first may have three projects.
    fn begin_counter(settings: &str) {
        begin();
        run(&format!(
            "CREATE TABLE accounts (id uuid PRIMARY KEY, name text, subscription_tier text NOT NULL DEFAULT 'free',
                current_project_count integer NOT NULL DEFAULT 0, max_projects integer, current_storage_mb bigint NOT NULL DEFAULT 0,
                current_ai_requests integer NOT NULL DEFAULT 0, max_ai_requests integer);
            CREATE TABLE projects (id integer PRIMARY KEY, account_id uuid REFERENCES accounts ON DELETE CASCADE, status text NOT NULL DEFAULT 'open', size bigint, deleted_at timestamptz);
            INSERT INTO accounts (id, name, max_projects) VALUES ('{A}', 'Acme', 3), ('{B}', 'Beta', NULL);
            INSERT INTO projects VALUES (1, '{A}')"
        ));
        run(&format!("SELECT enable_usage_counter('projects', 'accounts', 'current_project_count'{settings})"));
    }

    const COUNTS: &str = "SELECT string_agg(current_project_count::text, ',' ORDER BY name) FROM accounts";

    #[pg_test]
    fn usage_counts_what_is_there_when_it_is_enabled() {
        begin_counter("");
        assert_eq!(answer(COUNTS), "1,0");
        assert_eq!(answer("SELECT count(*) FROM usage_drift()"), "0");
    }

    #[pg_test]
    fn usage_follows_every_change_of_rows() {
        begin_counter("");
        run(&format!("INSERT INTO projects VALUES (2, '{A}'), (3, '{B}'), (4, NULL)"));
        assert_eq!(answer(COUNTS), "2,1");
        run(&format!("UPDATE projects SET account_id = '{B}' WHERE id = 2"));
        assert_eq!(answer(COUNTS), "1,2");
        run("UPDATE projects SET deleted_at = now() WHERE id = 3");
        assert_eq!(answer(COUNTS), "1,1");
        run("UPDATE projects SET deleted_at = NULL WHERE id = 3; DELETE FROM projects WHERE id = 1");
        assert_eq!(answer(COUNTS), "0,2");
        run("TRUNCATE projects");
        assert_eq!(answer(COUNTS), "0,0");
    }

    #[pg_test]
    fn usage_counts_an_upsert_once() {
        begin_counter("");
        run(&format!(
            "INSERT INTO projects VALUES (1, '{B}'), (2, '{B}') ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id"
        ));
        assert_eq!(answer(COUNTS), "0,2");
    }

    #[pg_test]
    fn usage_is_taken_back_with_its_savepoint() {
        begin_counter("");
        assert_eq!(error(&format!("INSERT INTO projects VALUES (2, '{A}'); SELECT 1 / 0")), "22012: division by zero");
        assert_eq!(answer(COUNTS), "1,0");
    }

    #[pg_test]
    fn usage_sums_a_column_of_rows_that_meet_a_condition() {
        begin_counter("");
        run(
            "SELECT enable_usage_counter('projects', 'accounts', 'current_storage_mb', sum_column => 'size', condition => $$status <> 'closed'$$)",
        );
        run(&format!("INSERT INTO projects VALUES (2, '{A}', 'open', 10), (3, '{A}', 'closed', 100)"));
        assert_eq!(answer("SELECT current_storage_mb FROM accounts WHERE name = 'Acme'"), "10");
        run("UPDATE projects SET status = 'open' WHERE id = 3; UPDATE projects SET size = 7 WHERE id = 2");
        assert_eq!(answer("SELECT current_storage_mb FROM accounts WHERE name = 'Acme'"), "107");
    }

    #[pg_test]
    fn usage_at_its_limit_refuses_the_whole_statement() {
        begin_counter(", plan_column => 'subscription_tier'");
        let refusal = refused(&format!("INSERT INTO projects SELECT n, '{A}' FROM generate_series(2, 4) AS n"));
        assert_eq!(refusal.sqlstate(), "53400");
        assert_eq!(
            refusal.message(),
            format!("app.accounts {A} may have 3 projects on plan \"free\": 1 in use, 3 more asked for")
        );
        assert_eq!(
            refusal.detail_json(),
            serde_json::json!({"account_id": A, "limit": 3, "plan": "free", "requested": 3, "resource_type": "projects", "used": 1})
        );
        assert_eq!(refusal.hint(), "Delete some projects, or raise max_projects of app.accounts.");
        run(&format!("INSERT INTO projects SELECT n, '{A}' FROM generate_series(2, 3) AS n"));
        assert_eq!(answer(COUNTS), "3,0");
    }

    #[pg_test]
    fn usage_limit_lowered_below_the_usage_refuses_new_rows_only() {
        begin_counter("");
        run(&format!("INSERT INTO projects VALUES (2, '{A}'), (3, '{A}'); UPDATE accounts SET max_projects = 1"));
        run("UPDATE projects SET status = 'closed'; DELETE FROM projects WHERE id = 3");
        assert_eq!(refused(&format!("INSERT INTO projects VALUES (4, '{A}')")).sqlstate(), "53400");
        run(&format!("INSERT INTO projects VALUES (4, '{B}')"));
        assert_eq!(refused(&format!("INSERT INTO projects VALUES (5, '{B}')")).sqlstate(), "53400");
    }

    #[pg_test]
    fn usage_limit_is_the_plans() {
        begin_counter("");
        run("CREATE TABLE plans (name text PRIMARY KEY, max_projects integer); INSERT INTO plans VALUES ('free', 1), ('pro', NULL);
            SELECT enable_usage_counter('projects', 'accounts', 'current_project_count', limit_column => 'max_projects', plan_column => 'subscription_tier', plans => 'plans(name)')");
        let refusal = refused(&format!("INSERT INTO projects VALUES (2, '{A}')"));
        assert_eq!(
            (refusal.sqlstate(), refusal.hint()),
            ("53400", "Delete some projects, or raise max_projects of the plan in plans, or choose another plan.")
        );
        run(&format!("UPDATE accounts SET subscription_tier = 'pro'; INSERT INTO projects VALUES (2, '{A}')"));
        assert_eq!(answer(COUNTS), "2,0");
    }

    #[pg_test]
    fn usage_of_a_restored_row_is_held_to_the_limit() {
        begin_counter("");
        run(&format!(
            "SELECT enable_soft_delete('projects'); UPDATE accounts SET max_projects = 1; SELECT soft_delete('projects', 1); INSERT INTO projects VALUES (2, '{A}')"
        ));
        assert_eq!(answer(COUNTS), "1,0");
        assert_eq!(refused("SELECT restore_deleted('projects', 1)").sqlstate(), "53400");
        run("SELECT soft_delete('projects', 2); SELECT restore_deleted('projects', 1)");
        assert_eq!(answer(COUNTS), "1,0");
    }

    #[pg_test]
    fn usage_is_told_with_limit_and_plan() {
        begin_counter(", plan_column => 'subscription_tier'");
        assert_eq!(
            answer(&format!(
                "SELECT used, usage_limit, plan FROM account_usage('{A}'::uuid) WHERE resource_type = 'projects'"
            )),
            "1|3|free"
        );
        assert_eq!(
            answer(&format!(
                "SELECT read_usage_counter('{A}'::uuid, 'projects'), check_usage_available('{A}'::uuid, 'projects', 2), check_usage_available('{A}'::uuid, 'projects', 3)"
            )),
            "1|true|false"
        );
    }

    #[pg_test]
    fn usage_of_what_no_table_holds_is_counted_by_calls() {
        begin_counter("");
        run("UPDATE accounts SET max_ai_requests = 5");
        assert_eq!(answer(&format!("SELECT increment_usage_counter('{A}'::uuid, 'ai_requests', 4)")), "true");
        assert_eq!(
            refused(&format!("SELECT increment_usage_counter('{A}'::uuid, 'ai_requests', 2)")).detail_json()["used"],
            4
        );
        assert_eq!(answer(&format!("SELECT decrement_usage_counter('{A}'::uuid, 'ai_requests', 3)")), "true");
        assert_eq!(answer("SELECT current_ai_requests FROM accounts WHERE name = 'Acme'"), "1");
        assert_eq!(
            answer("SELECT increment_usage_counter('00000000-0000-4000-8000-0000000000ff'::uuid, 'ai_requests')"),
            "false"
        );
        assert!(
            error(&format!("SELECT increment_usage_counter('{A}'::uuid, 'cows', 1)"))
                .starts_with("22023: app.accounts has no counter of cows")
        );
    }

    #[pg_test]
    fn usage_that_drifted_is_found_and_put_right() {
        begin_counter("");
        run("UPDATE accounts SET current_project_count = 77 WHERE name = 'Acme'");
        assert_eq!(answer("SELECT resource_type, stored, counted FROM usage_drift()"), "projects|77|1");
        assert_eq!(answer(&format!("SELECT sync_usage_counters('{A}'::uuid)")), "true");
        assert_eq!(answer(COUNTS), "1,0");
        assert_eq!(answer(&format!("SELECT sync_usage_counters('{A}'::uuid)")), "false");
    }

    #[pg_test]
    fn usage_in_slots_holds_the_limit() {
        begin_counter(", mode => 'sharded', slots => 2");
        run(&format!("INSERT INTO projects VALUES (2, '{A}')"));
        let refusal = refused(&format!("INSERT INTO projects VALUES (3, '{A}'), (4, '{A}')"));
        assert_eq!((refusal.sqlstate(), refusal.detail_json()["used"].as_i64()), ("53400", Some(2)));
        run(&format!("INSERT INTO projects VALUES (3, '{A}')"));
        assert_eq!(answer(&format!("SELECT read_usage_counter('{A}'::uuid, 'projects')")), "3");
        assert_eq!(refused(&format!("INSERT INTO projects VALUES (4, '{A}')")).sqlstate(), "53400");
        run(&format!("DELETE FROM projects WHERE id = 1; INSERT INTO projects VALUES (4, '{A}')"));
        assert_eq!(answer("SELECT count(*) FROM usage_drift()"), "0");
    }

    #[pg_test]
    fn usage_goes_from_slots_back_into_the_column() {
        begin_counter(", mode => 'sharded', slots => 2");
        run(&format!("INSERT INTO projects VALUES (2, '{A}'), (3, '{B}')"));
        assert_eq!(answer("SELECT count(*) > 0 FROM usage_slots"), "true");
        run("SELECT enable_usage_counter('projects', 'accounts', 'current_project_count')");
        assert_eq!(answer(COUNTS), "2,1");
        assert_eq!(answer("SELECT count(*) FROM usage_slots"), "0");
    }

    #[pg_test]
    fn usage_counter_is_no_end_users_to_write() {
        begin_counter("");
        run("CREATE ROLE api; GRANT USAGE ON SCHEMA app TO api; GRANT SELECT, INSERT, UPDATE ON accounts, projects TO api;
            ALTER TABLE accounts ENABLE ROW LEVEL SECURITY; CREATE POLICY everything ON accounts USING (true); SET LOCAL ROLE api");
        assert_eq!(refused("UPDATE app.accounts SET current_project_count = 0").sqlstate(), "42501");
        run(&format!("INSERT INTO app.projects VALUES (2, '{A}')"));
        assert_eq!(
            refused(&format!("SELECT rowkit.increment_usage_counter('{A}'::uuid, 'projects', 1, 'app.accounts')"))
                .sqlstate(),
            "42501"
        );
        assert_eq!(
            answer(
                "INSERT INTO app.accounts (id, name, current_project_count) VALUES (gen_random_uuid(), 'New', 9) RETURNING current_project_count"
            ),
            "0"
        );
        run("RESET ROLE");
        assert_eq!(answer("SELECT current_project_count FROM accounts WHERE name = 'Acme'"), "2");
    }

    #[pg_test]
    fn usage_settings_that_cannot_work_are_refused() {
        begin_counter("");
        let enable = |settings: &str| {
            refused(&format!("SELECT * FROM enable_usage_counter('projects', 'accounts', {settings})"))
                .sqlstate()
                .to_owned()
        };
        assert_eq!(enable("'current_project_count', mode => 'fast'"), "22023");
        assert_eq!(enable("'current_project_count', sum_column => 'status'"), "42804");
        assert_eq!(enable("'current_project_count', condition => 'no_such_column > 1'"), "42703");
        assert_eq!(enable("'name'"), "42804");
    }

    #[pg_test]
    fn usage_counter_that_is_disabled_keeps_its_column() {
        begin_counter("");
        assert_eq!(
            answer("SELECT count(*) > 0 FROM disable_usage_counter('projects', 'current_project_count')"),
            "true"
        );
        run(&format!("INSERT INTO projects SELECT n, '{A}' FROM generate_series(2, 9) AS n"));
        assert_eq!(answer(COUNTS), "1,0");
    }

    #[pg_test]
    fn usage_summary_shows_each_counter_with_its_limit() {
        begin_counter("");
        run("SELECT create_usage_summary_view('accounts')");
        assert_eq!(answer("SELECT projects FROM account_usage_summary WHERE name = 'Acme'"), "1/3");
    }
}
