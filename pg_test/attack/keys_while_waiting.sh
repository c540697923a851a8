#!/usr/bin/env bash
# Plain makes a foreign key in a transaction that ends only once a permanent_delete or a purge waits for it. The server's cascade along that key must not run
# plain's trigger with the rights of whoever removes the row, whether rowkit read the other foreign keys before or after.
set -euo pipefail
sql() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
sql >/dev/null <<'SQL'
SET client_min_messages = error;
CREATE ROLE seller LOGIN;
CREATE SCHEMA s;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA s, attack TO seller, plain;
CREATE TABLE s.orders (id int PRIMARY KEY);
CREATE TABLE s.lines (id int PRIMARY KEY, o int REFERENCES s.orders ON DELETE CASCADE);
SELECT rowkit.enable_soft_delete('s.orders'), rowkit.enable_soft_delete('s.lines');
GRANT SELECT, REFERENCES ON s.orders, s.lines TO seller, plain;
SQL
sql -U seller >/dev/null <<'SQL'
SET client_min_messages = error;
GRANT USAGE ON SCHEMA v TO PUBLIC;
CREATE TABLE v.notes (id int PRIMARY KEY, o int REFERENCES s.orders ON DELETE CASCADE);
CREATE TABLE v.bills (id int PRIMARY KEY, o int REFERENCES s.orders ON DELETE SET NULL);
SELECT rowkit.enable_soft_delete('v.notes');
SQL
# Plain's triggers, and a child that lets go, so that code of plain's is asked on the way, too.
sql -U plain >/dev/null <<'SQL'
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE plainhome.lets_go (id int PRIMARY KEY, o int REFERENCES s.orders ON DELETE SET NULL);
CREATE TRIGGER planted BEFORE UPDATE ON plainhome.lets_go FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
SQL
wait_and_remove() { # order, the table that the key refers to, call
    sql -U plain -c "CREATE TABLE plainhome.late_$1 (o int)" -c "INSERT INTO plainhome.late_$1 VALUES ($1)" \
        -c "CREATE TRIGGER planted AFTER DELETE ON plainhome.late_$1 FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain')"
    sql -c "SELECT attack.holds(rowkit.soft_delete('s.orders', '$1'), 'an order is deleted')" >/dev/null
    psql -Xqo /dev/null -U plain -v ON_ERROR_STOP=1 <<SQL &
BEGIN;
ALTER TABLE plainhome.late_$1 ADD FOREIGN KEY (o) REFERENCES $2 ON DELETE CASCADE NOT VALID;
DO \$\$ BEGIN
    FOR i IN 1..200 LOOP
        IF EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = '$2'::regclass) THEN RETURN; END IF;
        PERFORM pg_sleep(0.02);
    END LOOP;
    RAISE EXCEPTION 'ATTACK WENT WRONG: nothing waited for the foreign key to $2';
END \$\$;
COMMIT;
SQL
    local holder=$!
    until [ "$(sql -c "SELECT count(*) FROM pg_locks WHERE granted AND mode ~ 'ShareRowEx' AND relation = '$2'::regclass")" = 1 ]; do sleep 0.05; done
    sql -c "SET client_min_messages = error" -c "$3" >/dev/null
    wait "$holder"
    sql >/dev/null <<SQL
SELECT attack.holds(NOT is_called, 'nothing of plain''s ran as somebody else: $1, $2') FROM attack.alarm;
SELECT attack.holds(EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'plainhome.late_$1'::regclass AND contype = 'f'), 'the foreign key is there');
SQL
}
permanently() { echo "SELECT attack.shows_nothing('SELECT rowkit.permanent_delete(''s.orders'', ''$1'')', '23503')"; }
# What plain's row refers to stays.
purged() { # order
    sql -c "SELECT attack.holds(EXISTS (SELECT FROM s.orders, plainhome.late_$1 AS late WHERE (id, late.o) = ($1, $1)), 'the purge leaves $1')" >/dev/null
}
# The superuser's tables alone, and then with children of two others.
sql -c "INSERT INTO s.orders SELECT generate_series(1, 8)" -c "INSERT INTO s.lines SELECT n, n FROM generate_series(1, 8) AS n"
wait_and_remove 1 s.orders "$(permanently 1)"
wait_and_remove 2 s.lines "$(permanently 2)"
wait_and_remove 3 s.orders 'CALL rowkit.purge_deleted_in_batches(0)'
purged 3
sql -U seller -c "INSERT INTO v.notes SELECT n, n FROM generate_series(4, 8) AS n" -c "INSERT INTO v.bills SELECT n, n FROM generate_series(4, 8) AS n"
sql -U plain -c "INSERT INTO plainhome.lets_go SELECT n, n FROM generate_series(4, 8) AS n"
wait_and_remove 4 s.orders "$(permanently 4)"
wait_and_remove 5 s.lines "$(permanently 5)"
wait_and_remove 6 s.orders 'CALL rowkit.purge_deleted_in_batches(0)'
purged 6
sql -c "SELECT attack.holds(rowkit.soft_delete('s.orders', '8'), 'an order without a key is deleted')" >/dev/null
wait_and_remove 7 s.lines 'CALL rowkit.purge_deleted_in_batches(0)'
purged 7
# A key that was not there when the purge began is asked in its next run.
sql -c "SET client_min_messages = error" -c 'CALL rowkit.purge_deleted_in_batches(0)'
sql -c "SELECT attack.holds(NOT EXISTS (SELECT FROM s.orders WHERE id = 8), 'the others go')" >/dev/null
sql -c "SELECT attack.holds(attack.has_visits(), 'the trap was on the way')" >/dev/null
sql -c "SET client_min_messages = error" -c "DROP SCHEMA s, v CASCADE" -c "DROP OWNED BY seller" -c "DROP ROLE seller"
