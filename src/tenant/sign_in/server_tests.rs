//! Failed logins that lock, and sign-ups that are copied.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, run};
    use pgrx::pg_test;

    fn begin_lockout() {
        begin();
        run("CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE);
            INSERT INTO users VALUES ('00000000-0000-4000-8000-000000000001', 'Ann@example.com'); SELECT enable_login_lockout('users')");
    }

    fn attempt(name: &str, succeeded: &str) -> String {
        answer(&format!(
            "SELECT state ->> 'is_locked', state ->> 'failed_attempts', state ->> 'remaining' FROM count_login_attempt('{name}', {succeeded}) AS state"
        ))
    }

    #[pg_test]
    fn login_locks_after_five_failures() {
        begin_lockout();
        let states = [(); 4].map(|()| attempt("ann@example.com", "false"));
        assert_eq!(states, ["false|1|4", "false|2|3", "false|3|2", "false|4|1"]);
        assert_eq!(attempt("ann@example.com", "false"), "true|5|0");
        // Not even the right password helps then.
        assert_eq!(attempt("ANN@example.com", "true"), "true|5|0");
        assert_eq!(
            answer(
                "SELECT failed_login_attempts, locked_until > now() + interval '29 minutes', last_login_at IS NULL FROM users"
            ),
            "5|true|true"
        );
    }

    #[pg_test]
    fn login_that_succeeds_begins_anew() {
        begin_lockout();
        assert_eq!(attempt("ann@example.com", "false"), "false|1|4");
        assert_eq!(attempt("ann@example.com", "true"), "false|0|5");
        assert_eq!(answer("SELECT failed_login_attempts, last_login_at IS NOT NULL FROM users"), "0|true");
    }

    #[pg_test]
    fn login_is_only_asked_for_with_null() {
        begin_lockout();
        assert_eq!(attempt("ann@example.com", "false"), "false|1|4");
        assert_eq!(attempt("ann@example.com", "NULL"), "false|1|4");
        assert_eq!(attempt("ann@example.com", "NULL"), "false|1|4");
    }

    #[pg_test]
    fn login_lock_ends_by_itself() {
        begin_lockout();
        let _ = [(); 5].map(|()| attempt("ann@example.com", "false"));
        run("UPDATE users SET locked_until = now() - interval '1 second'");
        assert_eq!(attempt("ann@example.com", "NULL"), "false|0|5");
        assert_eq!(attempt("ann@example.com", "false"), "false|1|4");
    }

    #[pg_test]
    fn login_of_an_unknown_name_answers_alike() {
        begin_lockout();
        let states = [(); 5].map(|()| attempt("nobody@example.com", "false"));
        assert_eq!(states, ["false|1|4", "false|2|3", "false|3|2", "false|4|1", "true|5|0"]);
        assert_eq!(attempt("NoBody@example.com", "true"), "true|5|0");
        assert_eq!(answer("SELECT count(*), max(length(login_hash)) FROM login_failures"), "1|32");
    }

    #[pg_test]
    fn sign_up_is_copied_and_never_stopped() {
        begin();
        run("CREATE SCHEMA auth; CREATE ROLE auth_admin; GRANT USAGE ON SCHEMA auth, app TO auth_admin;
            CREATE TABLE auth.users (id uuid PRIMARY KEY, email text, raw_user_meta_data jsonb);
            CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE, full_name text, avatar_url text);
            ALTER TABLE auth.users OWNER TO auth_admin");
        run("SELECT enable_user_sync('auth.users', 'app.users')");
        run("SET LOCAL ROLE auth_admin; SET LOCAL search_path = ''; SET LOCAL client_min_messages = error;
            INSERT INTO auth.users VALUES ('00000000-0000-4000-8000-00000000000a', 'new@example.com', '{\"full_name\": \"佐藤 花子\", \"role\": \"owner\"}'),
                ('00000000-0000-4000-8000-00000000000b', NULL, '{}'); RESET ROLE");
        assert_eq!(answer("SELECT email, full_name FROM app.users"), "new@example.com|佐藤 花子");
        assert_eq!(answer("SELECT count(*) FROM auth.users"), "2");
        assert_eq!(
            answer("SELECT kind, identity FROM rowkit.disable_user_sync('auth.users', 'app.users')"),
            "trigger|handle_new_user on auth.users"
        );
        run("INSERT INTO auth.users VALUES ('00000000-0000-4000-8000-00000000000c', 'later@example.com', '{}')");
        assert_eq!(answer("SELECT count(*) FROM app.users"), "1");
        assert_eq!(answer("SELECT count(*) FROM rowkit.disable_user_sync('auth.users', 'app.users')"), "0");
    }

    #[pg_test]
    fn email_key_is_what_spellings_have_in_common() {
        begin();
        assert_eq!(
            answer(
                "SELECT email_key(' Ann@Example.COM '), email_key('ann@example.com') = email_key('ANN@example.com')"
            ),
            "ann@example.com|true"
        );
        assert_eq!(
            answer("SELECT proleakproof, provolatile FROM pg_proc WHERE oid = 'rowkit.email_key(text)'::regprocedure"),
            "true|i"
        );
    }
}
