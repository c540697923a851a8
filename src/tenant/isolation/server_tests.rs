//! Tenants: who belongs where, what row security shows them, and the reports and proofs about it.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, claim, error, refused, run};
    use pgrx::pg_test;

    const ONE: &str = "00000000-0000-4000-8000-000000000001";
    const TWO: &str = "00000000-0000-4000-8000-000000000002";
    const OWNER: &str = "00000000-0000-4000-8000-0000000000a1";
    const VIEWER: &str = "00000000-0000-4000-8000-0000000000a2";
    const OTHER: &str = "00000000-0000-4000-8000-0000000000b1";

    /// Two accounts with their members, of which the first two belong to the first account, and projects of both.
    fn begin_tenants() {
        begin();
        run(&format!(
            "CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN; CREATE ROLE service_role NOLOGIN BYPASSRLS;
            GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;
            CREATE TABLE accounts (id uuid PRIMARY KEY, name text NOT NULL);
            CREATE TABLE members (account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE, user_id uuid NOT NULL, role text NOT NULL, is_active boolean NOT NULL DEFAULT true,
                PRIMARY KEY (account_id, user_id));
            CREATE TABLE projects (id uuid PRIMARY KEY DEFAULT rowkit.uuidv7(), account_id uuid REFERENCES accounts ON DELETE CASCADE, name text, UNIQUE (account_id, id));
            CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE, body text);
            GRANT ALL ON ALL TABLES IN SCHEMA app TO authenticated;
            INSERT INTO accounts VALUES ('{ONE}', 'one'), ('{TWO}', 'two');
            INSERT INTO members VALUES ('{ONE}', '{OWNER}', 'owner'), ('{ONE}', '{VIEWER}', 'viewer'), ('{TWO}', '{OTHER}', 'owner');
            INSERT INTO projects VALUES ('00000000-0000-4000-8000-0000000000d1', '{ONE}', 'p1'), ('00000000-0000-4000-8000-0000000000d2', '{TWO}', 'p2');
            INSERT INTO notes (project_id, body) VALUES ('00000000-0000-4000-8000-0000000000d1', 'n1'), ('00000000-0000-4000-8000-0000000000d2', 'n2')"
        ));
        run(
            "SELECT register_membership('members', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}')",
        );
    }

    fn isolate() {
        run("SELECT enable_tenant_isolation('projects', write_role => 'member', delete_role => 'admin');
            SELECT enable_tenant_isolation('accounts', 'id', write_role => 'admin', delete_role => 'owner');
            SELECT enable_tenant_isolation('members'); SELECT enable_derived_isolation('notes', 'project_id')");
    }

    fn sign_in(user: &str) {
        run("RESET ROLE");
        claim(user);
        run("SET LOCAL ROLE authenticated");
    }

    #[pg_test]
    fn tenants_are_those_of_the_claims() {
        begin_tenants();
        assert_eq!(answer("SELECT current_tenant_ids('members')::text"), "{}");
        claim(OWNER);
        assert_eq!(
            answer(
                "SELECT current_tenant_ids('members')::text, current_tenant_ids('members', 'admin')::text, current_user_id()"
            ),
            format!("{{{ONE}}}|{{{ONE}}}|{OWNER}")
        );
        claim(VIEWER);
        assert_eq!(
            answer("SELECT current_tenant_ids('members')::text, current_tenant_ids('members', 'admin')::text"),
            format!("{{{ONE}}}|{{}}")
        );
        assert_eq!(error("SELECT current_tenant_ids('members', 'king')"), "22023: app.members knows no role \"king\"");
    }

    #[pg_test]
    fn claims_that_are_malformed_are_nobodys() {
        begin_tenants();
        run("SET LOCAL request.jwt.claims = '{\"sub\": '");
        assert_eq!(
            answer(
                "SELECT current_tenant_ids('members')::text, current_user_id() IS NULL, current_claim('sub') IS NULL"
            ),
            "{}|true|true"
        );
        run(&format!("SET LOCAL request.jwt.claims = ''; SET LOCAL request.jwt.claim.sub = '{OTHER}'"));
        assert_eq!(answer("SELECT current_tenant_ids('members')::text"), format!("{{{TWO}}}"));
        run(&format!("SET LOCAL request.jwt.claim.sub = ''; SET LOCAL jwt.claims.user_id = '{OWNER}'"));
        assert_eq!(answer("SELECT current_tenant_ids('members')::text"), format!("{{{ONE}}}"));
    }

    #[pg_test]
    fn claims_are_read_by_their_path() {
        begin();
        run("SET LOCAL request.jwt.claims = '{\"email\": \"a@example.com\", \"app_metadata\": {\"plan\": \"pro\"}}'");
        assert_eq!(
            answer(
                "SELECT current_claim('email'), current_claim('app_metadata.plan'), current_claim('nothing') IS NULL, current_claim_uuid('email') IS NULL"
            ),
            "a@example.com|pro|true|true"
        );
    }

    #[pg_test]
    fn membership_must_be_registered() {
        begin_tenants();
        let refusal = refused("SELECT current_tenant_ids('projects')");
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("55000", "app.projects is not registered as a membership")
        );
        assert_eq!(refused("SELECT * FROM register_membership('members', 'role', 'account_id')").sqlstate(), "42804");
        assert_eq!(refused("SELECT * FROM register_membership('pg_class')").sqlstate(), "42809");
    }

    #[pg_test]
    fn membership_that_ended_ends_with_the_statement() {
        begin_tenants();
        claim(VIEWER);
        assert_eq!(answer("SELECT current_tenant_ids('members')::text"), format!("{{{ONE}}}"));
        run("SET LOCAL session_replication_role = replica; UPDATE members SET is_active = false");
        assert_eq!(answer("SELECT current_tenant_ids('members')::text"), "{}");
    }

    #[pg_test]
    fn tenant_keeps_its_last_owner() {
        begin_tenants();
        let last = format!("55000: app.members would leave {ONE} without a member of role \"owner\"");
        assert_eq!(error(&format!("UPDATE members SET role = 'admin' WHERE user_id = '{OWNER}'")), last);
        assert_eq!(error(&format!("DELETE FROM members WHERE user_id = '{OWNER}'")), last);
        assert_eq!(error(&format!("UPDATE members SET is_active = false WHERE user_id = '{OWNER}'")), last);
        run(&format!(
            "UPDATE members SET role = CASE role WHEN 'owner' THEN 'viewer' ELSE 'owner' END WHERE account_id = '{ONE}'"
        ));
        run(&format!("DELETE FROM accounts WHERE id = '{TWO}'"));
        assert_eq!(answer("SELECT count(*) FROM members"), "2");
    }

    #[pg_test]
    fn isolation_shows_each_their_own() {
        begin_tenants();
        isolate();
        sign_in(VIEWER);
        assert_eq!(
            answer(
                "SELECT (SELECT string_agg(name, ',') FROM app.projects), (SELECT string_agg(body, ',') FROM app.notes), (SELECT count(*) FROM app.members)"
            ),
            "p1|n1|2"
        );
        sign_in(OTHER);
        assert_eq!(
            answer(
                "SELECT (SELECT string_agg(name, ',') FROM app.projects), (SELECT string_agg(body, ',') FROM app.notes), (SELECT count(*) FROM app.members)"
            ),
            "p2|n2|1"
        );
        sign_in("00000000-0000-4000-8000-0000000000e1");
        assert_eq!(
            answer(
                "SELECT (SELECT count(*) FROM app.projects), (SELECT count(*) FROM app.notes), (SELECT count(*) FROM app.members)"
            ),
            "0|0|0"
        );
    }

    #[pg_test]
    fn isolation_lets_roles_write_what_they_may() {
        begin_tenants();
        isolate();
        sign_in(VIEWER);
        assert_eq!(
            refused(&format!("INSERT INTO app.projects (account_id, name) VALUES ('{ONE}', 'by a viewer')")).sqlstate(),
            "42501"
        );
        assert_eq!(answer("UPDATE app.projects SET name = 'x' RETURNING name"), "");
        sign_in(OTHER);
        assert_eq!(
            answer(&format!("INSERT INTO app.projects (account_id, name) VALUES ('{TWO}', 'own') RETURNING name")),
            "own"
        );
        assert_eq!(
            refused(&format!("INSERT INTO app.projects (account_id, name) VALUES ('{ONE}', 'elsewhere')")).sqlstate(),
            "42501"
        );
        assert_eq!(answer("DELETE FROM app.projects WHERE name = 'own' RETURNING name"), "own");
    }

    #[pg_test]
    fn isolation_keeps_a_row_with_its_tenant() {
        begin_tenants();
        isolate();
        run(&format!("INSERT INTO members VALUES ('{ONE}', '{OTHER}', 'owner')"));
        sign_in(OTHER);
        assert_eq!(
            refused(&format!("UPDATE app.projects SET account_id = '{ONE}' WHERE account_id = '{TWO}'")).sqlstate(),
            "23514"
        );
        assert_eq!(answer("SELECT count(*) FROM app.projects"), "2");
    }

    #[pg_test]
    fn isolation_lets_nobody_give_a_role_above_their_own() {
        begin_tenants();
        isolate();
        run(&format!("UPDATE members SET role = 'admin' WHERE user_id = '{VIEWER}'"));
        sign_in(VIEWER);
        run(&format!("INSERT INTO app.members VALUES ('{ONE}', '00000000-0000-4000-8000-0000000000a4', 'member')"));
        assert_eq!(
            refused(&format!(
                "INSERT INTO app.members VALUES ('{ONE}', '00000000-0000-4000-8000-0000000000a5', 'owner')"
            ))
            .sqlstate(),
            "42501"
        );
        assert_eq!(
            refused(&format!("UPDATE app.members SET role = 'owner' WHERE user_id = '{VIEWER}'")).sqlstate(),
            "42501"
        );
    }

    #[pg_test]
    fn isolation_report_finds_nothing_wrong_until_something_is() {
        begin_tenants();
        isolate();
        assert_eq!(answer("SELECT count(*) FROM isolation_report()"), "0");
        run("DROP POLICY tenant_delete ON projects");
        assert_eq!(answer("SELECT DISTINCT severity, object_name FROM isolation_report()"), "warning|app.projects");
        run("ALTER TABLE notes DISABLE ROW LEVEL SECURITY");
        assert_eq!(
            answer(
                "SELECT count(*) > 0 FROM isolation_report() WHERE severity = 'error' AND object_name = 'app.notes'"
            ),
            "true"
        );
    }

    #[pg_test]
    fn isolation_is_proved_by_trying() {
        begin_tenants();
        isolate();
        assert_eq!(answer("SELECT count(*) > 10, bool_and(is_right) FROM prove_isolation('projects')"), "true|true");
        run("CREATE POLICY leak ON projects FOR SELECT TO authenticated USING (true)");
        assert_eq!(answer("SELECT count(*) > 0 FROM prove_isolation('projects') WHERE NOT is_right"), "true");
        assert_eq!(answer("SELECT count(*) FROM projects"), "2");
    }

    #[pg_test]
    fn isolation_is_taken_back() {
        begin_tenants();
        isolate();
        run("SELECT disable_isolation('projects')");
        assert_eq!(
            answer(
                "SELECT relrowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = 'projects'::regclass) FROM pg_class WHERE oid = 'projects'::regclass"
            ),
            "false|0"
        );
    }

    #[pg_test]
    fn isolation_refuses_settings_that_cannot_work() {
        begin_tenants();
        let enable = |call: &str| refused(&format!("SELECT * FROM {call}")).sqlstate().to_owned();
        assert_eq!(enable("enable_tenant_isolation('projects', write_role => 'king')"), "22023");
        assert_eq!(enable("enable_tenant_isolation('accounts')"), "42703");
        assert_eq!(enable("enable_tenant_isolation('projects', membership => 'accounts')"), "55000");
        assert_eq!(enable("enable_derived_isolation('notes', 'body')"), "42704");
    }

    #[pg_test]
    fn tenant_is_inherited_from_the_parent() {
        begin_tenants();
        run("CREATE TABLE tasks (id integer, account_id uuid NOT NULL DEFAULT filled_by_trigger(), project_id uuid NOT NULL,
                FOREIGN KEY (account_id, project_id) REFERENCES projects (account_id, id));
            CREATE TRIGGER inherit BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION inherit_tenant('project_id');
            INSERT INTO tasks (id, project_id) VALUES (1, '00000000-0000-4000-8000-0000000000d2')");
        assert_eq!(answer("SELECT account_id FROM tasks"), TWO);
        assert_eq!(
            refused("INSERT INTO tasks (id, project_id) VALUES (2, '00000000-0000-4000-8000-0000000000df')").sqlstate(),
            "23503"
        );
    }

    #[pg_test]
    fn service_columns_are_the_services_alone() {
        begin_tenants();
        run(
            "ALTER TABLE accounts ADD COLUMN plan text DEFAULT 'free';
            CREATE TRIGGER guard BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION guard_service_columns('plan')",
        );
        isolate();
        sign_in(OWNER);
        assert_eq!(answer("UPDATE app.accounts SET name = 'renamed' RETURNING name"), "renamed");
        assert_eq!(refused("UPDATE app.accounts SET plan = 'pro'").sqlstate(), "42501");
        run("RESET ROLE; SET LOCAL ROLE service_role; UPDATE app.accounts SET plan = 'pro'; RESET ROLE");
        assert_eq!(answer("SELECT DISTINCT plan FROM accounts"), "pro");
    }
}
