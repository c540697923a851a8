-- Soft delete: SQL declarations of the functions in src/rows/lifecycle/. lifecycle_setup.sql has the DDL, lifecycle_purge.sql the purge.

CREATE FUNCTION rowkit.guard_soft_delete() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_soft_delete_wrapper';
COMMENT ON FUNCTION rowkit.guard_soft_delete() IS
'Trigger, AFTER INSERT OR UPDATE FOR EACH ROW and, of a partitioned table, BEFORE UPDATE, made by enable_soft_delete: refuses a live row whose foreign key refers to a soft-deleted '
'parent (23503), and deleted_at or deletion_id written by anybody but rowkit (55000; a deleted row may change its partition). Holds each parent as a foreign key does, FOR KEY '
'SHARE, so that no concurrent delete of the parent is missed. The argument ''retention_days=30'' is what set_deleted_retention says.';

-- What waits for COMMIT is checked by a deferred constraint trigger, which the server fires where code of table owners may still run. A row that is put in here and removed at once
-- queues it. The table is unlogged: it never holds a row for longer.
CREATE FUNCTION rowkit_internal._check_at_commit() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'check_at_commit_wrapper';
REVOKE EXECUTE ON FUNCTION rowkit_internal._check_at_commit() FROM PUBLIC;
COMMENT ON FUNCTION rowkit_internal._check_at_commit() IS
'Trigger, AFTER INSERT FOR EACH ROW, deferred, on checks_at_commit: refuses a transaction that leaves live rows which refer to deleted ones (23503). Internal.';
CREATE UNLOGGED TABLE rowkit_internal.checks_at_commit ();
COMMENT ON TABLE rowkit_internal.checks_at_commit IS 'Always empty: rowkit puts a row in and removes it, so that the server fires check_at_commit before COMMIT. Internal.';
CREATE CONSTRAINT TRIGGER check_at_commit AFTER INSERT ON rowkit_internal.checks_at_commit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rowkit_internal._check_at_commit();
ALTER TABLE rowkit_internal.checks_at_commit ENABLE ALWAYS TRIGGER check_at_commit;

CREATE FUNCTION rowkit._is_own_mark(old_deletion uuid, new_deletion uuid) RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL SAFE COST 1
    AS 'MODULE_PATHNAME', 'is_own_mark_wrapper';
COMMENT ON FUNCTION rowkit._is_own_mark(uuid, uuid) IS
'Whether rowkit is just now changing the marks of one of these deletions: the guard need not be called then. Internal.';

CREATE FUNCTION rowkit_internal._retention_days(table_name regclass) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT least(substring(encode(guard.tgargs, 'escape') FROM '^retention_days=([0-9]{1,10})')::bigint, 2147483647)::integer
        FROM pg_trigger AS guard
        WHERE guard.tgrelid = table_name AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure AND guard.tgnargs = 1
    $$;
COMMENT ON FUNCTION rowkit_internal._retention_days(regclass) IS 'What set_deleted_retention says of the table, or NULL. Internal.';

CREATE FUNCTION rowkit_internal._soft_delete(table_name regclass, record_keys text[], deleted_by uuid, reason text, on_unsupported text)
    RETURNS TABLE(table_name text, rows bigint, roots bigint)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'soft_delete_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._soft_delete(regclass, text[], uuid, text, text) IS
'Deletes the rows with those keys: rows a table, the root''s first, and how many of record_keys were deleted. Internal.';

CREATE FUNCTION rowkit_internal._preview_delete(table_name regclass, record_keys text[])
    RETURNS TABLE(table_name text, effect text, rows bigint, record_keys text[])
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'preview_delete_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._preview_delete(regclass, text[]) IS 'What deleting the rows with those keys would do. Internal.';

CREATE FUNCTION rowkit_internal._restore(table_name regclass, record_keys text[], on_conflict text) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'restore_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._restore(regclass, text[], text) IS 'Restores the deletions of the rows with those keys; how many of record_keys came back. Internal.';

CREATE FUNCTION rowkit_internal._erase(table_name regclass, record_keys text[]) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'erase_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._erase(regclass, text[]) IS 'Removes deleted rows with those keys, and what is below them; how many of record_keys. Internal.';

CREATE FUNCTION rowkit_internal._hold(table_name regclass, record_keys text[], hold boolean) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'hold_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._hold(regclass, text[], boolean) IS 'Sets is_on_hold of the deletions of the rows with those keys; of how many. Internal.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, on_unsupported text DEFAULT 'refuse'
) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN EXISTS (SELECT FROM rowkit_internal._soft_delete(table_name, ARRAY[record_id::text], deleted_by, reason, on_unsupported));
COMMENT ON FUNCTION rowkit.soft_delete(regclass, uuid, uuid, text, text) IS
'Marks a live row as deleted, and with it, as one deletion, all live rows that its foreign keys ON DELETE CASCADE would take; references '
'ON DELETE SET NULL or SET DEFAULT give way and are remembered. true when the row was live; false, and nothing counted, when it is not '
'there or deleted already. 23503 with all blockers in DETAIL when a live row refers to one of them by another foreign key, or '
'when a table that would cascade has no soft delete and on_unsupported is not ''leave''. deleted_by is who the claims say; another, named with '
'claims at hand, is 42501, as for create_api_token. Takes for the '
'row itself the UPDATE privilege on the table or on deleted_at, deleted_by and deletion_id (42501) and what row security asks of an UPDATE and of a DELETE, no DELETE privilege; cascades as its table''s owner, like '
'a foreign key. VOLATILE. '
'table_name is the table. record_id is the primary key of the row, a uuid. reason is a text that deletions keeps.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_ids uuid[], deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, on_unsupported text DEFAULT 'refuse'
) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN (SELECT coalesce(max(deleted.roots), 0) FROM rowkit_internal._soft_delete(table_name, coalesce(record_ids::text[], '{}'), deleted_by, reason, on_unsupported) AS deleted);
COMMENT ON FUNCTION rowkit.soft_delete(regclass, uuid[], uuid, text, text) IS
'Deletes many rows as one deletion, all or none; how many of them were live. VOLATILE. '
'table_name is the table. record_ids are the primary keys of the rows, uuids. deleted_by is the user who deletes, by default the user of the claims. reason '
'is a text that deletions keeps. on_unsupported says what becomes of rows below in tables without soft delete: refuse, the default, or leave.';

CREATE FUNCTION rowkit.soft_delete_with_counts(
    table_name regclass, record_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, on_unsupported text DEFAULT 'refuse'
) RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN (
        SELECT coalesce(jsonb_object_agg(deleted.table_name, deleted.rows), '{}')
        FROM rowkit_internal._soft_delete(soft_delete_with_counts.table_name, ARRAY[record_id::text], deleted_by, reason, on_unsupported) AS deleted
    );
COMMENT ON FUNCTION rowkit.soft_delete_with_counts(regclass, uuid, uuid, text, text) IS
'soft_delete that tells how many rows of each table it took: {"projects": 1, "datasets": 20}; {} when the row is not there or deleted already. VOLATILE. '
'table_name is the table. record_id is the primary key of the row, a uuid. deleted_by is the user who deletes, by default the user of the claims. reason is '
'a text that deletions keeps. on_unsupported says what becomes of rows below in tables without soft delete: refuse, the default, or leave.';

CREATE FUNCTION rowkit.preview_delete(table_name regclass, record_id uuid) RETURNS TABLE(table_name text, effect text, rows bigint, record_keys text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT told.table_name, told.effect, told.rows, told.record_keys FROM rowkit_internal._preview_delete(preview_delete.table_name, ARRAY[record_id::text]) AS told;
    END;
COMMENT ON FUNCTION rowkit.preview_delete(regclass, uuid) IS
'Returns what soft_delete would do now, and does none of it: for each table the effect (delete, set null, set default, refuse; for references between records of custom tables '
'also clear reference) and how many rows; for refuse, record_keys lists the first rows that prevent the delete. Returns no row if there is no such live row. STABLE, changes and locks nothing. '
'table_name is the table. record_id is the primary key of the row, a uuid. table_name is the table whose rows would change. record_keys are the keys of the '
'first rows that prevent the delete, if effect is refuse.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_id uuid, on_conflict text DEFAULT 'refuse') RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, ARRAY[record_id::text], on_conflict) > 0;
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, uuid, text) IS
'Brings back exactly what the row''s deletion took. Refused (55000) while a parent of the row is deleted; rows that are below parents of '
'another deletion go over to that one. References that gave way hold their rows again where nobody changed them since. Unique '
'values taken meanwhile: on_conflict refuse (23505, all of them in DETAIL), skip (those rows stay deleted; 23505 when the named row is one of '
'them or is below one) or rename (a number is put behind texts; 23505 where that helps nothing). false when '
'the row is not there, not deleted, or not the caller''s to delete: it takes the rights of soft_delete. Refused (42501), and nothing restored, when the deletion also took a row that the '
'caller may not delete and that hangs below none of its rows which the caller may: a service deleted rows of several tenants at once, or the row''s parent is another by now. VOLATILE. '
'table_name is the table. record_id is the primary key of the row, a uuid.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_ids uuid[], on_conflict text DEFAULT 'refuse') RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, coalesce(record_ids::text[], '{}'), on_conflict);
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, uuid[], text) IS
'Restores the deletions of many rows, all or none, but for those that skip leaves out; how many of the named rows came back. 23505 when skip would leave out '
'all of them. VOLATILE. '
'table_name is the table. record_ids are the primary keys of the rows, uuids. on_conflict says what becomes of rows whose unique values were taken: refuse, '
'the default, skip or rename.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, ARRAY[record_id::text], rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, ARRAY[record_id::text]) > 0;
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, uuid) IS
'Removes a row for good, and the deleted rows below it; a live row is soft-deleted first, under its rules. 55000 when one of them is on hold, '
'23503 when another row refers to it. Takes the DELETE privilege and the rights of soft_delete. false when the row is not there or not the caller''s. VOLATILE. '
'table_name is the table. record_id is the primary key of the row, a uuid.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_ids uuid[]) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, coalesce(record_ids::text[], '{}'), rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, coalesce(record_ids::text[], '{}'));
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, uuid[]) IS
'permanent_delete for many rows, all or none; how many. VOLATILE. '
'table_name is the table. record_ids are the primary keys of the rows, uuids.';

CREATE FUNCTION rowkit.hold_deletion(table_name regclass, record_id uuid, hold boolean DEFAULT true) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._hold(table_name, ARRAY[record_id::text], hold) > 0;
COMMENT ON FUNCTION rowkit.hold_deletion(regclass, uuid, boolean) IS
'Puts the deletion of a row on hold, or ends that: what is on hold is neither purged nor erased, but can be restored. Takes the rights of '
'soft_delete on all rows of the deletion as restore_deleted does, and SELECT (id) and UPDATE (is_on_hold) on deletions, by grants and policies (42501; also where the deletion began with a table of another owner, who can hold it). false when the row is not deleted or not the caller''s. VOLATILE. '
'table_name is the table. record_id is the primary key of the row, a uuid.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_number bigint, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, on_unsupported text DEFAULT 'refuse'
) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN EXISTS (SELECT FROM rowkit_internal._soft_delete(table_name, ARRAY[record_number::text], deleted_by, reason, on_unsupported));
COMMENT ON FUNCTION rowkit.soft_delete(regclass, bigint, uuid, text, text) IS
'As soft_delete with a uuid, for a single bigint key. '
'table_name is the table. record_number is the primary key of the row, a bigint. deleted_by is the user who deletes, by default the user of the claims. '
'reason is a text that deletions keeps. on_unsupported says what becomes of rows below in tables without soft delete: refuse, the default, or leave.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_numbers bigint[], deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, on_unsupported text DEFAULT 'refuse'
) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN (SELECT coalesce(max(deleted.roots), 0) FROM rowkit_internal._soft_delete(table_name, coalesce(record_numbers::text[], '{}'), deleted_by, reason, on_unsupported) AS deleted);
COMMENT ON FUNCTION rowkit.soft_delete(regclass, bigint[], uuid, text, text) IS
'soft_delete for one row with a bigint key; otherwise as with an array of uuids. '
'table_name is the table. record_numbers are the primary keys of the rows, bigints. deleted_by is the user who deletes, by default the user of the claims. '
'reason is a text that deletions keeps. on_unsupported says what becomes of rows below in tables without soft delete: refuse, the default, or leave.';

CREATE FUNCTION rowkit.soft_delete_with_counts(
    table_name regclass, record_number bigint, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, on_unsupported text DEFAULT 'refuse'
) RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN (
        SELECT coalesce(jsonb_object_agg(deleted.table_name, deleted.rows), '{}')
        FROM rowkit_internal._soft_delete(soft_delete_with_counts.table_name, ARRAY[record_number::text], deleted_by, reason, on_unsupported) AS deleted
    );
COMMENT ON FUNCTION rowkit.soft_delete_with_counts(regclass, bigint, uuid, text, text) IS
'As soft_delete_with_counts with a uuid, for a single bigint key. '
'table_name is the table. record_number is the primary key of the row, a bigint. deleted_by is the user who deletes, by default the user of the claims. '
'reason is a text that deletions keeps. on_unsupported says what becomes of rows below in tables without soft delete: refuse, the default, or leave.';

CREATE FUNCTION rowkit.preview_delete(table_name regclass, record_number bigint) RETURNS TABLE(table_name text, effect text, rows bigint, record_keys text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT told.table_name, told.effect, told.rows, told.record_keys FROM rowkit_internal._preview_delete(preview_delete.table_name, ARRAY[record_number::text]) AS told;
    END;
COMMENT ON FUNCTION rowkit.preview_delete(regclass, bigint) IS
'As preview_delete with a uuid, for a single bigint key. '
'table_name is the table. record_number is the primary key of the row, a bigint. table_name is the table whose rows would change. effect is what would '
'become of them. rows is how many. record_keys are the keys of the first rows that prevent the delete, if effect is refuse.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_number bigint, on_conflict text DEFAULT 'refuse') RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, ARRAY[record_number::text], on_conflict) > 0;
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, bigint, text) IS
'As restore_deleted with a uuid, for a single bigint key. '
'table_name is the table. record_number is the primary key of the row, a bigint. on_conflict says what becomes of rows whose unique values were taken: '
'refuse, the default, skip or rename.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_numbers bigint[], on_conflict text DEFAULT 'refuse') RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, coalesce(record_numbers::text[], '{}'), on_conflict);
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, bigint[], text) IS
'restore_deleted for one row with a bigint key; otherwise as with an array of uuids. '
'table_name is the table. record_numbers are the primary keys of the rows, bigints. on_conflict says what becomes of rows whose unique values were taken: '
'refuse, the default, skip or rename.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_number bigint) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, ARRAY[record_number::text], rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, ARRAY[record_number::text]) > 0;
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, bigint) IS
'As permanent_delete with a uuid, for a single bigint key. '
'table_name is the table. record_number is the primary key of the row, a bigint.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_numbers bigint[]) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, coalesce(record_numbers::text[], '{}'), rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, coalesce(record_numbers::text[], '{}'));
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, bigint[]) IS
'permanent_delete for one row with a bigint key; otherwise as with an array of uuids. '
'table_name is the table. record_numbers are the primary keys of the rows, bigints.';

CREATE FUNCTION rowkit.hold_deletion(table_name regclass, record_number bigint, hold boolean DEFAULT true) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._hold(table_name, ARRAY[record_number::text], hold) > 0;
COMMENT ON FUNCTION rowkit.hold_deletion(regclass, bigint, boolean) IS
'As hold_deletion with a uuid, for a single bigint key. '
'table_name is the table. record_number is the primary key of the row, a bigint. hold is true to put the deletion on hold, false to end that.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_key text, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, on_unsupported text DEFAULT 'refuse'
) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN EXISTS (SELECT FROM rowkit_internal._soft_delete(table_name, ARRAY[record_key], deleted_by, reason, on_unsupported));
COMMENT ON FUNCTION rowkit.soft_delete(regclass, text, uuid, text, text) IS
'As soft_delete with a uuid, for any key in its text form, a composite one as a JSON object. '
'table_name is the table. record_key is the primary key of the row as text, a composite one as a JSON object. deleted_by is the user who deletes, by default '
'the user of the claims. reason is a text that deletions keeps. on_unsupported says what becomes of rows below in tables without soft delete: refuse, '
'the default, or leave.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_keys text[], deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, on_unsupported text DEFAULT 'refuse'
) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN (SELECT coalesce(max(deleted.roots), 0) FROM rowkit_internal._soft_delete(table_name, coalesce(record_keys, '{}'), deleted_by, reason, on_unsupported) AS deleted);
COMMENT ON FUNCTION rowkit.soft_delete(regclass, text[], uuid, text, text) IS
'soft_delete for one row with any key in its text form, a composite one as a JSON object; otherwise as with an array of uuids. '
'table_name is the table. record_keys are the primary keys of the rows as text, composite ones as JSON objects. deleted_by is the user who deletes, by '
'default the user of the claims. reason is a text that deletions keeps. on_unsupported says what becomes of rows below in tables without soft delete: '
'refuse, the default, or leave.';

CREATE FUNCTION rowkit.soft_delete_with_counts(
    table_name regclass, record_key text, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, on_unsupported text DEFAULT 'refuse'
) RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN (
        SELECT coalesce(jsonb_object_agg(deleted.table_name, deleted.rows), '{}')
        FROM rowkit_internal._soft_delete(soft_delete_with_counts.table_name, ARRAY[record_key], deleted_by, reason, on_unsupported) AS deleted
    );
COMMENT ON FUNCTION rowkit.soft_delete_with_counts(regclass, text, uuid, text, text) IS
'As soft_delete_with_counts with a uuid, for any key in its text form, a composite one as a JSON object. '
'table_name is the table. record_key is the primary key of the row as text, a composite one as a JSON object. deleted_by is the user who deletes, by default '
'the user of the claims. reason is a text that deletions keeps. on_unsupported says what becomes of rows below in tables without soft delete: refuse, '
'the default, or leave.';

CREATE FUNCTION rowkit.preview_delete(table_name regclass, record_key text) RETURNS TABLE(table_name text, effect text, rows bigint, record_keys text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT told.table_name, told.effect, told.rows, told.record_keys FROM rowkit_internal._preview_delete(preview_delete.table_name, ARRAY[record_key]) AS told;
    END;
COMMENT ON FUNCTION rowkit.preview_delete(regclass, text) IS
'As preview_delete with a uuid, for any key in its text form, a composite one as a JSON object. '
'table_name is the table. record_key is the primary key of the row as text, a composite one as a JSON object. table_name is the table whose rows would '
'change. effect is what would become of them. rows is how many. record_keys are the keys of the first rows that prevent the delete, if effect is refuse.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_key text, on_conflict text DEFAULT 'refuse') RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, ARRAY[record_key], on_conflict) > 0;
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, text, text) IS
'As restore_deleted with a uuid, for any key in its text form, a composite one as a JSON object. '
'table_name is the table. record_key is the primary key of the row as text, a composite one as a JSON object. on_conflict says what becomes of rows whose '
'unique values were taken: refuse, the default, skip or rename.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_keys text[], on_conflict text DEFAULT 'refuse') RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, coalesce(record_keys, '{}'), on_conflict);
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, text[], text) IS
'restore_deleted for one row with any key in its text form, a composite one as a JSON object; otherwise as with an array of uuids. '
'table_name is the table. record_keys are the primary keys of the rows as text, composite ones as JSON objects. on_conflict says what becomes of rows whose '
'unique values were taken: refuse, the default, skip or rename.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_key text) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, ARRAY[record_key], rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, ARRAY[record_key]) > 0;
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, text) IS
'As permanent_delete with a uuid, for any key in its text form, a composite one as a JSON object. '
'table_name is the table. record_key is the primary key of the row as text, a composite one as a JSON object.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_keys text[]) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, coalesce(record_keys, '{}'), rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, coalesce(record_keys, '{}'));
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, text[]) IS
'permanent_delete for one row with any key in its text form, a composite one as a JSON object; otherwise as with an array of uuids. '
'table_name is the table. record_keys are the primary keys of the rows as text, composite ones as JSON objects.';

CREATE FUNCTION rowkit.hold_deletion(table_name regclass, record_key text, hold boolean DEFAULT true) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._hold(table_name, ARRAY[record_key], hold) > 0;
COMMENT ON FUNCTION rowkit.hold_deletion(regclass, text, boolean) IS
'As hold_deletion with a uuid, for any key in its text form, a composite one as a JSON object. '
'table_name is the table. record_key is the primary key of the row as text, a composite one as a JSON object. hold is true to put the deletion on hold, '
'false to end that.';

