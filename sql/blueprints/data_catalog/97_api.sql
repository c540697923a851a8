-- What applications call by the document's names, besides the functions of datasets, diagrams and search before. Each works on the tables of this schema,
-- whatever the search_path is, with the caller's rights and row security. A table is named without its schema.

CREATE OR REPLACE FUNCTION @schema@.soft_delete(table_name text, record_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL)
    RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, soft_delete.table_name), soft_delete.record_id,
            soft_delete.deleted_by, soft_delete.reason);
    END;
COMMENT ON FUNCTION @schema@.soft_delete(text, uuid, uuid, text) IS
'Deletes a row softly, with all that is below it.
restore_deleted() brings it back with what was deleted with it. Returns false for a row that is not there, deleted already, or not the caller''s to delete. 42704 for a table that is not there, '
'42501 for another user than the claims'' own. VOLATILE. Example: SELECT soft_delete(''datasets'', record_id => ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row. deleted_by is the user who deletes, by default that of the claims. reason is a text that is kept with the deletion.';

CREATE OR REPLACE FUNCTION @schema@.soft_delete(table_name text, record_ids uuid[], deleted_by uuid DEFAULT rowkit.current_user_id(), reason text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, soft_delete.table_name), soft_delete.record_ids,
            soft_delete.deleted_by, soft_delete.reason);
    END;
COMMENT ON FUNCTION @schema@.soft_delete(text, uuid[], uuid, text) IS
'Deletes rows softly, as one deletion.
Returns how many of them are deleted now. Errors as soft_delete of one row. VOLATILE. Example: SELECT soft_delete(''datasets'', ''{0193…,0194…}''::uuid[]). '
'table_name is a table of this schema. record_ids are the ids of the rows. deleted_by is the user who deletes, by default that of the claims. reason is a text that is kept with the deletion.';

CREATE OR REPLACE FUNCTION @schema@.restore_deleted(table_name text, record_id uuid, on_conflict text DEFAULT 'refuse') RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.restore_deleted(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, restore_deleted.table_name), restore_deleted.record_id,
            restore_deleted.on_conflict);
    END;
COMMENT ON FUNCTION @schema@.restore_deleted(text, uuid, text) IS
'Brings a deleted row back, with what was deleted with it.
Returns false for a row that is not deleted, or not the caller''s. 23505 when a unique value has been taken meanwhile, unless on_conflict is skip or rename; 53400 when a limit would be passed; 42704 for a '
'table that is not there. VOLATILE. Example: SELECT restore_deleted(''datasets'', record_id => ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row. on_conflict is refuse, skip or rename.';

CREATE OR REPLACE FUNCTION @schema@.restore_deleted(table_name text, record_ids uuid[], on_conflict text DEFAULT 'refuse') RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.restore_deleted(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, restore_deleted.table_name), restore_deleted.record_ids,
            restore_deleted.on_conflict);
    END;
COMMENT ON FUNCTION @schema@.restore_deleted(text, uuid[], text) IS
'Brings deleted rows back, with what was deleted with them.
Returns how many came back. Errors as restore_deleted of one row. VOLATILE. Example: SELECT restore_deleted(''datasets'', ''{0193…,0194…}''::uuid[]). '
'table_name is a table of this schema. record_ids are the ids of the rows. on_conflict is refuse, skip or rename.';

CREATE OR REPLACE FUNCTION @schema@.permanent_delete(table_name text, record_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.permanent_delete(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, permanent_delete.table_name), permanent_delete.record_id);
    END;
COMMENT ON FUNCTION @schema@.permanent_delete(text, uuid) IS
'Deletes a row for good, live or deleted softly, with all that is below it.
Nothing brings it back. Returns false for a row that is not there, or not the caller''s to delete. 42704 for a table that is not there. Otherwise as rowkit.permanent_delete(). VOLATILE. '
'Example: SELECT permanent_delete(''datasets'', ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row.';

CREATE OR REPLACE FUNCTION @schema@.cleanup_soft_deleted_records(table_name text, days_old integer DEFAULT 90) RETURNS integer
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.cleanup_soft_deleted_records(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, cleanup_soft_deleted_records.table_name),
            cleanup_soft_deleted_records.days_old);
    END;
COMMENT ON FUNCTION @schema@.cleanup_soft_deleted_records(text, integer) IS
'Removes for good the rows of a table that were deleted softly so many days ago.
Returns how many rows of the table went. For the service or the owner; the job of rowkit.schedule_jobs() does it for all tables. 42704 for a table that is not there. VOLATILE. '
'Example: SELECT cleanup_soft_deleted_records(''datasets'', 30). '
'table_name is a table of this schema. days_old is how many days ago they were deleted at least.';

CREATE OR REPLACE FUNCTION @schema@.soft_delete_account(account_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id()) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete_with_counts(
            $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, soft_delete_account.account_id, soft_delete_account.deleted_by);
    END;
COMMENT ON FUNCTION @schema@.soft_delete_account(uuid, uuid) IS
'Deletes an account softly, with all that it has, and tells how many rows of each table.
Returns {"accounts": 1, "projects": 3, …}; {} for an account that is not there, deleted already, or not the caller''s to delete. restore_deleted(''accounts'', …) brings all back. For owners of the '
'account. VOLATILE. Example: SELECT soft_delete_account(''0193…''). '
'account_id is the account. deleted_by is the user who deletes, by default that of the claims.';

CREATE OR REPLACE FUNCTION @schema@.soft_delete_project(project_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id()) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete_with_counts(
            $rowkit$@schema@.projects$rowkit$::pg_catalog.regclass, soft_delete_project.project_id, soft_delete_project.deleted_by);
    END;
COMMENT ON FUNCTION @schema@.soft_delete_project(uuid, uuid) IS
'Deletes a project softly, with its workspaces and what is in them, and tells how many rows of each table.
Returns {"projects": 1, "workspaces": 2, …}; {} for a project that is not there, deleted already, or not the caller''s to delete. restore_deleted(''projects'', …) brings all back. VOLATILE. '
'Example: SELECT soft_delete_project(''0193…''). '
'project_id is the project. deleted_by is the user who deletes, by default that of the claims.';

CREATE OR REPLACE FUNCTION @schema@.soft_delete_dataset(dataset_id uuid, deleted_by uuid DEFAULT rowkit.current_user_id()) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.soft_delete_with_counts(
            $rowkit$@schema@.datasets$rowkit$::pg_catalog.regclass, soft_delete_dataset.dataset_id, soft_delete_dataset.deleted_by);
    END;
COMMENT ON FUNCTION @schema@.soft_delete_dataset(uuid, uuid) IS
'Deletes a dataset softly, with its columns and lineage, and tells how many rows of each table.
Returns {"datasets": 1, "columns": 12, …}; {} for a dataset that is not there, deleted already, or not the caller''s to delete. restore_deleted(''datasets'', …) brings all back. VOLATILE. '
'Example: SELECT soft_delete_dataset(''0193…''). '
'dataset_id is the dataset. deleted_by is the user who deletes, by default that of the claims.';

CREATE OR REPLACE FUNCTION @schema@.preview_delete(table_name text, record_id uuid) RETURNS TABLE(table_name text, effect text, rows bigint, record_keys text[])
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT shown.* FROM rowkit.preview_delete(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, preview_delete.table_name), preview_delete.record_id) AS shown;
    END;
COMMENT ON FUNCTION @schema@.preview_delete(text, uuid) IS
'Tells what deleting a row would change, and changes nothing.
Returns a row for each table and effect, as rowkit.preview_delete(). 42704 for a table that is not there. STABLE. Example: SELECT * FROM preview_delete(''projects'', ''0193…''). '
'table_name is a table of this schema, and in the answer a table whose rows change. record_id is the id of the row. effect says what would become of them. rows is how many. record_keys are the keys '
'of some of them.';

CREATE OR REPLACE FUNCTION @schema@.deleted_rows(table_name text, max_rows integer DEFAULT 100, after text DEFAULT NULL)
    RETURNS TABLE(
        record_key text, deleted_at timestamptz, deleted_by uuid, deletion_id uuid, reason text, is_on_hold boolean, record jsonb, cursor text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT listed.* FROM rowkit.deleted_rows(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, deleted_rows.table_name), deleted_rows.max_rows,
            deleted_rows.after) AS listed;
    END;
COMMENT ON FUNCTION @schema@.deleted_rows(text, integer, text) IS
'Lists the deleted rows of a table that the caller may restore, the latest deletion first.
At most max_rows (1 to 10000); the cursor of the last row, as after, gives the next page. 22023 for another max_rows or after, 42704 for a table that is not there. STABLE. '
'Example: SELECT record_key, record ->> ''name'' FROM deleted_rows(''datasets'', 20). '
'table_name is a table of this schema. record_key is the id of the row, as text. deleted_at is when it was deleted. deleted_by is the user who deleted it. deletion_id is the deletion that it belongs '
'to. reason is what was given with it. is_on_hold says whether a purge leaves it. record is the row, with the columns that the caller may read.';

CREATE OR REPLACE FUNCTION @schema@.increment_usage_counter(account_id uuid, resource_type text, amount bigint DEFAULT 1) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.increment_usage_counter(
            increment_usage_counter.account_id, increment_usage_counter.resource_type, increment_usage_counter.amount,
            $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.increment_usage_counter(uuid, text, bigint) IS
'Counts what an account uses and no table holds, up to its limit.
For the service. Returns false for an account that is not there, or not the caller''s to change. If the limit would be passed, raises 53400 with DETAIL as JSON and counts nothing. Other errors as rowkit.increment_usage_counter(). VOLATILE. '
'Example: SELECT increment_usage_counter(''0193…'', ''ai_requests''). '
'account_id is the account. resource_type is ai_requests or storage_mb. amount is how many more.';

CREATE OR REPLACE FUNCTION @schema@.decrement_usage_counter(account_id uuid, resource_type text, amount bigint DEFAULT 1) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.decrement_usage_counter(
            decrement_usage_counter.account_id, decrement_usage_counter.resource_type, decrement_usage_counter.amount,
            $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.decrement_usage_counter(uuid, text, bigint) IS
'Takes back what increment_usage_counter() counted.
For the service. The counter does not fall below 0. Errors as rowkit.decrement_usage_counter(). VOLATILE. Example: SELECT decrement_usage_counter(''0193…'', ''storage_mb'', 12). '
'account_id is the account. resource_type is ai_requests or storage_mb. amount is how many fewer.';

CREATE OR REPLACE FUNCTION @schema@.check_usage_available(account_id uuid, resource_type text, amount bigint DEFAULT 1) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.check_usage_available(
            check_usage_available.account_id, check_usage_available.resource_type, check_usage_available.amount,
            $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.check_usage_available(uuid, text, bigint) IS
'Returns whether an account may have so many more of a resource.
It promises nothing: the write decides, with 53400. Errors as rowkit.check_usage_available(). STABLE. Example: SELECT check_usage_available(''0193…'', ''projects''). '
'account_id is the account. resource_type is users, projects, datasets, ai_requests or storage_mb. amount is how many more.';

CREATE OR REPLACE FUNCTION @schema@.account_usage(account_id uuid) RETURNS TABLE(resource_type text, used bigint, usage_limit bigint, plan text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT counted.* FROM rowkit.account_usage(account_usage.account_id, $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass) AS counted;
    END;
COMMENT ON FUNCTION @schema@.account_usage(uuid) IS
'Returns what an account uses of what it may, a row for each resource.
No row for an account that the caller does not see. STABLE. Example: SELECT resource_type, used, usage_limit FROM account_usage(''0193…''). '
'account_id is the account. resource_type is users, projects, datasets, ai_requests or storage_mb. used is how many there are. usage_limit is how many there may be; NULL is no limit. plan is the '
'tier that says so.';

CREATE OR REPLACE FUNCTION @schema@.calculate_account_usage(
    account_id uuid, OUT user_count bigint, OUT project_count bigint, OUT dataset_count bigint, OUT monthly_ai_requests bigint, OUT storage_mb bigint)
    RETURNS record
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT counted.* FROM rowkit_internal._calculate_account_usage(
            calculate_account_usage.account_id::text, $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass) AS counted;
    END;
COMMENT ON FUNCTION @schema@.calculate_account_usage(uuid) IS
'Counts what an account has in its tables, whatever the counters say.
Returns one row, with NULL in it for an account that the caller does not see. STABLE. Example: SELECT project_count FROM calculate_account_usage(''0193…''). '
'account_id is the account. user_count is how many active members it has. project_count is how many live projects. dataset_count is how many live datasets. monthly_ai_requests is how many AI requests '
'of the month were counted. storage_mb is how many megabytes were counted.';

CREATE OR REPLACE FUNCTION @schema@.sync_usage_counters(account_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.sync_usage_counters(sync_usage_counters.account_id, $rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.sync_usage_counters(uuid) IS
'Sets the counters of an account to what is in its tables.
For the service. Returns whether one was wrong. 42704 for an account that is not there, or not the caller''s to see. VOLATILE. Example: SELECT sync_usage_counters(''0193…''). '
'account_id is the account.';

CREATE OR REPLACE FUNCTION @schema@.create_invitation(
    account_id uuid, email text, role text, expires_at timestamptz DEFAULT now() + interval '7 days', invited_by uuid DEFAULT NULL)
    RETURNS TABLE(invitation_id uuid, token text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT made.* FROM rowkit.create_invitation(
            create_invitation.account_id, create_invitation.email, create_invitation.role, create_invitation.expires_at, create_invitation.invited_by,
            $rowkit$@schema@.invitations$rowkit$::pg_catalog.regclass) AS made;
    END;
COMMENT ON FUNCTION @schema@.create_invitation(uuid, text, text, timestamptz, uuid) IS
'Invites an e-mail address into an account, and tells the token this once.
Send the token; accept_invitation() takes it. An invitation that waits under the same address is replaced by this one. For admins, who give no role above their own (42501). 22023 for a role that '
'is none. VOLATILE. Example: SELECT token FROM create_invitation(''0193…'', ''ann@example.com'', ''member''). '
'account_id is the account. email is the address. role is owner, admin, member or viewer. expires_at is when the invitation ends; NULL is never. invited_by is the user who invites, for a service; '
'of a user it is the user. invitation_id is the id of the row.';

CREATE OR REPLACE FUNCTION @schema@.accept_invitation(token text, user_id uuid DEFAULT NULL) RETURNS TABLE(account_id uuid, role text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT joined.* FROM rowkit.accept_invitation(
            accept_invitation.token, accept_invitation.user_id, $rowkit$@schema@.invitations$rowkit$::pg_catalog.regclass) AS joined;
    END;
COMMENT ON FUNCTION @schema@.accept_invitation(text, uuid) IS
'Accepts an invitation, once, and makes the user of the claims a member of the account.
22023 for a token that is not valid, whatever the reason; 42501 when the claims have an e-mail address that is not verified or another than the invited one. VOLATILE. '
'Example: SELECT account_id, role FROM accept_invitation(''9f…''). '
'token is what create_invitation() told. user_id is the user, for a service without claims. account_id is the account that was joined. role is the role in it.';

CREATE OR REPLACE FUNCTION @schema@.generate_api_token() RETURNS text
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.generate_api_token();
    END;
COMMENT ON FUNCTION @schema@.generate_api_token() IS
'Returns a new API token, and stores nothing.
create_api_token() makes one and stores its hash. VOLATILE. Example: SELECT generate_api_token().';

CREATE OR REPLACE FUNCTION @schema@.hash_api_token(token text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT rowkit.hash_api_token(hash_api_token.token);
    END;
COMMENT ON FUNCTION @schema@.hash_api_token(text) IS
'Returns the SHA-256 of a token in hexadecimal digits, as api_tokens.token_hash holds it.
NULL for NULL. IMMUTABLE. Example: SELECT id FROM api_tokens WHERE encode(token_hash, ''hex'') = hash_api_token(''rk_…''). '
'token is the whole token.';

CREATE OR REPLACE FUNCTION @schema@.create_api_token(
    account_id uuid, name text, scopes text[] DEFAULT '{}', expires_at timestamptz DEFAULT NULL, user_id uuid DEFAULT NULL)
    RETURNS TABLE(token_id uuid, token text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT made.* FROM rowkit.create_api_token(
            create_api_token.account_id, create_api_token.name, create_api_token.scopes, create_api_token.expires_at, create_api_token.user_id,
            $rowkit$@schema@.api_tokens$rowkit$::pg_catalog.regclass) AS made;
    END;
COMMENT ON FUNCTION @schema@.create_api_token(uuid, text, text[], timestamptz, uuid) IS
'Makes an API token of the user of the claims, and tells it this once.
Its hash is stored. 22023 for what is no scope, 42501 for scopes that the user''s role does not give, or an account that the user is no active member of. VOLATILE. '
'Example: SELECT token FROM create_api_token(''0193…'', ''CI'', ''{read:*}''). '
'account_id is the account. name says what the token is for. scopes are what it may, such as read:*. expires_at is when it ends; NULL is never. user_id is the user, for a service. token_id is the id '
'of the row.';

CREATE OR REPLACE FUNCTION @schema@.rotate_api_token(token_id uuid, overlap_for interval DEFAULT '0 seconds', expires_at timestamptz DEFAULT NULL)
    RETURNS TABLE(token_id uuid, token text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT made.* FROM rowkit.rotate_api_token(
            rotate_api_token.token_id, rotate_api_token.overlap_for, rotate_api_token.expires_at, $rowkit$@schema@.api_tokens$rowkit$::pg_catalog.regclass) AS made;
    END;
COMMENT ON FUNCTION @schema@.rotate_api_token(uuid, interval, timestamptz) IS
'Makes the successor of an API token, and tells it this once.
The old one stays valid for overlap_for. For its user. 55000 for a token that is no longer valid or was rotated already, 42704 for none that the caller sees. VOLATILE. '
'Example: SELECT token FROM rotate_api_token(''0193…'', interval ''1 day''). '
'token_id is the token that is replaced, and in the answer the new one. expires_at is when the new one ends, by default when the old one would have.';

CREATE OR REPLACE FUNCTION @schema@.revoke_api_token(token_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.revoke_api_token(revoke_api_token.token_id, $rowkit$@schema@.api_tokens$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.revoke_api_token(uuid) IS
'Ends an API token for good.
For its user, and for admins of the account. Returns false for a token that is not there, revoked already, or not the caller''s. VOLATILE. Example: SELECT revoke_api_token(''0193…''). '
'token_id is the token.';

CREATE OR REPLACE FUNCTION @schema@.validate_api_token(token text, ip inet DEFAULT NULL, user_agent text DEFAULT NULL)
    RETURNS TABLE(token_id uuid, account_id uuid, user_id uuid, scopes text[], is_valid boolean, error text)
    LANGUAGE sql VOLATILE ROWS 1
    BEGIN ATOMIC
        SELECT checked.* FROM rowkit.validate_api_token(
            validate_api_token.token, validate_api_token.ip, validate_api_token.user_agent, $rowkit$@schema@.api_tokens$rowkit$::pg_catalog.regclass) AS checked;
    END;
COMMENT ON FUNCTION @schema@.validate_api_token(text, inet, text) IS
'Returns whose an API token is, and what it may.
Always one row; for a token that is not valid is_valid is false and error says so, whatever the reason. A use is noted once a minute. VOLATILE. '
'Example: SELECT account_id, scopes FROM validate_api_token(''rk_…'') WHERE is_valid. '
'ip is the client''s address. user_agent is the client''s user agent. token_id is the id of the token. account_id is the account that it is for. user_id is whose it is; NULL for a token of the account '
'itself. scopes are what it may now, by the user''s role, too.';

CREATE OR REPLACE FUNCTION @schema@.count_login_attempt(
    email text, succeeded boolean, max_failures integer DEFAULT 5, lock_for interval DEFAULT '30 minutes', within interval DEFAULT '30 minutes')
    RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.count_login_attempt(
            count_login_attempt.email, count_login_attempt.succeeded, count_login_attempt.max_failures, count_login_attempt.lock_for, count_login_attempt.within,
            $rowkit$@schema@.users$rowkit$::pg_catalog.regclass);
    END;
COMMENT ON FUNCTION @schema@.count_login_attempt(text, boolean, integer, interval, interval) IS
'Counts a login that failed or succeeded, and tells whether the user is locked.
For the service. Returns {"is_locked", "failed_attempts", "remaining", "locked_until"}: refuse the login when is_locked, even if the password was right. An address that no user has answers alike. '
'VOLATILE. Example: SELECT count_login_attempt(''ann@example.com'', false) ->> ''is_locked''. '
'email is the address. succeeded says whether the login was right; NULL only asks. max_failures is how many failures lock. lock_for is how long the user is locked then. within is within which time '
'failures count together.';

CREATE OR REPLACE FUNCTION @schema@.row_history(table_name text, record_id uuid) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text,
    transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT event.* FROM rowkit.row_history(
            rowkit_internal._table_beside($rowkit$@schema@.accounts$rowkit$::pg_catalog.regclass, row_history.table_name), row_history.record_id) AS event;
    END;
COMMENT ON FUNCTION @schema@.row_history(text, uuid) IS
'Returns what was done to a row, the first event first.
For admins, who read audit_logs; no row for others. 42704 for a table that is not there. STABLE. Example: SELECT created_at, user_id, new_data FROM row_history(''datasets'', ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE or RESTORE. record_key is the id at that time. '
'old_data and new_data are the values before and after. transaction_id is the transaction''s number, transaction its uuid, which undo_transaction() takes. ip_address is where the request came from. '
'database_role is the role that wrote.';
