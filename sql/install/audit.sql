-- Audit: src/audit/ writes and reads the log, this file names; audit_setup.sql makes the log and the triggers.

CREATE FUNCTION rowkit.log_audit_trail() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'log_audit_trail_wrapper';
COMMENT ON FUNCTION rowkit.log_audit_trail() IS
'Trigger, AFTER INSERT, UPDATE, DELETE FOR EACH STATEMENT (transition tables old_rows, new_rows) and AFTER TRUNCATE, or AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW: '
'writes an event a changed row to the log, with its owner''s rights. log_audit_trail([option=value…]): log=table, mode=diff|full, ignore=column (again for each; by '
'default updated_at and updated_by; empty for none), redact=column or column.key, tenant=column of the log, tenant_from=column. A failure fails the write. 42704 without the '
'log or a primary key, 42501 when the table''s owner may not insert into the log.';

CREATE FUNCTION rowkit.set_row_actor() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'set_row_actor_wrapper';
COMMENT ON FUNCTION rowkit.set_row_actor() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: set_row_actor([created_by, updated_by]) fills both columns (uuid) with current_user_id() in a new row, and the second when a row '
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

CREATE FUNCTION rowkit_internal._record_as_of(table_name regclass, record_key text, at bigint) RETURNS text
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'record_as_of_wrapper';
COMMENT ON FUNCTION rowkit_internal._record_as_of(regclass, text, bigint) IS 'record_as_of with microseconds since 1970. Internal.';

CREATE FUNCTION rowkit_internal._note_audit(table_name regclass, action text) RETURNS boolean
    LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME', 'note_audit_wrapper';
COMMENT ON FUNCTION rowkit_internal._note_audit(regclass, text) IS 'Writes to the log of the caller''s table that its audit begins (ENABLE) or ends (DISABLE). Internal.';

CREATE FUNCTION rowkit_internal._acting_role() RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'acting_role_wrapper';
COMMENT ON FUNCTION rowkit_internal._acting_role() IS 'The role that SET ROLE chose, else the one of the login, whatever a function''s owner is. Internal.';

CREATE FUNCTION rowkit_internal._undo_transaction(transaction_id bigint, log regclass) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'undo_transaction_wrapper';
COMMENT ON FUNCTION rowkit_internal._undo_transaction(bigint, regclass) IS 'undo_transaction. Internal.';

CREATE FUNCTION rowkit.undo_transaction(transaction_id bigint, log regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT CASE WHEN transaction_id IS NOT NULL THEN rowkit_internal._undo_transaction(transaction_id, log) END;
    END;
COMMENT ON FUNCTION rowkit.undo_transaction(bigint, regclass) IS
'Takes back every logged change of a transaction, the last first, with the caller''s rights; how many rows. All or nothing: 55000 when a row holds something else by now (which ones '
'in DETAIL as JSON), and for what the log does not hold: TRUNCATE, redacted values; soft deletes have restore_deleted. 42501 for who does not see all of its events, '
'42704 for a transaction that is not in the log. The log is audit_logs on the search_path unless named. VOLATILE.';

CREATE FUNCTION rowkit.record_history(table_name regclass, record_key text) RETURNS TABLE(
    at timestamptz, user_id uuid, action text, row_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT event.created_at, event.user_id, event.action, COALESCE(event.new_record_id, event.record_id, $2), event.old_data, event.new_data, event.transaction_id, '
        'event.ip_address, event.database_role FROM unnest($1) WITH ORDINALITY AS trail(id, place) JOIN %s AS event ON event.id = trail.id ORDER BY trail.place',
        rowkit_internal._audit_log(table_name)) USING rowkit_internal._audit_trail(table_name, record_key), record_key;
END
$$;
COMMENT ON FUNCTION rowkit.record_history(regclass, text) IS
'The events of the row that has this key, or had it last, the oldest first, across changes of its key: action is INSERT, UPDATE, DELETE, SOFT_DELETE, RESTORE or TRUNCATE; row_key the '
'key after it; in an UPDATE old_data and new_data hold the changed columns (all with mode full). With the caller''s rights on the log. A composite key is a JSON object. STABLE.';

CREATE FUNCTION rowkit.record_history(table_name regclass, record_id uuid) RETURNS TABLE(
    at timestamptz, user_id uuid, action text, row_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT history.* FROM rowkit.record_history(table_name, record_id::text) AS history;
    END;
COMMENT ON FUNCTION rowkit.record_history(regclass, uuid) IS 'record_history for a uuid key.';

CREATE FUNCTION rowkit.record_history(table_name regclass, record_number bigint) RETURNS TABLE(
    at timestamptz, user_id uuid, action text, row_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT history.* FROM rowkit.record_history(table_name, record_number::text) AS history;
    END;
COMMENT ON FUNCTION rowkit.record_history(regclass, bigint) IS 'record_history for a bigint key.';

CREATE FUNCTION rowkit.record_as_of(table_name regclass, record_key text, at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT CASE WHEN at IS NOT NULL THEN rowkit_internal._record_as_of(
            table_name, record_key,
            round(extract(epoch FROM greatest(least(at, '9999-12-31 00:00:00+00'::timestamptz), '1970-01-01 00:00:00+00'::timestamptz)) * 1000000)::bigint)::jsonb END;
    END;
COMMENT ON FUNCTION rowkit.record_as_of(regclass, text, timestamptz) IS
'A row as it was at a moment, followed across changes of its key; NULL when it was not there. Changes count from the moment of their statement. Redacted values are covered and '
'ignored columns left out. With the caller''s rights on table and log. 55000 when the log does not say: before audit began, while it was off, or purged. STABLE.';

CREATE FUNCTION rowkit.record_as_of(table_name regclass, record_id uuid, at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.record_as_of(table_name, record_id::text, at);
    END;
COMMENT ON FUNCTION rowkit.record_as_of(regclass, uuid, timestamptz) IS 'record_as_of for a uuid key.';

CREATE FUNCTION rowkit.record_as_of(table_name regclass, record_number bigint, at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.record_as_of(table_name, record_number::text, at);
    END;
COMMENT ON FUNCTION rowkit.record_as_of(regclass, bigint, timestamptz) IS 'record_as_of for a bigint key.';
