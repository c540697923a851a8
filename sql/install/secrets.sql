-- Secrets: encrypted where they are kept, bound to their place. src/tenant/secrets/ computes; PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit.encrypt_secret(table_name regclass, record_key text, column_name text, tenant_key text, plaintext text) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'encrypt_secret_wrapper';
COMMENT ON FUNCTION rowkit.encrypt_secret(regclass, text, text, text, text) IS
'A text encrypted with the newest key of rowkit.secret_key_file, as rks1:<key version>:<base64>, by XChaCha20-Poly1305 with a random nonce: twice the same '
'is never the same. It can be read for this tenant, table (by name, without its schema), row and column only. NULL for NULL. Pass the plaintext as a '
'parameter, not in the statement''s text, and set log_parameter_max_length = 0: the server logs what it is asked to. 55000 without a key file, F0000 for '
'one that cannot be used or that others may read, 22023 without all of the place, 42703 for no such column. VOLATILE. '
'table_name is the table that keeps the secret. record_key is the primary key of the row that keeps it. column_name is the column that keeps it. tenant_key is '
'the tenant of the row.';

CREATE FUNCTION rowkit.encrypt_secret(table_name regclass, record_id uuid, column_name text, tenant_id uuid, plaintext text) RETURNS text
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.encrypt_secret(table_name, record_id::text, column_name, tenant_id::text, plaintext);
    END;
COMMENT ON FUNCTION rowkit.encrypt_secret(regclass, uuid, text, uuid, text) IS
'encrypt_secret for uuid keys. '
'plaintext is the text to encrypt. table_name is the table that keeps the secret. record_id is the primary key of the row that keeps it. column_name is the '
'column that keeps it. tenant_id is the tenant of the row.';

CREATE FUNCTION rowkit.decrypt_secret(table_name regclass, record_key text, column_name text, tenant_key text, secret text) RETURNS text
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'decrypt_secret_wrapper';
REVOKE EXECUTE ON FUNCTION rowkit.decrypt_secret(regclass, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION rowkit.decrypt_secret(regclass, text, text, text, text) IS
'What encrypt_secret was given for this place. PUBLIC may not execute it: grant it to the role of the backend that needs the plaintext, not to end users. '
'NULL for NULL. 22023 for what is no secret, belongs elsewhere or was changed, 55000 without its key, F0000 for a key file that cannot be used; no error '
'has any plaintext in it. STABLE. '
'table_name is the table that keeps the secret. record_key is the primary key of the row that keeps it. column_name is the column that keeps it. tenant_key is '
'the tenant of the row.';

CREATE FUNCTION rowkit.decrypt_secret(table_name regclass, record_id uuid, column_name text, tenant_id uuid, secret text) RETURNS text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.decrypt_secret(table_name, record_id::text, column_name, tenant_id::text, secret);
    END;
REVOKE EXECUTE ON FUNCTION rowkit.decrypt_secret(regclass, uuid, text, uuid, text) FROM PUBLIC;
COMMENT ON FUNCTION rowkit.decrypt_secret(regclass, uuid, text, uuid, text) IS
'decrypt_secret for uuid keys; both must be granted. '
'secret is what encrypt_secret returned. table_name is the table that keeps the secret. record_id is the primary key of the row that keeps it. column_name is '
'the column that keeps it. tenant_id is the tenant of the row.';

CREATE FUNCTION rowkit.secret_key_version(secret text) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'secret_key_version_wrapper';
COMMENT ON FUNCTION rowkit.secret_key_version(text) IS
'The version of the key that a secret was encrypted with; NULL for what does not look like one, and for NULL. It needs no key. IMMUTABLE.';

CREATE FUNCTION rowkit_internal._newest_secret_key() RETURNS integer
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'newest_secret_key_wrapper';
COMMENT ON FUNCTION rowkit_internal._newest_secret_key() IS 'The version that encrypt_secret uses now. Internal.';

CREATE FUNCTION rowkit_internal._reencrypt_secret(secret text, table_name regclass, record_key text, column_name text, tenant_key text) RETURNS text
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'reencrypt_secret_wrapper';
REVOKE EXECUTE ON FUNCTION rowkit_internal._reencrypt_secret(text, regclass, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION rowkit_internal._reencrypt_secret(text, regclass, text, text, text) IS 'The same secret with the newest key. Internal.';

CREATE FUNCTION rowkit.reencrypt_secrets(table_name regclass, column_name text, tenant_column text, id_column text DEFAULT 'id',
    batch_size integer DEFAULT 1000) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the table and its columns are the user's.
DECLARE
    changed bigint;
BEGIN
    PERFORM rowkit_internal._require_own(table_name);
    EXECUTE format(
        'UPDATE %1$s AS held SET %2$I = rowkit_internal._reencrypt_secret(held.%2$I, %1$L::regclass, held.%3$I::text, %2$L, held.%4$I::text) '
        'WHERE held.%3$I IN (SELECT old.%3$I FROM %1$s AS old WHERE rowkit.secret_key_version(old.%2$I) < $1 LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)',
        table_name, column_name, id_column, tenant_column) USING rowkit_internal._newest_secret_key(), batch_size;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
REVOKE EXECUTE ON FUNCTION rowkit.reencrypt_secrets(regclass, text, text, text, integer) FROM PUBLIC;
COMMENT ON FUNCTION rowkit.reencrypt_secrets(regclass, text, text, text, integer) IS
'Encrypts up to batch_size secrets of a column anew, those of older keys than the newest, and returns how many: call it until that is 0, each time in its own '
'transaction, and then take the old key out of the file. Rows that others hold are left for the next call. With the caller''s rights on the table; PUBLIC '
'may not execute it, and its role needs rowkit_internal._reencrypt_secret, too. Errors as of decrypt_secret, with the row in DETAIL. VOLATILE. '
'table_name is the table that keeps the secrets. column_name is the column that keeps them. tenant_column is the column of the rows'' tenants. id_column is '
'the column of the rows'' keys, by default id.';

CREATE FUNCTION rowkit_internal._is_secret_of(secret text, table_name regclass, record_key text, column_name text, tenant_key text) RETURNS boolean
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'is_secret_of_wrapper';
REVOKE EXECUTE ON FUNCTION rowkit_internal._is_secret_of(text, regclass, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION rowkit_internal._is_secret_of(text, regclass, text, text, text) IS
'Whether a secret can be read at this place; what is no secret has no other. Internal.';

CREATE FUNCTION rowkit_internal._rebind_secret(secret text, table_name regclass, record_key text, column_name text, tenant_key text, former_table text, former_column text)
    RETURNS text
    LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME', 'rebind_secret_wrapper';
REVOKE EXECUTE ON FUNCTION rowkit_internal._rebind_secret(text, regclass, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION rowkit_internal._rebind_secret(text, regclass, text, text, text, text, text) IS 'A secret of the former name for the present one. Internal.';

CREATE FUNCTION rowkit.rebind_secrets(table_name regclass, column_name text, tenant_column text, id_column text DEFAULT 'id',
    former_table text DEFAULT NULL, former_column text DEFAULT NULL, batch_size integer DEFAULT 1000) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the table and its columns are the user's.
DECLARE
    changed bigint;
    was_table CONSTANT text := coalesce(former_table, (SELECT relname FROM pg_class WHERE oid = table_name));
    was_column CONSTANT text := coalesce(former_column, column_name);
BEGIN
    PERFORM rowkit_internal._require_own(table_name);
    IF EXISTS (
        SELECT FROM pg_class AS class JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
        WHERE class.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = table_name) AND class.relname = was_table AND attribute.attname = was_column)
    THEN
        RAISE EXCEPTION 'there is a column "%" of a table "%", and its secrets stay there', was_column, was_table USING
            ERRCODE = '55000', HINT = 'Name what is no more: former_table, former_column or both. Where another has the name now, rename that for the time of the call.';
    END IF;
    EXECUTE format(
        'UPDATE %1$s AS held SET %2$I = rowkit_internal._rebind_secret(held.%2$I, %1$L::regclass, held.%3$I::text, %2$L, held.%4$I::text, $1, $2) '
        'WHERE held.%3$I IN (SELECT old.%3$I FROM %1$s AS old WHERE '
        'NOT rowkit_internal._is_secret_of(old.%2$I, %1$L::regclass, old.%3$I::text, %2$L, old.%4$I::text) LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED) '
        'AND NOT rowkit_internal._is_secret_of(held.%2$I, %1$L::regclass, held.%3$I::text, %2$L, held.%4$I::text)',
        table_name, column_name, id_column, tenant_column) USING was_table, was_column, batch_size;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$;
REVOKE EXECUTE ON FUNCTION rowkit.rebind_secrets(regclass, text, text, text, text, text, integer) FROM PUBLIC;
COMMENT ON FUNCTION rowkit.rebind_secrets(regclass, text, text, text, text, text, integer) IS
'After a table or its column was renamed: gives up to batch_size secrets of the former name to the present one, with the newest key, and returns how many; call it '
'until that is 0. What is bound to another tenant, row, table or column is refused (22023), and so is a former name that another column of the schema has '
'(55000). Rows that others hold are left for the next call. With the caller''s rights on the table; PUBLIC may not execute it, and its role needs '
'rowkit_internal._is_secret_of and rowkit_internal._rebind_secret, too. Errors as of decrypt_secret, with the row in DETAIL. VOLATILE. '
'table_name is the table that keeps the secrets. column_name is the column that keeps them. tenant_column is the column of the rows'' tenants. id_column is '
'the column of the rows'' keys, by default id. former_table is the name that the table had, NULL for the present one. former_column is the name that the '
'column had, NULL for the present one.';
