//! Errors of others reach the client as they were raised, whatever they pass through.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::error::{Error, Kind};
    use crate::pg::raised;
    use crate::pg::subtransaction::rolled_back;
    use crate::pg::testing::{answer, begin, refused, run};
    use pgrx::pg_sys::panic::{CaughtError, ErrorReport};
    use pgrx::{PgTryBuilder, pg_test};
    use std::cell::RefCell;
    use std::panic::AssertUnwindSafe;

    const NAMES: [&str; 5] = ["a schema", "a table", "a column", "a type", "a constraint"];

    /// Two tables with soft delete, one below the other, and a function whose triggers refuse with the SQLSTATE of their argument.
    fn begin_refusing() {
        begin();
        run("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'no, said %', TG_TABLE_NAME USING ERRCODE = TG_ARGV[0], DETAIL = 'a detail', HINT = 'a hint',
                    SCHEMA = 'a schema', TABLE = 'a table', COLUMN = 'a column', DATATYPE = 'a type', CONSTRAINT = 'a constraint';
            END $$;
            CREATE TABLE folder (id integer PRIMARY KEY, name text);
            CREATE TABLE file (id integer PRIMARY KEY, folder_id integer REFERENCES folder ON DELETE CASCADE, size integer CONSTRAINT lucky CHECK (size <> 13));
            INSERT INTO folder VALUES (1, 'f'), (2, 'g');
            INSERT INTO file VALUES (1, 1, 1), (2, 2, 2)");
        run("SELECT rowkit.enable_soft_delete('folder'); SELECT rowkit.enable_soft_delete('file')");
    }

    #[track_caller]
    fn assert_whole(statement: &str, sqlstate: &str, message: &str) {
        let refusal = refused(statement);
        assert_eq!((refusal.sqlstate(), refusal.message()), (sqlstate, message));
        assert_eq!((refusal.detail(), refusal.hint(), refusal.names()), ("a detail", "a hint", NAMES));
    }

    #[pg_test]
    fn error_of_a_trigger_passes_through_a_soft_delete_whole() {
        begin_refusing();
        run("CREATE TRIGGER refuse BEFORE UPDATE ON folder FOR EACH ROW EXECUTE FUNCTION refuse('PT403')");
        assert_whole("SELECT soft_delete('folder', 1::bigint)", "PT403", "no, said folder");
        assert_whole("DELETE FROM folder_active WHERE id = 1", "PT403", "no, said folder");
        assert_eq!(answer("SELECT count(*) FROM folder WHERE deleted_at IS NULL"), "2");
    }

    #[pg_test]
    fn error_of_a_childs_trigger_passes_through_a_cascade_whole() {
        begin_refusing();
        run("CREATE TRIGGER refuse BEFORE UPDATE ON file FOR EACH ROW EXECUTE FUNCTION refuse('ZZ999')");
        assert_whole("SELECT soft_delete_with_counts('folder', 1::bigint)", "ZZ999", "no, said file");
    }

    #[pg_test]
    fn error_of_a_trigger_passes_through_a_restore_whole() {
        begin_refusing();
        run("SELECT soft_delete('folder', 1::bigint);
            CREATE TRIGGER refuse BEFORE UPDATE ON file FOR EACH ROW EXECUTE FUNCTION refuse('PT409')");
        assert_whole("SELECT restore_deleted('folder', 1::bigint)", "PT409", "no, said file");
    }

    #[pg_test]
    fn error_of_a_trigger_passes_through_a_purge_whole() {
        begin_refusing();
        run("SELECT soft_delete('folder', 1::bigint);
            CREATE TRIGGER refuse BEFORE DELETE ON file FOR EACH ROW EXECUTE FUNCTION refuse('23514')");
        assert_whole("SELECT permanent_delete('folder', 1::bigint)", "23514", "no, said file");
    }

    #[pg_test]
    fn error_of_the_log_passes_through_the_audit_whole() {
        begin_refusing();
        run("SELECT rowkit.create_audit_log(tenant_column => 'organization_id'); SELECT rowkit.enable_audit('file');
            CREATE TRIGGER refuse BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION refuse('PT451')");
        let refusal = refused("UPDATE file SET size = 5 WHERE id = 1");
        assert_eq!(
            (refusal.sqlstate(), refusal.detail(), refusal.hint(), refusal.names()),
            ("PT451", "a detail", "a hint", NAMES)
        );
        assert!(refusal.message().starts_with("no, said audit_logs_"), "{}", refusal.message());
    }

    #[pg_test]
    fn error_of_an_owners_trigger_passes_through_a_counter_whole() {
        begin_refusing();
        run("CREATE TABLE account (id integer PRIMARY KEY, current_thing_count integer NOT NULL DEFAULT 0);
            CREATE TABLE thing (id integer, account_id integer REFERENCES account);
            INSERT INTO account VALUES (1);
            SELECT rowkit.enable_usage_counter('thing', 'account', 'current_thing_count', 'account_id');
            CREATE TRIGGER refuse BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION refuse('PT402')");
        assert_whole("INSERT INTO thing VALUES (1, 1)", "PT402", "no, said account");
    }

    #[pg_test]
    fn error_of_a_grants_trigger_passes_through_credits_whole() {
        begin_refusing();
        run("CREATE TABLE accounts (id integer PRIMARY KEY); INSERT INTO accounts VALUES (1); SELECT rowkit.enable_credits('accounts');
            CREATE TRIGGER refuse BEFORE INSERT ON credit_grants FOR EACH ROW EXECUTE FUNCTION refuse('PT409')");
        assert_whole("SELECT grant_credits(1::bigint, 5)", "PT409", "no, said credit_grants");
    }

    #[pg_test]
    fn error_of_a_constraint_names_table_and_constraint() {
        begin_refusing();
        run(
            "CREATE FUNCTION unlucky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.size := 13; RETURN NEW; END $$;
            CREATE TRIGGER unlucky BEFORE UPDATE ON file FOR EACH ROW EXECUTE FUNCTION unlucky()",
        );
        let refusal = refused("SELECT soft_delete('folder', 1::bigint)");
        assert_eq!(refusal.sqlstate(), "23514");
        assert_eq!(refusal.message(), "new row for relation \"file\" violates check constraint \"lucky\"");
        assert!(refusal.detail().starts_with("Failing row contains (1, 1, 13, "), "{}", refusal.detail());
        assert_eq!(refusal.names(), ["app", "file", "", "", "lucky"]);
    }

    #[pg_test]
    fn error_that_was_handled_says_nothing_of_the_next_one() {
        begin_refusing();
        run("CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'PT403', CONSTRAINT = 'handled'; EXCEPTION WHEN OTHERS THEN NULL; END;
                RAISE EXCEPTION 'no' USING ERRCODE = 'PT404';
            END $$;
            CREATE TRIGGER swallow BEFORE UPDATE ON folder FOR EACH ROW EXECUTE FUNCTION swallow()");
        let refusal = refused("SELECT soft_delete('folder', 1::bigint)");
        assert_eq!((refusal.sqlstate(), refusal.message(), refusal.names()), ("PT404", "no", [""; 5]));
    }

    #[pg_test]
    fn error_of_a_name_that_is_not_found_gets_a_hint() {
        begin_refusing();
        run("CREATE FUNCTION helper() RETURNS void LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM helper(); RETURN NEW; END $$;
            CREATE TRIGGER lost BEFORE UPDATE ON file FOR EACH ROW EXECUTE FUNCTION lost()");
        let refusal = refused("SELECT soft_delete('folder', 1::bigint)");
        assert_eq!((refusal.sqlstate(), refusal.message()), ("42883", "function helper() does not exist"));
        assert!(refusal.hint().contains("search_path pg_catalog, pg_temp"), "{}", refusal.hint());
    }

    #[pg_test]
    fn error_of_any_sqlstate_is_raised_with_its_texts() {
        begin();
        let failure = rolled_back(|| -> Result<(), Error> {
            raised::raise("AZ09X", "a message", Some("a detail"), None, std::panic::Location::caller())
        })
        .expect_err("an error");
        assert_eq!(failure.sqlstate, "AZ09X");
        assert_eq!((failure.message.as_str(), failure.detail.as_deref()), ("a message", Some("a detail")));
    }

    /// The module and the line that an error is raised with.
    fn place_of(fail: impl FnOnce() -> Error) -> Option<(String, u32)> {
        PgTryBuilder::new(AssertUnwindSafe(|| drop(ErrorReport::from(fail()))))
            .catch_others(|caught| {
                if let CaughtError::PostgresError(report) = &caught {
                    PLACE.set(report.function_name().map(|module| (module.to_owned(), report.line_number())));
                }
            })
            .execute();
        PLACE.take()
    }

    const MODULE: &str = "rowkit::pg::tests::errors";

    thread_local! {
        static PLACE: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
    }

    #[pg_test]
    fn error_has_the_place_where_it_was_made() {
        begin();
        let of_an_argument = place_of(|| Error::required("x").hint("a hint"));
        assert_eq!(of_an_argument, Some((MODULE.to_owned(), line!() - 1)));
        let of_a_limit = place_of(|| Error::limit_exceeded("x"));
        assert_eq!(of_a_limit, Some((MODULE.to_owned(), line!() - 1)));
    }

    /// An account with one project of at most one, and no credits.
    fn begin_at_limits() {
        begin();
        run("CREATE TABLE account (id integer PRIMARY KEY, current_project_count integer NOT NULL DEFAULT 0, max_projects integer);
            CREATE TABLE project (id integer PRIMARY KEY, account_id integer REFERENCES account);
            INSERT INTO account VALUES (1, 0, 1);
            INSERT INTO project VALUES (1, 1)");
        run("SELECT rowkit.enable_usage_counter('project', 'account', 'current_project_count', 'account_id');
            SELECT rowkit.enable_credits('account'); SELECT rowkit.enable_soft_delete('project')");
    }

    /// The same error with rowkit.http_errors off and on, but for its SQLSTATE.
    #[track_caller]
    fn assert_kind(statement: &str, sqlstate: &str, http_sqlstate: &str) {
        run("SET LOCAL rowkit.http_errors = off");
        let plain = refused(statement);
        run("SET LOCAL rowkit.http_errors = on");
        let http = refused(statement);
        assert_eq!((plain.sqlstate(), http.sqlstate()), (sqlstate, http_sqlstate));
        assert!(!plain.message().is_empty() && !plain.hint().is_empty());
        assert_eq!((plain.message(), plain.detail(), plain.hint()), (http.message(), http.detail(), http.hint()));
    }

    #[pg_test]
    fn error_of_a_usage_limit_is_429_for_http() {
        begin_at_limits();
        assert_kind("INSERT INTO project VALUES (2, 1)", "53400", "PT429");
    }

    #[pg_test]
    fn error_of_missing_credits_is_402_for_http() {
        begin_at_limits();
        assert_kind("SELECT consume_credits(1::bigint, 1, 'export')", "53400", "PT402");
    }

    #[pg_test]
    fn error_of_a_conflict_is_409_for_http() {
        begin_at_limits();
        assert_kind(
            "UPDATE project SET deleted_at = pg_catalog.now(), deletion_id = pg_catalog.gen_random_uuid()",
            "55000",
            "PT409",
        );
    }

    #[pg_test]
    fn error_of_another_kind_is_the_same_for_http() {
        begin_at_limits();
        assert_kind("SELECT consume_credits(1::bigint, 0, 'export')", "22023", "22023");
        assert_kind("SELECT soft_delete('account', 1::bigint)", "42704", "42704");
    }

    #[pg_test]
    fn kind_of_an_error_keeps_its_code_inside_rowkit() {
        begin();
        run("SET LOCAL rowkit.http_errors = on");
        let failure = rolled_back(|| Err::<(), _>(Error::conflict("no"))).expect_err("an error");
        assert_eq!((failure.sqlstate.as_str(), Kind::Conflict.sqlstate().as_str()), ("55000", "PT409"));
    }

    #[pg_test]
    fn error_of_rowkit_has_its_own_detail_and_hint() {
        begin_refusing();
        run(
            "CREATE TABLE invoice (id integer PRIMARY KEY, folder_id integer REFERENCES folder); INSERT INTO invoice VALUES (7, 1)",
        );
        let refusal = refused("SELECT soft_delete('folder', 1::bigint)");
        assert_eq!(refusal.sqlstate(), "23503");
        assert_eq!(refusal.message(), "folder cannot be deleted: still referred to by 1 row of invoice (7)");
        let detail = refusal.detail_json();
        assert_eq!(
            (detail[0]["table"].as_str(), detail[0]["rows"].as_i64(), detail[0]["ids"][0].as_str()),
            (Some("invoice"), Some(1), Some("7"))
        );
        assert_eq!(
            refusal.hint(),
            "Delete those rows first, or let them go with ON DELETE CASCADE, SET NULL or SET DEFAULT."
        );
    }
}
