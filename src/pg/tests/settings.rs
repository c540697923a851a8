//! Settings that are read, changed for a piece of work and put back.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::error::Error;
    use crate::pg::setting;
    use crate::pg::spi::{self, Mode};
    use crate::pg::subtransaction::rolled_back;
    use crate::pg::testing::{answer, error, refused, run};
    use crate::pg::written;
    use pgrx::pg_test;

    #[pg_test]
    fn setting_is_read_by_name() {
        run("SET LOCAL app.mine = 'a value'");
        assert_eq!(setting::text(c"app.mine").as_deref(), Some("a value"));
        assert!(setting::is(c"app.mine", Some("a value")));
        assert!(!setting::is(c"app.mine", Some("another")));
        assert_eq!(setting::text(c"app.never_set"), None);
        assert!(setting::is(c"app.never_set", None));
    }

    #[pg_test]
    fn watched_setting_tells_of_each_assignment() {
        assert!(!setting::watch(c"app.never_set"));
        assert!(!setting::watch(c"search_path"));
        run("SET LOCAL app.mine = 'a'");
        assert!(setting::watch(c"app.mine") && setting::watch(c"app.mine"));
        let watched = setting::assignments();
        assert_eq!(answer("SELECT current_setting('app.mine')"), "a");
        assert_eq!(setting::assignments(), watched);
        run("SET LOCAL app.mine = 'b'");
        let changed = setting::assignments();
        assert!(changed > watched);
        let failed = rolled_back(|| {
            spi::execute("SELECT set_config('app.mine', 'c', true)", &[], Mode::Write)?;
            spi::execute("SELECT 1 / 0", &[], Mode::Write)
        });
        assert_eq!(failed.expect_err("an error").sqlstate, "22012");
        assert!(setting::assignments() > changed);
        assert_eq!(setting::text(c"app.mine").as_deref(), Some("b"));
    }

    #[pg_test]
    fn setting_is_changed_for_a_piece_of_work() {
        run("SET LOCAL statement_timeout = '7s'");
        let inside = setting::with(c"statement_timeout", "9s", || setting::text(c"statement_timeout"));
        assert_eq!(inside.as_deref(), Some("9000"));
        assert_eq!(setting::text(c"statement_timeout").as_deref(), Some("7000"));
    }

    #[pg_test]
    fn setting_is_put_back_after_an_error() {
        run("SET LOCAL statement_timeout = '7s'");
        let failed =
            rolled_back(|| setting::with(c"statement_timeout", "9s", || spi::execute("SELECT 1 / 0", &[], Mode::Read)));
        assert_eq!(failed.expect_err("an error").sqlstate, "22012");
        assert_eq!(setting::text(c"statement_timeout").as_deref(), Some("7000"));
        let refused = setting::with(c"statement_timeout", "9s", || Err::<(), _>(Error::internal("no")));
        assert!(refused.is_err());
        assert_eq!(setting::text(c"statement_timeout").as_deref(), Some("7000"));
    }

    #[pg_test]
    fn setting_that_is_no_value_raises_its_own_error() {
        let failure = rolled_back(|| setting::with(c"statement_timeout", "soon", || Ok(()))).expect_err("an error");
        assert_eq!(failure.sqlstate, "22023");
        assert_eq!(failure.message, "invalid value for parameter \"statement_timeout\": \"soon\"");
    }

    #[pg_test]
    fn setting_of_names_writes_them_with_their_schemas() {
        run("CREATE SCHEMA app; CREATE TABLE app.item (id integer); SET LOCAL search_path = app");
        let name = || {
            spi::query("SELECT 'app.item'::pg_catalog.regclass::pg_catalog.text", &[], Mode::Read, |row| row.text(1))
                .expect("a row")
                .remove(0)
        };
        assert_eq!(name().as_deref(), Some("item"));
        assert_eq!(written::with_qualified_names(name).as_deref(), Some("app.item"));
        assert_eq!(answer("SHOW search_path"), "app");
    }

    #[pg_test]
    fn setting_of_trusted_proxies_is_checked_when_it_is_set() {
        run("SET LOCAL rowkit.trusted_proxies = '10.0.0.0/8, 192.0.2.1'");
        assert_eq!(answer("SHOW rowkit.trusted_proxies"), "10.0.0.0/8, 192.0.2.1");
        let refusal = refused("SET LOCAL rowkit.trusted_proxies = 'proxy.example'");
        assert_eq!(refusal.sqlstate(), "22023");
        assert_eq!(answer("SHOW rowkit.trusted_proxies"), "10.0.0.0/8, 192.0.2.1");
    }

    #[pg_test]
    fn settings_of_superusers_are_nobody_elses() {
        run("CREATE ROLE somebody; SET LOCAL ROLE somebody");
        let denied = |name: &str| error(&format!("SET LOCAL rowkit.{name} = 'x'"));
        assert_eq!(denied("secret_key_file"), "42501: permission denied to set parameter \"rowkit.secret_key_file\"");
        assert_eq!(denied("trusted_proxies"), "42501: permission denied to set parameter \"rowkit.trusted_proxies\"");
        run("SET LOCAL rowkit.api_token_prefix = 'mine'");
        assert_eq!(answer("SHOW rowkit.api_token_prefix"), "mine");
    }

    #[pg_test]
    fn setting_names_of_rowkit_are_reserved() {
        assert_eq!(error("SET LOCAL rowkit.max_cached_schemas = -1").split(':').next(), Some("22023"));
        if crate::pg::testing::is_at_least(15) {
            assert_eq!(refused("SET LOCAL rowkit.no_such_setting = 1").sqlstate(), "42602");
        }
    }
}
