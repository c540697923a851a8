//! Secrets that are bound to their place, with keys from a file.

#[pgrx::pg_schema]
mod tests {
    use crate::pg::testing::{answer, begin, error, refused, run};
    use pgrx::pg_test;

    const ACME: &str = "00000000-0000-4000-8000-0000000000a1";
    const BETA: &str = "00000000-0000-4000-8000-0000000000a2";
    const ONE: &str = "00000000-0000-4000-8000-000000000001";
    const TWO: &str = "00000000-0000-4000-8000-000000000002";
    const KEY_1: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const KEY_2: &str = "2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    /// The server writes its key file into its own directory, which goes with the cluster.
    fn write_keys(mode: &str, keys: &[&str]) {
        let file = answer("SELECT current_setting('data_directory') || '/test-keys'");
        let lines = keys.join("','");
        run(&format!(
            "COPY (SELECT unnest(ARRAY['{lines}'])) TO PROGRAM 'rm -f {file} && cat > {file} && chmod {mode} {file}'; SET LOCAL rowkit.secret_key_file = '{file}'"
        ));
    }

    fn begin_secrets() {
        begin();
        run(&format!(
            "CREATE TABLE connections (id uuid PRIMARY KEY, account_id uuid NOT NULL, name text, password text); INSERT INTO connections VALUES ('{ONE}', '{ACME}', 'one'), ('{TWO}', '{BETA}', 'two')"
        ));
    }

    fn encrypt(plain: &str) -> String {
        format!("SELECT encrypt_secret('connections', '{ONE}'::uuid, 'password', '{ACME}'::uuid, '{plain}')")
    }

    fn decrypt(secret: &str, row: &str, column: &str, tenant: &str) -> String {
        format!("SELECT decrypt_secret('connections', '{row}'::uuid, '{column}', '{tenant}'::uuid, '{secret}')")
    }

    #[pg_test]
    fn secret_needs_a_key() {
        begin_secrets();
        let refusal = refused(&encrypt("p4ss"));
        assert_eq!(
            (refusal.sqlstate(), refusal.message()),
            ("55000", "there is no key to encrypt or decrypt secrets with")
        );
    }

    #[pg_test]
    fn secret_is_read_at_its_place_only() {
        begin_secrets();
        write_keys("0600", &[KEY_1]);
        let secret = answer(&encrypt("p4ss"));
        assert!(secret.starts_with("rks1:1:") && !secret.contains("p4ss"), "{secret}");
        assert_ne!(answer(&encrypt("p4ss")), secret);
        assert_eq!(answer(&decrypt(&secret, ONE, "password", ACME)), "p4ss");
        let elsewhere = "22023: the secret cannot be decrypted";
        assert_eq!(error(&decrypt(&secret, TWO, "password", ACME)), elsewhere);
        assert_eq!(error(&decrypt(&secret, ONE, "name", ACME)), elsewhere);
        assert_eq!(error(&decrypt(&secret, ONE, "password", BETA)), elsewhere);
        assert_eq!(
            error(&decrypt(&secret[..secret.len() - 8], ONE, "password", ACME)).split(':').next(),
            Some("22023")
        );
    }

    #[pg_test]
    fn secret_key_file_is_read_by_its_owner_alone() {
        begin_secrets();
        write_keys("0640", &[KEY_1]);
        assert_eq!(error(&encrypt("p4ss")), "F0000: the key file can be read by others than its owner");
        write_keys("0600", &[KEY_1, "hush"]);
        assert_eq!(error(&encrypt("p4ss")), "F0000: the key file cannot be used: line 2: there is no colon");
        run("SET LOCAL rowkit.secret_key_file = 'relative'");
        assert_eq!(error(&encrypt("p4ss")), "F0000: rowkit.secret_key_file must be an absolute path");
        run("SET LOCAL rowkit.secret_key_file = '/dev/zero'");
        assert_eq!(error(&encrypt("p4ss")), "F0000: the key file is no file of keys");
    }

    #[pg_test]
    fn secret_gets_a_new_key() {
        begin_secrets();
        write_keys("0600", &[KEY_1]);
        run(
            "UPDATE connections SET password = encrypt_secret('connections', id, 'password', account_id, 'p4ss ' || name)",
        );
        write_keys("0600", &[KEY_2, KEY_1]);
        assert_eq!(
            answer(
                "SELECT reencrypt_secrets('connections', 'password', 'account_id'), reencrypt_secrets('connections', 'password', 'account_id')"
            ),
            "2|0"
        );
        write_keys("0600", &[KEY_2]);
        assert_eq!(
            answer(
                "SELECT secret_key_version(password), decrypt_secret('connections', id, 'password', account_id, password) FROM connections ORDER BY name"
            ),
            "2|p4ss one\n2|p4ss two"
        );
    }

    #[pg_test]
    fn secret_follows_a_renamed_table_once_it_is_rebound() {
        begin_secrets();
        write_keys("0600", &[KEY_1]);
        run(
            "UPDATE connections SET password = encrypt_secret('connections', id, 'password', account_id, 'p4ss'); ALTER TABLE connections RENAME TO kept",
        );
        assert_eq!(
            refused("SELECT decrypt_secret('kept', id, 'password', account_id, password) FROM kept").sqlstate(),
            "22023"
        );
        assert_eq!(
            answer("SELECT rebind_secrets('kept', 'password', 'account_id', former_table => 'connections')"),
            "2"
        );
        assert_eq!(
            answer("SELECT DISTINCT decrypt_secret('kept', id, 'password', account_id, password) FROM kept"),
            "p4ss"
        );
    }

    #[pg_test]
    fn secret_is_put_in_and_not_read_by_end_users() {
        begin_secrets();
        write_keys("0600", &[KEY_1]);
        let secret = answer(&encrypt("p4ss"));
        run(
            "CREATE ROLE api; GRANT USAGE ON SCHEMA app TO api; SET LOCAL ROLE api; SET LOCAL search_path = app, rowkit",
        );
        assert_eq!(refused(&decrypt(&secret, ONE, "password", ACME)).sqlstate(), "42501");
        assert_eq!(answer(&format!("SELECT secret_key_version('{secret}')")), "1");
        assert_eq!(
            answer(&format!(
                "SELECT encrypt_secret('connections', '{ONE}'::uuid, 'password', '{ACME}'::uuid, NULL) IS NULL"
            )),
            "true"
        );
    }
}
