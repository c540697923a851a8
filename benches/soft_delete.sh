#!/usr/bin/env bash
# Soft delete and purge of a tree of a million rows: 1 account, 100 projects, 10,000 datasets, the rest columns. Beside it what one
# writes by hand: one UPDATE a table, with the seed's index on active rows. Each run has fresh copies; medians of five.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
tree() { # schema
    psql -Xq -v ON_ERROR_STOP=1 -v schema="$1" <<'SQL'
CREATE SCHEMA :schema;
SET search_path = :schema;
CREATE TABLE accounts (id uuid PRIMARY KEY, name text, deleted_at timestamptz, deleted_by uuid);
CREATE TABLE projects (id uuid PRIMARY KEY, account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE, name text, deleted_at timestamptz, deleted_by uuid);
CREATE TABLE datasets (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE, name text, deleted_at timestamptz, deleted_by uuid);
CREATE TABLE columns (id uuid PRIMARY KEY, dataset_id uuid NOT NULL REFERENCES datasets ON DELETE CASCADE, name text, deleted_at timestamptz, deleted_by uuid);
INSERT INTO accounts SELECT rowkit.uuidv7(), 'a';
INSERT INTO projects SELECT rowkit.uuidv7(), (SELECT id FROM accounts), 'p' || n FROM generate_series(1, 100) AS n;
-- As applications make them: the datasets of a project together, and the columns of a dataset.
INSERT INTO datasets SELECT rowkit.uuidv7(), id, 'd' || n FROM projects, generate_series(1, 100) AS n ORDER BY 2;
INSERT INTO columns SELECT rowkit.uuidv7(), id, 'c' || n FROM datasets, generate_series(1, 99) AS n ORDER BY 2;
CREATE INDEX ON projects (account_id);
CREATE INDEX ON datasets (project_id);
CREATE INDEX ON columns (dataset_id);
SQL
}
tree hand
tree ours
psql -Xq -v ON_ERROR_STOP=1 <<'SQL' >/dev/null
CREATE INDEX ON hand.projects (account_id) WHERE deleted_at IS NULL;
CREATE INDEX ON hand.datasets (project_id) WHERE deleted_at IS NULL;
CREATE INDEX ON hand.columns (dataset_id) WHERE deleted_at IS NULL;
SELECT rowkit.enable_soft_delete('ours.columns');
SELECT rowkit.enable_soft_delete('ours.datasets');
SELECT rowkit.enable_soft_delete('ours.projects');
SELECT rowkit.enable_soft_delete('ours.accounts');
CREATE FUNCTION hand.soft_delete_account(account uuid) RETURNS void LANGUAGE plpgsql SET search_path = hand AS $$
BEGIN
    UPDATE columns SET deleted_at = now(), deleted_by = account WHERE deleted_at IS NULL AND dataset_id IN (
        SELECT datasets.id FROM datasets JOIN projects ON projects.id = datasets.project_id WHERE projects.account_id = account);
    UPDATE datasets SET deleted_at = now(), deleted_by = account WHERE deleted_at IS NULL AND project_id IN (
        SELECT id FROM projects WHERE account_id = account);
    UPDATE projects SET deleted_at = now(), deleted_by = account WHERE deleted_at IS NULL AND account_id = account;
    UPDATE accounts SET deleted_at = now(), deleted_by = account WHERE deleted_at IS NULL AND id = account;
END
$$;
-- As purge_deleted_in_batches, with the time of each batch: how long its locks are held at the most.
CREATE PROCEDURE ours.longest_batch(INOUT longest numeric DEFAULT 0) LANGUAGE plpgsql AS $$
DECLARE
    step record;
    after uuid;
    began timestamptz;
BEGIN
    LOOP
        began := clock_timestamp();
        SELECT * INTO step FROM rowkit_internal._purge_step('ours.accounts', 0, true, after, 1000, NULL, NULL);
        EXIT WHEN step.done;
        after := step.next;
        COMMIT;
        longest := greatest(longest, extract(epoch FROM clock_timestamp() - began) * 1000);
    END LOOP;
END
$$;
VACUUM ANALYZE;
SQL
template=$PGDATABASE
copy() { psql -Xq -d postgres -c "SET client_min_messages = error" -c "DROP DATABASE IF EXISTS bench_tree" -c "CREATE DATABASE bench_tree TEMPLATE $template" -c CHECKPOINT; }
trap 'psql -Xq -d postgres -c "DROP DATABASE IF EXISTS bench_tree"' EXIT
timed() { psql -XAt -d bench_tree -c 'SELECT rowkit.uuidv7()' -c '\timing on' -c "$1" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1; }
hand=() ours=() restores=() purges=() longest=()
for n in 1 2 3 4 5; do
    copy; hand+=("$(timed "SELECT hand.soft_delete_account((SELECT id FROM hand.accounts))")")
    copy; ours+=("$(timed "SELECT rowkit.soft_delete_with_counts('ours.accounts', (SELECT id FROM ours.accounts), (SELECT id FROM ours.accounts))")")
    restores+=("$(timed "SELECT rowkit.restore_deleted('ours.accounts', (SELECT id FROM ours.accounts))")")
    copy; timed "SELECT rowkit.soft_delete('ours.accounts', (SELECT id FROM ours.accounts))" >/dev/null
    psql -Xq -d bench_tree -c CHECKPOINT
    purges+=("$(timed "CALL rowkit.purge_deleted_in_batches(0)")")
    [ "$(psql -XAt -d bench_tree -c 'SELECT count(*) FROM ours.columns')" = 0 ]
    copy; timed "SELECT rowkit.soft_delete('ours.accounts', (SELECT id FROM ours.accounts))" >/dev/null
    psql -Xq -d bench_tree -c CHECKPOINT
    longest+=("$(psql -XAt -d bench_tree -c 'CALL ours.longest_batch()')")
done
tell "soft delete of a tree of 1M rows" "rowkit/other <= 1.25" "$(printf '%s\n' "${hand[@]}" | median)" "$(printf '%s\n' "${ours[@]}" | median)"
tell "  restore, beside the delete by hand" "-" "$(printf '%s\n' "${hand[@]}" | median)" "$(printf '%s\n' "${restores[@]}" | median)"
purge=$(printf '%s\n' "${purges[@]}" | median)
worst=$(printf '%s\n' "${longest[@]}" | median)
awk -v ms="$purge" -v worst="$worst" 'BEGIN { printf "purge of 1,000,101 rows in batches of 1,000 %25.0f rows/s   %.1f ms a batch, the longest %.1f   bar: >= 100,000 rows/s, <= 50 ms\n", 1000101 / ms * 1000, ms / 1001, worst }'
holds "1000101 / $purge * 1000" '>=' 100000
holds "$worst" '<=' 50
verdict
