SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
\set acme '''00000000-0000-4000-8000-0000000000a1'''
\set beta '''00000000-0000-4000-8000-0000000000a2'''
\set one '''00000000-0000-4000-8000-000000000001'''
\set two '''00000000-0000-4000-8000-000000000002'''
CREATE TABLE connections (id uuid PRIMARY KEY, account_id uuid NOT NULL, name text, password_encrypted text, token_encrypted text);
INSERT INTO connections VALUES (:one, :acme, 'one'), (:two, :beta, 'two');

-- Without a key it refuses.
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SELECT decrypt_secret('connections', :one, 'password_encrypted', :acme, 'rks1:1:AAAA');
SELECT reencrypt_secrets('connections', 'password_encrypted', 'account_id');
-- The file: made here by the server itself, so that it is the server's.
\set keys `mktemp -u /tmp/rowkit-keys.XXXXXX`
\setenv KEYS :keys
CREATE FUNCTION write_keys(file text, mode text, VARIADIC lines text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COPY (SELECT unnest(%L::text[])) TO PROGRAM %L', lines, format('rm -f %1$s && cat > %1$s && chmod %2$s %1$s', file, mode));
END $$;
\set key1 '''1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='''
\set key2 '''2:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8='''
SELECT write_keys(:'keys', '0440', :key1);
SET rowkit.secret_key_file = 'relative';
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SET rowkit.secret_key_file = '/nonexistent/keys';
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SET rowkit.secret_key_file = '/tmp';
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
-- No regular file: neither a device nor a FIFO, which would be waited for until somebody writes into it, also behind a link.
SET rowkit.secret_key_file = '/dev/zero';
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SET statement_timeout = '10s';
\setenv KEYS :keys
\! mkfifo -m 0644 $KEYS.fifo; ln -s $KEYS.fifo $KEYS.link
SELECT set_config('rowkit.secret_key_file', :'keys' || '.fifo', false) IS NOT NULL AS is_set;
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SELECT set_config('rowkit.secret_key_file', :'keys' || '.link', false) IS NOT NULL AS is_set;
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
\! rm $KEYS.fifo $KEYS.link
-- One that is too large to be a file of keys.
SELECT write_keys(:'keys', '0600', repeat('#', 70000));
SET rowkit.secret_key_file = :'keys';
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SELECT write_keys(:'keys', '0440', :key1);
RESET statement_timeout;
SET rowkit.secret_key_file = :'keys';
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SELECT write_keys(:'keys', '0404', :key1);
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SELECT write_keys(:'keys', '0600', '# keys', '', :key1, 'hush');
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SELECT write_keys(:'keys', '0600', '# none');
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');

-- Bound to tenant, table, row and column.
SELECT write_keys(:'keys', '0600', :key1);
UPDATE connections SET password_encrypted = encrypt_secret('connections', id, 'password_encrypted', account_id, 'p4ss ' || name);
SELECT left(password_encrypted, 7) AS form, length(password_encrypted), secret_key_version(password_encrypted) AS version, password_encrypted LIKE '%p4ss%' AS plain FROM connections;
SELECT name, decrypt_secret('connections', id, 'password_encrypted', account_id, password_encrypted) FROM connections ORDER BY name;
SELECT decrypt_secret('connections', id::text, 'password_encrypted', account_id::text, password_encrypted) FROM connections ORDER BY name;
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, 'x') <> encrypt_secret('connections', :one, 'password_encrypted', :acme, 'x') AS never_the_same;
SELECT password_encrypted AS secret FROM connections WHERE name = 'one' \gset
SELECT decrypt_secret('connections', :two, 'password_encrypted', :acme, :'secret');
SELECT decrypt_secret('connections', :one, 'token_encrypted', :acme, :'secret');
SELECT decrypt_secret('connections', :one, 'password_encrypted', :beta, :'secret');
CREATE TABLE other (LIKE connections);
SELECT decrypt_secret('other', :one, 'password_encrypted', :acme, :'secret');
-- A schema is renamed or restored under another name; the table is the same.
ALTER SCHEMA app RENAME TO apps;
SET search_path = apps, rowkit;
SELECT decrypt_secret('connections', :one, 'password_encrypted', :acme, :'secret');
ALTER SCHEMA apps RENAME TO app;
SET search_path = app, rowkit;
-- Changed, cut, or no secret at all.
SELECT decrypt_secret('connections', :one, 'password_encrypted', :acme, overlay(:'secret' PLACING CASE substr(:'secret', 60, 1) WHEN 'A' THEN 'B' ELSE 'A' END FROM 60));
SELECT decrypt_secret('connections', :one, 'password_encrypted', :acme, left(:'secret', 40));
SELECT decrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss');
SELECT decrypt_secret('connections', :one, 'password_encrypted', :acme, replace(:'secret', 'rks1:1:', 'rks1:9:'));
-- NULL is no secret; a place has all its parts.
SELECT encrypt_secret('connections', :one, 'password_encrypted', :acme, NULL) IS NULL AS nothing, decrypt_secret('connections', :one, 'password_encrypted', :acme, NULL) IS NULL AS nothing,
    decrypt_secret('connections', :one, 'name', :acme, encrypt_secret('connections', :one, 'name', :acme, '')) = '' AS empty, secret_key_version('p4ss'), secret_key_version(NULL);
SELECT encrypt_secret(NULL, :one, 'name', :acme, 'p4ss');
SELECT encrypt_secret('connections', NULL::text, 'name', :acme, 'p4ss');
SELECT encrypt_secret('connections', :one, NULL, :acme, 'p4ss');
SELECT encrypt_secret('connections', :one, 'name', '', 'p4ss');
SELECT encrypt_secret('connections', :one, 'nowhere', :acme, 'p4ss');

-- A new key is used at once, the old one reads on, until every row has the new one.
SELECT write_keys(:'keys', '0600', :key2, :key1);
SELECT secret_key_version(encrypt_secret('connections', :one, 'password_encrypted', :acme, 'x')), decrypt_secret('connections', :one, 'password_encrypted', :acme, :'secret');
SELECT reencrypt_secrets('connections', 'password_encrypted', 'account_id', batch_size => 1);
SELECT secret_key_version(password_encrypted) FROM connections ORDER BY 1;
SELECT reencrypt_secrets('connections', 'password_encrypted', 'account_id'), reencrypt_secrets('connections', 'password_encrypted', 'account_id');
SELECT write_keys(:'keys', '0600', :key2);
SELECT name, secret_key_version(password_encrypted), decrypt_secret('connections', id, 'password_encrypted', account_id, password_encrypted) FROM connections ORDER BY name;
SELECT decrypt_secret('connections', :one, 'password_encrypted', :acme, :'secret');
UPDATE connections SET password_encrypted = :'secret' WHERE name = 'two';
SELECT reencrypt_secrets('connections', 'password_encrypted', 'account_id');
-- Another key under the same version.
SELECT write_keys(:'keys', '0600', replace(:key2, '2:', '1:'));
SELECT decrypt_secret('connections', :one, 'password_encrypted', :acme, :'secret');
SELECT write_keys(:'keys', '0600', :key1, :key2);

-- Renamed: nothing can be read, until what the former name had is bound to the present one. Nothing else is.
SELECT write_keys(:'keys', '0600', :key1, :key2);
CREATE FUNCTION read(held regclass, col text) RETURNS TABLE(name text, plaintext text) LANGUAGE plpgsql AS $$
DECLARE
    entry record;
BEGIN
    FOR entry IN EXECUTE format('SELECT *, %I AS secret FROM %s ORDER BY name, id', col, held) LOOP
        name := entry.name;
        BEGIN
            plaintext := rowkit.decrypt_secret(held, entry.id, col, entry.account_id, entry.secret);
        EXCEPTION WHEN OTHERS THEN
            plaintext := SQLSTATE;
        END;
        RETURN NEXT;
    END LOOP;
END $$;
BEGIN;
CREATE TABLE held (LIKE connections INCLUDING DEFAULTS);
INSERT INTO held SELECT ('00000000-0000-4000-8000-00000000001' || n)::uuid, CASE WHEN n % 2 = 0 THEN :acme ELSE :beta END::uuid, 'n' || n FROM generate_series(1, 3) AS n;
UPDATE held SET password_encrypted = encrypt_secret('held', id, 'password_encrypted', account_id, 'p4ss ' || name);
INSERT INTO held VALUES (uuidv7(), :acme, 'plain', 'p4ss'), (uuidv7(), :acme, 'none', NULL);
ALTER TABLE held RENAME TO kept;
SELECT * FROM read('kept', 'password_encrypted');
SAVEPOINT rebound;
SELECT rebind_secrets('kept', 'password_encrypted', 'account_id', former_table => 'other');
ROLLBACK TO rebound;
SELECT rebind_secrets('kept', 'password_encrypted', 'account_id');
ROLLBACK TO rebound;
SELECT rebind_secrets('kept', 'password_encrypted', 'account_id', former_column => 'token_encrypted');
ROLLBACK TO rebound;
SELECT rebind_secrets('kept', 'password_encrypted', 'account_id', former_table => 'elsewhere');
ROLLBACK TO rebound;
SELECT rebind_secrets('kept', 'password_encrypted', 'account_id', former_table => 'held', batch_size => 2);
SELECT rebind_secrets('kept', 'password_encrypted', 'account_id', former_table => 'held'), rebind_secrets('kept', 'password_encrypted', 'account_id', former_table => 'held');
SELECT * FROM read('kept', 'password_encrypted');
-- A secret of another row or tenant is refused, whatever name is told.
SAVEPOINT rebound;
UPDATE kept SET password_encrypted = (SELECT password_encrypted FROM kept WHERE name = 'n2') WHERE name = 'n1';
SELECT rebind_secrets('kept', 'password_encrypted', 'account_id', former_table => 'held');
ROLLBACK TO rebound;
UPDATE kept SET password_encrypted = replace(password_encrypted, 'rks1:2:', 'rks1:3:') WHERE name = 'n1';
SELECT rebind_secrets('kept', 'password_encrypted', 'account_id', former_table => 'held');
ROLLBACK TO rebound;
UPDATE kept SET account_id = :beta WHERE name = 'n2';
SELECT rebind_secrets('kept', 'password_encrypted', 'account_id', former_table => 'held');
ROLLBACK TO rebound;
-- Column and table at once; what stays with the old key is encrypted with the newest.
ALTER TABLE kept RENAME password_encrypted TO password;
ALTER TABLE kept RENAME TO "Kept %s";
SELECT rebind_secrets('"Kept %s"', 'password', 'account_id', former_table => 'kept', former_column => 'password_encrypted');
SELECT * FROM read('"Kept %s"', 'password');
ROLLBACK;
DROP FUNCTION read;

-- In a transaction that only reads; and end users can put a secret in, but read none, nor name a file of keys.
BEGIN READ ONLY;
SELECT decrypt_secret('connections', :one, 'password_encrypted', :acme, :'secret');
COMMIT;
CREATE ROLE secrets_user;
GRANT USAGE ON SCHEMA app TO secrets_user;
GRANT SELECT, UPDATE ON connections TO secrets_user;
SET ROLE secrets_user;
SELECT secret_key_version(encrypt_secret('connections', :one, 'password_encrypted', :acme, 'p4ss'));
SELECT decrypt_secret('connections', id, 'password_encrypted', account_id, password_encrypted) FROM connections;
SELECT decrypt_secret('connections', id::text, 'password_encrypted', account_id::text, password_encrypted) FROM connections;
SELECT reencrypt_secrets('connections', 'password_encrypted', 'account_id');
SELECT rebind_secrets('connections', 'password_encrypted', 'account_id', former_table => 'kept');
SELECT rowkit_internal._rebind_secret(:'secret', 'connections', :one, 'password_encrypted', :acme, 'kept', 'password_encrypted');
SELECT rowkit_internal._is_secret_of(:'secret', 'connections', :one, 'password_encrypted', :acme);
SELECT rowkit_internal._reencrypt_secret(:'secret', 'connections', :one, 'password_encrypted', :acme);
\set VERBOSITY sqlstate
SET rowkit.secret_key_file = '/tmp/mine';
SHOW rowkit.secret_key_file;
\set VERBOSITY verbose
RESET ROLE;
GRANT EXECUTE ON FUNCTION decrypt_secret(regclass, text, text, text, text), decrypt_secret(regclass, uuid, text, uuid, text) TO secrets_user;
SET ROLE secrets_user;
SET search_path = '';
SELECT rowkit.decrypt_secret('app.connections', id, 'password_encrypted', account_id, password_encrypted) FROM app.connections WHERE name = 'one';
RESET ROLE;
DROP OWNED BY secrets_user;
DROP ROLE secrets_user;
\! rm -f "$KEYS"
