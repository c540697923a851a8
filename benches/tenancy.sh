#!/usr/bin/env bash
# Row security: 1,000,000 records of 1,000 tenants, of which an end user who belongs to five reads 5,000: with rowkit's policy, the policy of the
# seed, the best that SQL alone can say, and without row security for a constant; and a filter on a field of a JSON document.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = error;
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
SET search_path = bench, rowkit;
CREATE ROLE bench_user;
CREATE ROLE bench_service BYPASSRLS;
CREATE TABLE members (account_id uuid, user_id uuid, role text, is_active boolean, PRIMARY KEY (account_id, user_id));
INSERT INTO members SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('00000000-0000-4000-9000-' || lpad((n / 5)::text, 12, '0'))::uuid, 'member', true
FROM generate_series(1, 1000) AS n;
SELECT count(*) FROM register_membership('members', role_column => 'role', active_column => 'is_active', roles => '{member,owner}');
CREATE TABLE plain (id bigint PRIMARY KEY, account_id uuid NOT NULL, data jsonb NOT NULL);
INSERT INTO plain SELECT n, ('00000000-0000-4000-8000-' || lpad((1 + n % 1000)::text, 12, '0'))::uuid, jsonb_build_object('city', 'c' || n / 1000 % 100, 'amount', n)
FROM generate_series(1, 1000000) AS n;
CREATE TABLE ours (LIKE plain INCLUDING ALL); INSERT INTO ours TABLE plain;
CREATE TABLE seed (LIKE plain INCLUDING ALL); INSERT INTO seed TABLE plain;
CREATE TABLE best (LIKE plain INCLUDING ALL); INSERT INTO best TABLE plain;
CREATE INDEX ON plain (account_id); CREATE INDEX ON seed (account_id); CREATE INDEX ON best (account_id);
CREATE INDEX ON ours (account_id, rowkit.field_text(data, 'city'));
SELECT count(*) FROM enable_tenant_isolation('ours', api_roles => '{bench_user}');
ALTER TABLE seed ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON seed USING (account_id IN (SELECT m.account_id FROM bench.members AS m WHERE m.user_id = current_setting('request.jwt.claim.sub')::uuid AND m.is_active));
CREATE FUNCTION my_accounts() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT array_agg(m.account_id) FROM bench.members AS m WHERE m.user_id = current_setting('request.jwt.claim.sub')::uuid AND m.is_active $$;
ALTER TABLE best ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON best USING (account_id = ANY ((SELECT bench.my_accounts())::uuid[]));
GRANT USAGE ON SCHEMA bench TO bench_user, bench_service;
GRANT SELECT ON ALL TABLES IN SCHEMA bench TO bench_user, bench_service;
GRANT EXECUTE ON FUNCTION my_accounts() TO bench_user;
VACUUM ANALYZE;
SQL
trap 'psql -Xq -c "DROP SCHEMA bench CASCADE" -c "DROP OWNED BY bench_user, bench_service" -c "DROP ROLE bench_user, bench_service" 2>/dev/null' EXIT
export PGOPTIONS="-c request.jwt.claim.sub=00000000-0000-4000-9000-000000000100 -c max_parallel_workers_per_gather=0 -c jit=off"
as_user() { # table -> SQL that an end user runs
    echo "SET ROLE bench_user; SELECT count(*), sum((data ->> 'amount')::bigint) FROM bench.$1"
}
time_of() { # SQL of two statements -> milliseconds of the second, the fifth time in a session
    local first=${1%%; *} second=${1#*; } n
    for n in 1 2 3 4 5; do echo "$second;"; done | psql -XAtq -c "$first" -c '\timing on' -f - 2>/dev/null | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1
}
middle() { # SQL -> the median of five
    local n
    for n in 1 2 3 4 5; do time_of "$1"; done | sort -n | sed -n 3p
}
constant="SET ROLE bench_service; SELECT count(*), sum((data ->> 'amount')::bigint) FROM bench.plain WHERE account_id = ANY (ARRAY(SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid FROM generate_series(500, 504) AS n))"
plain=$(middle "$constant") ours=$(middle "$(as_user ours)") best=$(middle "$(as_user best)") seed=$(middle "$(as_user seed)")
awk -v plain="$plain" -v ours="$ours" -v best="$best" -v seed="$seed" 'BEGIN {
    printf "5,000 of 1M rows, milliseconds: constant without row security %.2f   rowkit %.2f (%.2f of it, bar 1.5)   best of SQL alone %.2f (%.2f)   the seed'"'"'s policy %.2f (%.2f)\n",
        plain, ours, ours / plain, best, best / plain, seed, seed / plain }'
holds "$ours / $plain" '<=' 1.5
estimated=$(psql -XAtq -c 'SET ROLE bench_user' -c 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT json) SELECT * FROM bench.ours' |
    python3 -c 'import json, sys; plan = json.load(sys.stdin)[0]["Plan"]; print("%.3f" % (plan["Plan Rows"] / plan["Actual Rows"]))')
echo "rows estimated / real: $estimated, bar within 0.10"
holds "$estimated" '>=' 0.90
holds "$estimated" '<=' 1.10
filter="SELECT count(*) FROM bench.ours WHERE rowkit.field_text(data, 'city') = 'c7'"
service="$filter AND account_id = ANY (ARRAY(SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid FROM generate_series(500, 504) AS n))"
user=$(middle "SET ROLE bench_user; $filter") pass=$(middle "SET ROLE bench_service; $service") arrow=$(middle "SET ROLE bench_user; SELECT count(*) FROM bench.ours WHERE data ->> 'city' = 'c7'")
awk -v user="$user" -v pass="$pass" -v arrow="$arrow" 'BEGIN {
    printf "field_text filter, milliseconds: end user %.3f, service_role %.3f, ratio %.2f (bar 2)   the same with ->> as end user %.2f\n", user, pass, user / pass, arrow }'
holds "$user / $pass" '<=' 2
verdict
