//! API tokens: made once, bounded by a role, found by their hash, rotated and revoked.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, error, refused, run};
    use pgrx::pg_test;

    const ACME: &str = "00000000-0000-4000-8000-0000000000a1";
    const MARK: &str = "00000000-0000-4000-8000-000000000002";
    const VERA: &str = "00000000-0000-4000-8000-000000000003";

    fn begin_tokens() {
        begin();
        run(&format!(
            "CREATE TABLE accounts (id uuid PRIMARY KEY, name text, deleted_at timestamptz);
            CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL, is_active boolean NOT NULL DEFAULT true, deleted_at timestamptz);
            CREATE TABLE account_users (account_id uuid REFERENCES accounts, user_id uuid REFERENCES users, role text NOT NULL, is_active boolean NOT NULL DEFAULT true,
                PRIMARY KEY (account_id, user_id));
            INSERT INTO accounts VALUES ('{ACME}', 'Acme');
            INSERT INTO users VALUES ('{MARK}', 'mark@example.com'), ('{VERA}', 'vera@example.com');
            INSERT INTO account_users VALUES ('{ACME}', '{MARK}', 'member'), ('{ACME}', '{VERA}', 'viewer')"
        ));
        run("SELECT enable_api_tokens()");
    }

    /// The id and the text of a new token of Mark's.
    fn token(scopes: &str) -> (String, String) {
        let made = answer(&format!(
            "SELECT token_id, token FROM create_api_token('{ACME}', 'ci', '{{{scopes}}}', user_id => '{MARK}')"
        ));
        let (id, token) = made.split_once('|').expect("two columns");
        (id.to_owned(), token.to_owned())
    }

    fn told(token: &str) -> String {
        answer(&format!(
            "SELECT user_id, scopes, is_valid, error FROM validate_api_token('{token}', '192.0.2.1', 'curl/8')"
        ))
    }

    const INVALID: &str = "||false|invalid or expired token";

    #[pg_test]
    fn token_has_its_form_and_is_never_the_same() {
        begin();
        assert_eq!(
            answer(
                "SELECT token ~ '^rk_[0-9A-Za-z]{17}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$', token <> generate_api_token() FROM generate_api_token() AS token"
            ),
            "true|true"
        );
        assert_eq!(answer("SELECT hash_api_token('abc') = encode(sha256('abc'), 'hex')"), "true");
        run("SET LOCAL rowkit.api_token_prefix = 'acme_live'");
        assert_eq!(answer("SELECT generate_api_token() ~ '^acme_live_'"), "true");
        run("SET LOCAL rowkit.api_token_prefix = 'No Prefix'");
        assert_eq!(error("SELECT generate_api_token()"), "22023: tokens cannot begin with \"No Prefix\"");
    }

    #[pg_test]
    fn token_that_is_malformed_reads_no_table() {
        begin();
        assert_eq!(told("nonsense"), INVALID);
        assert_eq!(refused("SELECT * FROM validate_api_token(generate_api_token())").sqlstate(), "42704");
    }

    #[pg_test]
    fn token_is_told_once_and_stored_as_a_hash() {
        begin_tokens();
        let (id, token) = token("read:tables,write:*");
        assert_eq!(
            answer(&format!(
                "SELECT id = '{id}', token_hash = decode(hash_api_token('{token}'), 'hex'), scopes FROM api_tokens"
            )),
            "true|true|[\"read:tables\", \"write:*\"]"
        );
        let secret = token.split('_').nth(2).expect("a secret").to_owned();
        assert_eq!(answer(&format!("SELECT count(*) FROM api_tokens AS t WHERE t::text LIKE '%{secret}%'")), "0");
    }

    #[pg_test]
    fn token_says_whose_it_is_and_notes_its_use() {
        begin_tokens();
        let (_, token) = token("read:tables");
        assert_eq!(told(&token), format!("{MARK}|[\"read:tables\"]|true|"));
        assert_eq!(
            answer("SELECT last_used_at IS NOT NULL, last_used_ip, last_used_user_agent FROM api_tokens"),
            "true|192.0.2.1|curl/8"
        );
        // Another secret behind the same key id is another token.
        let other = answer("SELECT generate_api_token()");
        let parts: Vec<&str> = token.split('_').collect();
        let forged = [parts[0], parts[1], other.split('_').nth(2).expect("a secret"), parts[3]].join("_");
        assert_eq!(told(&forged), INVALID);
    }

    #[pg_test]
    fn token_of_whatever_is_wrong_gets_one_answer() {
        begin_tokens();
        let (_, token) = token("read:tables");
        let after = |statement: &str| {
            // The error takes the statement back.
            let sql = format!(
                "{statement}; DO $$ BEGIN RAISE EXCEPTION '%', (SELECT concat_ws('|', user_id, scopes, is_valid, error) FROM rowkit.validate_api_token('{token}')); END $$"
            );
            refused(&sql).message().to_owned()
        };
        let invalid = "f|invalid or expired token";
        assert_eq!(after("UPDATE api_tokens SET is_active = false"), invalid);
        assert_eq!(after("UPDATE api_tokens SET expires_at = clock_timestamp()"), invalid);
        assert_eq!(after("UPDATE users SET is_active = false"), invalid);
        assert_eq!(after("UPDATE accounts SET deleted_at = now()"), invalid);
        assert_eq!(after("DELETE FROM account_users"), invalid);
        assert_eq!(told(&token), format!("{MARK}|[\"read:tables\"]|true|"));
    }

    #[pg_test]
    fn token_has_no_more_than_the_role_gives() {
        begin_tokens();
        assert_eq!(
            refused(&format!("SELECT create_api_token('{ACME}', 'x', '{{write:tables}}', user_id => '{VERA}')"))
                .sqlstate(),
            "42501"
        );
        assert_eq!(
            refused(&format!("SELECT create_api_token('{ACME}', 'x', '{{*}}', user_id => '{MARK}')")).sqlstate(),
            "42501"
        );
        let (_, token) = token("read:tables,write:*");
        run(&format!("UPDATE account_users SET role = 'viewer' WHERE user_id = '{MARK}'"));
        assert_eq!(told(&token), format!("{MARK}|[\"read:tables\"]|true|"));
    }

    #[pg_test]
    fn token_is_rotated_with_an_overlap() {
        begin_tokens();
        let (id, token) = token("read:tables");
        let made = answer(&format!("SELECT token_id, token FROM rotate_api_token('{id}', '1 hour')"));
        let (_, successor) = made.split_once('|').expect("two columns");
        assert_eq!(told(successor), told(&token));
        assert_eq!(
            answer(&format!(
                "SELECT round(extract(epoch FROM expires_at - now()) / 60) FROM api_tokens WHERE id = '{id}'"
            )),
            "60"
        );
        assert!(!refused(&format!("SELECT rotate_api_token('{id}')")).message().is_empty());
    }

    #[pg_test]
    fn token_is_revoked_at_once() {
        begin_tokens();
        let (id, token) = token("read:tables");
        assert_eq!(answer(&format!("SELECT revoke_api_token('{id}'), revoke_api_token('{id}')")), "true|false");
        assert_eq!(told(&token), INVALID);
    }

    #[pg_test]
    fn token_is_validated_in_a_read_only_transaction() {
        begin_tokens();
        let (_, token) = token("read:tables");
        run("SET LOCAL transaction_read_only = on");
        assert_eq!(told(&token), format!("{MARK}|[\"read:tables\"]|true|"));
        assert_eq!(answer("SELECT last_used_at IS NULL FROM api_tokens"), "true");
    }

    #[pg_test]
    fn token_that_nobody_uses_is_told() {
        begin_tokens();
        let (id, _) = token("read:tables");
        run(&format!(
            "UPDATE api_tokens SET created_at = now() - interval '200 days', last_used_at = now() - interval '100 days' WHERE id = '{id}'"
        ));
        assert_eq!(answer("SELECT name, email, days_inactive FROM inactive_api_tokens()"), "ci|mark@example.com|100");
        assert_eq!(answer("SELECT count(*) FROM inactive_api_tokens(101)"), "0");
    }
}
