//! The one door through which users are switched: whose rights work runs with, and what keeps it closed.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::error::{Error, Result};
    use crate::pg::relation;
    use crate::pg::rights::{ActingRole, OwnedTable, Privilege};
    use crate::pg::spi::{self, Mode, Parameter};
    use crate::pg::subtransaction::rolled_back;
    use crate::pg::testing::{answer, begin, run};
    use pgrx::{pg_sys, pg_test};

    fn oid(name: &str) -> pg_sys::Oid {
        let sql = "SELECT $1::pg_catalog.regclass";
        let found =
            spi::query(sql, &[Parameter::Text(name)], Mode::ReadLatest, |row| row.oid(1)).expect("the query runs");
        found.into_iter().flatten().next().expect("a relation")
    }

    /// Two owners with a table each, a table of no right for anybody else, and a user who owns nothing.
    fn begin_owners() {
        begin();
        run("CREATE ROLE keeper; CREATE ROLE other; CREATE ROLE stranger;
            GRANT USAGE, CREATE ON SCHEMA app TO keeper, other, stranger;
            CREATE TABLE book (id integer PRIMARY KEY, note text);
            CREATE TABLE page (id integer, book_id integer REFERENCES book ON DELETE CASCADE);
            CREATE TABLE loose (id integer);
            INSERT INTO book VALUES (1, 'secret');
            CREATE VIEW shown AS SELECT * FROM book;
            CREATE TEMP TABLE scratch (id integer);
            ALTER TABLE book OWNER TO keeper; ALTER TABLE page OWNER TO keeper; ALTER TABLE loose OWNER TO other; ALTER VIEW shown OWNER TO keeper");
    }

    fn denied<T>(found: Result<T>) -> String {
        let error = found.err().expect("it is refused");
        let code = rolled_back(|| Err::<(), Error>(error)).expect_err("an error");
        format!("{}: {}", code.sqlstate, code.message)
    }

    fn text(sql: &str) -> Result<String> {
        Ok(spi::query(sql, &[], Mode::ReadLatest, |row| row.text(1))?.into_iter().flatten().next().unwrap_or_default())
    }

    const WHO: &str = "SELECT pg_catalog.concat_ws(' ', current_user, pg_catalog.current_setting('search_path'))";

    #[pg_test]
    fn rights_work_runs_as_the_owner_and_ends_as_the_caller() {
        begin_owners();
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        let before = answer("SELECT current_user, current_setting('search_path')");
        assert_eq!(table.read(|| text(WHO)).expect("an answer"), "keeper pg_catalog, pg_temp");
        assert_eq!(answer("SELECT current_user, current_setting('search_path')"), before);
    }

    #[pg_test]
    fn rights_end_with_an_error() {
        begin_owners();
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        let before = answer("SELECT current_user, current_setting('search_path')");
        assert_eq!(denied(table.read(|| Err::<(), _>(Error::limit_exceeded("enough")))), "53400: enough");
        let failure =
            rolled_back(|| table.write(|| spi::execute("SELECT 1 / 0", &[], Mode::Write))).expect_err("an error");
        assert_eq!(failure.sqlstate, "22012");
        assert_eq!(answer("SELECT current_user, current_setting('search_path')"), before);
    }

    #[pg_test]
    fn rights_of_the_owner_reach_no_further() {
        begin_owners();
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        let read = |sql: &str| rolled_back(|| table.read(|| text(sql))).map_err(|failure| failure.sqlstate);
        assert_eq!(read("SELECT note FROM app.book").ok().as_deref(), Some("secret"));
        assert_eq!(read("SELECT id::text FROM app.loose").err().as_deref(), Some("42501"));
    }

    #[pg_test]
    fn rights_work_makes_no_temporary_table() {
        begin_owners();
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        let failure =
            rolled_back(|| table.write(|| spi::execute("CREATE TEMP TABLE mine (id integer)", &[], Mode::Write)))
                .expect_err("an error");
        assert_eq!(failure.sqlstate, "42501");
        assert_eq!(failure.message, "cannot create temporary table within security-restricted operation");
    }

    #[pg_test]
    fn rights_work_becomes_no_other_user() {
        begin_owners();
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        let become_other = |sql: &str| {
            rolled_back(|| table.write(|| spi::execute(sql, &[], Mode::Write))).expect_err("an error").sqlstate
        };
        assert_eq!(become_other("SET ROLE other"), "42501");
        assert_eq!(become_other("RESET ROLE"), "42501");
        assert_eq!(become_other("SET SESSION AUTHORIZATION other"), "42501");
    }

    #[pg_test]
    fn rights_settings_of_the_work_end_with_it() {
        begin_owners();
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        let set = "SELECT pg_catalog.set_config('search_path', 'evil', false)";
        assert_eq!(table.write(|| text_written(set)).expect("an answer"), "evil");
        assert_eq!(answer("SELECT current_setting('search_path')"), "app, rowkit");
    }

    fn text_written(sql: &str) -> Result<String> {
        Ok(spi::query(sql, &[], Mode::Write, |row| row.text(1))?.into_iter().flatten().next().unwrap_or_default())
    }

    #[pg_test]
    fn rights_need_an_ordinary_table() {
        begin_owners();
        let view = denied(OwnedTable::owned_by_caller(oid("shown")));
        assert_eq!(view, "42501: rowkit cannot act as the owner of app.shown");
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        run("ALTER TABLE scratch OWNER TO keeper");
        let temporary = denied(table.of_same_owner(oid("scratch")));
        assert!(
            temporary.starts_with("42501: pg_temp_")
                && temporary.ends_with(".scratch is not a table of the owner of app.book"),
            "{temporary}"
        );
    }

    #[pg_test]
    fn rights_reach_tables_of_the_same_owner_alone() {
        begin_owners();
        let book = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        assert_eq!(book.named("page").expect("the same owner's").quoted_name(), "app.page");
        assert_eq!(denied(book.named("loose")), "42501: app.loose is not a table of the owner of app.book");
        assert_eq!(denied(book.named("nothing")), "42704: relation \"nothing\" is not there");
        assert!(book.beside("nothing").expect("an answer").is_none());
        assert_eq!(denied(book.beside("loose")), "42501: app.loose is not a table of the owner of app.book");
    }

    #[pg_test]
    fn rights_are_granted_by_a_privilege() {
        begin_owners();
        run("GRANT SELECT (id) ON book TO stranger; SET LOCAL ROLE stranger");
        let book = oid("app.book");
        assert!(OwnedTable::granted(book, Privilege::Select).is_ok());
        assert_eq!(denied(OwnedTable::granted(book, Privilege::Insert)), "42501: permission denied for table book");
        assert_eq!(
            denied(OwnedTable::granted(book, Privilege::Update("id"))),
            "42501: permission denied for table book"
        );
        assert_eq!(
            denied(OwnedTable::granted(oid("app.loose"), Privilege::Select)),
            "42501: permission denied for table loose"
        );
    }

    #[pg_test]
    fn rights_of_ownership_are_the_owners_alone() {
        begin_owners();
        run("SET LOCAL ROLE other");
        assert_eq!(denied(OwnedTable::owned_by_caller(oid("app.book"))), "42501: must be owner of table app.book");
        assert!(OwnedTable::owned_by_caller(oid("app.loose")).is_ok());
    }

    #[pg_test]
    fn rights_of_a_registered_table_need_its_trigger() {
        begin_owners();
        let missing = denied(OwnedTable::registered(oid("book"), "guard_membership"));
        assert_eq!(missing, "55000: app.book has no trigger of rowkit.guard_membership()");
        run("CREATE FUNCTION guard_membership() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER by_name AFTER UPDATE ON book EXECUTE FUNCTION app.guard_membership()");
        assert!(OwnedTable::registered(oid("book"), "guard_membership").is_err());
        run(
            "CREATE TRIGGER own AFTER UPDATE ON book REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.guard_membership('a', 'b')",
        );
        assert!(OwnedTable::registered(oid("book"), "guard_membership").is_ok());
    }

    #[pg_test]
    fn rights_over_secrets_need_their_column() {
        begin_owners();
        assert!(OwnedTable::with_secrets(oid("book"), "note").is_ok());
        assert_eq!(
            denied(OwnedTable::with_secrets(oid("book"), "token_hash")),
            "42703: app.book has no column \"token_hash\""
        );
        assert!(denied(OwnedTable::with_secrets(oid("scratch"), "id")).starts_with("42501: "));
    }

    #[pg_test]
    fn rights_to_fill_a_log_are_granted_by_its_owner() {
        begin_owners();
        let refused = denied(OwnedTable::audit_log(oid("book"), oid("loose")));
        assert_eq!(refused, "42501: the owner of app.book has no right to fill app.loose");
        run("GRANT INSERT ON loose TO keeper");
        let log = OwnedTable::audit_log(oid("book"), oid("loose")).expect("it is granted");
        assert_eq!(relation::quoted_name(log.relation()), "app.loose");
    }

    #[pg_test]
    fn rights_in_soft_delete_need_soft_delete() {
        begin_owners();
        assert_eq!(denied(OwnedTable::in_soft_delete(oid("book"))), "42704: app.book has no soft delete");
        run("SET LOCAL ROLE keeper; SELECT rowkit.enable_soft_delete('book'); RESET ROLE");
        assert!(OwnedTable::in_soft_delete(oid("book")).is_ok());
        // A child of such a table.
        assert!(OwnedTable::in_soft_delete(oid("page")).is_ok());
        assert_eq!(denied(OwnedTable::in_soft_delete(oid("loose"))), "42704: app.loose has no soft delete");
    }

    #[pg_test]
    fn rights_of_a_parent_need_the_foreign_key() {
        begin_owners();
        assert!(OwnedTable::referenced(oid("page"), oid("book")).is_ok());
        assert_eq!(
            denied(OwnedTable::referenced(oid("loose"), oid("book"))),
            "42501: app.loose has no foreign key to app.book"
        );
        assert_eq!(
            denied(OwnedTable::referenced(oid("page"), oid("loose"))),
            "42501: app.page has no foreign key to app.loose"
        );
    }

    #[pg_test]
    fn rights_end_when_the_owner_changes() {
        begin_owners();
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        run("ALTER TABLE book OWNER TO other");
        assert_eq!(denied(table.read(|| text(WHO))), "55000: app.book has another owner now");
    }

    #[pg_test]
    fn rights_hold_a_lock_on_the_table() {
        begin_owners();
        let held = "SELECT count(*) FROM pg_locks WHERE relation = 'app.loose'::regclass AND mode = 'AccessShareLock' AND pid = pg_backend_pid()";
        run("SET CONSTRAINTS ALL IMMEDIATE");
        assert!(OwnedTable::owned_by_caller(oid("loose")).is_ok());
        assert_eq!(answer(held), "1");
    }

    #[pg_test]
    fn acting_role_is_one_that_the_caller_may_become() {
        begin_owners();
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        assert_eq!(denied(ActingRole::of_caller("nobody_there", table)), "42704: role \"nobody_there\" does not exist");
        run("CREATE ROLE boss SUPERUSER; CREATE ROLE service BYPASSRLS");
        assert_eq!(denied(ActingRole::of_caller("boss", table)), "22023: the role \"boss\" is a superuser");
        let beyond = denied(ActingRole::of_caller("service", table));
        assert_eq!(
            beyond,
            "42501: row security does not hold the role \"service\", and the owner of app.book is no member of it"
        );
        run("SET LOCAL ROLE stranger");
        assert_eq!(denied(ActingRole::of_caller("other", table)), "42501: permission denied to set role \"other\"");
    }

    #[pg_test]
    fn acting_role_works_with_the_claims_of_a_request() {
        begin_owners();
        let table = OwnedTable::owned_by_caller(oid("book")).expect("a superuser has the owner's rights");
        let role = ActingRole::of_caller("stranger", table).expect("a superuser may become anybody");
        let sql = "SELECT pg_catalog.concat_ws(' ', current_user, pg_catalog.current_setting('role'), pg_catalog.current_setting('request.jwt.claims'))";
        assert_eq!(
            role.run(c"{\"sub\": \"x\"}", || text(sql)).expect("an answer"),
            "stranger stranger {\"sub\": \"x\"}"
        );
        assert_eq!(
            answer("SELECT current_setting('role'), coalesce(current_setting('request.jwt.claims', true), '')"),
            "none|"
        );
    }
}
