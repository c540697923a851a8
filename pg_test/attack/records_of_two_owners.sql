-- A deletion reaches tables of two owners, and each of them owns a table of records and types of its own. What the owner of a child writes down, or hangs on its types, counts for nobody
-- else's rows.
CREATE ROLE seller LOGIN;
CREATE ROLE boss LOGIN;
GRANT USAGE ON SCHEMA attack TO seller, boss;
SET client_min_messages = warning;

-- 1. The CHECK of a domain, the type of a referring column, when a deletion is restored: first of a role's table, then of a superuser's.
CREATE SCHEMA v AUTHORIZATION seller;
CREATE SCHEMA s;
GRANT USAGE ON SCHEMA v, s TO plain;
CREATE TABLE s.orders (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('s.orders');
GRANT REFERENCES ON s.orders TO plain;
INSERT INTO s.orders VALUES (1);
\connect - seller
CREATE TABLE v.orders (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('v.orders');
GRANT SELECT, REFERENCES ON v.orders TO plain;
INSERT INTO v.orders SELECT generate_series(1, 9);
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE FUNCTION plainhome.evil(int) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN RETURN attack.trap('plain'); END $$;
CREATE DOMAIN plainhome.number AS int CHECK (plainhome.evil(VALUE));
CREATE TABLE plainhome.typed (id int PRIMARY KEY, o plainhome.number REFERENCES v.orders ON DELETE SET NULL, s plainhome.number REFERENCES s.orders ON DELETE SET NULL);
INSERT INTO plainhome.typed VALUES (1, 1, 1);
\connect - seller
SELECT attack.holds(rowkit.soft_delete('v.orders', '1') AND rowkit.restore_deleted('v.orders', '1'), 'an order is deleted and restored');
\connect - rowkit
SELECT attack.holds(rowkit.soft_delete('s.orders', '1') AND rowkit.restore_deleted('s.orders', '1'), 'the superuser''s, too');
SELECT attack.holds((o, s) IS NOT DISTINCT FROM (1, 1), 'what referred to them does so again') FROM plainhome.typed;
\connect - plain
DROP TABLE plainhome.typed;

-- 2. A forged record beside a child: neither a hold nor a purge goes by it.
CREATE TABLE plainhome.items (id int PRIMARY KEY, o int REFERENCES v.orders ON DELETE CASCADE);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.items');
INSERT INTO plainhome.items VALUES (2, 2), (3, 3), (4, 4);
\connect - seller
SELECT rowkit.soft_delete('v.orders', id::text) FROM generate_series(2, 4) AS id;
SELECT rowkit.hold_deletion('v.orders', '3');
\connect - plain
INSERT INTO plainhome.deletions (id, table_name, record_keys, counts, deleted_at, is_on_hold) SELECT deletion_id, 'items', '[]', '{}', now() - interval '9 years', id = 4 FROM plainhome.items;
GRANT ALL ON plainhome.deletions, plainhome.deletion_references TO PUBLIC;
CREATE TRIGGER planted AFTER UPDATE ON plainhome.deletions FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
\connect - seller
CALL rowkit.purge_deleted_in_batches(90);
SELECT attack.holds(count(*) = 3, format('no young or held row is gone: %s of 3 are left', count(*))) FROM v.orders WHERE id IN (2, 3, 4);
SELECT attack.holds(rowkit.hold_deletion('v.orders', '2'), 'the owner holds a deletion');
SELECT attack.holds(bool_and(is_on_hold), 'by its own record') FROM v.deletions WHERE record_keys @> '[{"id": 2}]';
\connect - rowkit
SELECT attack.holds(NOT is_on_hold, 'and not by plain''s') FROM plainhome.deletions WHERE id = (SELECT deletion_id FROM v.orders WHERE id = 2);
\connect - seller
SELECT attack.refused('SELECT rowkit.permanent_delete(''v.orders'', ''3'')', '55000');
SELECT attack.holds(rowkit.hold_deletion('v.orders', '2', false) AND rowkit.restore_deleted('v.orders', '2'), 'a deletion is restored');
SELECT attack.holds(bool_and(restored_at IS NOT NULL), 'by its own record') FROM v.deletions WHERE record_keys @> '[{"id": 2}]';

-- 3. A deletion that began with a table of plain's, above the seller's: the seller's hold must not run what plain hangs on its table of records.
\connect - plain
CREATE TABLE plainhome.tops (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.tops');
GRANT SELECT, REFERENCES ON plainhome.tops TO seller;
INSERT INTO plainhome.tops VALUES (1);
\connect - seller
ALTER TABLE v.orders ADD top int REFERENCES plainhome.tops ON DELETE CASCADE;
UPDATE v.orders SET top = 1 WHERE id = 8;
\connect - plain
SELECT attack.holds(rowkit.soft_delete('plainhome.tops', '1'), 'plain deletes what is above an order');
\connect - seller
SELECT attack.refused('SELECT rowkit.hold_deletion(''v.orders'', ''8'')', '42501');

-- 4. Code in an index of plain's records, and an empty table: nobody waits for it.
\connect - rowkit
SELECT attack.holds(rowkit.soft_delete('s.orders', '1'), 'a superuser''s order is deleted');
\connect - plain
CREATE TABLE plainhome.empty (id int PRIMARY KEY, o int REFERENCES s.orders ON DELETE SET NULL);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.empty');
CREATE FUNCTION plainhome.slow() RETURNS int LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
BEGIN
    IF current_setting('plain.is_making', true) IS DISTINCT FROM 'on' THEN PERFORM attack.trap('plain'), pg_sleep(1000000); END IF;
    RETURN 1;
END $$;
SET plain.is_making = 'on';
CREATE INDEX ON plainhome.deletions (id) WHERE plainhome.slow() = 1;
\connect - rowkit
SET statement_timeout = '30s';
CALL rowkit.purge_deleted_in_batches(0, within => '1 second');
RESET statement_timeout;
SELECT attack.holds(count(*) = 0, 'the superuser''s order is purged') FROM s.orders WHERE deleted_at IS NOT NULL;

-- 5. Empty tables that soft delete cannot follow, and one whose records are gone.
\connect - plain
DROP TABLE plainhome.deletions CASCADE;
CREATE TABLE plainhome.spread (k int[] PRIMARY KEY, o int REFERENCES v.orders ON DELETE SET NULL) PARTITION BY LIST (k);
CREATE TYPE plainhome.pair AS (a int);
CREATE FUNCTION plainhome.to_int(plainhome.pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.a';
CREATE CAST (plainhome.pair AS int) WITH FUNCTION plainhome.to_int(plainhome.pair) AS IMPLICIT;
CREATE TABLE plainhome.composite (k int PRIMARY KEY, o plainhome.pair REFERENCES v.orders);
\connect - seller
SELECT attack.holds(rowkit.soft_delete('v.orders', '9') AND rowkit.restore_deleted('v.orders', '9'), 'an order is deleted and restored');
SELECT attack.holds(rowkit.soft_delete('v.orders', '9') AND rowkit.permanent_delete('v.orders', '9'), 'and removed');
\connect - rowkit
SET client_min_messages = error;
DROP SCHEMA v, s CASCADE;
DROP OWNED BY seller, boss;
DROP ROLE seller, boss;
