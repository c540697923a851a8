#!/usr/bin/env bash
# A member of A writes into a table of B, and waits in the middle of it. B's own people must be able to write and to change their columns meanwhile.
set -u
id() { psql -XAtc "SELECT attack.id('$1')"; }
table=$(id 'B table') a=$(id A)
(
    psql -Xq -U authenticator -v ON_ERROR_STOP=0 2>/dev/null <<SQL
SELECT attack.sign_in('a3');
BEGIN;
INSERT INTO ct.records (organization_id, table_id, name, data)
SELECT '$a', '$table', 'x', ('{"salary": 77600, "s": "' || pg_sleep(CASE WHEN n = 2 THEN 4 ELSE 0 END)::text || '"}')::jsonb FROM generate_series(1, 2) AS n;
ROLLBACK;
-- The same in a transaction that goes on after the error.
BEGIN;
SAVEPOINT before;
INSERT INTO ct.records (organization_id, table_id, name, data) VALUES ('$a', '$table', 'x', '{"salary": 77600}');
ROLLBACK TO before;
SELECT pg_sleep(1);
ROLLBACK;
SQL
) &
attacker=$!
# The same by the definition of an index, for which a table's schema is locked.
(
    psql -Xq -U authenticator -v ON_ERROR_STOP=0 2>/dev/null <<SQL
SELECT attack.sign_in('a3');
INSERT INTO ct.table_indexes (organization_id, table_id, columns)
SELECT '$a', '$table', ('["salary", "name' || pg_sleep(CASE WHEN n = 2 THEN 4 ELSE 0 END)::text || '"]')::jsonb FROM generate_series(1, 2) AS n;
SQL
) &
second=$!
sleep 1
psql -Xqo /dev/null -v ON_ERROR_STOP=1 -U authenticator <<SQL
SELECT attack.sign_in('b3');
SET lock_timeout = '500ms';
SET statement_timeout = '2s';
BEGIN;
INSERT INTO ct.records (table_id, name, data) VALUES ('$table', 'B writes', '{"salary": 77600}');
UPDATE ct.table_columns SET label = 'bsecret other' WHERE table_id = '$table' AND name = 'salary';
ROLLBACK;
SQL
status=$?
wait "$attacker"
wait "$second"
[ "$status" = 0 ] || echo "ATTACK SUCCEEDED: B waits for a member of A"
exit "$status"
