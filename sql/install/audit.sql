-- Audit: SQL declarations of the functions in src/rows/audit/, which write and read the log. audit_setup.sql makes the log and the triggers.

CREATE FUNCTION rowkit.log_audit_trail() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'log_audit_trail_wrapper';
COMMENT ON FUNCTION rowkit.log_audit_trail() IS
'Trigger, AFTER INSERT, UPDATE, DELETE FOR EACH STATEMENT (transition tables old_rows, new_rows) and AFTER TRUNCATE, or AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW: '
'writes an event a changed row to the log, with its owner''s rights. log_audit_trail([option=value…]): audit_logs=table, mode=diff|full, ignore=column (again for each; by '
'default updated_at and updated_by; empty for none), redact=column or column.key.key, tenant=column of the log, tenant_from=column. A failure fails the write. 42704 without the '
'log or a primary key, 42501 when the table''s owner may not insert into the log, 42703 when a named column is not there any more (after ALTER TABLE … RENAME COLUMN: call '
'enable_audit again), 22023 for a redaction of a key or of a column without such parts.';

CREATE FUNCTION rowkit.set_row_actor() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'set_row_actor_wrapper';
COMMENT ON FUNCTION rowkit.set_row_actor() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: set_row_actor([created_by, updated_by]) fills both columns (uuid; without arguments those of these names that are there: name them, so that after a rename '
'the write is refused) with current_user_id() in a new row, and the second when a row '
'changed; the first cannot be changed then. Where the claims name no user, a role that row security does not hold writes what it gives, and whom it holds signs with NULL. 42703 without the columns, 42804 for another type.';

CREATE FUNCTION rowkit.guard_record_number() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_record_number_wrapper';
COMMENT ON FUNCTION rowkit.guard_record_number() IS
'Trigger, BEFORE INSERT FOR EACH ROW: guard_record_number(number column, owner column) is for tables whose rows are numbered by a sequence (bigint) and whose log, audit_logs beside it, is '
'read by number. For a role that is subject to row security, it replaces a given number with a new one if the sequence has not issued that number, or if the last row that the log has under it had '
'another value in the owner column (uuid or bigint). So nobody can read the history of another''s row or use up the numbers. A number that exists raises the error of the primary key. 42704 without the log or the sequence.';

CREATE FUNCTION rowkit_internal._audit_trail(table_name regclass, record_key text) RETURNS uuid[]
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'audit_trail_wrapper';
COMMENT ON FUNCTION rowkit_internal._audit_trail(regclass, text) IS 'The ids of a row''s events, in order. Internal.';

CREATE FUNCTION rowkit_internal._audit_log(table_name regclass) RETURNS regclass
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'audit_log_wrapper';
COMMENT ON FUNCTION rowkit_internal._audit_log(regclass) IS 'The log of a table. Internal.';

CREATE FUNCTION rowkit_internal._row_as_of(table_name regclass, record_key text, created_at bigint) RETURNS jsonb
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'row_as_of_wrapper';
COMMENT ON FUNCTION rowkit_internal._row_as_of(regclass, text, bigint) IS 'row_as_of with microseconds since 1970. Internal.';

CREATE FUNCTION rowkit_internal._note_audit(table_name regclass, action text) RETURNS boolean
    LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME', 'note_audit_wrapper';
COMMENT ON FUNCTION rowkit_internal._note_audit(regclass, text) IS 'Writes to the log of the caller''s table that its audit begins (ENABLE) or ends (DISABLE). Internal.';

CREATE FUNCTION rowkit_internal._acting_role() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'acting_role_wrapper';
COMMENT ON FUNCTION rowkit_internal._acting_role() IS 'The role that SET ROLE chose, else the one of the login, whatever a function''s owner is. Internal.';

CREATE FUNCTION rowkit_internal._transaction_identity() RETURNS uuid
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'transaction_identity_wrapper';
COMMENT ON FUNCTION rowkit_internal._transaction_identity() IS 'What the running transaction is known by in a log, in every cluster. Internal.';

CREATE FUNCTION rowkit_internal._undo_transaction(transaction uuid, transaction_id bigint, audit_logs regclass) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'undo_transaction_wrapper';
COMMENT ON FUNCTION rowkit_internal._undo_transaction(uuid, bigint, regclass) IS 'undo_transaction. Internal.';

CREATE FUNCTION rowkit.undo_transaction(transaction uuid, audit_logs regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT CASE WHEN transaction IS NOT NULL THEN rowkit_internal._undo_transaction(transaction, NULL, audit_logs) END;
    END;
COMMENT ON FUNCTION rowkit.undo_transaction(uuid, regclass) IS
'Takes back every logged change of a transaction, the last first, with the caller''s rights, and returns how many rows it changed. transaction is the uuid that the log and row_history() '
'have for it; it stays the same through dump, restore and failover. All or nothing: 55000 when a row holds something else by now (which ones in DETAIL as JSON), when a value does not fit its '
'column any more (the server''s message in DETAIL), the constraint''s own error when one is broken, and for what the log does not hold: TRUNCATE, redacted values; soft deletes have restore_deleted. A row that the transaction inserted and that is deleted softly, or for good, by now counts as gone: it stays as it is, is not among the rows '
'that are returned, and restore_deleted() can still bring it back. Columns that the audit ignores or '
'rowkit''s triggers keep, such as usage counters, are neither written nor compared. 42704 for a transaction of which the caller sees no event, 42501 when the caller sees some of its events only, and when it changed a table of another owner than the log''s, unless the caller owns that table or it is a superuser''s. '
'VOLATILE. audit_logs is the log, by default audit_logs on the search_path.';

CREATE FUNCTION rowkit.undo_transaction(transaction_id bigint, audit_logs regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT CASE WHEN transaction_id IS NOT NULL THEN rowkit_internal._undo_transaction(NULL, transaction_id, audit_logs) END;
    END;
COMMENT ON FUNCTION rowkit.undo_transaction(bigint, regclass) IS
'undo_transaction by the number that this cluster gave the transaction (pg_current_xact_id(), and transaction_id in the log). Each cluster counts anew: where the log holds the number for '
'a transaction of another cluster, as after a restore, 55000 with the uuids of its transactions in DETAIL as JSON. VOLATILE. '
'audit_logs is the log, by default audit_logs on the search_path.';

CREATE FUNCTION rowkit.undo_transaction(transaction_key text, audit_logs regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT CASE WHEN transaction_key ~ '^[0-9]+$' THEN rowkit.undo_transaction(transaction_key::bigint, audit_logs)
            ELSE rowkit.undo_transaction(transaction_key::uuid, audit_logs) END;
    END;
COMMENT ON FUNCTION rowkit.undo_transaction(text, regclass) IS
'undo_transaction by the text of the uuid or of the number. 22P02 for another text. VOLATILE. '
'transaction_key is the uuid or the number of the transaction. audit_logs is the log, by default audit_logs on the search_path.';

CREATE FUNCTION rowkit_internal._row_history(audited regclass, present_key text) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text, transaction uuid)
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'row_history_wrapper';
COMMENT ON FUNCTION rowkit_internal._row_history(regclass, text) IS 'row_history. Internal.';

CREATE FUNCTION rowkit.row_history(table_name regclass, record_key text) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text, transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT history.* FROM rowkit_internal._row_history(table_name, record_key) AS history;
    END;
COMMENT ON FUNCTION rowkit.row_history(regclass, text) IS
'The events of the row that has this key, or had it last, the oldest first, across changes of its key: action is INSERT, UPDATE, DELETE, SOFT_DELETE, RESTORE, TRUNCATE or IMPORT (without values of a new record); record_key the '
'key after it; transaction the uuid for undo_transaction; in an UPDATE old_data and new_data hold the changed columns (all with mode full). With the caller''s rights on the log. A composite key is a JSON object. A WARNING tells of events '
'under a name that no table has, as after ALTER TABLE … RENAME: rebind_audit_events() takes them along. STABLE. '
'table_name is the audited table. record_key is the primary key of the row as text, a composite one as a JSON object. created_at is when it happened. user_id is the '
'user of the claims, NULL for a service. transaction_id is the number of the transaction. ip_address is the client''s address. database_role is the role '
'that did it.';

CREATE FUNCTION rowkit.row_history(table_name regclass, record_id uuid) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text, transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT history.* FROM rowkit_internal._row_history(table_name, record_id::text) AS history;
    END;
COMMENT ON FUNCTION rowkit.row_history(regclass, uuid) IS
'row_history for a uuid key. '
'table_name is the audited table. record_id is the primary key of the row, a uuid. created_at is when it happened. user_id is the user of the claims, NULL for a '
'service. action is what was done. record_key is the key after it. old_data is the row, or its changed columns, before it. new_data is the row, or its changed '
'columns, after it. transaction_id is the number of the transaction. ip_address is the client''s address. database_role is the role that did it. transaction '
'is the uuid of the transaction.';

CREATE FUNCTION rowkit.row_history(table_name regclass, record_number bigint) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text, transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT history.* FROM rowkit_internal._row_history(table_name, record_number::text) AS history;
    END;
COMMENT ON FUNCTION rowkit.row_history(regclass, bigint) IS
'row_history for a bigint key. '
'table_name is the audited table. record_number is the primary key of the row, a bigint. created_at is when it happened. user_id is the user of the claims, NULL for '
'a service. action is what was done. record_key is the key after it. old_data is the row, or its changed columns, before it. new_data is the row, or its '
'changed columns, after it. transaction_id is the number of the transaction. ip_address is the client''s address. database_role is the role that did it. '
'transaction is the uuid of the transaction.';

CREATE FUNCTION rowkit.row_as_of(table_name regclass, record_key text, created_at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT CASE WHEN created_at IS NOT NULL THEN rowkit_internal._row_as_of(
            table_name, record_key,
            round(extract(epoch FROM greatest(least(created_at, '9999-12-31 00:00:00+00'::timestamptz), '1970-01-01 00:00:00+00'::timestamptz)) * 1000000)::bigint) END;
    END;
COMMENT ON FUNCTION rowkit.row_as_of(regclass, text, timestamptz) IS
'A row as it was at a moment, followed across changes of its key; NULL when it was not there. Changes count from the moment of their statement. It has the columns that the table had '
'then, as far as writes since tell; redacted values are covered and ignored columns left out. With the caller''s rights on table and log. 55000 when the log does not say: before audit began, while it was off, or purged. STABLE. '
'table_name is the audited table. record_key is the primary key of the row as text, a composite one as a JSON object. created_at is the moment.';

CREATE FUNCTION rowkit.row_as_of(table_name regclass, record_id uuid, created_at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.row_as_of(table_name, record_id::text, created_at);
    END;
COMMENT ON FUNCTION rowkit.row_as_of(regclass, uuid, timestamptz) IS
'row_as_of for a uuid key. '
'table_name is the audited table. record_id is the primary key of the row, a uuid. created_at is the moment.';

CREATE FUNCTION rowkit.row_as_of(table_name regclass, record_number bigint, created_at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.row_as_of(table_name, record_number::text, created_at);
    END;
COMMENT ON FUNCTION rowkit.row_as_of(regclass, bigint, timestamptz) IS
'row_as_of for a bigint key. '
'table_name is the audited table. record_number is the primary key of the row, a bigint. created_at is the moment.';
