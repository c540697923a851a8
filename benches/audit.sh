#!/usr/bin/env bash
# What audit costs a single-row UPDATE: no audit, the row trigger in PL/pgSQL of the seed with whole rows, rowkit with the changed columns
# and with whole rows. First with durable commits, as in production; then without the disk, so that only work is compared. Last INSERT and
# UPDATE of 20,000 rows.
#
# The bar is on transactions that a client sends twenty at a time. One that waits for each answer sleeps in between, and how long it takes
# to wake depends on how long it slept: on virtual machines it jumps by more than audit costs. The column "20 us" shows it: no audit, and an
# UPDATE that counts to 200 besides.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
. ../pg_test/server.sh
restart on
kinds="none hand diff whole work"
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = error;
CREATE FUNCTION public.make(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', kind);
    EXECUTE format('SET LOCAL search_path = %I, rowkit', kind);
    CREATE TABLE customers (
        id bigint PRIMARY KEY, organization_id uuid NOT NULL, name text NOT NULL, email text, phone text, company text, status text, city text,
        amount numeric, visits integer NOT NULL DEFAULT 0, data jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 70);
    INSERT INTO customers (id, organization_id, name, email, phone, company, status, city, amount, data)
    SELECT n, '00000000-0000-4000-8000-0000000000a1', 'Customer ' || n, n || '@example.com', '03-1234-' || n, 'Company ' || n, 'open', 'Tokyo', n,
        '{"size": 50, "tags": ["a", "b"], "note": "some text of a customer"}'
    FROM generate_series(1, 100000) AS n;
    IF kind = 'hand' THEN
        -- The table and the function of the seed, with the index that its readers need.
        CREATE TABLE audit_logs (
            id uuid DEFAULT gen_random_uuid() PRIMARY KEY, organization_id uuid NOT NULL, user_id uuid, action text NOT NULL, table_name text NOT NULL,
            record_id bigint, old_data jsonb, new_data jsonb, created_at timestamptz DEFAULT now());
        CREATE INDEX ON audit_logs (table_name, record_id, created_at);
        CREATE INDEX ON audit_logs (organization_id, created_at);
    ELSIF kind <> 'none' THEN
        PERFORM rowkit.create_audit_log(kind, 'organization_id');
        PERFORM rowkit.enable_audit('customers', mode => CASE kind WHEN 'whole' THEN 'full' ELSE kind END);
    END IF;
END
$$;
SELECT public.make(kind) FROM unnest(ARRAY['none', 'hand', 'diff', 'whole']) AS kind;
CREATE FUNCTION hand.log_audit_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hand.audit_logs (organization_id, user_id, action, table_name, record_id, old_data, new_data)
    VALUES (COALESCE(NEW.organization_id, OLD.organization_id), rowkit.current_user_id(), TG_OP, TG_TABLE_NAME, COALESCE(NEW.id, OLD.id), to_jsonb(OLD), to_jsonb(NEW));
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON hand.customers FOR EACH ROW EXECUTE FUNCTION hand.log_audit_trail();
VACUUM ANALYZE;
SQL
scripts=$(mktemp -d /tmp/rowkit.XXXXXX)
trap 'restart off; rm -rf "$scripts"' EXIT
for kind in $kinds; do
    table=$kind also=
    [ "$kind" != work ] || { table=none also=' AND (SELECT count(*) FROM generate_series(1, 200)) > 0'; }
    printf '%s\n' '\set id random(1, 100000)' "UPDATE $table.customers SET visits = visits + 1, status = 'seen' WHERE id = :id$also;" >"$scripts/one.$kind"
    { echo '\startpipeline'; for n in $(seq 20); do [ "$n" = 1 ] || echo '\syncpipeline'; cat "$scripts/one.$kind"; done; echo '\endpipeline'; } >"$scripts/many.$kind"
done
rate() { # script clients -> transactions a second; each UPDATE is one
    pgbench -n -M prepared -c "$2" -j "$(($2 < 2 ? 1 : 2))" -T "${ROWKIT_BENCH_SECONDS:-4}" -f "$scripts/$1" 2>"$scripts/errors" |
        awk -v transactions="$(grep -c ^UPDATE "$scripts/$1")" '/^tps = / { print $3 * transactions }'
}
measure() { # label clients bar one|many
    local n kind
    rm -f "$scripts"/tps.*
    for n in 1 2 3 4 5; do
        for kind in $kinds; do rate "$4.$kind" "$2" >>"$scripts/tps.$kind"; done
    done
    middle() { median <"$scripts/tps.$1"; }
    awk -v label="$1" -v bar="$3" -v none="$(middle none)" -v hand="$(middle hand)" -v diff="$(middle diff)" -v whole="$(middle whole)" -v work="$(middle work)" 'BEGIN {
        printf "%-44s none %6.0f   by hand %6.0f   diff %6.0f   full %6.0f /s   hand/none %4.2f   diff/none %4.2f   full/none %4.2f   20 us/none %4.2f   bar: %s\n",
            label, none, hand, diff, whole, hand / none, diff / none, whole / none, work / none, bar }'
    [ "$3" = - ] || holds "$(middle diff) / $(middle none)" ${3#* }
}
# A table as applications have them: data_catalog's datasets with its search vector, counters and policies, written by a member.
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
SET client_min_messages = error;
CREATE ROLE authenticated NOLOGIN;
CREATE SCHEMA data_catalog;
SELECT count(*) FROM rowkit.install_blueprint('data_catalog', 'data_catalog');
GRANT USAGE ON SCHEMA data_catalog TO authenticated;
GRANT SELECT, UPDATE ON data_catalog.datasets TO authenticated;
SET search_path = data_catalog;
INSERT INTO accounts (id, name, max_datasets) VALUES ('00000000-0000-4000-8000-000000000001', 'Acme', 1000000);
INSERT INTO users (id, email) VALUES ('00000000-0000-4000-8000-0000000000a1', 'ann@example.com');
INSERT INTO account_users (account_id, user_id, role) VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1', 'owner');
INSERT INTO datasets (id, account_id, name, schema, description)
SELECT ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid, '00000000-0000-4000-8000-000000000001', 'd' || n, 's', 'some text about it' FROM generate_series(1, 20000) AS n;
VACUUM ANALYZE datasets;
SQL
cat >"$scripts/one.member" <<'SQL'
\set n random(1, 20000)
UPDATE data_catalog.datasets SET description = 'text ' || :n WHERE id = ('00000000-0000-4000-9000-' || lpad((:n)::text, 12, '0'))::uuid;
SQL
for n in 1 2 3 4 5; do
    for side in DISABLE ENABLE; do
        psql -Xqc "ALTER TABLE data_catalog.datasets $side TRIGGER audit_update"
        PGOPTIONS='-c request.jwt.claim.sub=00000000-0000-4000-8000-0000000000a1 -c role=authenticated' rate one.member 1 >>"$scripts/$side"
    done
done
[ "$(psql -XAtc "SELECT count(*) > 1000 FROM data_catalog.audit_logs WHERE action = 'UPDATE' AND table_name = 'datasets'")" = t ]
none=$(median <"$scripts/DISABLE") diff=$(median <"$scripts/ENABLE")
awk -v none="$none" -v diff="$diff" 'BEGIN { printf "%-44s none %6.0f   diff %6.0f /s   diff/none %4.2f   bar: diff/none >= 0.75\n", "a dataset of data_catalog, answer by answer", none, diff, diff / none }'
holds "$diff / $none" '>=' 0.75
psql -Xqc 'SET client_min_messages = error' -c 'DROP SCHEMA data_catalog CASCADE' -c 'DROP OWNED BY authenticated' -c 'DROP ROLE authenticated'
measure "UPDATE of a row, 1 writer" 1 "diff/none >= 0.75" many
measure "UPDATE of a row, 1 writer, answer by answer" 1 - one
measure "UPDATE of a row, 8 writers" 8 - many
measure "UPDATE of a row, 8 writers, answer by answer" 8 - one
restart off
psql -Xqc VACUUM
measure "without the disk, 1 writer" 1 - many
psql -Xqc VACUUM
fill() { echo "INSERT INTO $1.customers (id, organization_id, name) SELECT nextval('public.ids'), '00000000-0000-4000-8000-0000000000a1', 'p' FROM generate_series(1, 20000)"; }
psql -Xqc 'CREATE SEQUENCE public.ids START 1000000'
change() { echo "UPDATE $1.customers SET visits = visits + 1 WHERE id <= 20000"; }
compare "INSERT of 20,000 rows, by hand : diff" "-" "$(fill hand)" "$(fill diff)" CHECKPOINT
compare "UPDATE of 20,000 rows, by hand : diff" "-" "$(change hand)" "$(change diff)" CHECKPOINT
verdict
