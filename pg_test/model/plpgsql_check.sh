#!/usr/bin/env bash
# plpgsql_check over all that is PL/pgSQL in rowkit and in the blueprints; Debian has it for PostgreSQL 15.
set -euo pipefail
cd "$(dirname "$0")/.."
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
if [ "$(sql "SELECT count(*) FROM pg_available_extensions WHERE name = 'plpgsql_check'")" = 0 ]; then
    [ "$ROWKIT_MAJOR" != 15 ] || { echo "plpgsql_check: Debian's PostgreSQL 15 should have it"; exit 1; }
    echo "plpgsql_check: skipped, this server has none"
    exit
fi
psql -Xq -v ON_ERROR_STOP=1 -v VERBOSITY=terse <<'SQL'
SET client_min_messages = warning;
CREATE SCHEMA checker;
CREATE EXTENSION plpgsql_check SCHEMA checker;
SELECT (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) FROM rowkit.blueprints() \g /dev/null
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255), raw_user_meta_data jsonb, last_sign_in_at timestamptz);
SELECT count(*) FROM rowkit.enable_user_sync('auth.users', 'data_catalog.users') \g /dev/null
CREATE TABLE checker.found AS
WITH checked AS (
    SELECT function.oid, function.prorettype = 'trigger'::regtype AS is_trigger, home.nspname AS home
    FROM pg_proc AS function
    JOIN pg_language AS language ON language.oid = function.prolang AND language.lanname = 'plpgsql'
    JOIN pg_namespace AS home ON home.oid = function.pronamespace AND home.nspname IN (SELECT blueprint FROM rowkit.blueprints() UNION ALL VALUES ('rowkit'), ('rowkit_internal'))
), calls AS (
    SELECT oid, home, 0::oid AS relation, NULL::name AS old_table, NULL::name AS new_table FROM checked WHERE NOT is_trigger
    UNION
    SELECT checked.oid, checked.home, trigger.tgrelid, trigger.tgoldtable, trigger.tgnewtable
    FROM checked JOIN pg_trigger AS trigger ON trigger.tgfoid = checked.oid WHERE checked.is_trigger AND trigger.tgparentid = 0
)
SELECT DISTINCT calls.oid::regprocedure::text AS function, calls.relation::regclass::text AS relation, told.lineno, told.level, told.message, told.detail
FROM calls CROSS JOIN LATERAL checker.plpgsql_check_function_tb(
    calls.oid, calls.relation, oldtable => calls.old_table, newtable => calls.new_table, security_warnings => true, extra_warnings => true) AS told;
SQL
told=$(psql -XAtq -v ON_ERROR_STOP=1 <<'SQL'
-- What may be told, and why. A row that tells of nothing is found, too.
CREATE TABLE checker.argued (functions text, level text, message text, reason text);
INSERT INTO checker.argued VALUES
    ('.', 'warning extra', '^OUT variable .* is maybe unmodified', 'RETURN QUERY and RETURN QUERY EXECUTE answer without these variables'),
    ('.', 'warning', '^target type is different type', 'a literal that a variable begins with, such as ''{}'', or none'),
    ('^(un)?schedule_jobs\(', 'error', '(schema "cron"|relation "cron.job") does not exist', 'asked only where pg_cron is: jobs.sh runs them with it'),
    ('^data_catalog.set_account_limits\(', '(warning|error)', '(record "plan" is not assigned|result of dynamic SQL)',
        'the schema is known at run time only; the golden test data_catalog runs it'),
    ('^rowkit_internal._sync_all_table_schemas\(', '(warning|error)', '(record "before" is not assigned|result of dynamic SQL)',
        'the relation is known at run time only; the golden test sync runs it'),
    ('^(enable|disable)_(audit|audit_log|credits|login_lockout|search|soft_delete|usage_counter|user_sync)\(', 'security', 'not sanitized',
        'runs commands that it has just made with format(), every name quoted'),
    ('^(create_usage_summary_view|uninstall_blueprint|unregister_membership)\(', 'security', 'not sanitized', 'runs commands that it has just made, as those above'),
    ('^rowkit_internal._(close_routines|close_to_api|hide_columns|open_to_api|reset_grants|seal_audit_log)\(', 'security', 'not sanitized',
        'internal: takes a regclass or regprocedure, and runs commands with the names that the catalog has, quoted'),
    ('^lead_intelligence.update_plan_limits\(', '(warning|error)', '(record "moved" is not assigned|result of dynamic SQL)',
        'the schema is known at run time only; the golden test lead_plans runs it'),
    ('^(grant_api_roles|search_rows|rowkit_internal._(begin_rename|end_rename|invalid_records|search_records|upsert_records))\(', 'security', 'not sanitized', 'as those below'),
    ('^rowkit_internal._(create_month_parts|ensure_filled_defaults|purge_events|slow_statements)\(', 'security', 'not sanitized', 'as those below'),
    ('^(handle_new_user|search_vector_status)\(', 'security', 'not sanitized', 'names of relations and columns of the catalog, quoted; values are parameters');
SELECT found.function, found.relation, found.lineno, found.level, found.message, found.detail
FROM checker.found WHERE NOT EXISTS (
    SELECT FROM checker.argued WHERE found.function ~ argued.functions AND found.level ~ ('^' || argued.level || '$') AND found.message ~ argued.message
) ORDER BY found.function, found.lineno;
SELECT argued.functions AS argued_for_nothing, argued.message FROM checker.argued WHERE NOT EXISTS (
    SELECT FROM checker.found WHERE found.function ~ argued.functions AND found.level ~ ('^' || argued.level || '$') AND found.message ~ argued.message
);
-- A trigger's function is checked with its table.
SELECT function.oid::regprocedure AS not_checked FROM pg_proc AS function
JOIN pg_language AS language ON language.oid = function.prolang AND language.lanname = 'plpgsql'
JOIN pg_namespace AS home ON home.oid = function.pronamespace AND home.nspname IN (SELECT blueprint FROM rowkit.blueprints() UNION ALL VALUES ('rowkit'), ('rowkit_internal'))
WHERE function.prorettype = 'trigger'::regtype AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = function.oid);
SQL
)
echo "$told"
[ "$told" = '' ]
