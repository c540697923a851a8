//! The server's types for full-text search, and locks on parts of a table.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::lock;
    use crate::pg::search::{Dictionary, TsQuery, TsVector};
    use crate::pg::spi::{self, Mode, Parameter};
    use crate::pg::subtransaction::rolled_back;
    use crate::pg::testing::{answer, begin, refused, run};
    use pgrx::{pg_extern, pg_sys, pg_test};

    #[pg_extern]
    fn parsed_query(text: &str) -> TsQuery {
        TsQuery::parse(text).expect("a query")
    }

    #[pg_test]
    fn search_query_is_the_servers_own() {
        assert_eq!(answer("SELECT tests.parsed_query('''a'' & ''b'':*') = $$'a' & 'b':*$$::tsquery"), "true");
        assert_eq!(answer("SELECT 'a:1 bc:2'::tsvector @@ tests.parsed_query('''a'' & ''b'':*')"), "true");
        assert_eq!(
            answer("SELECT numnode(tests.parsed_query('')), 'a:1'::tsvector @@ tests.parsed_query('')"),
            "0|false"
        );
        assert_eq!(refused("SELECT tests.parsed_query('&')").sqlstate(), "42601");
    }

    #[pg_test]
    fn search_vector_is_looked_through_before_the_server_gets_it() {
        let sql = "SELECT $1::pg_catalog.tsvector";
        let stored = spi::query(
            "SELECT pg_catalog.tsvectorsend($$'a':1A 'bc':2$$::pg_catalog.tsvector) IS NOT NULL",
            &[],
            Mode::Read,
            |row| row.boolean(1),
        );
        assert_eq!(stored.expect("a row"), [Some(true)]);
        let empty = TsVector::from_bytes(&0_u32.to_ne_bytes()).expect("no lexemes").into_value();
        let text = spi::query("SELECT $1::pg_catalog.text", &[Parameter::Value(&empty)], Mode::Read, |row| row.text(1))
            .expect("a row");
        assert_eq!(text[0].as_deref(), Some(""));
        let malformed = TsVector::from_bytes(&[9, 0, 0, 0, 1]);
        assert_eq!(malformed.err().expect("it is refused").message(), "a tsvector is not as the server lays one out");
        assert!(spi::query(sql, &[Parameter::Value(&empty)], Mode::Read, |_| ()).is_ok());
    }

    #[pg_test]
    fn search_dictionary_stems_words() {
        let english = Dictionary::named("pg_catalog.english_stem").expect("it is there");
        assert_eq!(english.stem("running").as_deref(), Some("run"));
        assert_eq!(english.stem("the"), None);
        assert_eq!(english.stem("a1"), None);
        assert!(!Dictionary::may_know(&"x".repeat(65)));
        let missing = rolled_back(|| Dictionary::named("no_such_stem")).expect_err("an error");
        assert_eq!(missing.sqlstate, "42704");
        assert!(Dictionary::known(pg_sys::Oid::from(1)).is_err());
    }

    #[pg_test]
    fn search_operator_matches_as_the_servers_own() {
        assert_eq!(
            answer(
                "SELECT 'a:1 b:2'::tsvector OPERATOR(rowkit.@~) 'a & b', 'a:1'::tsvector OPERATOR(rowkit.@~) 'a <-> b', ''::tsvector OPERATOR(rowkit.@~) '!a'"
            ),
            "true|false|true"
        );
        assert_eq!(
            answer(
                "SELECT proleakproof FROM pg_proc WHERE oid = (SELECT oprcode FROM pg_operator WHERE oprname = '@~' AND oprnamespace = 'rowkit'::regnamespace)"
            ),
            "true"
        );
    }

    #[pg_test]
    fn search_operator_is_served_by_its_index() {
        begin();
        run("CREATE TABLE item (id integer, v tsvector); INSERT INTO item SELECT n, ('w' || n || ':1')::tsvector FROM generate_series(1, 100) AS n;
            CREATE INDEX item_v ON item USING gin (v rowkit.search_ops); SET LOCAL enable_seqscan = off");
        assert_eq!(
            answer("SELECT string_agg(id::text, ',' ORDER BY id) FROM item WHERE v OPERATOR(rowkit.@~) 'w7 | w99'"),
            "7,99"
        );
        let plan = answer("EXPLAIN (COSTS off) SELECT id FROM item WHERE v OPERATOR(rowkit.@~) 'w7'");
        assert!(plan.contains("item_v"), "{plan}");
    }

    #[pg_test]
    fn search_query_that_is_too_large_is_refused_whatever_the_rows_hold() {
        begin();
        run("CREATE TABLE item (v tsvector); INSERT INTO item VALUES ('a:1'), ('b:1')");
        let large = "(SELECT string_agg('w' || n, ' | ')::tsquery FROM generate_series(1, 17000) AS n)";
        let refusal = refused(&format!("SELECT count(*) FROM item WHERE v OPERATOR(rowkit.@~) {large}"));
        assert_eq!(refusal.sqlstate(), "54000");
        assert_eq!(answer("SELECT count(*) FROM item WHERE v OPERATOR(rowkit.@~) 'a | !b'"), "1");
    }

    fn oid(name: &str) -> pg_sys::Oid {
        let sql = "SELECT $1::pg_catalog.regclass";
        let found =
            spi::query(sql, &[Parameter::Text(name)], Mode::ReadLatest, |row| row.oid(1)).expect("the query runs");
        found.into_iter().flatten().next().expect("a relation")
    }

    const HELD: &str = "SELECT string_agg(mode, ',' ORDER BY mode) FROM pg_locks WHERE locktype = 'object' AND classid = 'app.tables'::regclass AND pid = pg_backend_pid()";

    #[pg_test]
    fn lock_of_a_writer_and_of_an_editor_conflict() {
        begin();
        run("CREATE TABLE tables (id uuid)");
        let tables = oid("tables");
        assert_eq!(answer(HELD), "");
        lock::for_writing_records(tables, &[1; 16]);
        assert_eq!(answer(HELD), "RowExclusiveLock");
        assert!(lock::for_editing_schema_now(tables, &[1; 16]));
        assert_eq!(answer(HELD), "RowExclusiveLock,ShareRowExclusiveLock");
        lock::for_editing_schema(tables, &[1; 16]);
        assert_eq!(answer(HELD), "RowExclusiveLock,ShareRowExclusiveLock");
    }

    #[pg_test]
    fn lock_of_a_savepoint_goes_with_it() {
        begin();
        run("CREATE TABLE tables (id uuid)");
        let tables = oid("tables");
        let inside = rolled_back(|| {
            lock::for_taking_rights(tables, &[2; 16]);
            Ok(answer(HELD))
        });
        assert_eq!(inside.ok().as_deref(), Some("ExclusiveLock"));
        assert_eq!(answer(HELD), "");
    }

    #[pg_test]
    fn lock_of_an_eviction_ends_with_it() {
        begin();
        run("CREATE TABLE tables (id uuid)");
        let eviction = lock::Eviction::begin(oid("tables"), &[3; 16]);
        assert_eq!(answer(HELD), "AccessExclusiveLock");
        drop(eviction);
        assert_eq!(answer(HELD), "");
    }

    #[pg_test]
    fn lock_keeps_a_relation_and_a_schema() {
        begin();
        run("CREATE TABLE tables (id uuid)");
        let namespace = spi::query("SELECT 'app'::pg_catalog.regnamespace", &[], Mode::ReadLatest, |row| row.oid(1))
            .expect("a schema")[0];
        lock::for_making_objects(namespace.expect("a schema"));
        lock::keep_relation(oid("tables"));
        assert_eq!(
            answer(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_namespace'::regclass AND objid = 'app'::regnamespace AND mode = 'AccessExclusiveLock' AND pid = pg_backend_pid()"
            ),
            "1"
        );
        assert_eq!(
            answer(
                "SELECT count(*) FROM pg_locks WHERE relation = 'app.tables'::regclass AND mode = 'AccessShareLock' AND pid = pg_backend_pid()"
            ),
            "1"
        );
    }
}
