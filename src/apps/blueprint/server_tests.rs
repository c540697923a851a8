//! Blueprints: installed as ordinary tables, once, and uninstalled when they hold no rows.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, error, is_at_least, refused, run};
    use pgrx::pg_test;

    fn install(name: &str) -> String {
        answer(&format!("SELECT count(*) > 100 FROM install_blueprint('{name}', 'app')"))
    }

    /// Installed again, a blueprint makes nothing; its tables have row security, and none belongs to the extension.
    fn assert_installed(name: &str) {
        begin();
        assert_eq!(install(name), "true");
        assert_eq!(answer(&format!("SELECT count(*) FROM install_blueprint('{name}', 'app')")), "0");
        assert_eq!(
            answer(
                "SELECT count(*) > 9, bool_and(relrowsecurity) FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r' AND relname !~ '^(audit_logs|usage_events)_' AND relname <> 'rowkit_objects'"
            ),
            "true|true"
        );
        assert_eq!(
            answer(
                "SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND classid = 'pg_class'::regclass AND objid IN (SELECT oid FROM pg_class WHERE relnamespace = 'app'::regnamespace)"
            ),
            "0"
        );
        assert_eq!(answer(&format!("SELECT count(*) > 100 FROM blueprint_objects('{name}', 'app')")), "true");
    }

    /// What needs foreign keys of PostgreSQL 15.
    fn assert_installed_from_15(name: &str) {
        if is_at_least(15) {
            assert_installed(name);
            return;
        }
        begin();
        let refusal = refused(&format!("SELECT * FROM install_blueprint('{name}', 'app')"));
        assert_eq!(
            (refusal.sqlstate(), refusal.message().to_owned()),
            ("0A000", format!("blueprint \"{name}\" needs PostgreSQL 15 or newer"))
        );
    }

    #[pg_test]
    fn blueprint_custom_tables_is_installed() {
        assert_installed("custom_tables");
    }

    #[pg_test]
    fn blueprint_data_catalog_is_installed() {
        assert_installed("data_catalog");
    }

    #[pg_test]
    fn blueprint_customer_accounts_is_installed() {
        begin();
        assert_eq!(answer("SELECT count(*) > 50 FROM install_blueprint('customer_accounts', 'app')"), "true");
        assert_eq!(answer("SELECT count(*) FROM install_blueprint('customer_accounts', 'app')"), "0");
    }

    #[pg_test]
    fn blueprint_studio_crm_is_installed() {
        assert_installed_from_15("studio_crm");
    }

    #[pg_test]
    fn blueprint_lead_intelligence_is_installed() {
        assert_installed_from_15("lead_intelligence");
    }

    #[pg_test]
    fn blueprint_is_uninstalled_when_it_holds_no_rows() {
        begin();
        run("SELECT install_blueprint('custom_tables', 'app')");
        assert_eq!(answer("SELECT count(*) > 50 FROM uninstall_blueprint('custom_tables', 'app')"), "true");
        assert_eq!(
            answer("SELECT count(*) FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r'"),
            "0"
        );
    }

    #[pg_test]
    fn blueprint_that_holds_rows_is_uninstalled_by_name_only() {
        begin();
        run("SELECT install_blueprint('custom_tables', 'app'); INSERT INTO organizations (name) VALUES ('Acme')");
        assert_eq!(
            error("SELECT * FROM uninstall_blueprint('custom_tables', 'app')"),
            "55000: blueprint \"custom_tables\" in schema \"app\" holds rows"
        );
        assert_eq!(
            error("SELECT * FROM uninstall_blueprint('custom_tables', 'app', 'another')"),
            "55000: blueprint \"custom_tables\" in schema \"app\" holds rows"
        );
        assert_eq!(answer("SELECT count(*) > 50 FROM uninstall_blueprint('custom_tables', 'app', 'app')"), "true");
    }

    #[pg_test]
    fn blueprint_dry_run_makes_nothing() {
        begin();
        assert_eq!(
            answer(
                "SELECT bool_and(kind = 'sql'), count(*) > 5 FROM install_blueprint('custom_tables', 'app', dry_run => true)"
            ),
            "true|true"
        );
        assert_eq!(answer("SELECT count(*) FROM pg_class WHERE relnamespace = 'app'::regnamespace"), "0");
    }

    #[pg_test]
    fn blueprint_repairs_what_was_removed() {
        begin();
        run("SELECT install_blueprint('custom_tables', 'app'); DROP TRIGGER records_enforce_schema ON records");
        assert_eq!(answer("SELECT kind FROM install_blueprint('custom_tables', 'app')"), "trigger");
        assert_eq!(
            answer(
                "SELECT count(*) FROM pg_trigger WHERE tgname = 'records_enforce_schema' AND tgrelid = 'records'::regclass"
            ),
            "1"
        );
    }

    #[pg_test]
    fn blueprint_names_and_schemas_are_checked() {
        begin();
        assert_eq!(
            error("SELECT * FROM install_blueprint('no_such', 'app')"),
            "22023: there is no blueprint \"no_such\""
        );
        assert_eq!(
            error("SELECT * FROM install_blueprint('custom_tables', 'pg_catalog')"),
            "42939: schema \"pg_catalog\" is not for blueprints"
        );
        assert_eq!(
            error("SELECT * FROM install_blueprint('custom_tables', 'rowkit')"),
            "42939: schema \"rowkit\" is not for blueprints"
        );
        assert_eq!(
            error("SELECT * FROM uninstall_blueprint('custom_tables', 'app')"),
            "42704: blueprint \"custom_tables\" is not installed in schema \"app\""
        );
        assert_eq!(
            answer(
                "SELECT count(*), string_agg(blueprint || ' ' || version, ', ' ORDER BY blueprint) FILTER (WHERE version > 1) FROM blueprints()"
            ),
            "5|custom_tables 3"
        );
    }

    #[pg_test]
    fn blueprint_is_not_installed_over_what_belongs_to_another() {
        begin();
        run("CREATE ROLE stranger; CREATE TABLE app.records (id integer); ALTER TABLE app.records OWNER TO stranger");
        assert_eq!(refused("SELECT * FROM install_blueprint('custom_tables', 'app')").sqlstate(), "42501");
        assert_eq!(
            answer("SELECT count(*) FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r'"),
            "1"
        );
    }

    #[pg_test]
    fn blueprint_schema_can_be_renamed() {
        begin();
        run("SELECT install_blueprint('custom_tables', 'app'); ALTER SCHEMA app RENAME TO application");
        // What names the schema in an argument is made anew, once.
        let again = "SELECT DISTINCT kind FROM install_blueprint('custom_tables', 'application') ORDER BY kind";
        assert_eq!(answer(again), "function\npolicy\nprocedure\ntrigger");
        assert_eq!(answer(again), "");
        run("INSERT INTO application.organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme');
            INSERT INTO application.tables (organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'T')");
        assert_eq!(answer("SELECT schema ->> 'version' FROM application.tables"), "1");
    }

    #[pg_test]
    fn jobs_of_a_schema_are_listed_for_another_scheduler() {
        begin();
        run("SELECT install_blueprint('custom_tables', 'app')");
        let jobs = answer("SELECT string_agg(command, ' ') FROM schedule_jobs('app', dry_run => true)");
        assert!(jobs.contains("purge_deleted_in_batches") && jobs.contains("create_audit_partitions"), "{jobs}");
    }

    #[pg_test]
    fn sequences_are_advanced_past_what_is_in_use() {
        begin();
        run(
            "CREATE TABLE item (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY); INSERT INTO item VALUES (500)",
        );
        assert_eq!(
            answer("SELECT table_name, column_name, new_value FROM advance_sequences('app', dry_run => true)")
                .split('|')
                .next_back(),
            Some("500")
        );
        run("SELECT advance_sequences('app'); INSERT INTO item DEFAULT VALUES");
        assert_eq!(answer("SELECT max(id) FROM item"), "501");
        assert_eq!(answer("SELECT count(*) FROM advance_sequences('app')"), "0");
    }
}
