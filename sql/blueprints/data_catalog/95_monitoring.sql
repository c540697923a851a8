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

CREATE OR REPLACE VIEW @schema@.inactive_api_tokens AS
SELECT token.name, person.email, token.last_used_at, date_part('day', now() - token.last_used_at) AS days_inactive, token.id, token.account_id
FROM @schema@.api_tokens AS token
JOIN @schema@.users AS person ON person.id = token.user_id
WHERE token.is_active AND token.deleted_at IS NULL AND token.last_used_at < now() - interval '90 days'
ORDER BY token.last_used_at;
COMMENT ON VIEW @schema@.inactive_api_tokens IS 'Active tokens of users that nobody has used for 90 days, the longest first.';

SELECT rowkit.create_usage_summary($rowkit$@schema@.accounts$rowkit$);
COMMENT ON VIEW @schema@.account_usage_summary IS 'What each live account uses of what it may: 3/10; without a limit only what it uses.';

-- PL/pgSQL: PostgreSQL 14 has no security_invoker.
DO $views$
BEGIN
    IF current_setting('server_version_num')::integer >= 150000 THEN
        ALTER VIEW @schema@.deleted_records_summary SET (security_invoker = true);
        ALTER VIEW @schema@.inactive_api_tokens SET (security_invoker = true);
    END IF;
END
$views$;
