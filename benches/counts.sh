#!/usr/bin/env bash
# The 500,000 live records of one table, counted by an end user under forced row security: by count_records(), beside its owner, and by count(*), whose policy
# calls current_tenant_ids() for every record, beside the same conditions with a constant array in place of the function, and beside the owner.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = error;
CREATE ROLE authenticated;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'counts');
GRANT USAGE ON SCHEMA counts TO authenticated;
CREATE FUNCTION counts.id(kind integer, n integer) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN format('00000000-0000-%s-8000-%s', lpad(kind::text, 4, '0'), lpad(n::text, 12, '0'))::uuid;
INSERT INTO counts.organizations (id, name) SELECT counts.id(1, n), 'o' || n FROM generate_series(0, 1) AS n;
INSERT INTO counts.users (id) VALUES (counts.id(2, 0));
INSERT INTO counts.user_organizations (user_id, organization_id, role) VALUES (counts.id(2, 0), counts.id(1, 0), 'member');
INSERT INTO counts.tables (id, organization_id, name) SELECT counts.id(4, n), counts.id(1, n), 't' FROM generate_series(0, 1) AS n;
-- Loaded without triggers: what is measured is how they are counted.
SET session_replication_role = replica;
INSERT INTO counts.records (id, table_id, organization_id, name, email, status, data)
SELECT counts.id(6, n), counts.id(4, (n % 50 = 0)::integer), counts.id(1, (n % 50 = 0)::integer), 'r' || n, n || '@example.com', 'open', jsonb_build_object('city', 'c' || n % 100, 'amount', n)
FROM generate_series(1, 510204) AS n;
SET session_replication_role = origin;
ALTER TABLE counts.records FORCE ROW LEVEL SECURITY;
VACUUM (ANALYZE) counts.records;
SQL
trap 'psql -Xq -c "SET client_min_messages = error" -c "DROP SCHEMA counts CASCADE" -c "DROP OWNED BY authenticated" -c "DROP ROLE authenticated"' EXIT
export PGOPTIONS='-c request.jwt.claims={"sub":"00000000-0000-0002-8000-000000000000","role":"authenticated","aud":"authenticated","session_id":"00000000-0000-0009-8000-000000000000"} -c max_parallel_workers_per_gather=0 -c jit=off'
count="SELECT count(*) FROM counts.records WHERE table_id = '00000000-0000-0004-8000-000000000000'"
user="SET ROLE authenticated; $count"
[ "$(psql -XAtq -c "SET ROLE authenticated" -c "$count")" = 500000 ]
live="$count AND deleted_at IS NULL"
native="SELECT counts.count_records('00000000-0000-0004-8000-000000000000', '{}')"
[ "$(psql -XAtq -c "SET ROLE authenticated" -c "$native")" = 500000 ]
compare "count_records() of 500,000 records, other: its owner" 'rowkit/other <= 1.3' "$native" "SET ROLE authenticated; $native"
compare "count(*) of the same, other: the owner" - "$live" "$user"
compare "the same, other: a constant array" 'rowkit/other <= 1.3' "$live AND organization_id = ANY ('{00000000-0000-0001-8000-000000000000}'::uuid[])" "$user"
verdict
