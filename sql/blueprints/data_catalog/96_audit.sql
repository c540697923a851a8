-- Who made a row and who changed it last, by the claims: nobody signs for somebody else.
-- PL/pgSQL: the same DDL for each table.
DO $signed$
DECLARE
    signed regclass;
BEGIN
    FOREACH signed IN ARRAY ARRAY[
        $rowkit$@schema@.subscription_plans$rowkit$, $rowkit$@schema@.accounts$rowkit$, $rowkit$@schema@.users$rowkit$,
        $rowkit$@schema@.account_users$rowkit$, $rowkit$@schema@.projects$rowkit$, $rowkit$@schema@.workspaces$rowkit$,
        $rowkit$@schema@.project_users$rowkit$, $rowkit$@schema@.workspace_users$rowkit$, $rowkit$@schema@.source_control_commits$rowkit$,
        $rowkit$@schema@.connections$rowkit$, $rowkit$@schema@.connection_metadata_cache$rowkit$, $rowkit$@schema@.datasets$rowkit$,
        $rowkit$@schema@.columns$rowkit$, $rowkit$@schema@.lineage$rowkit$, $rowkit$@schema@.diagrams$rowkit$,
        $rowkit$@schema@.diagram_datasets$rowkit$, $rowkit$@schema@.workspace_datasets$rowkit$, $rowkit$@schema@.subscriptions$rowkit$,
        $rowkit$@schema@.payments$rowkit$, $rowkit$@schema@.usage_events$rowkit$, $rowkit$@schema@.invitations$rowkit$,
        $rowkit$@schema@.api_tokens$rowkit$, $rowkit$@schema@.configurations$rowkit$, $rowkit$@schema@.environments$rowkit$,
        $rowkit$@schema@.macros$rowkit$, $rowkit$@schema@.templates$rowkit$, $rowkit$@schema@.template_fragments$rowkit$]::regclass[]
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER set_row_actor BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.set_row_actor(%s)',
            rowkit_internal._quoted_name(signed),
            -- Named, so that neither is missed in silence under another name; one alone is missed aloud.
            CASE WHEN (SELECT count(*) FROM pg_attribute WHERE attrelid = signed AND attname IN ('created_by', 'updated_by') AND NOT attisdropped) = 2 THEN '''created_by'', ''updated_by''' ELSE '' END);
    END LOOP;
END
$signed$;

-- Who changed what: audit_logs, in parts by month, of all tables but three. usage_events and source_control_commits are logs themselves, which only grow, and
-- connection_metadata_cache holds what can be fetched again. Hashes, secrets, counters and what follows from other columns stay out of it. Events of
-- users and subscription_plans are of no account. Where a workspace is named the whole row is logged, so that each event tells which one.

SELECT count(*) FROM rowkit.create_audit_log(
    (pg_catalog.parse_ident($rowkit$@schema@$rowkit$))[1], 'account_id');
SELECT (
    SELECT count(*) FROM rowkit.enable_audit(
        audited.name, ignore => audited.ignore, redact => audited.redact, mode => audited.mode, tenant_from => audited.tenant_from))
FROM (VALUES
    ($rowkit$@schema@.accounts$rowkit$::regclass, '{updated_at,updated_by,current_user_count,current_project_count,current_dataset_count,'
        'current_monthly_ai_requests,ai_requests_month,current_storage_mb}'::text[], NULL::text[], 'diff', 'id'),
    ($rowkit$@schema@.users$rowkit$, '{updated_at,updated_by,failed_login_attempts,last_failed_login_at,last_login_at,last_login_ip}',
        '{password_hash,email_verification_token_hash,password_reset_token_hash}', 'diff', NULL),
    ($rowkit$@schema@.account_users$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.projects$rowkit$, '{updated_at,updated_by,search_vector}', '{source_control_access_token_encrypted}', 'diff', NULL),
    ($rowkit$@schema@.workspaces$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.project_users$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.workspace_users$rowkit$, '{updated_at,updated_by}', NULL, 'full', NULL),
    ($rowkit$@schema@.connections$rowkit$, '{updated_at,updated_by,search_vector}', '{password_encrypted}', 'diff', NULL),
    ($rowkit$@schema@.datasets$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'diff', NULL),
    ($rowkit$@schema@.columns$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'diff', NULL),
    ($rowkit$@schema@.lineage$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.diagrams$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'full', NULL),
    ($rowkit$@schema@.diagram_datasets$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.workspace_datasets$rowkit$, '{updated_at,updated_by}', NULL, 'full', NULL),
    ($rowkit$@schema@.subscription_plans$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.subscriptions$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.payments$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL),
    ($rowkit$@schema@.invitations$rowkit$, '{updated_at,updated_by}', '{token_hash}', 'diff', NULL),
    ($rowkit$@schema@.api_tokens$rowkit$, '{updated_at,updated_by,last_used_at,last_used_ip,last_used_user_agent}', '{token_hash}', 'diff', NULL),
    ($rowkit$@schema@.configurations$rowkit$, '{updated_at,updated_by}', '{value_encrypted}', 'full', NULL),
    ($rowkit$@schema@.environments$rowkit$, '{updated_at,updated_by}', NULL, 'full', NULL),
    ($rowkit$@schema@.macros$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'diff', NULL),
    ($rowkit$@schema@.templates$rowkit$, '{updated_at,updated_by,search_vector}', NULL, 'diff', NULL),
    ($rowkit$@schema@.template_fragments$rowkit$, '{updated_at,updated_by}', NULL, 'diff', NULL)
) AS audited(name, ignore, redact, mode, tenant_from);

-- What is read of the log. With the caller's rights and row security from PostgreSQL 15 on.
CREATE OR REPLACE VIEW @schema@.suspicious_activity AS
SELECT found.account_id, found.reason, found.subject, found.subject_id, found.times, found.last_seen_at
FROM (
    SELECT used.account_id, 'token used from many addresses' AS reason, 'api_tokens' AS subject, used.token_id AS subject_id, used.addresses_last_day AS times,
        used.last_used_at AS last_seen_at
    FROM @schema@.api_token_usage AS used WHERE used.addresses_last_day >= 5
    UNION ALL
    SELECT event.account_id, 'many rows deleted within an hour' AS reason, 'users' AS subject, event.user_id, sum(event.row_count)::bigint, max(event.created_at)
    FROM @schema@.audit_logs AS event
    WHERE event.action IN ('DELETE', 'SOFT_DELETE', 'TRUNCATE') AND event.created_at > now() - interval '7 days'
    GROUP BY event.account_id, event.user_id, date_trunc('hour', event.created_at)
    HAVING sum(event.row_count) >= 100
    UNION ALL
    SELECT event.account_id, 'member made an admin or owner' AS reason, 'account_users' AS subject, event.record_id::uuid, 1 AS times, event.created_at
    FROM @schema@.audit_logs AS event
    WHERE event.table_name = 'account_users' AND event.action = 'UPDATE' AND event.new_data ->> 'role' IN ('admin', 'owner') AND event.created_at > now() - interval '7 days'
) AS found
ORDER BY found.last_seen_at DESC, found.account_id, found.reason, found.subject_id;
COMMENT ON VIEW @schema@.suspicious_activity IS
'What to look into of the last seven days: tokens used from five addresses or more within a day, 100 rows or more that one user deleted within an hour, and members who became admin or owner. Admins see their account''s. '
'Logins that fail are in failing_logins. No row is nothing found.';
COMMENT ON COLUMN @schema@.suspicious_activity.account_id IS 'The account (tenant) that it concerns; NULL for none.';
COMMENT ON COLUMN @schema@.suspicious_activity.reason IS
'What was found: a token used from many addresses, many rows deleted within an hour, or a member made an admin or owner.';
COMMENT ON COLUMN @schema@.suspicious_activity.subject IS 'The table that subject_id is of: api_tokens, users or account_users.';
COMMENT ON COLUMN @schema@.suspicious_activity.subject_id IS
'The row that it is about: the token, the user who deleted, or the membership. NULL when nobody is known.';
COMMENT ON COLUMN @schema@.suspicious_activity.times IS 'How many addresses, rows or changes there were.';
COMMENT ON COLUMN @schema@.suspicious_activity.last_seen_at IS 'When it last happened; NULL for never.';

CREATE OR REPLACE VIEW @schema@.audit_events AS
SELECT
    event.id, event.account_id, place.workspace_id, event.user_id, event.action, event.table_name, event.record_id, event.record_ids, event.row_count,
    event.old_data AS old_values, event.new_data AS new_values, saved.commit_sha, saved.committed_at, event.ip_address, event.database_role, event.transaction_id,
    event.created_at
FROM @schema@.audit_logs AS event
CROSS JOIN LATERAL (
    SELECT coalesce(event.new_data ->> 'workspace_id', event.old_data ->> 'workspace_id', CASE event.table_name WHEN 'workspaces' THEN event.record_id END)::uuid AS workspace_id
) AS place
LEFT JOIN LATERAL (
    SELECT done.commit_sha, done.committed_at
    FROM @schema@.source_control_commits AS done
    WHERE done.account_id = event.account_id AND done.workspace_id = place.workspace_id AND done.committed_at >= event.created_at
    ORDER BY done.committed_at
    LIMIT 1
) AS saved ON true;
COMMENT ON VIEW @schema@.audit_events IS
'audit_logs by the names of the document: old_values and new_values, the workspace in which it happened, and the commit with which the change went to the repository: the first one of that workspace after it, NULL while '
'it is not committed. For who may read audit_logs.';
COMMENT ON COLUMN @schema@.audit_events.id IS 'The event: id in audit_logs.';
COMMENT ON COLUMN @schema@.audit_events.account_id IS 'The account (tenant) of the row that was changed; NULL for users and plans.';
COMMENT ON COLUMN @schema@.audit_events.workspace_id IS 'The workspace in which it happened, where the row names one; NULL otherwise.';
COMMENT ON COLUMN @schema@.audit_events.user_id IS 'The user who did it, by the claims; NULL for a service without claims.';
COMMENT ON COLUMN @schema@.audit_events.action IS 'What was done: INSERT, UPDATE, DELETE, SOFT_DELETE, RESTORE, TRUNCATE and so on, as in audit_logs.';
COMMENT ON COLUMN @schema@.audit_events.table_name IS 'The table that was changed.';
COMMENT ON COLUMN @schema@.audit_events.record_id IS 'The key of the row that was changed; NULL for events of many rows.';
COMMENT ON COLUMN @schema@.audit_events.record_ids IS 'The keys of the rows of a soft delete or its restore; NULL for other events.';
COMMENT ON COLUMN @schema@.audit_events.row_count IS 'How many rows were changed.';
COMMENT ON COLUMN @schema@.audit_events.old_values IS 'The row, or its changed columns, before: {column: value}. NULL for an INSERT.';
COMMENT ON COLUMN @schema@.audit_events.new_values IS 'The row, or its changed columns, afterwards: {column: value}. NULL for a DELETE.';
COMMENT ON COLUMN @schema@.audit_events.commit_sha IS 'The commit with which the change went to the repository; NULL while there is none.';
COMMENT ON COLUMN @schema@.audit_events.committed_at IS 'When that was committed; NULL while it was not.';
COMMENT ON COLUMN @schema@.audit_events.ip_address IS 'The client''s address; NULL when unknown.';
COMMENT ON COLUMN @schema@.audit_events.database_role IS 'The database role that did it.';
COMMENT ON COLUMN @schema@.audit_events.transaction_id IS 'The number that the cluster gave the transaction.';
COMMENT ON COLUMN @schema@.audit_events.created_at IS 'When it was done.';

-- PL/pgSQL: PostgreSQL 14 has no security_invoker.
DO $views$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW @schema@.suspicious_activity SET (security_invoker = true);
        ALTER VIEW @schema@.audit_events SET (security_invoker = true);
    END IF;
END
$views$;
