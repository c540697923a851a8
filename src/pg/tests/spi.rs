//! Queries: their modes, their plans and what is left of them after an error.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::error::Error;
    use crate::pg::spi::{self, Mode, Parameter, Value};
    use crate::pg::subtransaction::{Failure, attempted, kept_if, rolled_back, told};
    use crate::pg::testing::{answer, error, run};
    use pgrx::{pg_sys, pg_test};

    fn number(sql: &str, parameters: &[Parameter<'_>], mode: Mode) -> i64 {
        let found = spi::query(sql, parameters, mode, |row| row.bigint(1)).expect("the query runs");
        found.into_iter().flatten().next().expect("a number")
    }

    fn failure(sql: &str, mode: Mode) -> Failure {
        rolled_back(|| spi::execute(sql, &[], mode)).expect_err("an error")
    }

    const COUNT: &str = "SELECT pg_catalog.count(*) FROM pg_temp.item";

    fn item(rows: i64) {
        run("CREATE TABLE pg_temp.item (id bigint PRIMARY KEY, note text CHECK (note <> 'bad'))");
        let sql = "INSERT INTO pg_temp.item SELECT n FROM pg_catalog.generate_series(1, $1) AS n";
        assert_eq!(spi::execute(sql, &[Parameter::Bigint(rows)], Mode::Write).expect("rows"), rows as u64);
    }

    #[pg_test]
    fn spi_reads_in_a_read_only_transaction() {
        run("SET LOCAL transaction_read_only = on");
        assert!(!spi::may_write());
        assert_eq!(number("SELECT 1::bigint", &[], Mode::Read), 1);
        assert_eq!(number("SELECT 2::bigint", &[], Mode::ReadLatest), 2);
        assert_eq!(number("SELECT 3::bigint", &[], Mode::ReadRunning), 3);
        assert_eq!(number("SELECT 4::bigint", &[], Mode::ReadNow), 4);
    }

    #[pg_test]
    fn spi_writes_nothing_in_a_read_only_transaction() {
        run("CREATE TABLE item (id bigint)");
        run("SET LOCAL transaction_read_only = on");
        let failure = failure("INSERT INTO item VALUES (1)", Mode::Write);
        assert_eq!(failure.sqlstate, "25006");
        assert_eq!(failure.message, "cannot execute INSERT in a read-only transaction");
    }

    #[pg_test]
    fn spi_reading_assigns_no_transaction_id() {
        assert_eq!(answer("SELECT pg_current_xact_id_if_assigned() IS NULL"), "true");
        assert_eq!(number("SELECT pg_catalog.count(*) FROM pg_catalog.pg_class WHERE oid = 1259", &[], Mode::Read), 1);
        assert_eq!(
            number("SELECT pg_catalog.count(*) FROM pg_catalog.pg_class WHERE oid = 1259", &[], Mode::ReadLatest),
            1
        );
        assert_eq!(answer("SELECT pg_current_xact_id_if_assigned() IS NULL"), "true");
    }

    #[pg_test]
    fn spi_refuses_writing_with_a_mode_that_reads() {
        item(1);
        let read = failure("DELETE FROM pg_temp.item", Mode::Read);
        assert_eq!(read.sqlstate, "0A000");
        assert_eq!(read.message, "DELETE is not allowed in a non-volatile function");
        assert_eq!(failure("DELETE FROM pg_temp.item", Mode::ReadLatest).sqlstate, "0A000");
        assert_eq!(number(COUNT, &[], Mode::ReadLatest), 1);
    }

    #[pg_test]
    fn spi_latest_snapshot_sees_what_the_callers_does_not() {
        item(3);
        assert_eq!(number(COUNT, &[], Mode::ReadLatest), 3);
        assert_eq!(number(COUNT, &[], Mode::ReadRunning), 3);
        run("CREATE FUNCTION pg_temp.add() RETURNS void LANGUAGE sql AS 'INSERT INTO pg_temp.item VALUES (100)'");
        let seen =
            number("SELECT pg_catalog.count(*) FROM pg_temp.item, (SELECT pg_temp.add()) AS added", &[], Mode::Write);
        assert_eq!(seen, 3);
        assert_eq!(number(COUNT, &[], Mode::ReadLatest), 4);
    }

    #[pg_test]
    fn spi_counts_the_rows_that_it_changed() {
        item(5);
        assert_eq!(spi::execute("UPDATE pg_temp.item SET note = 'x' WHERE id > 2", &[], Mode::Write).expect("rows"), 3);
        assert_eq!(spi::execute("DELETE FROM pg_temp.item WHERE id > 100", &[], Mode::WriteLatest).expect("rows"), 0);
        assert_eq!(spi::execute("DELETE FROM pg_temp.item", &[], Mode::WriteNow).expect("rows"), 5);
    }

    #[pg_test]
    fn spi_once_returns_the_count_and_the_rows() {
        item(4);
        let sql = "UPDATE pg_temp.item SET note = $1 WHERE id <= $2 RETURNING id";
        let (count, ids) =
            spi::once(sql, &[Parameter::Text("x"), Parameter::Bigint(2)], |row| row.bigint(1)).expect("rows");
        assert_eq!((count, ids), (2, vec![Some(1), Some(2)]));
    }

    #[pg_test]
    fn spi_parameters_of_each_kind_arrive() {
        let texts = ["a".to_owned(), "b|c".to_owned()];
        let null = Value::null(pg_sys::NUMERICOID);
        let parameters = [
            Parameter::Oid(pg_sys::UUIDOID),
            Parameter::Oids(&[pg_sys::UUIDOID, pg_sys::TEXTOID]),
            Parameter::Bigint(-7),
            Parameter::Text("é"),
            Parameter::Uuid([0x11; 16]),
            Parameter::Uuids(&[[0; 16], [0xFF; 16]]),
            Parameter::Bigints(&[1, -2]),
            Parameter::Texts(&texts),
            Parameter::Value(&null),
        ];
        let sql = "SELECT pg_catalog.concat_ws('/', $1, $2, $3, $4, $5, $6, $7, $8, $9 IS NULL)";
        let found = spi::query(sql, &parameters, Mode::Read, |row| row.text(1)).expect("a row").remove(0);
        let uuids = "{00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff}";
        let wanted = format!("2950/{{2950,25}}/-7/é/11111111-1111-1111-1111-111111111111/{uuids}/{{1,-2}}/{{a,b|c}}/t");
        assert_eq!(found.as_deref(), Some(wanted.as_str()));
    }

    #[pg_test]
    fn spi_plan_is_kept_for_each_type_of_a_value() {
        let sql = "SELECT pg_catalog.pg_typeof($1)::pg_catalog.text";
        let type_of = |value: &Value| {
            spi::query(sql, &[Parameter::Value(value)], Mode::Read, |row| row.text(1)).expect("a row").remove(0)
        };
        assert_eq!(type_of(&Value::bigint(Some(1))).as_deref(), Some("bigint"));
        assert_eq!(type_of(&Value::text(Some("1"))).as_deref(), Some("text"));
        assert_eq!(type_of(&Value::bigint(Some(2))).as_deref(), Some("bigint"));
    }

    #[pg_test]
    fn spi_plan_follows_a_changed_table() {
        item(2);
        let sql = "SELECT note FROM pg_temp.item ORDER BY id LIMIT 1";
        let read = || spi::query(sql, &[], Mode::ReadLatest, |row| row.value(1).kind()).expect("a row").remove(0);
        assert_eq!(read(), pg_sys::TEXTOID);
        run("ALTER TABLE pg_temp.item DROP COLUMN note; ALTER TABLE pg_temp.item ADD COLUMN note uuid");
        assert_eq!(read(), pg_sys::UUIDOID);
    }

    #[pg_test]
    fn spi_reads_backslashes_as_the_standard_says() {
        run("SET LOCAL standard_conforming_strings = off; SET LOCAL escape_string_warning = off");
        let found =
            spi::query(r"SELECT 'a\nb'::pg_catalog.text", &[], Mode::Read, |row| row.text(1)).expect("a row").remove(0);
        assert_eq!(found.as_deref(), Some(r"a\nb"));
        assert_eq!(answer("SHOW standard_conforming_strings"), "off");
    }

    #[pg_test]
    fn spi_error_keeps_its_sqlstate_and_message() {
        item(1);
        assert_eq!(failure("SELECT 1 / 0", Mode::Read).sqlstate, "22012");
        let unique = failure("INSERT INTO pg_temp.item VALUES (1)", Mode::Write);
        assert_eq!(unique.sqlstate, "23505");
        assert_eq!(unique.message, "duplicate key value violates unique constraint \"item_pkey\"");
        assert_eq!(failure("SELECT nothing FROM pg_temp.item", Mode::Read).sqlstate, "42703");
        assert_eq!(number(COUNT, &[], Mode::ReadLatest), 1);
    }

    #[pg_test]
    fn spi_error_of_any_five_characters_is_known() {
        run(
            "CREATE FUNCTION pg_temp.pay() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'pay first' USING ERRCODE = 'PT402'; END $$",
        );
        let failure = failure("SELECT pg_temp.pay()", Mode::Write);
        assert_eq!((failure.sqlstate.as_str(), failure.message.as_str()), ("PT402", "pay first"));
    }

    #[pg_test]
    fn spi_refuses_a_query_with_nul() {
        let failure = failure("SELECT '\0'", Mode::Read);
        assert_eq!((failure.sqlstate.as_str(), failure.message.as_str()), ("XX000", "a query must not contain NUL"));
    }

    #[pg_test]
    fn spi_tells_the_isolation_level() {
        assert!(!spi::keeps_snapshot() && !spi::is_serializable() && spi::may_write());
        assert_eq!(answer("SHOW transaction_isolation"), "read committed");
    }

    #[pg_test]
    fn spi_session_on_a_network_has_an_address() {
        let host = spi::client_host().expect("the tests connect over TCP");
        assert!(host == "127.0.0.1" || host == "::1", "{host}");
        assert!(!Value::client_address().is_null());
    }

    #[pg_test]
    fn subtransaction_is_always_taken_back() {
        item(2);
        let deleted = rolled_back(|| spi::execute("DELETE FROM pg_temp.item", &[], Mode::Write)).ok();
        assert_eq!(deleted, Some(2));
        assert_eq!(number(COUNT, &[], Mode::ReadLatest), 2);
    }

    #[pg_test]
    fn subtransaction_that_failed_is_taken_back() {
        item(2);
        let failed = attempted(|| {
            spi::execute("DELETE FROM pg_temp.item", &[], Mode::Write)?;
            spi::execute("SELECT 1 / 0", &[], Mode::Write)
        });
        assert!(failed.is_none());
        assert_eq!(number(COUNT, &[], Mode::ReadLatest), 2);
        assert_eq!(attempted(|| spi::execute("DELETE FROM pg_temp.item", &[], Mode::Write)), Some(2));
        assert_eq!(number(COUNT, &[], Mode::ReadLatest), 0);
    }

    #[pg_test]
    fn subtransaction_tells_why_it_failed() {
        assert_eq!(told(|| spi::execute("SELECT 1 / 0", &[], Mode::Read)), Err("division by zero".to_owned()));
        assert_eq!(told(|| Err::<(), _>(Error::invalid_parameter("no"))), Err("no".to_owned()));
        assert_eq!(told(|| Ok(5)), Ok(5));
    }

    #[pg_test]
    fn subtransaction_is_kept_when_its_answer_says_so() {
        item(2);
        let delete =
            |id: i64| spi::execute("DELETE FROM pg_temp.item WHERE id = $1", &[Parameter::Bigint(id)], Mode::Write);
        assert!(!kept_if(|| delete(1).map(|_| false)).expect("an answer"));
        assert_eq!(number(COUNT, &[], Mode::ReadLatest), 2);
        assert!(kept_if(|| delete(1).map(|_| true)).expect("an answer"));
        assert_eq!(number(COUNT, &[], Mode::ReadLatest), 1);
    }

    #[pg_test]
    fn subtransaction_lets_a_cancel_pass() {
        let cancel = "SELECT pg_catalog.pg_sleep(10) FROM pg_catalog.pg_cancel_backend(pg_catalog.pg_backend_pid())";
        let outer = error(&format!("SELECT tests.swallow_errors('{cancel}')"));
        assert_eq!(outer, "57014: canceling statement due to user request");
        assert_eq!(answer("SELECT tests.swallow_errors('SELECT 1 / 0')"), "true");
    }

    /// Only the server's own cancel ends the work: an error that bears its SQLSTATE is an error like others.
    #[pg_test]
    fn subtransaction_rolls_back_what_only_looks_like_a_cancel() {
        run(
            "CREATE FUNCTION pg_temp.cancel() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stop' USING ERRCODE = '57014'; END $$",
        );
        assert_eq!(answer("SELECT tests.swallow_errors('SELECT pg_temp.cancel()')"), "true");
    }

    /// Whether the statement failed.
    #[pgrx::pg_extern]
    fn swallow_errors(statement: &str) -> bool {
        attempted(|| spi::execute(statement, &[], Mode::Write)).is_none()
    }
}
