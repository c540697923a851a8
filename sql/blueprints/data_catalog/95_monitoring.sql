-- What is looked at in operation. With the caller's rights and row security from PostgreSQL 15 on.

CREATE OR REPLACE VIEW @schema@.deleted_records_summary AS
SELECT
    stats.table_name,
    count(*) FILTER (WHERE stats.deleted_at IS NULL) AS active_count,
    count(*) FILTER (WHERE stats.deleted_at IS NOT NULL) AS deleted_count,
    round(count(*) FILTER (WHERE stats.deleted_at IS NOT NULL)::numeric / nullif(count(*), 0) * 100, 2) AS deleted_percentage
FROM (
    SELECT 'accounts' AS table_name, deleted_at FROM @schema@.accounts
    UNION ALL SELECT 'users' AS table_name, deleted_at FROM @schema@.users
    UNION ALL SELECT 'projects' AS table_name, deleted_at FROM @schema@.projects
    UNION ALL SELECT 'workspaces' AS table_name, deleted_at FROM @schema@.workspaces
    UNION ALL SELECT 'connections' AS table_name, deleted_at FROM @schema@.connections
    UNION ALL SELECT 'datasets' AS table_name, deleted_at FROM @schema@.datasets
    UNION ALL SELECT 'columns' AS table_name, deleted_at FROM @schema@.columns
    UNION ALL SELECT 'configurations' AS table_name, deleted_at FROM @schema@.configurations
    UNION ALL SELECT 'environments' AS table_name, deleted_at FROM @schema@.environments
    UNION ALL SELECT 'invitations' AS table_name, deleted_at FROM @schema@.invitations
    UNION ALL SELECT 'macros' AS table_name, deleted_at FROM @schema@.macros
    UNION ALL SELECT 'templates' AS table_name, deleted_at FROM @schema@.templates
) AS stats
GROUP BY stats.table_name
ORDER BY deleted_percentage DESC, stats.table_name;
COMMENT ON VIEW @schema@.deleted_records_summary IS
'Live and deleted rows of the tables that people delete from, and the share of the deleted in percent; a table without rows is not listed.';
COMMENT ON COLUMN @schema@.deleted_records_summary.table_name IS 'The table, without its schema.';
COMMENT ON COLUMN @schema@.deleted_records_summary.active_count IS 'How many rows are live.';
COMMENT ON COLUMN @schema@.deleted_records_summary.deleted_count IS 'How many rows are deleted softly.';
COMMENT ON COLUMN @schema@.deleted_records_summary.deleted_percentage IS 'The share of deleted rows in percent, to two places.';

CREATE OR REPLACE VIEW @schema@.inactive_api_tokens AS
SELECT token.name, person.email, token.last_used_at, date_part('day', now() - token.last_used_at) AS days_inactive, token.id, token.account_id
FROM @schema@.api_tokens AS token
JOIN @schema@.users AS person ON person.id = token.user_id
WHERE token.is_active AND token.deleted_at IS NULL AND token.last_used_at < now() - interval '90 days'
ORDER BY token.last_used_at;
COMMENT ON VIEW @schema@.inactive_api_tokens IS 'Active tokens of users that nobody has used for 90 days, the longest first.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.name IS 'What the token is for: name in api_tokens.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.email IS 'The address of the token''s user.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.last_used_at IS 'When the token was last used, more than 90 days ago.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.days_inactive IS 'How many days ago that was.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.id IS 'The token: id in api_tokens.';
COMMENT ON COLUMN @schema@.inactive_api_tokens.account_id IS 'The account (tenant) of the token.';

CREATE OR REPLACE VIEW @schema@.table_sizes AS
SELECT sized.table_name, sized.row_estimate, sized.table_bytes, sized.index_bytes, sized.total_bytes
FROM rowkit_internal._table_sizes($rowkit$@schema@$rowkit$::pg_catalog.regnamespace) AS sized;
COMMENT ON VIEW @schema@.table_sizes IS
'Bytes of each table with its indexes, the largest first: what to partition, and what to clean up. Parts count with their table; row_estimate is of the last ANALYZE.';
COMMENT ON COLUMN @schema@.table_sizes.table_name IS 'The table or materialized view, without its schema.';
COMMENT ON COLUMN @schema@.table_sizes.row_estimate IS 'How many rows it holds, as of the last ANALYZE.';
COMMENT ON COLUMN @schema@.table_sizes.table_bytes IS 'Bytes of the rows, of large values (TOAST) and of the maps of free space and visibility.';
COMMENT ON COLUMN @schema@.table_sizes.index_bytes IS 'Bytes of all its indexes.';
COMMENT ON COLUMN @schema@.table_sizes.total_bytes IS 'table_bytes and index_bytes together.';

-- The use of tokens is an event, at most one a minute for a token, as last_used_at is noted no more often.
-- PL/pgSQL: a trigger function cannot be SQL; the table is beside its own. The owner's rights: whoever checks a token writes no events.
CREATE OR REPLACE FUNCTION @schema@.log_token_use() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'usage_events');
    EXECUTE format(
        'INSERT INTO %I.usage_events (account_id, user_id, event_type, resource_type, resource_id, metadata) '
        'VALUES ($1, $2, ''api_token.used'', ''api_tokens'', $3, jsonb_strip_nulls(jsonb_build_object(''ip'', host($4), ''user_agent'', $5)))', TG_TABLE_SCHEMA)
    USING NEW.account_id, NEW.user_id, NEW.id, NEW.last_used_ip, NEW.last_used_user_agent;
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.log_token_use() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.log_token_use() IS 'Trigger on api_tokens: a use that last_used_at notes is an event in usage_events, api_token.used, with the address and the user agent.';
CREATE OR REPLACE TRIGGER api_tokens_log_use AFTER UPDATE OF last_used_at ON @schema@.api_tokens
    FOR EACH ROW WHEN (NEW.last_used_at IS NOT NULL AND NEW.last_used_at IS DISTINCT FROM OLD.last_used_at) EXECUTE FUNCTION @schema@.log_token_use();

CREATE OR REPLACE VIEW @schema@.api_token_usage AS
SELECT
    token.account_id, token.id AS token_id, token.name, token.user_id, token.is_active, token.last_used_at,
    count(used.id) FILTER (WHERE used.created_at > now() - interval '1 hour') AS minutes_last_hour,
    count(used.id) AS minutes_last_day,
    count(DISTINCT used.metadata ->> 'ip') AS addresses_last_day,
    count(DISTINCT used.metadata ->> 'user_agent') AS user_agents_last_day
FROM @schema@.api_tokens AS token
LEFT JOIN @schema@.usage_events AS used ON used.account_id = token.account_id AND used.resource_id = token.id AND used.event_type = 'api_token.used'
    AND used.created_at > now() - interval '1 day'
WHERE token.deleted_at IS NULL
GROUP BY token.account_id, token.id, token.name, token.user_id, token.is_active, token.last_used_at
ORDER BY minutes_last_day DESC, token.id;
COMMENT ON VIEW @schema@.api_token_usage IS
'How much each API token was used within a day: in how many minutes, from how many addresses, with how many user agents. For admins; a token that many addresses use has been passed on or stolen.';
COMMENT ON COLUMN @schema@.api_token_usage.account_id IS 'The account (tenant) of the token.';
COMMENT ON COLUMN @schema@.api_token_usage.token_id IS 'The token: id in api_tokens.';
COMMENT ON COLUMN @schema@.api_token_usage.name IS 'What the token is for: name in api_tokens.';
COMMENT ON COLUMN @schema@.api_token_usage.user_id IS 'The user whose token it is; NULL for one of the account itself.';
COMMENT ON COLUMN @schema@.api_token_usage.is_active IS 'Whether the token works.';
COMMENT ON COLUMN @schema@.api_token_usage.last_used_at IS 'When the token was last used; NULL for never.';
COMMENT ON COLUMN @schema@.api_token_usage.minutes_last_hour IS 'In how many minutes of the last hour it was used.';
COMMENT ON COLUMN @schema@.api_token_usage.minutes_last_day IS 'In how many minutes of the last 24 hours it was used.';
COMMENT ON COLUMN @schema@.api_token_usage.addresses_last_day IS 'From how many addresses it was used in the last 24 hours.';
COMMENT ON COLUMN @schema@.api_token_usage.user_agents_last_day IS 'With how many user agents it was used in the last 24 hours.';

CREATE OR REPLACE VIEW @schema@.failing_logins AS
SELECT person.id AS user_id, person.email, person.failed_login_attempts, person.last_failed_login_at, person.locked_until
FROM @schema@.users AS person
WHERE person.failed_login_attempts >= 3 OR person.locked_until > now()
UNION ALL
SELECT NULL, NULL, sum(unknown.failed_login_attempts)::integer, max(unknown.last_failed_login_at), max(unknown.locked_until)
FROM @schema@.login_failures AS unknown
WHERE unknown.last_failed_login_at > now() - interval '7 days'
HAVING count(*) > 0
ORDER BY last_failed_login_at DESC;
COMMENT ON VIEW @schema@.failing_logins IS
'Users whose login failed three times or more since the last success, or who are locked; and in one row without a user what was tried within seven days with names that no user has. For the service.';
COMMENT ON COLUMN @schema@.failing_logins.user_id IS 'The user: id in users. NULL in the row of names that no user has.';
COMMENT ON COLUMN @schema@.failing_logins.email IS 'The user''s address; NULL in the row of names that no user has.';
COMMENT ON COLUMN @schema@.failing_logins.failed_login_attempts IS 'How many logins failed since the last success.';
COMMENT ON COLUMN @schema@.failing_logins.last_failed_login_at IS 'When a login last failed.';
COMMENT ON COLUMN @schema@.failing_logins.locked_until IS 'No login before this moment; NULL for who is not locked.';

SELECT rowkit.create_usage_summary_view($rowkit$@schema@.accounts$rowkit$);
COMMENT ON VIEW @schema@.account_usage_summary IS 'What each live account uses of what it may: 3/10; without a limit only what it uses.';

-- PL/pgSQL: PostgreSQL 14 has no security_invoker.
DO $views$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW @schema@.deleted_records_summary SET (security_invoker = true);
        ALTER VIEW @schema@.inactive_api_tokens SET (security_invoker = true);
        ALTER VIEW @schema@.table_sizes SET (security_invoker = true);
        ALTER VIEW @schema@.api_token_usage SET (security_invoker = true);
        ALTER VIEW @schema@.failing_logins SET (security_invoker = true);
    END IF;
END
$views$;
