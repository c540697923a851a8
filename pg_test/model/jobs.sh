#!/usr/bin/env bash
# schedule_jobs with a real pg_cron, which Debian has for PostgreSQL 15: registered once however often it is called, run by the clock, taken back.
set -euo pipefail
cd "$(dirname "$0")/.."
. ./server.sh
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
if [ "$(sql "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_cron'")" = 0 ]; then
    [ "$ROWKIT_MAJOR" != 15 ] || { echo "jobs: Debian's PostgreSQL 15 should have pg_cron"; exit 1; }
    # Here it is the error that counts.
    told=$(psql -XAtq -v VERBOSITY=sqlstate -c "SELECT rowkit.schedule_jobs('public')" 2>&1) && exit 1
    [ "$told" = 'ERROR:  55000' ]
    exit
fi
restart() { # options
    as_server "$ROWKIT_BIN/pg_ctl" -D "$PGHOST/data" -m fast -w stop >/dev/null
    ROWKIT_SERVER_OPTIONS=$1 start_server
}
trap 'sql "DROP EXTENSION IF EXISTS pg_cron CASCADE"; restart ""' EXIT
restart "-c shared_preload_libraries=pg_cron -c cron.database_name=$PGDATABASE -c cron.use_background_workers=on"
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
CREATE EXTENSION pg_cron;
CREATE SCHEMA app;
SET search_path = app, rowkit;
CREATE TABLE accounts (id integer PRIMARY KEY);
INSERT INTO accounts VALUES (1);
SELECT count(*) FROM rowkit.enable_credits('accounts');
SELECT rowkit.grant_credits(1, 5, period => 'day');
SELECT rowkit.consume_credits(1, 3, 'x');
UPDATE credit_grants SET period_key = period_key - 1;
SQL
[ "$(sql "SELECT count(*) FROM rowkit.schedule_jobs('app')")" = 1 ]
[ "$(sql "SELECT count(*) FROM rowkit.schedule_jobs('app')")" = 1 ]
[ "$(sql "SELECT count(*) FROM cron.job")" = 1 ]
sql "SELECT cron.alter_job(jobid, schedule => '* * * * *') FROM cron.job" >/dev/null
for n in {1..90}; do
    sleep 1
    done=$(sql "SELECT count(DISTINCT jobid) FROM cron.job_run_details WHERE status = 'succeeded'")
    [ "$done" = 1 ] && break
done
sql "SELECT DISTINCT command, status FROM cron.job_run_details"
[ "$done" = 1 ]
[ "$(sql "SELECT balance FROM app.credit_accounts")" = 5 ]
[ "$(sql "SELECT rowkit.unschedule_jobs('app', dry_run => true)")" = 1 ]
[ "$(sql "SELECT rowkit.unschedule_jobs('app')")" = 1 ]
[ "$(sql "SELECT count(*) FROM cron.job")" = 0 ]
