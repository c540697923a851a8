//! The rows that a statement touched, read from its transition tables.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::call::FunctionCallInfo;
    use crate::pg::error::Result;
    use crate::pg::spi::{self, Mode, Parameter};
    use crate::pg::testing::{answer, begin, refused, run};
    use crate::pg::transition::{self, Side, for_each_pair, for_each_row};
    use crate::pg::trigger::{Answer, Call, Columns, Event, Timing};
    use pgrx::pg_sys::panic::ErrorReport;
    use pgrx::{pg_extern, pg_test};

    /// A trigger for statements that writes into `said` what it found; its argument says how it looks.
    #[pg_extern]
    fn probe_statement(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
        Ok(probe(fcinfo)?)
    }

    fn probe(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>> {
        let call = Call::new(
            fcinfo,
            "probe_statement()",
            Timing::AfterStatement,
            &[Event::Insert, Event::Update, Event::Delete],
        )?;
        let n = call.required_column("n")?;
        let mut found = Vec::new();
        match call.arguments().first().map(String::as_str) {
            Some("pairs") => for_each_pair(&call, "probe_statement()", |old, new| {
                found.push(format!("{:?}>{:?}", old.integer(n), new.integer(n)));
                Ok(())
            })?,
            Some("query") => {
                found = transition::query_touched(&call, "SELECT n FROM new_rows ORDER BY n DESC", |row| {
                    format!("{:?}", row.bigint(1))
                })?;
            }
            _ => {
                let side = if call.event() == Event::Delete { Side::Old } else { Side::New };
                for_each_row(&call, side, "probe_statement()", |row| {
                    found.push(format!("{:?}", row.integer(n)));
                    Ok(())
                })?;
            }
        }
        spi::execute("INSERT INTO app.said VALUES ($1)", &[Parameter::Text(&found.join(" "))], Mode::Write)?;
        Ok(call.nothing())
    }

    fn begin_probe(triggers: &str) {
        begin();
        run("CREATE TABLE said (line text); CREATE TABLE item (id integer PRIMARY KEY, gone text, n integer);
            ALTER TABLE item DROP COLUMN gone");
        run(triggers);
    }

    const SAID: &str = "SELECT string_agg(line, ' / ') FROM said";

    #[pg_test]
    fn transition_rows_of_an_insert_are_read_in_order() {
        begin_probe(
            "CREATE TRIGGER probe AFTER INSERT ON item REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_statement('rows')",
        );
        run("INSERT INTO item SELECT n, n * 10 FROM generate_series(1, 3) AS n");
        run("INSERT INTO item VALUES (4, NULL)");
        assert_eq!(answer(SAID), "Some(10) Some(20) Some(30) / None");
    }

    #[pg_test]
    fn transition_rows_of_a_delete_are_the_old_ones() {
        begin_probe(
            "CREATE TRIGGER probe AFTER DELETE ON item REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_statement('rows')",
        );
        run("INSERT INTO item VALUES (1, 5), (2, 6); DELETE FROM item WHERE id = 2; DELETE FROM item WHERE id = 77");
        assert_eq!(answer("SELECT line FROM said ORDER BY line DESC"), "Some(6)\n");
    }

    #[pg_test]
    fn transition_rows_before_and_after_an_update_are_in_step() {
        begin_probe(
            "CREATE TRIGGER probe AFTER UPDATE ON item REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_statement('pairs')",
        );
        run("INSERT INTO item VALUES (1, 5), (2, 6), (3, NULL); UPDATE item SET n = coalesce(n, 0) + 1, id = id + 10");
        assert_eq!(answer(SAID), "Some(5)>Some(6) Some(6)>Some(7) None>Some(1)");
    }

    #[pg_test]
    fn transition_rows_are_read_by_a_query() {
        begin_probe(
            "CREATE TRIGGER probe AFTER INSERT ON item REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_statement('query')",
        );
        run("INSERT INTO item SELECT n, n FROM generate_series(1, 3) AS n");
        assert_eq!(answer(SAID), "Some(3) Some(2) Some(1)");
        // The plan is the table's: another table's rows have other columns.
        run("CREATE TABLE other (n bigint, more text); CREATE TRIGGER probe AFTER INSERT ON other REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_statement('query');
            TRUNCATE said; INSERT INTO other VALUES (7000000000)");
        assert_eq!(answer(SAID), "Some(7000000000)");
    }

    #[pg_test]
    fn transition_table_that_is_missing_is_told() {
        begin_probe("CREATE TRIGGER probe AFTER INSERT ON item FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_statement('rows');
            CREATE TRIGGER probe_update AFTER UPDATE ON item REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_statement('pairs')");
        let insert = refused("INSERT INTO item VALUES (1, 1)");
        assert_eq!((insert.sqlstate(), insert.message()), ("39P01", "probe_statement() needs a transition table"));
        assert_eq!(insert.hint(), "Create the trigger with REFERENCING NEW TABLE AS new_rows.");
        run("ALTER TABLE item DISABLE TRIGGER probe; INSERT INTO item VALUES (1, 1)");
        assert_eq!(
            refused("UPDATE item SET n = 2").hint(),
            "Create the trigger with REFERENCING OLD TABLE AS old_rows."
        );
    }

    #[pg_test]
    fn transition_rows_of_an_upsert_are_told_apart() {
        begin_probe("CREATE TRIGGER probe AFTER INSERT ON item REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_statement('rows');
            CREATE TRIGGER probe_update AFTER UPDATE ON item REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_statement('pairs')");
        run(
            "INSERT INTO item VALUES (1, 1); TRUNCATE said; INSERT INTO item VALUES (1, 2), (2, 3) ON CONFLICT (id) DO UPDATE SET n = excluded.n",
        );
        assert_eq!(
            answer("SELECT string_agg(line, ' / ' ORDER BY line COLLATE \"C\") FROM said"),
            "Some(1)>Some(2) / Some(3)"
        );
    }
}
