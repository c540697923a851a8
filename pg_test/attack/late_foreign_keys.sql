-- The server's own cascades run triggers with the rights of whoever removes rows. Code of another owner, which runs in a purge or a permanent_delete, must not make a foreign key, or a row
-- along one that was not asked, after rowkit has read which there are.
CREATE ROLE seller LOGIN;
GRANT USAGE ON SCHEMA attack TO seller;
SET client_min_messages = error;
CREATE SCHEMA s;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA s, v TO plain;
CREATE TABLE s.orders (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('s.orders');
GRANT SELECT, REFERENCES ON s.orders TO plain;
INSERT INTO s.orders SELECT generate_series(1, 6);
SELECT rowkit.soft_delete('s.orders', id::text) FROM generate_series(1, 6) AS id;
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
-- 1. A trigger of a child that lets go makes a foreign key, and a row along it.
CREATE TABLE plainhome.refers (id int PRIMARY KEY, o int REFERENCES s.orders ON DELETE SET NULL);
INSERT INTO plainhome.refers VALUES (1, 1), (2, 2);
CREATE FUNCTION plainhome.fill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('plainhome.late') IS NULL THEN
        CREATE TABLE plainhome.late (o int REFERENCES s.orders ON DELETE CASCADE);
        CREATE TRIGGER planted AFTER DELETE ON plainhome.late FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
    END IF;
    INSERT INTO plainhome.late VALUES (OLD.o);
    PERFORM attack.trap('plain');
    RETURN NEW;
END $$;
CREATE TRIGGER fill BEFORE UPDATE OF o ON plainhome.refers FOR EACH ROW WHEN (NEW.o IS NULL) EXECUTE FUNCTION plainhome.fill();
\connect - rowkit
SET client_min_messages = error;
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(nextval('attack.visits') > 1, 'the trap was on the way');
SELECT attack.holds(array_agg(id ORDER BY id) @> '{1,2}', 'what plain refers to stays') FROM s.orders;
SELECT attack.shows_nothing('SELECT rowkit.permanent_delete(''s.orders'', ''2'')', '23503');
\connect - plain
DROP TABLE plainhome.refers;
DROP TABLE IF EXISTS plainhome.late;
\connect - rowkit
INSERT INTO s.orders VALUES (11), (12), (13);
SELECT rowkit.soft_delete('s.orders', id::text) FROM generate_series(11, 13) AS id;
-- 2. So does a function in an index of a child, which is evaluated when the child is asked.
\connect - plain
CREATE FUNCTION plainhome.inner() RETURNS int LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
    IF session_user <> 'plain' AND to_regclass('plainhome.late') IS NULL THEN
        BEGIN
            CREATE TABLE plainhome.late (o int REFERENCES s.orders ON DELETE CASCADE);
            CREATE TRIGGER planted AFTER DELETE ON plainhome.late FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
            INSERT INTO plainhome.late VALUES (11), (12);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END IF;
    RETURN 1;
END $$;
CREATE FUNCTION plainhome.check() RETURNS int LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$ BEGIN RETURN plainhome.inner(); END $$;
CREATE TABLE plainhome.kids (k int PRIMARY KEY, o int REFERENCES s.orders);
CREATE INDEX planted ON plainhome.kids (o) WHERE plainhome.check() = 1;
\connect - rowkit
SET client_min_messages = error;
SELECT attack.shows_nothing('SELECT rowkit.permanent_delete(''s.orders'', ''11'')', '23503');
CALL rowkit.purge_deleted_in_batches(0);
\connect - plain
DROP TABLE plainhome.kids;
DROP TABLE IF EXISTS plainhome.late;
-- 3. A foreign key that soft delete cannot follow was left out, as no row referred along it.
\connect - seller
CREATE TABLE v.orders (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('v.orders');
GRANT SELECT, REFERENCES ON v.orders TO plain;
INSERT INTO v.orders SELECT generate_series(1, 4);
\connect - plain
CREATE TABLE plainhome.refers (id int PRIMARY KEY, o int REFERENCES v.orders ON DELETE SET NULL);
INSERT INTO plainhome.refers VALUES (1, 1), (2, 2);
CREATE TABLE plainhome.spread (k int[] PRIMARY KEY, o int REFERENCES v.orders ON DELETE CASCADE) PARTITION BY LIST (k);
CREATE TABLE plainhome.spread_rest PARTITION OF plainhome.spread DEFAULT;
CREATE TRIGGER planted AFTER DELETE ON plainhome.spread FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
CREATE FUNCTION plainhome.spread() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO plainhome.spread VALUES (ARRAY[OLD.o], OLD.o); RETURN NEW; END $$;
\connect - seller
SELECT attack.holds(rowkit.soft_delete('v.orders', id::text), 'an order is deleted') FROM generate_series(1, 4) AS id;
\connect - plain
UPDATE plainhome.refers SET o = id;
CREATE TRIGGER spread BEFORE UPDATE OF o ON plainhome.refers FOR EACH ROW WHEN (NEW.o IS NULL) EXECUTE FUNCTION plainhome.spread();
\connect - seller
SET client_min_messages = error;
SELECT attack.refused('SELECT rowkit.permanent_delete(''v.orders'', ''1'')', '23503');
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(array_agg(id ORDER BY id) @> '{1,2}', 'what plain refers to stays') FROM v.orders;
\connect - plain
DROP TABLE plainhome.refers, plainhome.spread;
-- 4. A child that looks like what rowkit keeps for a row, by a trigger of rowkit's on it.
CREATE TABLE plainhome.kept (id int PRIMARY KEY, o int REFERENCES s.orders ON DELETE CASCADE);
CREATE TRIGGER looks BEFORE INSERT OR UPDATE ON plainhome.kept FOR EACH ROW EXECUTE FUNCTION rowkit.guard_table_view();
ALTER TABLE plainhome.kept DISABLE TRIGGER looks;
CREATE TRIGGER planted AFTER DELETE ON plainhome.kept FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
INSERT INTO plainhome.kept VALUES (1, 13);
\connect - rowkit
INSERT INTO s.orders VALUES (13) ON CONFLICT DO NOTHING;
SELECT attack.shows_nothing('SELECT rowkit.permanent_delete(''s.orders'', ''13'')', '23503');
SET client_min_messages = error;
CALL rowkit.purge_deleted_in_batches(0);
-- 5. The owner of a table that lines only refer to, such as a list of kinds, writes down what ends no retention and no hold of theirs.
CREATE SCHEMA w AUTHORIZATION seller;
\connect - plain
CREATE TABLE plainhome.kinds (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.kinds');
GRANT SELECT, REFERENCES ON plainhome.kinds TO seller;
INSERT INTO plainhome.kinds VALUES (1);
\connect - seller
INSERT INTO v.orders SELECT generate_series(21, 24);
CREATE TABLE w.lines (id int PRIMARY KEY, k int CONSTRAINT a_kind REFERENCES plainhome.kinds ON DELETE SET NULL, o int CONSTRAINT b_order REFERENCES v.orders ON DELETE CASCADE);
SELECT count(*) FROM rowkit.enable_soft_delete('w.lines');
INSERT INTO w.lines SELECT n, 1, n FROM generate_series(21, 24) AS n;
SELECT attack.holds(rowkit.soft_delete('v.orders', n::text), 'an order is deleted with its line') FROM generate_series(21, 23) AS n;
SELECT attack.holds(rowkit.hold_deletion('v.orders', '21'), 'and one is held');
\connect - plain
INSERT INTO plainhome.deletions (id, table_name, record_keys, counts, deleted_at, is_on_hold) SELECT deletion_id, 'kinds', '[]', '{}', now() - interval '9 years', id = 23 FROM v.orders WHERE id > 20 AND deletion_id IS NOT NULL;
\connect - seller
SET client_min_messages = error;
SELECT attack.refused('DELETE FROM w.lines WHERE id = 21', '55000');
SELECT attack.refused('SELECT rowkit.permanent_delete(''w.lines'', ''21'')', '55000');
CALL rowkit.purge_deleted_in_batches(90);
SELECT attack.holds(count(*) = 4, 'no held or young line is gone') FROM w.lines;
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(array_agg(id ORDER BY id) = '{21,24}', 'what is neither held nor live is purged in time') FROM w.lines;
\connect - rowkit
SET client_min_messages = error;
DROP SCHEMA s, v, w CASCADE;
DROP OWNED BY seller;
DROP ROLE seller;
