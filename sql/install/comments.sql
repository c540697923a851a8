-- Comments on the columns of the tables and views that functions of rowkit make while they run. What a script of a blueprint makes has its comments there.

CREATE FUNCTION rowkit_internal._comment_columns(relation regclass, comments jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: COMMENT takes no parameters.
DECLARE
    commented record;
BEGIN
    FOR commented IN
        SELECT attribute.attname, coalesce(comments ->> attribute.attname, comments ->> '*') AS comment
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = relation AND attribute.attnum > 0 AND NOT attribute.attisdropped AND col_description(relation, attribute.attnum) IS NULL
            AND coalesce(comments ->> attribute.attname, comments ->> '*') IS NOT NULL
        ORDER BY attribute.attnum
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', rowkit_internal._quoted_name(relation), commented.attname, commented.comment);
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit_internal._comment_columns(regclass, jsonb) IS
'Gives the columns of a table or view that have no comment the ones in comments, {column: comment}; "*" is for every other column. A comment that is there stays, and a column that is '
'not there is left out. VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._copy_column_comments(source regclass, target regclass) RETURNS void
    LANGUAGE sql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT rowkit_internal._comment_columns(target, jsonb_object_agg(attribute.attname, described.text))
        FROM pg_attribute AS attribute
        -- disable_soft_delete() knows its own columns by that mark, on the table alone.
        CROSS JOIN LATERAL (SELECT nullif(regexp_replace(col_description(source, attribute.attnum), ' ?Made by rowkit[.]enable_soft_delete[.]$', ''), '') AS text) AS described
        WHERE attribute.attrelid = source AND attribute.attnum > 0 AND NOT attribute.attisdropped AND described.text IS NOT NULL
    $$;
COMMENT ON FUNCTION rowkit_internal._copy_column_comments(regclass, regclass) IS
'Gives the columns of a view that have no comment those of the columns of the same names in its table. VOLATILE. Internal.';

CREATE FUNCTION rowkit_internal._own_comments(table_name text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT jsonb_object_agg(known.column_name, known.comment)
        FROM (VALUES
            ('deletions', 'id', 'Primary key, a version 7 UUID: the deletion_id of the rows that it took.'),
            ('deletions', 'table_name', 'The table that the delete began at, without its schema.'),
            ('deletions', 'record_keys', 'The primary keys of the rows that the delete named: [{column: value}].'),
            ('deletions', 'deleted_by', 'The user who deleted, by the claims or as the backend said; NULL for a service without claims.'),
            ('deletions', 'reason', 'Why, as the caller of soft_delete() wrote; NULL without a reason.'),
            ('deletions', 'counts', 'How many rows it took from each table: {table: rows}.'),
            ('deletions', 'is_on_hold', 'Whether the deletion is on hold: its rows are kept from every purge, DELETE and TRUNCATE. Set by hold_deletion().'),
            ('deletions', 'deleted_at', 'When it was done.'),
            ('deletions', 'restored_at', 'When restore_deleted() brought all of it back; NULL until then.'),
            ('deletions', 'purged_at', 'When the last of its rows was removed for good; NULL until then.'),
            ('deletions', 'purged_rows', 'How many of its rows were removed for good so far.'),
            ('deletion_references', 'id', 'Primary key, a random UUID; rows are found by deletion_id.'),
            ('deletion_references', 'deletion_id', 'The deletion that the references gave way to: references deletions.'),
            ('deletion_references', 'table_name', 'The table whose rows held the references, by name.'),
            ('deletion_references', 'foreign_key', 'The name of the foreign key ON DELETE SET NULL or SET DEFAULT.'),
            ('deletion_references', 'record_key', 'The rows: their primary keys, or where the table has none all their columns.'),
            ('deletion_references', 'held', 'What the columns of the foreign key held before; a restore writes it back.'),
            ('deletion_references', 'left_as', 'What they were left with; a restore leaves alone what was changed since.'),
            ('usage_slots', 'counter', 'The counter: its table and column, as schema.table.column.'),
            ('usage_slots', 'owner_key', 'The primary key of the row that is counted for, as text.'),
            ('usage_slots', 'slot', 'The number of the slot, so that writers who use different ones do not wait for each other.'),
            ('usage_slots', 'used', 'What was counted in this slot and is not in the counter''s column yet.'),
            ('usage_slots', 'room', 'How much more this slot may count; NULL without a limit.'),
            ('usage_slots', 'capacity', 'The limit that the room of all slots was shared out of; NULL without a limit.'),
            ('audit_logs', 'id', 'The event''s UUID, the primary key together with created_at.'),
            ('audit_logs', 'user_id', 'The user who did it, by the claims; NULL for a service without claims. No foreign key: the log outlives users.'),
            ('audit_logs', 'action', 'INSERT, UPDATE, DELETE, TRUNCATE, SOFT_DELETE or RESTORE; of the log itself ENABLE, DISABLE, COLUMNS, RENAME or PURGE.'),
            ('audit_logs', 'table_name', 'The table that was changed; with its schema where that is not the log''s own.'),
            ('audit_logs', 'record_id', 'The primary key of the row as text, before the change; NULL for events of many rows.'),
            ('audit_logs', 'new_record_id', 'The primary key afterwards, where an UPDATE changed it; NULL otherwise.'),
            ('audit_logs', 'record_ids', 'The primary keys of the rows of a soft delete or its restore; NULL for other events.'),
            ('audit_logs', 'row_count', 'How many rows the event is about.'),
            ('audit_logs', 'old_data', 'The row before a DELETE, or the changed columns before an UPDATE: {column: value}. NULL for an INSERT.'),
            ('audit_logs', 'new_data', 'The row after an INSERT, or the changed columns after an UPDATE: {column: value}. NULL for a DELETE.'),
            ('audit_logs', 'deletion_id', 'The soft delete that the event is a part of: id in deletions. NULL for other events.'),
            ('audit_logs', 'ip_address', 'The client''s address, behind trusted proxies the one that they forward; NULL when unknown.'),
            ('audit_logs', 'database_role', 'The database role that did it, as SET ROLE chose it.'),
            ('audit_logs', 'transaction', 'The UUID of the transaction, the same after a dump or failover; undo_transaction() takes it.'),
            ('audit_logs', 'transaction_id', 'The number that the cluster gave the transaction.'),
            ('audit_logs', 'statement', 'The number of the statement within its transaction: a statement that a trigger ran may write its events first.'),
            ('audit_logs', 'created_at', 'When it happened. Says which part, of a month, holds the event.'),
            ('credit_accounts', 'account_id', 'Primary key: the row whose credits these are.'),
            ('credit_accounts', 'balance', 'How many credits all its grants still hold. The functions of credits keep it; credit_balance() counts what ended since.'),
            ('credit_accounts', 'time_zone', 'The time zone by which its days, weeks and months begin; UTC by default.'),
            ('credit_grants', 'id', 'Primary key, a version 7 UUID that grant_credits() makes.'),
            ('credit_grants', 'account_id', 'The account that has the credits: references credit_accounts.'),
            ('credit_grants', 'amount', 'How many credits were given; with a period, in each of them.'),
            ('credit_grants', 'remaining', 'How many of them are left.'),
            ('credit_grants', 'priority', 'The order in which grants are spent, the lowest first; among equals what ends soonest.'),
            ('credit_grants', 'expires_at', 'When the grant ends; NULL means that it never ends.'),
            ('credit_grants', 'period', 'day, week or month: how often the amount is given anew. NULL for once.'),
            ('credit_grants', 'period_key', 'The first day of the period that remaining is of; NULL without a period.'),
            ('credit_grants', 'source', 'Where the credits come from, such as plan or purchase; NULL when nobody said.'),
            ('credit_grants', 'created_at', 'When the credits were given.'),
            ('credit_operations', 'id', 'Primary key, a version 7 UUID: the operation_id of the answer.'),
            ('credit_operations', 'account_id', 'The account: references credit_accounts.'),
            ('credit_operations', 'kind', 'What was done: grant, consume, reserve, settle, release or refund.'),
            ('credit_operations', 'amount', 'How many credits it was about. Of a settle it is what came back.'),
            ('credit_operations', 'action', 'What for, as the caller wrote, such as email_reveal; NULL for grants.'),
            ('credit_operations', 'idempotency_key', 'The caller''s key: the same key again returns the same answer. NULL without one.'),
            ('credit_operations', 'request', 'The arguments: the same key with other arguments is refused.'),
            ('credit_operations', 'answer', 'What the function returned, for the same key again.'),
            ('credit_operations', 'status', 'Of a reserve: held, then settled, released or expired. NULL for the others.'),
            ('credit_operations', 'expires_at', 'When a reservation lapses by itself; NULL for the others.'),
            ('credit_operations', 'original_operation_id', 'The operation that is settled, released or refunded: references credit_operations. NULL for the others.'),
            ('credit_operations', 'created_at', 'When it was done.'),
            ('credit_entries', 'id', 'Primary key: a number that rises with each entry.'),
            ('credit_entries', 'account_id', 'The account: references credit_accounts.'),
            ('credit_entries', 'operation_id', 'The operation that moved the credits: references credit_operations. NULL for what ended or began anew by the clock.'),
            ('credit_entries', 'grant_id', 'The grant that the credits came to or left: references credit_grants.'),
            ('credit_entries', 'period_key', 'The period of the grant at that time; NULL without a period.'),
            ('credit_entries', 'kind', 'Why: the kind of the operation, lapse for credits that ended, or renew for those of a new period.'),
            ('credit_entries', 'amount', 'How many credits came, or, when negative, left; never 0.'),
            ('credit_entries', 'created_at', 'When the entry was written.'),
            ('api_tokens', 'id', 'Primary key: a version 7 UUID, made by the default when left out.'),
            ('api_tokens', 'account_id', 'The account (tenant) of the token; references accounts where the schema has that table.'),
            ('api_tokens', 'user_id', 'The user whose token it is; references users where the schema has that table. NULL for one of the account itself.'),
            ('api_tokens', 'name', 'What the token is for, as people read it.'),
            ('api_tokens', 'key_id', 'The part of the token by which it is found; no secret.'),
            ('api_tokens', 'token_hash', 'SHA-256 of the token, which itself is nowhere.'),
            ('api_tokens', 'scopes', 'What the token may do: an array of names, ["read:datasets"]. token_scopes bounds it when it is used.'),
            ('api_tokens', 'expires_at', 'When the token ends; NULL means that it never ends.'),
            ('api_tokens', 'last_used_at', 'When the token was last used, at most a minute late; NULL for never. validate_api_token() writes it.'),
            ('api_tokens', 'last_used_ip', 'The address of that use; NULL when unknown.'),
            ('api_tokens', 'last_used_user_agent', 'The user agent of that use; NULL when unknown.'),
            ('api_tokens', 'is_active', 'Whether the token works; false once it is revoked.'),
            ('api_tokens', 'revoked_at', 'When the token was revoked; NULL when it was not.'),
            ('api_tokens', 'rotated_from_id', 'The token that it replaces: references api_tokens. NULL for none.'),
            ('api_tokens', 'created_at', 'When the row was inserted; now() by default.'),
            ('api_tokens', 'updated_at', 'When the row was last changed; the functions of tokens set it.'),
            ('token_scopes', 'role', 'A role of members, as the membership has it.'),
            ('token_scopes', 'scope', 'What tokens of members with that role may do at most, such as read:* or datasets:read.'),
            ('invitations', 'id', 'Primary key: a version 7 UUID, made by the default when left out.'),
            ('invitations', 'account_id', 'The account (tenant) that is joined; references accounts where the schema has that table.'),
            ('invitations', 'email', 'The address that is invited; only who has it in the claims can accept.'),
            ('invitations', 'role', 'The role that the new member gets.'),
            ('invitations', 'token_hash', 'SHA-256 of the token that was sent; the token itself is nowhere.'),
            ('invitations', 'invited_by', 'The user who invited; NULL for a service.'),
            ('invitations', 'expires_at', 'When the invitation ends; NULL means that it never ends.'),
            ('invitations', 'accepted_at', 'When the invitation was accepted, which happens once; NULL until then.'),
            ('invitations', 'accepted_by', 'The user who accepted; NULL until then.'),
            ('invitations', 'created_at', 'When the row was inserted; now() by default.'),
            ('invitations', 'updated_at', 'When the row was last changed; the functions of invitations set it.'),
            ('login_failures', 'login_hash', 'Primary key: SHA-256 of the name that was tried, which itself is nowhere.'),
            ('login_failures', 'failed_login_attempts', 'How many logins with that name failed; count_login_attempt() counts.'),
            ('login_failures', 'last_failed_login_at', 'When a login with that name last failed.'),
            ('login_failures', 'locked_until', 'No login with that name before this moment; NULL when it is not locked.')
        ) AS known(table_name, column_name, comment)
        WHERE known.table_name = _own_comments.table_name
    $$;
COMMENT ON FUNCTION rowkit_internal._own_comments(text) IS
'Returns the comments on the columns of a table that rowkit makes, {column: comment}; table_name is what rowkit calls it. NULL for any other. IMMUTABLE. Internal.';
