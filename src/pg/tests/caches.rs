//! What sessions remember, and what makes them forget it: changed relations, renamed schemas, rolled back savepoints.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::error::Error;
    use crate::pg::invalidation::{self, Cache};
    use crate::pg::spi::{self, Mode, Parameter};
    use crate::pg::subtransaction::rolled_back;
    use crate::pg::testing::{TABLE, answer, begin, begin_custom_tables, error, run};
    use crate::pg::{clock, snapshot};
    use pgrx::{pg_sys, pg_test};
    use std::cell::Cell;
    use std::rc::Rc;

    fn oid(name: &str) -> pg_sys::Oid {
        let sql = "SELECT $1::pg_catalog.regclass";
        let found =
            spi::query(sql, &[Parameter::Text(name)], Mode::ReadLatest, |row| row.oid(1)).expect("the query runs");
        found.into_iter().flatten().next().expect("a relation")
    }

    /// What a cache holds of a relation, which counts how often it was looked up.
    fn look_up(cache: &Cache<u32>, relation: pg_sys::Oid, count: &Cell<u32>) -> Rc<u32> {
        cache
            .get(relation, || {
                invalidation::watch(relation);
                count.set(count.get() + 1);
                Ok(count.get())
            })
            .expect("it is looked up")
    }

    #[pg_test]
    fn cache_remembers_until_its_relation_is_altered() {
        begin();
        run("CREATE TABLE item (id integer); CREATE TABLE other (id integer)");
        let (cache, count, item) = (Cache::default(), Cell::new(0), oid("item"));
        assert_eq!(*look_up(&cache, item, &count), 1);
        assert_eq!(*look_up(&cache, item, &count), 1);
        run("ALTER TABLE item ADD COLUMN n integer");
        assert_eq!(*look_up(&cache, item, &count), 2);
        assert_eq!(*look_up(&cache, item, &count), 2);
        // Another relation is nobody's concern.
        run("ALTER TABLE other ADD COLUMN n integer");
        assert_eq!(*look_up(&cache, item, &count), 2);
    }

    #[pg_test]
    fn cache_forgets_when_a_schema_is_renamed() {
        begin();
        run("CREATE TABLE item (id integer)");
        let (cache, count, item) = (Cache::default(), Cell::new(0), oid("item"));
        assert_eq!(*look_up(&cache, item, &count), 1);
        run("ALTER SCHEMA app RENAME TO apps");
        assert_eq!(*look_up(&cache, item, &count), 2);
    }

    #[pg_test]
    fn cache_keeps_nothing_that_failed() {
        begin();
        run("CREATE TABLE item (id integer)");
        let (cache, count, item) = (Cache::default(), Cell::new(0), oid("item"));
        let failed = cache.get(item, || Err(Error::internal("not yet")));
        assert_eq!(failed.expect_err("it failed").message(), "not yet");
        assert_eq!(*look_up(&cache, item, &count), 1);
    }

    #[pg_test]
    fn invalidation_is_sent_for_a_watched_relation() {
        begin();
        run("CREATE TABLE item (id integer)");
        let item = oid("item");
        assert!(!invalidation::watch(item));
        assert!(invalidation::watch(item));
        let before = invalidation::tick();
        invalidation::send(item);
        run("SELECT 1; CREATE TABLE another (id integer)");
        assert!(invalidation::tick() > before);
        let before = invalidation::tick();
        invalidation::bump();
        assert_eq!(invalidation::tick(), before + 1);
    }

    #[pg_test]
    fn hundreds_of_watched_relations_leave_the_others_alone() {
        begin();
        run("CREATE TABLE other (id integer)");
        for number in 0..400 {
            run(&format!("CREATE TABLE item{number} (id integer)"));
            assert!(!invalidation::watch(oid(&format!("item{number}"))));
        }
        let before = invalidation::tick();
        run("ANALYZE other; ALTER TABLE other ADD COLUMN n integer");
        assert_eq!(invalidation::tick(), before);
        run("ALTER TABLE item399 ADD COLUMN n integer");
        assert!(invalidation::tick() > before);
    }

    #[pg_test]
    fn dropped_relation_is_watched_no_longer() {
        begin();
        run("CREATE TABLE item (id integer)");
        let item = oid("item");
        invalidation::watch(item);
        run("DROP TABLE item");
        assert!(!invalidation::watch(item));
    }

    #[pg_test]
    fn cache_throws_stale_entries_away() {
        begin();
        let (cache, count) = (Cache::default(), Cell::new(0));
        for number in 0..200 {
            run(&format!("CREATE TABLE item{number} (id integer)"));
            look_up(&cache, oid(&format!("item{number}")), &count);
            run(&format!("DROP TABLE item{number}"));
        }
        assert_eq!(count.get(), 200);
        assert!(cache.len() <= 64, "{} entries", cache.len());
    }

    #[pg_test]
    fn rolled_back_savepoints_are_counted() {
        begin();
        let before = invalidation::savepoint_rollbacks();
        assert!(rolled_back(|| Ok(())).is_ok());
        assert_eq!(invalidation::savepoint_rollbacks(), before + 1);
        assert_eq!(error("SELECT 1 / 0"), "22012: division by zero");
        assert_eq!(invalidation::savepoint_rollbacks(), before + 2);
    }

    #[pg_test]
    fn snapshots_of_one_statement_are_equal() {
        run("CREATE TABLE pg_temp.item (id integer)");
        let before = snapshot::active();
        assert!(before.is_some());
        assert_eq!(before, snapshot::active());
        run("INSERT INTO pg_temp.item VALUES (1)");
        assert_eq!(answer("SELECT tests.snapshot_of_now() <> tests.snapshot_of_now()"), "false");
    }

    /// The active snapshot in words.
    #[pgrx::pg_extern]
    fn snapshot_of_now() -> String {
        format!("{:?}", snapshot::active())
    }

    #[pg_test]
    fn snapshot_differs_once_a_statement_wrote() {
        run("CREATE TABLE pg_temp.item (id integer)");
        let before = answer("SELECT tests.snapshot_of_now()");
        run("INSERT INTO pg_temp.item VALUES (1)");
        assert_ne!(answer("SELECT tests.snapshot_of_now()"), before);
    }

    #[pg_test]
    fn subtransactions_have_rising_numbers() {
        let outer = snapshot::subtransaction();
        let inner = rolled_back(|| Ok(snapshot::subtransaction())).ok().expect("a number");
        assert!(inner > outer);
        assert_eq!(snapshot::subtransaction(), outer);
        assert!(rolled_back(|| Ok(snapshot::subtransaction())).ok().expect("a number") > inner);
    }

    #[pg_test]
    fn clock_never_tells_the_same_moment_twice() {
        let moments: Vec<i64> = (0..1000).map(|_| clock::now()).collect();
        assert!(moments.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(clock::since_1970(0), 946_684_800_000_000);
        assert!(clock::transaction() <= moments[0]);
        assert!(clock::client_statement() <= moments[0]);
    }

    #[pg_test]
    fn cluster_has_its_number() {
        assert_eq!(answer("SELECT system_identifier FROM pg_control_system()"), clock::cluster().to_string());
    }

    const CHECK: &str = "SELECT is_valid_record('00000000-0000-4000-8000-0000000000b1', '{\"age\": \"old\"}')";

    #[pg_test]
    fn schema_cache_follows_an_edit_of_the_schema() {
        begin_custom_tables("('age', 'integer', false, false, '{}')");
        assert_eq!(answer(CHECK), "false");
        run("UPDATE table_columns SET type = 'text' WHERE name = 'age'");
        assert_eq!(answer(CHECK), "true");
        run(&format!("INSERT INTO records (table_id, data) VALUES ('{TABLE}', '{{\"age\": \"old\"}}')"));
        assert_eq!(answer("SELECT count(*) FROM records"), "1");
    }

    #[pg_test]
    fn schema_cache_forgets_what_a_savepoint_took_back() {
        begin_custom_tables("('age', 'integer', false, false, '{}')");
        let insert = format!("INSERT INTO records (table_id, data) VALUES ('{TABLE}', '{{\"age\": \"old\"}}')");
        assert_eq!(error(&insert), "23514: age must be a number, not a string");
        // The record passes under the edited schema; the division takes both back.
        assert_eq!(
            error(&format!("UPDATE table_columns SET type = 'text' WHERE name = 'age'; {insert}; SELECT 1 / 0")),
            "22012: division by zero"
        );
        assert_eq!(error(&insert), "23514: age must be a number, not a string");
    }

    #[pg_test]
    fn schema_cache_counts_what_it_compiled() {
        begin_custom_tables("('age', 'integer', false, false, '{}')");
        let compiled = || answer("SELECT schema_cache() ->> 'compiled'").parse::<i64>().expect("a number");
        let insert = format!("INSERT INTO records (table_id, data) VALUES ('{TABLE}', '{{\"age\": 5}}')");
        run(&insert);
        let before = compiled();
        run(&insert);
        assert_eq!(compiled(), before);
        run("UPDATE table_columns SET options = '{\"max\": 9}'");
        run(&insert);
        assert!(compiled() > before);
        assert_eq!(answer("SELECT schema_cache() -> 'cached' >= '1'"), "true");
    }
}
