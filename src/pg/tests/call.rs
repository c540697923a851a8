//! State of call sites, arrays that outlive a call, rows put into tables without a statement, and operations told apart.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::call::{FunctionCallInfo, call_site, call_site_or};
    use crate::pg::error::Result;
    use crate::pg::insertion;
    use crate::pg::memory::Scratch;
    use crate::pg::operation::{self, Frame, OperationGuard};
    use crate::pg::spi::{self, Mode, Parameter, Value};
    use crate::pg::subtransaction::rolled_back;
    use crate::pg::testing::{answer, begin, run};
    use crate::pg::uuids::{Uuids, UuidsResult};
    use pgrx::pg_sys::panic::ErrorReport;
    use pgrx::{pg_extern, pg_sys, pg_test};
    use std::rc::Rc;

    /// How often this call site was called.
    #[pg_extern]
    fn times_called(fcinfo: FunctionCallInfo<'_>) -> i64 {
        let mut count = call_site::<i64>(fcinfo);
        *count += 1;
        *count
    }

    /// How many relations there were at the call site's first call.
    #[pg_extern]
    fn looked_up_once(fcinfo: FunctionCallInfo<'_>) -> Result<i64, ErrorReport> {
        let look_up = || {
            let sql = "SELECT pg_catalog.nextval('app.looked')";
            Ok::<i64, ErrorReport>(
                spi::query(sql, &[], Mode::Write, |row| row.bigint(1))?.into_iter().flatten().next().unwrap_or(0),
            )
        };
        Ok(*call_site_or(fcinfo, look_up)?)
    }

    #[pg_extern]
    fn uuids_of(fcinfo: FunctionCallInfo<'_>, count: i32) -> Result<UuidsResult<'_>, ErrorReport> {
        let ids = || Uuids::new(&(0..count).map(|n| [n as u8; 16]).collect::<Vec<_>>());
        Ok(UuidsResult::of_site(fcinfo, |known: &mut i32| *known == count, || Ok((count, Rc::new(ids()))))?)
    }

    #[pg_test]
    fn call_site_keeps_its_state_for_one_statement() {
        assert_eq!(answer("SELECT string_agg(tests.times_called()::text, ',') FROM generate_series(1, 3)"), "1,2,3");
        assert_eq!(answer("SELECT string_agg(tests.times_called()::text, ',') FROM generate_series(1, 2)"), "1,2");
    }

    #[pg_test]
    fn call_sites_of_one_statement_are_apart() {
        assert_eq!(
            answer("SELECT sum(tests.times_called()), sum(tests.times_called()) FROM generate_series(1, 2)"),
            "3|3"
        );
    }

    #[pg_test]
    fn call_site_looks_up_on_its_first_call_alone() {
        begin();
        run("CREATE SEQUENCE looked");
        assert_eq!(answer("SELECT string_agg(tests.looked_up_once()::text, ',') FROM generate_series(1, 3)"), "1,1,1");
        assert_eq!(answer("SELECT tests.looked_up_once()"), "2");
    }

    #[pg_test]
    fn uuid_array_is_laid_out_as_the_servers_own() {
        assert_eq!(answer("SELECT tests.uuids_of(0) = '{}', array_ndims(tests.uuids_of(0)) IS NULL"), "true|true");
        let two = "{00000000-0000-0000-0000-000000000000,01010101-0101-0101-0101-010101010101}";
        assert_eq!(
            answer(&format!(
                "SELECT tests.uuids_of(2) = '{two}'::uuid[], array_dims(tests.uuids_of(2)), (tests.uuids_of(2))[2]"
            )),
            "true|[1:2]|01010101-0101-0101-0101-010101010101"
        );
        assert_eq!(
            answer("SELECT count(*) FROM generate_series(1, 100) AS n WHERE cardinality(tests.uuids_of(n)) = n"),
            "100"
        );
    }

    #[pg_test]
    fn uuid_array_knows_what_it_holds() {
        let ids = Uuids::new(&[[1; 16], [2; 16]]);
        assert!(ids.contains(&[2; 16]));
        assert!(!ids.contains(&[3; 16]));
        assert!(!Uuids::new(&[]).contains(&[0; 16]));
    }

    fn oid(name: &str) -> pg_sys::Oid {
        let sql = "SELECT $1::pg_catalog.regclass";
        let found =
            spi::query(sql, &[Parameter::Text(name)], Mode::ReadLatest, |row| row.oid(1)).expect("the query runs");
        found.into_iter().flatten().next().expect("a relation")
    }

    fn insert(table: &str, columns: &[(i16, Value)]) -> Result<()> {
        insertion::into(oid(table), |table| {
            table.insert(columns.iter().map(|(number, value)| (*number, value)));
            Ok(())
        })
    }

    #[pg_test]
    fn insertion_puts_rows_into_table_and_indexes() {
        begin();
        run("CREATE TABLE item (id bigint PRIMARY KEY, note text, n bigint CHECK (n > 0))");
        insert("item", &[(1, Value::bigint(Some(1))), (2, Value::text(Some("a")))]).expect("it is inserted");
        insert("item", &[(1, Value::bigint(Some(2))), (3, Value::bigint(Some(7)))]).expect("it is inserted");
        run("SET LOCAL enable_seqscan = off");
        assert_eq!(answer("SELECT id, note, n FROM item WHERE id > 0 ORDER BY id"), "1|a|\n2||7");
    }

    #[pg_test]
    fn insertion_obeys_constraints() {
        begin();
        run(
            "CREATE TABLE item (id bigint PRIMARY KEY, note text, n bigint CHECK (n > 0)); INSERT INTO item VALUES (1)",
        );
        let refused =
            |columns: &[(i16, Value)]| rolled_back(|| insert("item", columns)).expect_err("an error").sqlstate;
        assert_eq!(refused(&[(1, Value::bigint(Some(1)))]), "23505");
        assert_eq!(refused(&[(1, Value::bigint(Some(2))), (3, Value::bigint(Some(0)))]), "23514");
        assert_eq!(refused(&[(2, Value::text(Some("no key")))]), "23502");
        assert_eq!(refused(&[(1, Value::text(Some("2")))]), "42804");
        assert_eq!(refused(&[(9, Value::text(Some("x")))]), "42703");
        assert_eq!(answer("SELECT count(*) FROM item"), "1");
    }

    #[pg_test]
    fn insertion_takes_ordinary_tables_alone() {
        begin();
        run("CREATE TABLE parted (id bigint) PARTITION BY LIST (id); CREATE VIEW shown AS SELECT 1::bigint AS id");
        let refused = |table: &str| {
            insert(table, &[(1, Value::bigint(Some(1)))]).expect_err("it is refused").message().to_owned()
        };
        assert_eq!(refused("parted"), "app.parted is not an ordinary table");
        assert_eq!(refused("shown"), "app.shown is not an ordinary table");
    }

    #[pg_test]
    fn operation_is_known_where_it_began_and_ends_with_its_guard() {
        let known = || operation::of_expression::<&'static str>().map(|what| *what);
        assert_eq!(known(), None);
        let outer = OperationGuard::begin("outer");
        assert_eq!(known(), Some("outer"));
        {
            let inner = OperationGuard::begin("inner");
            assert_eq!(known(), Some("inner"));
            assert_eq!(*inner.what(), "inner");
            // Of another kind there is none.
            assert_eq!(operation::of_expression::<u32>(), None);
        }
        assert_eq!(known(), Some("outer"));
        // Another subtransaction is another place.
        assert!(matches!(rolled_back(|| Ok(known())), Ok(None)));
        assert_eq!(operation::of_trigger::<&'static str>(), None);
        drop(outer);
        assert_eq!(known(), None);
    }

    #[pg_test]
    fn operation_goes_on_below_no_more_triggers_than_it_began() {
        let here = Frame::current();
        assert!(here.may_go_on_in(&Frame::current()));
        assert_eq!(here, Frame::current());
    }

    #[pg_test]
    fn scratch_memory_is_emptied_and_used_again() {
        let mut scratch = Scratch::new();
        let lengths: Vec<usize> = (1..=3)
            .map(|n| scratch.run(move || if Value::text(Some(&"x".repeat(n * 100_000))).is_null() { 0 } else { n }))
            .collect();
        assert_eq!(lengths, [1, 2, 3]);
        assert_eq!(answer("SELECT length(repeat('x', 100000))"), "100000");
    }
}
