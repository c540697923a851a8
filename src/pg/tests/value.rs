//! Getters that check a column's type, and values that go from one query into another.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::spi::{self, Mode, Parameter, ResultRow, Value};
    use crate::pg::subtransaction::rolled_back;
    use crate::pg::testing::run;
    use pgrx::datum::Interval;
    use pgrx::{pg_sys, pg_test};

    /// What `read` makes of the only row of a query.
    fn one<T>(sql: &str, read: impl FnMut(&ResultRow) -> T) -> T {
        let found = spi::query(sql, &[], Mode::Read, read).expect("the query runs");
        found.into_iter().next().expect("the query has a row")
    }

    /// The SQLSTATE and message with which a getter refuses a column.
    fn refusal<T>(sql: &str, read: impl FnMut(&ResultRow) -> T) -> String {
        match rolled_back(|| spi::query(sql, &[], Mode::Read, read)) {
            Ok(_) => "no error".to_owned(),
            Err(failure) => format!("{}: {}", failure.sqlstate, failure.message),
        }
    }

    /// The text of a value after it went into a query as its parameter.
    fn text_of(value: &Value) -> Option<String> {
        let sql = "SELECT $1::pg_catalog.text";
        spi::query(sql, &[Parameter::Value(value)], Mode::Read, |row| row.text(1)).expect("the query runs").remove(0)
    }

    const ID: &str = "00000000-0000-4000-8000-0000000000a1";
    const ID_BYTES: [u8; 16] = [0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xA1];

    #[pg_test]
    fn value_uuid_is_read() {
        assert_eq!(one(&format!("SELECT '{ID}'::uuid"), |row| row.uuid(1)), Some(ID_BYTES));
        assert_eq!(one("SELECT NULL::uuid", |row| row.uuid(1)), None);
    }

    #[pg_test]
    fn value_text_types_are_read_alike() {
        assert_eq!(one("SELECT '東京'::text", |row| row.text(1)).as_deref(), Some("東京"));
        assert_eq!(one("SELECT 'ab'::varchar(5)", |row| row.text(1)).as_deref(), Some("ab"));
        assert_eq!(one("SELECT 'ab'::char(4)", |row| row.text(1)).as_deref(), Some("ab  "));
        assert_eq!(one("SELECT ''::text", |row| row.text(1)).as_deref(), Some(""));
        assert_eq!(one("SELECT NULL::text", |row| row.text(1)), None);
    }

    #[pg_test]
    fn value_integers_of_each_size_keep_their_sign() {
        assert_eq!(one("SELECT '-32768'::int2", |row| row.bigint(1)), Some(-32768));
        assert_eq!(one("SELECT '-2147483648'::int4", |row| row.bigint(1)), Some(-2_147_483_648));
        assert_eq!(one("SELECT '-9223372036854775808'::int8", |row| row.bigint(1)), Some(i64::MIN));
        assert_eq!(one("SELECT 2147483647", |row| row.bigint(1)), Some(2_147_483_647));
        assert_eq!(one("SELECT NULL::int4", |row| row.bigint(1)), None);
    }

    #[pg_test]
    fn value_boolean_is_read() {
        assert_eq!(one("SELECT true", |row| row.boolean(1)), Some(true));
        assert_eq!(one("SELECT false", |row| row.boolean(1)), Some(false));
        assert_eq!(one("SELECT NULL::boolean", |row| row.boolean(1)), None);
    }

    #[pg_test]
    fn value_timestamptz_is_read() {
        let moment = one("SELECT '2024-02-29 12:00:00+09'::timestamptz", |row| row.timestamptz(1));
        assert_eq!(text_of(&Value::moment(moment)).as_deref(), Some("2024-02-29 03:00:00+00"));
        assert!(one("SELECT NULL::timestamptz", |row| row.timestamptz(1)).is_none());
    }

    #[pg_test]
    fn value_oid_and_its_aliases_are_read() {
        assert_eq!(one("SELECT 2950::oid", |row| row.oid(1)), Some(pg_sys::UUIDOID));
        assert_eq!(one("SELECT 'uuid'::regtype", |row| row.oid(1)), Some(pg_sys::UUIDOID));
        assert_eq!(one("SELECT 'pg_class'::regclass", |row| row.oid(1)), Some(pg_sys::RelationRelationId));
        assert_eq!(one("SELECT NULL::regclass", |row| row.oid(1)), None);
    }

    #[pg_test]
    fn value_bytes_are_read() {
        assert_eq!(one(r"SELECT '\x00ff10'::bytea", |row| row.bytes(1)), Some(vec![0, 255, 16]));
        assert_eq!(one("SELECT NULL::bytea", |row| row.bytes(1)), None);
    }

    #[pg_test]
    fn value_arrays_leave_nulls_out() {
        assert_eq!(one("SELECT '{1,NULL,-3}'::int8[]", |row| row.bigints(1)), [1, -3]);
        assert_eq!(one("SELECT '{a,NULL,\"b c\"}'::text[]", |row| row.texts(1)), ["a", "b c"]);
        assert_eq!(one("SELECT '{a}'::varchar[]", |row| row.texts(1)), ["a"]);
        assert!(one("SELECT NULL::text[]", |row| row.texts(1)).is_empty());
        assert!(one("SELECT '{}'::int8[]", |row| row.bigints(1)).is_empty());
    }

    #[pg_test]
    fn value_of_a_domain_is_read_as_its_base_type() {
        run(
            "CREATE DOMAIN pg_temp.positive AS integer CHECK (VALUE > 0); CREATE DOMAIN pg_temp.small AS pg_temp.positive CHECK (VALUE < 10)",
        );
        assert_eq!(one("SELECT 7::pg_temp.small", |row| row.bigint(1)), Some(7));
        run("CREATE DOMAIN pg_temp.slug AS varchar(10)");
        assert_eq!(one("SELECT 'ab'::pg_temp.slug", |row| row.text(1)).as_deref(), Some("ab"));
    }

    #[pg_test]
    fn value_uuid_getter_refuses_other_types() {
        let said = refusal(&format!("SELECT '{ID}'::text AS id"), |row| row.uuid(1));
        assert_eq!(said, "42804: column \"id\" must be of type uuid, not text");
    }

    #[pg_test]
    fn value_text_getter_refuses_other_types() {
        assert_eq!(
            refusal("SELECT 5 AS n", |row| row.text(1)),
            "42804: column \"n\" must be of type text, not integer"
        );
        assert_eq!(
            refusal("SELECT '1'::json AS j", |row| row.text(1)),
            "42804: column \"j\" must be of type text, not json"
        );
    }

    #[pg_test]
    fn value_integer_getter_refuses_other_types() {
        let wanted = "42804: column \"n\" must be of type bigint, not";
        assert_eq!(refusal("SELECT 5.0 AS n", |row| row.bigint(1)), format!("{wanted} numeric"));
        assert_eq!(refusal("SELECT '5'::text AS n", |row| row.bigint(1)), format!("{wanted} text"));
        assert_eq!(refusal("SELECT 5::float8 AS n", |row| row.bigint(1)), format!("{wanted} double precision"));
    }

    #[pg_test]
    fn value_boolean_getter_refuses_other_types() {
        assert_eq!(
            refusal("SELECT 1 AS b", |row| row.boolean(1)),
            "42804: column \"b\" must be of type boolean, not integer"
        );
    }

    #[pg_test]
    fn value_timestamptz_getter_refuses_a_local_time() {
        let said = refusal("SELECT localtimestamp AS at", |row| row.timestamptz(1).is_some());
        assert_eq!(
            said,
            "42804: column \"at\" must be of type timestamp with time zone, not timestamp without time zone"
        );
    }

    #[pg_test]
    fn value_oid_getter_refuses_an_integer() {
        assert_eq!(
            refusal("SELECT 2950 AS o", |row| row.oid(1)),
            "42804: column \"o\" must be of type oid, not integer"
        );
    }

    #[pg_test]
    fn value_bytes_getter_refuses_text() {
        assert_eq!(
            refusal("SELECT 'x'::text AS b", |row| row.bytes(1)),
            "42804: column \"b\" must be of type bytea, not text"
        );
    }

    #[pg_test]
    fn value_array_getters_refuse_other_elements() {
        let numbers = refusal("SELECT '{1}'::int4[] AS list", |row| row.bigints(1));
        assert_eq!(numbers, "42804: column \"list\" must be of type bigint[], not integer[]");
        let texts = refusal("SELECT '{1}'::int4[] AS list", |row| row.texts(1));
        assert_eq!(texts, "42804: column \"list\" must be of type text[], not integer[]");
    }

    #[pg_test]
    fn value_jsonb_getter_refuses_json() {
        assert_eq!(
            refusal("SELECT '{}'::json AS d", |row| row.jsonb(1)),
            "42804: column \"d\" must be of type jsonb, not json"
        );
    }

    #[pg_test]
    fn value_getter_refuses_a_column_past_the_last() {
        assert_eq!(refusal("SELECT 1", |row| row.bigint(2)), "XX000: a query of rowkit's own has no column 2");
        assert_eq!(refusal("SELECT 1", |row| row.bigint(0)), "XX000: a query of rowkit's own has no column 0");
    }

    #[pg_test]
    fn value_goes_into_a_query_as_it_came_out() {
        let taken = [
            "'12345678901234567890.123'::numeric",
            "'{1,2}'::int4[]",
            "'a=>b'::text",
            "'10.0.0.0/8'::inet",
            "'1 day'::interval",
        ];
        let texts = taken.map(|sql| text_of(&one(&format!("SELECT {sql}"), |row| row.value(1))).expect("a value"));
        assert_eq!(texts, ["12345678901234567890.123", "{1,2}", "a=>b", "10.0.0.0/8", "1 day"]);
    }

    #[pg_test]
    fn value_null_keeps_its_type() {
        let value = one("SELECT NULL::numeric", |row| row.value(1));
        assert!(value.is_null());
        assert_eq!(value.kind(), pg_sys::NUMERICOID);
        assert_eq!(text_of(&Value::null(pg_sys::UUIDOID)), None);
    }

    #[pg_test]
    fn value_of_a_toast_table_outlives_its_row() {
        run("CREATE TABLE pg_temp.large (t text); ALTER TABLE pg_temp.large ALTER t SET STORAGE EXTERNAL;
            INSERT INTO pg_temp.large VALUES (repeat('0123456789', 2000))");
        let value = spi::query("SELECT t FROM pg_temp.large", &[], Mode::ReadLatest, |row| row.value(1))
            .expect("a row")
            .remove(0);
        run("TRUNCATE pg_temp.large");
        assert_eq!(text_of(&value), Some("0123456789".repeat(2000)));
    }

    #[pg_test]
    fn value_of_each_kind_is_made() {
        assert_eq!(text_of(&Value::uuid(Some(ID_BYTES))).as_deref(), Some(ID));
        assert_eq!(text_of(&Value::bigint(Some(i64::MIN))).as_deref(), Some("-9223372036854775808"));
        assert_eq!(text_of(&Value::boolean(Some(true))).as_deref(), Some("true"));
        assert_eq!(text_of(&Value::oid(Some(pg_sys::UUIDOID))).as_deref(), Some("2950"));
        assert_eq!(text_of(&Value::text(Some("é"))).as_deref(), Some("é"));
        assert_eq!(text_of(&Value::timestamptz(0)).as_deref(), Some("2000-01-01 00:00:00+00"));
        let interval = Interval::new(1, 2, 3_000_000).expect("an interval");
        assert_eq!(text_of(&Value::interval(interval)).as_deref(), Some("1 mon 2 days 00:00:03"));
    }

    #[pg_test]
    fn value_none_of_each_kind_is_null() {
        let none = [
            Value::uuid(None),
            Value::bigint(None),
            Value::boolean(None),
            Value::oid(None),
            Value::text(None),
            Value::jsonb(None),
        ];
        assert!(none.iter().all(Value::is_null));
        assert!(none.iter().all(|value| text_of(value).is_none()));
    }

    #[pg_test]
    fn value_now_is_the_start_of_the_transaction() {
        let sql = "SELECT $1 = pg_catalog.now() AND $2 = LOCALTIMESTAMP";
        let (now, local) = (Value::now(), Value::local_now());
        let parameters = [Parameter::Value(&now), Parameter::Value(&local)];
        assert_eq!(spi::query(sql, &parameters, Mode::Read, |row| row.boolean(1)).expect("a row"), [Some(true)]);
    }

    #[pg_test]
    fn value_of_an_array_is_made_and_holds_one_type() {
        let array = Value::array(pg_sys::TEXTOID, [Value::text(Some("a")), Value::text(None)].into_iter());
        assert_eq!(text_of(&array).as_deref(), Some("{a,NULL}"));
        assert_eq!(array.kind(), pg_sys::TEXTARRAYOID);
        let mixed = rolled_back(|| Ok(Value::array(pg_sys::TEXTOID, [Value::bigint(Some(1))].into_iter())));
        let failure = mixed.expect_err("an error");
        assert_eq!(
            (failure.sqlstate.as_str(), failure.message.as_str()),
            ("42804", "an array of text holds no bigint")
        );
    }

    #[pg_test]
    fn value_is_parsed_by_its_type() {
        let parsed = Value::parsed(pg_sys::DATEOID, -1, "2024-02-29").expect("a date");
        assert_eq!(text_of(&parsed).as_deref(), Some("2024-02-29"));
        let failure = rolled_back(|| Value::parsed(pg_sys::INT4OID, -1, "five")).expect_err("an error");
        assert_eq!(failure.sqlstate, "22P02");
        assert_eq!(failure.message, "invalid input syntax for type integer: \"five\"");
        let nul = rolled_back(|| Value::parsed(pg_sys::TEXTOID, -1, "a\0b")).expect_err("an error");
        assert_eq!(nul.sqlstate, "22023");
    }

    #[pg_test]
    fn value_of_malformed_jsonb_is_refused() {
        let failure = rolled_back(|| Ok(Value::jsonb(Some(&[1, 0, 0, 0x20, 0xFF])))).expect_err("an error");
        assert_eq!(failure.sqlstate, "XX000");
        assert_eq!(failure.message, "a jsonb document is not as the server lays one out");
    }
}
