//! Relations, columns and types, found and named.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::relation::{self, Regclass};
    use crate::pg::spi::{self, Mode, Parameter};
    use crate::pg::testing::{answer, begin, run};
    use pgrx::{pg_sys, pg_test};

    fn oid(name: &str) -> pg_sys::Oid {
        let sql = "SELECT $1::pg_catalog.regclass";
        let found =
            spi::query(sql, &[Parameter::Text(name)], Mode::ReadLatest, |row| row.oid(1)).expect("the query runs");
        found.into_iter().flatten().next().expect("a relation")
    }

    fn begin_relations() {
        begin();
        run("CREATE SCHEMA \"Other\";
            CREATE TABLE plain (id uuid PRIMARY KEY, n integer);
            CREATE TABLE \"Odd name\" (id uuid);
            CREATE TABLE \"Other\".plain (id uuid);
            CREATE TABLE parted (id integer) PARTITION BY LIST (id);
            CREATE VIEW seen AS SELECT * FROM plain;
            CREATE TEMP TABLE own (id integer);
            CREATE DOMAIN code AS varchar(5);
            ALTER TABLE plain ADD COLUMN c code, ADD COLUMN gone text;
            ALTER TABLE plain DROP COLUMN gone");
    }

    #[pg_test]
    fn relation_name_is_qualified_and_quoted_where_need_be() {
        begin_relations();
        assert_eq!(relation::quoted_name(oid("plain")), "app.plain");
        assert_eq!(relation::quoted_name(oid("\"Odd name\"")), "app.\"Odd name\"");
        assert_eq!(relation::quoted_name(oid("\"Other\".plain")), "\"Other\".plain");
        assert_eq!(relation::quoted_name(pg_sys::Oid::from(1)), "relation 1");
    }

    #[pg_test]
    fn relation_name_does_not_follow_quote_all_identifiers() {
        begin_relations();
        run("SET LOCAL quote_all_identifiers = on");
        assert_eq!(relation::quoted_name(oid("plain")), "app.plain");
        assert_eq!(relation::quoted_identifier("plain"), "plain");
        assert_eq!(relation::type_name(pg_sys::TIMESTAMPTZOID), "timestamp with time zone");
        assert_eq!(answer("SELECT quote_ident('plain')"), "\"plain\"");
    }

    #[pg_test]
    fn relation_name_beside_another_is_bare() {
        begin_relations();
        let (plain, other) = (oid("plain"), oid("\"Other\".plain"));
        assert_eq!(relation::name_beside(plain, oid("parted")), "plain");
        assert_eq!(relation::name_beside(other, plain), "Other.plain");
        assert_eq!(relation::name(other).as_deref(), Some("plain"));
    }

    #[pg_test]
    fn relation_is_found_as_a_trigger_argument_names_it() {
        begin_relations();
        let plain = oid("plain");
        assert_eq!(relation::named(plain, "Odd name").expect("it is there"), oid("\"Odd name\""));
        assert_eq!(relation::named(plain, "Other.plain").expect("it is there"), oid("\"Other\".plain"));
        assert_eq!(relation::beside(oid("\"Other\".plain"), "plain"), Some(oid("\"Other\".plain")));
        assert_eq!(relation::beside(plain, "nothing"), None);
        let missing = relation::named(plain, "nowhere.plain").expect_err("there is no such schema");
        assert_eq!(missing.message(), "relation \"nowhere.plain\" is not there");
        assert_eq!(missing.code(), pgrx::PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT);
    }

    #[pg_test]
    fn relation_on_the_path_is_the_first_one() {
        begin_relations();
        assert_eq!(relation::on_path("plain"), Some(oid("app.plain")));
        run("SET LOCAL search_path = \"Other\", app");
        assert_eq!(relation::on_path("plain"), Some(oid("\"Other\".plain")));
        run("SET LOCAL search_path = ''");
        assert_eq!(relation::on_path("plain"), None);
    }

    #[pg_test]
    fn relation_columns_are_found_by_name() {
        begin_relations();
        let plain = oid("plain");
        assert_eq!(relation::column(plain, "n"), Some(2));
        assert_eq!(relation::column(plain, "gone"), None);
        assert_eq!(relation::column(plain, "ctid"), None);
        assert_eq!(relation::column_type(plain, "n"), Some(pg_sys::INT4OID));
        assert_eq!(relation::stored_type(plain, "c"), Some(pg_sys::VARCHAROID));
        assert_ne!(relation::column_type(plain, "c"), Some(pg_sys::VARCHAROID));
        assert_eq!(relation::column_type(plain, "nothing"), None);
    }

    #[pg_test]
    fn relation_kinds_are_told_apart() {
        begin_relations();
        let kinds = |name: &str| {
            let relation = oid(name);
            (
                relation::is_table(relation),
                relation::is_partitioned(relation),
                relation::is_temporary(relation),
                relation::is_own_temporary(relation),
            )
        };
        assert_eq!(kinds("plain"), (true, false, false, false));
        assert_eq!(kinds("parted"), (true, true, false, false));
        assert_eq!(kinds("seen"), (false, false, false, false));
        assert_eq!(kinds("own"), (true, false, true, true));
        assert_eq!(kinds("pg_class"), (true, false, false, false));
    }

    #[pg_test]
    fn relation_owner_is_told() {
        begin_relations();
        run("CREATE ROLE keeper; ALTER TABLE plain OWNER TO keeper");
        let keeper =
            spi::query("SELECT 'keeper'::pg_catalog.regrole", &[], Mode::ReadLatest, |row| row.oid(1)).expect("a role");
        assert_eq!(Some(relation::owner(oid("plain"))), keeper[0]);
    }

    #[pg_test]
    fn relation_types_are_named() {
        begin_relations();
        assert_eq!(relation::type_name(pg_sys::INT8OID), "bigint");
        assert_eq!(relation::qualified_type_name(pg_sys::UUIDOID), "pg_catalog.uuid");
        assert_eq!(relation::element_type(pg_sys::TEXTARRAYOID), Some(pg_sys::TEXTOID));
        assert_eq!(relation::element_type(pg_sys::TEXTOID), None);
        let code = relation::column_type(oid("plain"), "c").expect("a type");
        assert_eq!(relation::qualified_type_name(code), "app.code");
    }

    #[pg_test]
    fn relation_random_bytes_differ() {
        let (one, other) =
            (relation::random_bytes::<16>().expect("bytes"), relation::random_bytes::<16>().expect("bytes"));
        assert_ne!(one, other);
        assert_ne!(one, [0; 16]);
    }

    #[pgrx::pg_extern]
    fn same_relation(relation: Option<Regclass>) -> Option<Regclass> {
        relation
    }

    #[pg_test]
    fn relation_goes_through_a_function_as_regclass() {
        begin_relations();
        assert_eq!(
            answer(
                "SELECT pg_typeof(tests.same_relation('plain')), tests.same_relation('\"Odd name\"'), tests.same_relation(NULL) IS NULL"
            ),
            "regclass|\"Odd name\"|true"
        );
    }
}
