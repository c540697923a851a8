//! Interrupts, the depth of the stack, the limit of memory and limits of time.

#[pgrx::pg_schema]
mod tests {
    use crate::core::work;
    use crate::pg::error::Error;
    use crate::pg::setting;
    use crate::pg::spi::{self, Mode};
    use crate::pg::subtransaction::rolled_back;
    use crate::pg::testing::{answer, error, refused, run};
    use crate::pg::{deadline, lock_wait};
    use pgrx::{pg_extern, pg_test};
    use std::time::{Duration, Instant};

    const MOMENT: Duration = Duration::from_millis(50);

    /// Works until somebody stops it.
    #[pg_extern]
    fn work_for_ever() {
        loop {
            work::step();
        }
    }

    /// What runs longer than 50 ms is cancelled as by statement_timeout.
    #[pg_extern]
    fn stop_soon() -> bool {
        stop_after(MOMENT);
        true
    }

    /// Sets the server's own clock for statement_timeout, which a setting within the running statement would not.
    fn stop_after(time: Duration) {
        unsafe extern "C-unwind" {
            fn enable_timeout_after(id: std::ffi::c_int, delay_ms: std::ffi::c_int);
        }
        const STATEMENT_TIMEOUT: std::ffi::c_int = 3;
        // SAFETY: sets a clock of the server's; the number of statement_timeout is the same in all versions from 9.3 on.
        unsafe { enable_timeout_after(STATEMENT_TIMEOUT, time.as_millis() as std::ffi::c_int) };
    }

    #[pg_extern]
    fn dive(levels: i64) -> i64 {
        work::descend();
        if levels == 0 { 0 } else { 1 + std::hint::black_box(dive(levels - 1)) }
    }

    #[pg_extern]
    fn take_memory(bytes: i64) -> bool {
        work::reserve(bytes as usize);
        true
    }

    #[pg_test]
    fn interrupt_ends_a_loop() {
        let began = Instant::now();
        let refusal = refused("SELECT tests.stop_soon(), tests.work_for_ever()");
        assert_eq!((refusal.sqlstate(), refusal.message()), ("57014", "canceling statement due to statement timeout"));
        assert!(began.elapsed() < Duration::from_secs(5));
    }

    #[pg_test]
    fn interrupt_ends_a_search_of_a_long_text() {
        let began = Instant::now();
        let refusal = refused(
            "SELECT tests.stop_soon(), rowkit.search_key(t) FROM (SELECT repeat('ﾊﾝｶｸ株式会社', 200000) AS t OFFSET 0) AS given",
        );
        assert_eq!(refusal.sqlstate(), "57014");
        assert!(began.elapsed() < Duration::from_secs(5));
    }

    #[pg_test]
    fn interrupt_ends_the_marking_of_a_long_text() {
        let given = "SELECT repeat('the quick brown fox ', 50000) AS t, '\"' || repeat('quick brown ', 12) || 'fox\"' AS phrase OFFSET 0";
        assert_eq!(
            refused(&format!("SELECT tests.stop_soon(), rowkit.search_highlight(t, phrase) FROM ({given}) AS given"))
                .sqlstate(),
            "57014"
        );
    }

    #[pg_test]
    fn stack_ends_a_recursion_with_an_error() {
        assert_eq!(answer("SELECT tests.dive(100)"), "100");
        let refusal = refused("SELECT tests.dive(100000000)");
        assert_eq!((refusal.sqlstate(), refusal.message()), ("54001", "stack depth limit exceeded"));
        assert_eq!(answer("SELECT tests.dive(100)"), "100");
    }

    #[pg_test]
    fn deep_documents_are_refused_not_a_crash() {
        let deep = "SELECT rowkit.is_valid_json('{\"$ref\": \"#\"}', (repeat('[', 5000) || repeat(']', 5000))::jsonb)";
        assert!(["22023", "54000", "54001"].contains(&refused(deep).sqlstate()));
        assert_eq!(answer("SELECT rowkit.is_valid_json('{\"type\": \"array\"}', '[[[]]]')"), "true");
    }

    #[pg_test]
    fn memory_past_the_limit_is_refused() {
        assert_eq!(answer("SELECT tests.take_memory(67108864)"), "true");
        let refusal = refused("SELECT tests.take_memory(67108865)");
        assert_eq!(refusal.sqlstate(), "54000");
        assert_eq!(refusal.message(), "this work needs 65537 kB of memory, more than rowkit.max_work_mem (65536 kB)");
        assert_eq!(refusal.hint(), "Give a smaller value, or let a superuser raise rowkit.max_work_mem.");
    }

    #[pg_test]
    fn memory_limit_is_a_superusers_setting() {
        run("SET LOCAL rowkit.max_work_mem = '1MB'");
        assert_eq!(refused("SELECT tests.take_memory(1048577)").sqlstate(), "54000");
        run("SET LOCAL rowkit.max_work_mem = '2MB'");
        assert_eq!(answer("SELECT tests.take_memory(1048577)"), "true");
        run("CREATE ROLE somebody; SET LOCAL ROLE somebody");
        assert_eq!(
            error("SET LOCAL rowkit.max_work_mem = '2GB'"),
            "42501: permission denied to set parameter \"rowkit.max_work_mem\""
        );
    }

    #[pg_test]
    fn memory_of_a_call_is_bounded() {
        run("SET LOCAL rowkit.max_work_mem = '1MB'");
        assert_eq!(refused("SELECT rowkit.search_key(repeat('long ', 1000000))").sqlstate(), "54000");
        assert_eq!(answer("SELECT rowkit.search_key('Long')"), "long");
    }

    #[pg_test]
    fn deadline_stops_work_and_lets_quick_work_be() {
        assert_eq!(deadline::within(Duration::from_secs(60), || Ok(7)).expect("an answer"), Some(7));
        let stopped = rolled_back(|| {
            let stopped = deadline::within(MOMENT, || -> crate::pg::error::Result<()> {
                loop {
                    work::step();
                }
            });
            Ok(stopped.expect("no error").is_none())
        });
        assert_eq!(stopped.ok(), Some(true));
        let failed = deadline::within(Duration::from_secs(60), || Err::<(), _>(Error::internal("its own error")));
        assert_eq!(failed.expect_err("it failed").message(), "its own error");
    }

    #[pg_test]
    fn deadline_between_two_milliseconds_is_told_from_a_cancel() {
        for micros in [1999, 2999, 5990, 10_900] {
            let stopped = rolled_back(|| {
                let stopped = deadline::within(Duration::from_micros(micros), || -> crate::pg::error::Result<()> {
                    loop {
                        work::step();
                    }
                });
                Ok(stopped.expect("no error").is_none())
            });
            assert_eq!(stopped.ok(), Some(true), "{micros} microseconds");
        }
    }

    /// Works for ever with a limit of its own that is longer than the session's.
    #[pg_extern]
    fn work_within_a_minute() -> bool {
        stop_after(MOMENT);
        deadline::within(Duration::from_secs(60), || -> crate::pg::error::Result<()> {
            loop {
                work::step();
            }
        })
        .is_ok_and(|done| done.is_none())
    }

    #[pg_test]
    fn deadline_keeps_the_sessions_own_limit_in_force() {
        let refusal = refused("SELECT tests.work_within_a_minute()");
        assert_eq!((refusal.sqlstate(), refusal.message()), ("57014", "canceling statement due to statement timeout"));
    }

    #[pg_test]
    fn waiting_ends_after_its_time() {
        assert_eq!(lock_wait::at_most(MOMENT, || Ok(5)).expect("an answer"), Some(5));
        let began = Instant::now();
        lock_wait::pause(Duration::from_millis(20));
        assert!(began.elapsed() >= Duration::from_millis(19));
        let failure = rolled_back(|| {
            let lock = lock_wait::at_most(MOMENT, || {
                spi::execute("DO $$ BEGIN RAISE 'held' USING ERRCODE = '55P03'; END $$", &[], Mode::Write)
            });
            Ok(lock.expect("no error").is_none())
        });
        assert_eq!(failure.ok(), Some(true));
    }

    #[pg_test]
    fn waiting_keeps_a_shorter_lock_timeout() {
        run("SET LOCAL lock_timeout = '20ms'");
        let inside = || Ok(setting::text(c"lock_timeout").unwrap_or_default());
        assert_eq!(lock_wait::at_most(Duration::from_secs(9), inside).expect("an answer").as_deref(), Some("20"));
        assert_eq!(answer("SHOW lock_timeout"), "20ms");
        run("SET LOCAL lock_timeout = 0");
        assert_eq!(lock_wait::at_most(Duration::from_secs(9), inside).expect("an answer").as_deref(), Some("9000"));
        assert_eq!(answer("SHOW lock_timeout"), "0");
    }

    #[pg_test]
    fn waiting_looks_early_for_deadlocks() {
        run("SET LOCAL deadlock_timeout = '5s'");
        assert_eq!(lock_wait::deadlock_timeout(), 5000);
        assert_eq!(lock_wait::unless_deadlocked(|| Ok(lock_wait::deadlock_timeout())).expect("an answer"), Some(100));
        assert_eq!(lock_wait::deadlock_timeout(), 5000);
        let closed = rolled_back(|| {
            let cycle = lock_wait::unless_deadlocked(|| {
                spi::execute("DO $$ BEGIN RAISE 'cycle' USING ERRCODE = '40P01'; END $$", &[], Mode::Write)
            });
            Ok(cycle.expect("no error").is_none())
        });
        assert_eq!(closed.ok(), Some(true));
    }

    #[pg_test]
    fn transaction_has_its_number() {
        let number = lock_wait::transaction().to_string();
        assert_eq!(answer("SELECT pg_current_xact_id()"), number);
        let inner = rolled_back(|| Ok(lock_wait::subtransaction())).ok().expect("a number");
        assert!(inner > lock_wait::subtransaction());
    }
}
