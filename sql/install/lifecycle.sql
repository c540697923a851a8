-- Lifecycle: src/lifecycle/ deletes and restores, this file names; lifecycle_setup.sql does the DDL, lifecycle_purge.sql what ends it.

CREATE FUNCTION rowkit.guard_soft_delete() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_soft_delete_wrapper';
COMMENT ON FUNCTION rowkit.guard_soft_delete() IS
'Trigger, AFTER INSERT OR UPDATE FOR EACH ROW and, of a partitioned table, BEFORE UPDATE, made by enable_soft_delete: refuses a live row whose foreign key refers to a soft-deleted '
'parent (23503), and deleted_at or deletion_id from other hands than rowkit''s (55000; a deleted row may change its partition). Holds each parent as a foreign key does, FOR KEY '
'SHARE, so that no delete of it passes by. The argument ''retention_days=30'' is what set_retention says.';

CREATE FUNCTION rowkit._is_own_mark(old_deletion uuid, new_deletion uuid) RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL SAFE COST 1
    AS 'MODULE_PATHNAME', 'is_own_mark_wrapper';
COMMENT ON FUNCTION rowkit._is_own_mark(uuid, uuid) IS
'Whether rowkit is just now changing the marks of one of these deletions: the guard need not be called then. Internal.';

CREATE FUNCTION rowkit_internal._retention_days(relation regclass) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT least(substring(encode(guard.tgargs, 'escape') FROM '^retention_days=([0-9]{1,10})')::bigint, 2147483647)::integer
        FROM pg_trigger AS guard
        WHERE guard.tgrelid = relation AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure AND guard.tgnargs = 1
    $$;
COMMENT ON FUNCTION rowkit_internal._retention_days(regclass) IS 'What set_retention says of the table, or NULL. Internal.';

CREATE FUNCTION rowkit_internal._soft_delete(relation regclass, ids text[], deleted_by uuid, reason text, without_soft_delete text)
    RETURNS TABLE(table_name text, rows bigint, roots bigint)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'soft_delete_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._soft_delete(regclass, text[], uuid, text, text) IS
'Deletes the rows with those keys: rows a table, the root''s first, and how many of ids were deleted. Internal.';

CREATE FUNCTION rowkit_internal._explain_delete(relation regclass, ids text[])
    RETURNS TABLE(table_name text, effect text, rows bigint, ids text[])
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'explain_delete_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._explain_delete(regclass, text[]) IS 'What deleting the rows with those keys would do. Internal.';

CREATE FUNCTION rowkit_internal._restore(relation regclass, ids text[], on_conflict text) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'restore_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._restore(regclass, text[], text) IS 'Restores the deletions of the rows with those keys; how many of ids came back. Internal.';

CREATE FUNCTION rowkit_internal._erase(relation regclass, ids text[]) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'erase_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._erase(regclass, text[]) IS 'Removes deleted rows with those keys, and what is below them; how many of ids. Internal.';

CREATE FUNCTION rowkit_internal._hold(relation regclass, ids text[], hold boolean) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'hold_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._hold(regclass, text[], boolean) IS 'Sets hold of the deletions of the rows with those keys; of how many. Internal.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, without_soft_delete text DEFAULT 'refuse'
) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN EXISTS (SELECT FROM rowkit_internal._soft_delete(table_name, ARRAY[record_id::text], deleted_by, reason, without_soft_delete));
COMMENT ON FUNCTION rowkit.soft_delete(regclass, uuid, uuid, text, text) IS
'Marks a live row as deleted, and with it, as one deletion, all live rows that its foreign keys ON DELETE CASCADE would take; references '
'ON DELETE SET NULL or SET DEFAULT give way and are remembered. true when the row was live; false, and nothing counted, when it is not '
'there or deleted already. 23503 with all blockers in DETAIL when a live row refers to one of them by another foreign key, or '
'when a table that would cascade has no soft delete and without_soft_delete is not ''leave''. deleted_by is who the claims say; another, named with '
'claims at hand, is 42501, as for create_api_token. Takes for the '
'row itself the UPDATE privilege on the table or on deleted_at, deleted_by and deletion_id (42501) and what row security asks of an UPDATE and of a DELETE, no DELETE privilege; cascades as its table''s owner, like '
'a foreign key. VOLATILE.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_ids uuid[], deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, without_soft_delete text DEFAULT 'refuse'
) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN (SELECT coalesce(max(deleted.roots), 0) FROM rowkit_internal._soft_delete(table_name, coalesce(record_ids::text[], '{}'), deleted_by, reason, without_soft_delete) AS deleted);
COMMENT ON FUNCTION rowkit.soft_delete(regclass, uuid[], uuid, text, text) IS
'Deletes many rows as one deletion, all or none; how many of them were live. VOLATILE.';

CREATE FUNCTION rowkit.soft_delete_cascade(
    table_name regclass, record_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, without_soft_delete text DEFAULT 'refuse'
) RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN (
        SELECT coalesce(jsonb_object_agg(deleted.table_name, deleted.rows), '{}')
        FROM rowkit_internal._soft_delete(soft_delete_cascade.table_name, ARRAY[record_id::text], deleted_by, reason, without_soft_delete) AS deleted
    );
COMMENT ON FUNCTION rowkit.soft_delete_cascade(regclass, uuid, uuid, text, text) IS
'soft_delete that tells how many rows of each table it took: {"projects": 1, "datasets": 20}; {} when the row is not there or deleted already. VOLATILE.';

CREATE FUNCTION rowkit.explain_delete(table_name regclass, record_id uuid) RETURNS TABLE(affected_table text, effect text, rows bigint, ids text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT told.table_name, told.effect, told.rows, told.ids FROM rowkit_internal._explain_delete(explain_delete.table_name, ARRAY[record_id::text]) AS told;
    END;
COMMENT ON FUNCTION rowkit.explain_delete(regclass, uuid) IS
'What soft_delete would do now, and nothing of it: for each table the effect (delete, set null, set default, refuse) and how many rows; '
'refuse names the first of the rows that stand in the way. No row when there is no such live row. STABLE, changes and locks nothing.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_id uuid, on_conflict text DEFAULT 'error') RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, ARRAY[record_id::text], on_conflict) > 0;
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, uuid, text) IS
'Brings back exactly what the row''s deletion took. Refused (55000) while a parent of the row is deleted; rows that are below parents of '
'another deletion go over to that one. References that gave way hold their rows again where nobody changed them since. Unique '
'values taken meanwhile: on_conflict error (23505, all of them in DETAIL), skip (those rows stay deleted) or rename. false when '
'the row is not there, not deleted, or not the caller''s to delete: it takes the rights of soft_delete. Refused (42501), and nothing restored, when the deletion also took a row that the '
'caller may not delete and that hangs below none of its rows which the caller may: a service deleted rows of several tenants at once, or the row''s parent is another by now. VOLATILE.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_ids uuid[], on_conflict text DEFAULT 'error') RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, coalesce(record_ids::text[], '{}'), on_conflict);
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, uuid[], text) IS
'Restores the deletions of many rows, all or none; how many of the named rows came back. VOLATILE.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, ARRAY[record_id::text], rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, ARRAY[record_id::text]) > 0;
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, uuid) IS
'Removes a row for good, and the deleted rows below it; a live row is soft-deleted first, under its rules. 55000 when one of them is on hold, '
'23503 when another row refers to it. Takes the DELETE privilege and the rights of soft_delete. false when the row is not there or not the caller''s. VOLATILE.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_ids uuid[]) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, coalesce(record_ids::text[], '{}'), rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, coalesce(record_ids::text[], '{}'));
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, uuid[]) IS
'permanent_delete for many rows, all or none; how many. VOLATILE.';

CREATE FUNCTION rowkit.hold_deletion(table_name regclass, record_id uuid, hold boolean DEFAULT true) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._hold(table_name, ARRAY[record_id::text], hold) > 0;
COMMENT ON FUNCTION rowkit.hold_deletion(regclass, uuid, boolean) IS
'Puts the deletion of a row on hold, or ends that: what is on hold is neither purged nor erased, but can be restored. Takes the rights of '
'soft_delete on all rows of the deletion as restore_deleted does (42501), and UPDATE on deletions. false when the row is not deleted or not the caller''s. VOLATILE.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_number bigint, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, without_soft_delete text DEFAULT 'refuse'
) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN EXISTS (SELECT FROM rowkit_internal._soft_delete(table_name, ARRAY[record_number::text], deleted_by, reason, without_soft_delete));
COMMENT ON FUNCTION rowkit.soft_delete(regclass, bigint, uuid, text, text) IS
'As soft_delete with a uuid, for a single bigint key.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_numbers bigint[], deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, without_soft_delete text DEFAULT 'refuse'
) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN (SELECT coalesce(max(deleted.roots), 0) FROM rowkit_internal._soft_delete(table_name, coalesce(record_numbers::text[], '{}'), deleted_by, reason, without_soft_delete) AS deleted);
COMMENT ON FUNCTION rowkit.soft_delete(regclass, bigint[], uuid, text, text) IS
'As soft_delete with arrays with a uuid, for a single bigint key.';

CREATE FUNCTION rowkit.soft_delete_cascade(
    table_name regclass, record_number bigint, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, without_soft_delete text DEFAULT 'refuse'
) RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN (
        SELECT coalesce(jsonb_object_agg(deleted.table_name, deleted.rows), '{}')
        FROM rowkit_internal._soft_delete(soft_delete_cascade.table_name, ARRAY[record_number::text], deleted_by, reason, without_soft_delete) AS deleted
    );
COMMENT ON FUNCTION rowkit.soft_delete_cascade(regclass, bigint, uuid, text, text) IS
'As soft_delete_cascade with a uuid, for a single bigint key.';

CREATE FUNCTION rowkit.explain_delete(table_name regclass, record_number bigint) RETURNS TABLE(affected_table text, effect text, rows bigint, ids text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT told.table_name, told.effect, told.rows, told.ids FROM rowkit_internal._explain_delete(explain_delete.table_name, ARRAY[record_number::text]) AS told;
    END;
COMMENT ON FUNCTION rowkit.explain_delete(regclass, bigint) IS
'As explain_delete with a uuid, for a single bigint key.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_number bigint, on_conflict text DEFAULT 'error') RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, ARRAY[record_number::text], on_conflict) > 0;
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, bigint, text) IS
'As restore_deleted with a uuid, for a single bigint key.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_numbers bigint[], on_conflict text DEFAULT 'error') RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, coalesce(record_numbers::text[], '{}'), on_conflict);
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, bigint[], text) IS
'As restore_deleted with arrays with a uuid, for a single bigint key.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_number bigint) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, ARRAY[record_number::text], rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, ARRAY[record_number::text]) > 0;
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, bigint) IS
'As permanent_delete with a uuid, for a single bigint key.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_numbers bigint[]) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, coalesce(record_numbers::text[], '{}'), rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, coalesce(record_numbers::text[], '{}'));
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, bigint[]) IS
'As permanent_delete with arrays with a uuid, for a single bigint key.';

CREATE FUNCTION rowkit.hold_deletion(table_name regclass, record_number bigint, hold boolean DEFAULT true) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._hold(table_name, ARRAY[record_number::text], hold) > 0;
COMMENT ON FUNCTION rowkit.hold_deletion(regclass, bigint, boolean) IS
'As hold_deletion with a uuid, for a single bigint key.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_key text, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, without_soft_delete text DEFAULT 'refuse'
) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN EXISTS (SELECT FROM rowkit_internal._soft_delete(table_name, ARRAY[record_key], deleted_by, reason, without_soft_delete));
COMMENT ON FUNCTION rowkit.soft_delete(regclass, text, uuid, text, text) IS
'As soft_delete with a uuid, for any key in its text form, a composite one as a JSON object.';

CREATE FUNCTION rowkit.soft_delete(
    table_name regclass, record_keys text[], deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, without_soft_delete text DEFAULT 'refuse'
) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN (SELECT coalesce(max(deleted.roots), 0) FROM rowkit_internal._soft_delete(table_name, coalesce(record_keys, '{}'), deleted_by, reason, without_soft_delete) AS deleted);
COMMENT ON FUNCTION rowkit.soft_delete(regclass, text[], uuid, text, text) IS
'As soft_delete with arrays with a uuid, for any key in its text form, a composite one as a JSON object.';

CREATE FUNCTION rowkit.soft_delete_cascade(
    table_name regclass, record_key text, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL, without_soft_delete text DEFAULT 'refuse'
) RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN (
        SELECT coalesce(jsonb_object_agg(deleted.table_name, deleted.rows), '{}')
        FROM rowkit_internal._soft_delete(soft_delete_cascade.table_name, ARRAY[record_key], deleted_by, reason, without_soft_delete) AS deleted
    );
COMMENT ON FUNCTION rowkit.soft_delete_cascade(regclass, text, uuid, text, text) IS
'As soft_delete_cascade with a uuid, for any key in its text form, a composite one as a JSON object.';

CREATE FUNCTION rowkit.explain_delete(table_name regclass, record_key text) RETURNS TABLE(affected_table text, effect text, rows bigint, ids text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT told.table_name, told.effect, told.rows, told.ids FROM rowkit_internal._explain_delete(explain_delete.table_name, ARRAY[record_key]) AS told;
    END;
COMMENT ON FUNCTION rowkit.explain_delete(regclass, text) IS
'As explain_delete with a uuid, for any key in its text form, a composite one as a JSON object.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_key text, on_conflict text DEFAULT 'error') RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, ARRAY[record_key], on_conflict) > 0;
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, text, text) IS
'As restore_deleted with a uuid, for any key in its text form, a composite one as a JSON object.';

CREATE FUNCTION rowkit.restore_deleted(table_name regclass, record_keys text[], on_conflict text DEFAULT 'error') RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._restore(table_name, coalesce(record_keys, '{}'), on_conflict);
COMMENT ON FUNCTION rowkit.restore_deleted(regclass, text[], text) IS
'As restore_deleted with arrays with a uuid, for any key in its text form, a composite one as a JSON object.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_key text) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, ARRAY[record_key], rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, ARRAY[record_key]) > 0;
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, text) IS
'As permanent_delete with a uuid, for any key in its text form, a composite one as a JSON object.';

CREATE FUNCTION rowkit.permanent_delete(table_name regclass, record_keys text[]) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._soft_delete(table_name, coalesce(record_keys, '{}'), rowkit.current_user_id(), 'permanent_delete', 'refuse');
        SELECT rowkit_internal._erase(table_name, coalesce(record_keys, '{}'));
    END;
COMMENT ON FUNCTION rowkit.permanent_delete(regclass, text[]) IS
'As permanent_delete with arrays with a uuid, for any key in its text form, a composite one as a JSON object.';

CREATE FUNCTION rowkit.hold_deletion(table_name regclass, record_key text, hold boolean DEFAULT true) RETURNS boolean
    LANGUAGE sql VOLATILE
    RETURN rowkit_internal._hold(table_name, ARRAY[record_key], hold) > 0;
COMMENT ON FUNCTION rowkit.hold_deletion(regclass, text, boolean) IS
'As hold_deletion with a uuid, for any key in its text form, a composite one as a JSON object.';

CREATE FUNCTION rowkit.soft_delete_account(account_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id()) RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit.soft_delete_cascade('accounts'::text::regclass, account_id, deleted_by);
COMMENT ON FUNCTION rowkit.soft_delete_account(uuid, uuid) IS
'soft_delete_cascade for the table accounts on the search_path. VOLATILE.';

CREATE FUNCTION rowkit.soft_delete_project(project_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id()) RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit.soft_delete_cascade('projects'::text::regclass, project_id, deleted_by);
COMMENT ON FUNCTION rowkit.soft_delete_project(uuid, uuid) IS
'soft_delete_cascade for the table projects on the search_path. VOLATILE.';

CREATE FUNCTION rowkit.soft_delete_dataset(dataset_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id()) RETURNS jsonb
    LANGUAGE sql VOLATILE
    RETURN rowkit.soft_delete_cascade('datasets'::text::regclass, dataset_id, deleted_by);
COMMENT ON FUNCTION rowkit.soft_delete_dataset(uuid, uuid) IS
'soft_delete_cascade for the table datasets on the search_path. VOLATILE.';
