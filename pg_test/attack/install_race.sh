#!/usr/bin/env bash
# Somebody else may create objects in the schema into which a superuser installs a blueprint. The install looks whether a name that it needs is another's, and
# makes its tables later: what is planted between the two stays plain's, whose triggers then run with everybody's rights. An event trigger holds the install up at its
# first table, so that there is time.
set -u
rows() { psql -XAtq "$@"; }
rows -v ON_ERROR_STOP=1 -o /dev/null <<'SQL' || exit 1
CREATE SCHEMA shared;
GRANT CREATE, USAGE ON SCHEMA shared TO plain;
CREATE FUNCTION public.wait_once() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('attack.waited', true) IS DISTINCT FROM 'yes' AND session_user = 'rowkit' THEN
        PERFORM set_config('attack.waited', 'yes', false);
        PERFORM pg_sleep(1.5);
    END IF;
END
$$;
CREATE EVENT TRIGGER wait_once ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.wait_once();
SQL
plant() { # what plain makes, while the install waits
    rows -U plain >/dev/null 2>&1 <<SQL
SET lock_timeout = '4s';
DO \$\$
DECLARE
    began timestamptz := clock_timestamp();
BEGIN
    LOOP
        EXIT WHEN EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep') OR clock_timestamp() - began > interval '10 s';
        PERFORM pg_stat_clear_snapshot(), pg_sleep(0.02);
    END LOOP;
END
\$\$;
$1;
SQL
}
rows -qc 'GRANT pg_read_all_stats TO plain' >/dev/null
failed=0
round() { # what is planted, kind, name
    plant "$1" &
    local planter=$!
    rows -o /dev/null -c "SET client_min_messages = error" -c "SELECT rowkit.install_blueprint('custom_tables', 'shared')" 2>/dev/null
    local installed=$?
    wait "$planter"
    # It may have been refused, or plain's CREATE was. What may not be: an install that stands on what is plain's.
    if [ "$installed" = 0 ] && [ "$(rows -c "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'shared'::regnamespace AND relowner = 'plain'::regrole)
        + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'shared'::regnamespace AND proowner = 'plain'::regrole)")" != 0 ]; then
        echo "ATTACK SUCCEEDED: the blueprint was installed on $2 shared.$3 of plain"; failed=1
    fi
    rows -o /dev/null -c "SET client_min_messages = error" -c "DROP SCHEMA shared CASCADE" -c "CREATE SCHEMA shared" -c "GRANT CREATE, USAGE ON SCHEMA shared TO plain"
}
round "CREATE TABLE shared.record_keys (organization_id uuid NOT NULL, table_id uuid NOT NULL, column_id text NOT NULL, key text NOT NULL, record_id uuid NOT NULL, PRIMARY KEY (table_id, column_id, key))" table record_keys
round "CREATE TABLE shared.records (id uuid PRIMARY KEY, table_id uuid NOT NULL, organization_id uuid NOT NULL, name text, email text, company text, status text, data jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), created_by uuid, search_vector tsvector, UNIQUE (organization_id, id))" table records
round "CREATE FUNCTION shared.map_record_fields(input jsonb, mapping jsonb) RETURNS jsonb LANGUAGE sql RETURN input" function map_record_fields
rows -o /dev/null -c "DROP EVENT TRIGGER wait_once" -c "REVOKE pg_read_all_stats FROM plain"
exit $failed
