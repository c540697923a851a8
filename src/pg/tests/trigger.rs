//! Triggers called as they should be and otherwise, their rows, and what they answer.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::call::FunctionCallInfo;
    use crate::pg::error::{Error, Result};
    use crate::pg::spi::{self, Mode, Parameter, Value};
    use crate::pg::testing::{answer, begin, error, refused, run};
    use crate::pg::trigger::{Answer, Call, Columns, Event, Timing};
    use pgrx::pg_sys::panic::ErrorReport;
    use pgrx::{pg_extern, pg_sys, pg_test};

    /// A trigger whose first argument says what it does with the row; what it found goes into the column `said`.
    #[pg_extern]
    fn probe_row(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>, ErrorReport> {
        Ok(probe(fcinfo)?)
    }

    fn probe(fcinfo: FunctionCallInfo<'_>) -> Result<Answer<'_>> {
        let call = Call::new(fcinfo, "probe_row()", Timing::BeforeRow, &[Event::Insert, Event::Update])?;
        let arguments = call.arguments();
        let (said, n) = (call.required_column("said")?, call.required_attribute("n", &[pg_sys::INT4OID])?);
        let found = match arguments.first().map(String::as_str) {
            Some("skip") => return Ok(call.skip()),
            Some("keep") => return Ok(call.keep()),
            Some("arguments") => arguments.join(","),
            Some("event") => format!("{:?} {} {}", call.event(), call.is_for_row(), call.is_partition()),
            Some("rows") => {
                let old = call.old_row().map(|old| old.integer(n));
                format!("{old:?} {:?}", call.new_row().integer(n))
            }
            Some("columns") => call.columns().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(","),
            Some("key") => format!("{:?}", call.primary_key()),
            Some("same") => {
                let old = call.old_row().ok_or_else(|| Error::internal("there is no old row"))?;
                let note = call.required_column("note")?;
                format!("{} {}", call.new_row().same_bytes(&old, n), call.new_row().same_bytes(&old, note))
            }
            Some("composite") => {
                let row = call.new_row().composite();
                let sql = "SELECT $1::pg_catalog.text";
                spi::query(sql, &[Parameter::Value(&row)], Mode::Read, |row| row.text(1))?.remove(0).unwrap_or_default()
            }
            Some("read") => format!("{:?}", call.new_row().uuid(n)),
            Some("mistyped") => return Ok(call.replace(&[(n, Value::text(Some("five")))])),
            Some("missing") => return call.required_column("nothing").map(|_| call.keep()),
            Some("typed") => {
                return call.required_attribute("note", &[pg_sys::UUIDOID, pg_sys::INT8OID]).map(|_| call.keep());
            }
            other => return Err(Error::invalid_parameter(format!("{other:?}")).detail("a detail").hint("a hint")),
        };
        Ok(call.replace(&[(said, Value::text(Some(&found)))]))
    }

    fn begin_probe(arguments: &str) {
        begin();
        run(&format!(
            "CREATE TABLE item (id integer PRIMARY KEY, gone text, n integer, note text, said text);
            ALTER TABLE item DROP COLUMN gone;
            CREATE TRIGGER probe BEFORE INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION tests.probe_row({arguments})"
        ));
    }

    const INSERT: &str = "INSERT INTO item VALUES (1, 5, 'first') RETURNING said";

    #[pg_test]
    fn trigger_reads_its_arguments() {
        begin_probe("'arguments', 'a b', 'é', ''");
        assert_eq!(answer(INSERT), "arguments,a b,é,");
    }

    #[pg_test]
    fn trigger_knows_its_event() {
        begin_probe("'event'");
        assert_eq!(answer(INSERT), "Insert true false");
        assert_eq!(answer("UPDATE item SET n = 6 RETURNING said"), "Update true false");
    }

    #[pg_test]
    fn trigger_sees_the_row_before_and_after() {
        begin_probe("'rows'");
        assert_eq!(answer(INSERT), "None Some(5)");
        assert_eq!(answer("UPDATE item SET n = 6 RETURNING said"), "Some(Some(5)) Some(6)");
        assert_eq!(answer("UPDATE item SET n = NULL RETURNING said"), "Some(Some(6)) None");
    }

    #[pg_test]
    fn trigger_finds_columns_behind_a_dropped_one() {
        begin_probe("'columns'");
        assert_eq!(answer("INSERT INTO item VALUES (1, 5, 'first') RETURNING n, note, said"), "5|first|id,n,note,said");
    }

    #[pg_test]
    fn trigger_finds_the_primary_key() {
        begin_probe("'key'");
        assert_eq!(answer(INSERT), "[1]");
        run("ALTER TABLE item DROP CONSTRAINT item_pkey");
        assert_eq!(answer("UPDATE item SET n = 6 RETURNING said"), "[]");
        run("ALTER TABLE item ALTER note SET NOT NULL, ADD PRIMARY KEY (note, id)");
        assert_eq!(answer("UPDATE item SET n = 7 RETURNING said"), "[4, 1]");
    }

    #[pg_test]
    fn trigger_compares_stored_bytes() {
        begin_probe("'same'");
        run(
            "ALTER TABLE item DISABLE TRIGGER probe; INSERT INTO item VALUES (1, 5, 'first'); ALTER TABLE item ENABLE TRIGGER probe",
        );
        assert_eq!(answer("UPDATE item SET n = 6 RETURNING said"), "false true");
        assert_eq!(answer("UPDATE item SET note = 'second' RETURNING said"), "true false");
        assert_eq!(answer("UPDATE item SET note = 'second', n = NULL RETURNING said"), "false true");
    }

    #[pg_test]
    fn trigger_passes_its_row_on_as_one_value() {
        begin_probe("'composite'");
        assert_eq!(answer(INSERT), "(1,5,first,)");
    }

    #[pg_test]
    fn trigger_leaves_a_row_out() {
        begin_probe("'skip'");
        assert_eq!(answer(INSERT), "");
        assert_eq!(answer("SELECT count(*) FROM item"), "0");
    }

    #[pg_test]
    fn trigger_keeps_a_row_as_it_is() {
        begin_probe("'keep'");
        assert_eq!(
            answer("INSERT INTO item VALUES (1, 5, 'first') RETURNING item"),
            "{\"id\":1,\"n\":5,\"note\":\"first\",\"said\":null}"
        );
    }

    #[pg_test]
    fn trigger_writes_no_value_of_another_type() {
        begin_probe("'mistyped'");
        assert_eq!(error(INSERT), "42804: column \"n\" is of type integer, and its new value of type text");
        assert_eq!(answer("SELECT count(*) FROM item"), "0");
    }

    #[pg_test]
    fn trigger_reads_no_value_of_another_type() {
        begin_probe("'read'");
        let refusal = refused(INSERT);
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("42804", "column \"n\" of app.item must be of type uuid, not integer")
        );
        assert_eq!(
            refusal.hint(),
            "Give the column the type uuid again, or rename the table that stands in the way of rowkit's own."
        );
    }

    #[pg_test]
    fn trigger_names_a_missing_or_mistyped_column() {
        begin_probe("'missing'");
        assert_eq!(error(INSERT), "42703: app.item has no column \"nothing\"");
        run(
            "DROP TRIGGER probe ON item; CREATE TRIGGER probe BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION tests.probe_row('typed')",
        );
        assert_eq!(error(INSERT), "42804: column \"note\" of app.item must be of type uuid or bigint, not text");
    }

    #[pg_test]
    fn trigger_error_has_detail_and_hint() {
        begin_probe("'nothing'");
        let refusal = refused(INSERT);
        assert_eq!((refusal.sqlstate(), refusal.message()), ("22023", "Some(\"nothing\")"));
        assert_eq!((refusal.detail(), refusal.hint()), ("a detail", "a hint"));
    }

    #[pg_test]
    fn trigger_knows_that_it_is_a_partitions() {
        begin();
        run("CREATE TABLE item (id integer, n integer, note text, said text) PARTITION BY LIST (id);
            CREATE TABLE item_1 PARTITION OF item FOR VALUES IN (1);
            CREATE TRIGGER probe BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION tests.probe_row('event')");
        assert_eq!(answer(INSERT), "Insert true true");
    }

    const WRONG: &str = "39P01: probe_row() works only as a trigger BEFORE INSERT OR UPDATE FOR EACH ROW";

    #[pg_test]
    fn trigger_function_is_refused_outside_a_trigger() {
        begin();
        assert_eq!(
            error("SELECT update_updated_at()"),
            "39P01: update_updated_at() works only as a trigger BEFORE UPDATE FOR EACH ROW"
        );
        assert_eq!(
            error("SELECT enforce_record_schema()"),
            "39P01: enforce_record_schema() works only as a trigger BEFORE INSERT OR UPDATE FOR EACH ROW"
        );
    }

    #[pg_test]
    fn trigger_of_the_wrong_timing_is_refused() {
        begin();
        run("CREATE TABLE item (id integer, n integer, note text, said text);
            CREATE TRIGGER probe AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION tests.probe_row('keep')");
        assert_eq!(error("INSERT INTO item VALUES (1)"), WRONG);
    }

    #[pg_test]
    fn trigger_of_the_wrong_level_is_refused() {
        begin();
        run("CREATE TABLE item (id integer, n integer, note text, said text);
            CREATE TRIGGER probe BEFORE INSERT ON item FOR EACH STATEMENT EXECUTE FUNCTION tests.probe_row('keep')");
        assert_eq!(error("INSERT INTO item VALUES (1)"), WRONG);
    }

    #[pg_test]
    fn trigger_of_the_wrong_event_is_refused() {
        begin();
        run("CREATE TABLE item (id integer, n integer, note text, said text); INSERT INTO item VALUES (1);
            CREATE TRIGGER probe BEFORE DELETE ON item FOR EACH ROW EXECUTE FUNCTION tests.probe_row('keep')");
        assert_eq!(error("DELETE FROM item"), WRONG);
        assert_eq!(answer("SELECT count(*) FROM item"), "1");
    }

    #[pg_test]
    fn trigger_functions_of_rowkit_refuse_a_wrong_trigger() {
        begin();
        run("CREATE TABLE item (id integer, tenant uuid, doc jsonb, v tsvector);
            CREATE TRIGGER wrong AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_json_schema('doc', '{}')");
        let wrong_as = |trigger: &str| {
            run(&format!("DROP TRIGGER wrong ON item; CREATE TRIGGER wrong {trigger}"));
            refused("INSERT INTO item VALUES (1)").sqlstate().to_owned()
        };
        assert_eq!(refused("INSERT INTO item VALUES (1)").sqlstate(), "39P01");
        assert_eq!(
            wrong_as("AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'doc:A')"),
            "39P01"
        );
        assert_eq!(
            wrong_as("AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('tenant')"),
            "39P01"
        );
        assert_eq!(
            wrong_as("BEFORE INSERT ON item FOR EACH STATEMENT EXECUTE FUNCTION rowkit.guard_soft_delete()"),
            "39P01"
        );
        assert_eq!(
            wrong_as("AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_usage_counter('a', 'b', 'c')"),
            "39P01"
        );
        assert_eq!(wrong_as("BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION rowkit.log_audit_trail()"), "39P01");
        assert_eq!(wrong_as("AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION rowkit.enforce_workflow()"), "39P01");
    }
}
