//! Values written down and read again, the same under all settings of a session.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::spi::{self, Mode};
    use crate::pg::testing::{answer, run};
    use crate::pg::written::{Form, Level, Needs, under};
    use pgrx::{pg_sys, pg_test};

    fn odd_session() {
        run("SET LOCAL DateStyle = 'German, DMY'; SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL TimeZone = 'Asia/Tokyo';
            SET LOCAL extra_float_digits = -10; SET LOCAL bytea_output = 'escape'; SET LOCAL search_path = pg_catalog, rowkit_internal");
    }

    fn json(value: &str) -> String {
        answer(&format!("SELECT rowkit_internal._value_json({value})"))
    }

    fn text(value: &str) -> String {
        answer(&format!("SELECT rowkit_internal._value_text({value})"))
    }

    #[pg_test]
    fn written_values_do_not_follow_the_session() {
        let values = [
            "'2024-02-03 04:05:06.789+00'::timestamptz",
            "'2024-02-03'::date",
            "'1 year 2 days'::interval",
            r"'\x00ff'::bytea",
            "0.1::float8 + 0.2::float8",
            "'[2024-02-03,2024-02-05)'::daterange",
            "'{2024-02-03}'::date[]",
        ];
        let before = values.map(|value| (json(value), text(value)));
        odd_session();
        assert_eq!(values.map(|value| (json(value), text(value))), before);
        assert_eq!(before[0].0, "2024-02-03T04:05:06.789+00:00");
        assert_eq!(before[0].1, "2024-02-03 04:05:06.789+00");
        assert_eq!(before[2].1, "1 year 2 days");
        assert_eq!(before[3].1, r"\x00ff");
        assert_eq!(before[4].0, "0.30000000000000004");
        // The session's own settings are as they were.
        assert_eq!(answer("SELECT current_setting('DateStyle'), '2024-02-03'::date::text"), "German, DMY|03.02.2024");
    }

    #[pg_test]
    fn written_json_of_plain_types_is_to_jsonb() {
        let values = [
            "5",
            "'-9223372036854775808'::bigint",
            "true",
            "'é'::text",
            "'a'::varchar",
            "12345678901234567890.10::numeric",
            "'{\"b\": 1}'::jsonb",
            "'00000000-0000-4000-8000-0000000000a1'::uuid",
            "'ffffffff-0123-4567-89ab-cdef00000000'::uuid",
            "'5'::jsonb",
            "'\"a\"'::jsonb",
            "'[{\"b\": [null, true]}]'::jsonb",
            "'2024-02-03'::date",
            "'infinity'::date",
            "'0044-03-15 BC'::date",
            "'2024-02-03 04:05:06.789'::timestamp",
            "'-infinity'::timestamp",
            "'2024-02-03 04:05:06.789+09'::timestamptz",
            "'infinity'::timestamptz",
            "'{1,NULL}'::int4[]",
            "'10.0.0.1'::inet",
        ];
        run("SET LOCAL TimeZone = 'UTC'");
        let same =
            values.map(|value| answer(&format!("SELECT rowkit_internal._value_json({value}) = to_jsonb({value})")));
        assert_eq!(same.to_vec(), vec!["true"; values.len()]);
    }

    #[pg_test]
    fn written_json_is_text_where_json_cannot_say_it() {
        assert_eq!(json("'[0:1]={7,8}'::int4[]"), "[0:1]={7,8}");
        assert_eq!(json("ARRAY['{\"a\": 1}'::jsonb]"), r#"{"{\"a\": 1}"}"#);
        assert_eq!(json("'{7,8}'::int4[]"), "[7, 8]");
    }

    #[pg_test]
    fn written_text_is_read_back_as_the_value() {
        run("CREATE TYPE pg_temp.pair AS (a integer, b date)");
        odd_session();
        let values = [
            "'2024-02-03 04:05:06.789+00'::timestamptz",
            "'1 year 2 days'::interval",
            r"'\x00ff'::bytea",
            "'[2024-02-03,2024-02-05)'::daterange",
            "0.1::float8 + 0.2::float8",
            "ROW(1, '2024-02-03')::pg_temp.pair",
        ];
        let back = |value: &str| {
            let sql = format!(
                "SELECT rowkit_internal._text_value(rowkit_internal._value_text({value}), ARRAY[{value}]) = {value}"
            );
            answer(&sql)
        };
        assert_eq!(values.map(back).to_vec(), vec!["true"; values.len()]);
    }

    #[pg_test]
    fn written_null_is_null() {
        assert_eq!(
            answer(
                "SELECT rowkit_internal._value_json(NULL::date) IS NULL, rowkit_internal._value_text(NULL::date) IS NULL"
            ),
            "true|true"
        );
    }

    #[pg_test]
    fn written_form_depends_on_the_type() {
        assert_eq!(Form::of(pg_sys::TEXTOID), Form::of(pg_sys::INT8OID));
        assert_ne!(Form::of(pg_sys::TIMESTAMPTZOID), Form::of(pg_sys::TIMESTAMPOID));
        assert_ne!(Form::of(pg_sys::REGCLASSOID), Form::of(pg_sys::OIDOID));
        assert!(Form::has_parts(pg_sys::JSONBOID) && Form::has_parts(pg_sys::JSONOID));
        assert!(!Form::has_parts(pg_sys::TEXTOID) && !Form::has_parts(pg_sys::INT4ARRAYOID));
    }

    #[pg_test]
    fn written_settings_end_with_their_level() {
        odd_session();
        let date = || {
            spi::query("SELECT '2024-02-03'::pg_catalog.date::pg_catalog.text", &[], Mode::Read, |row| row.text(1))
                .expect("a row")
                .remove(0)
        };
        assert_eq!(date().as_deref(), Some("03.02.2024"));
        assert_eq!(under(Needs::ALL, date).as_deref(), Some("2024-02-03"));
        let level = Level::begin(Needs::READING);
        assert_eq!(date().as_deref(), Some("2024-02-03"));
        drop(level);
        assert_eq!(date().as_deref(), Some("03.02.2024"));
    }
}
