-- Who may refer to all tables of a schema may refer to rowkit's records in it, too. When rowkit removes a record, the server's cascade must not run another
-- role's trigger with the rights of the records' owner, and must not keep others from restoring and purging.
CREATE ROLE seller LOGIN;
SET client_min_messages = error;
CREATE SCHEMA s;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA s, v, attack TO seller, plain;
CREATE TABLE s.orders (id int PRIMARY KEY);
CREATE TABLE s.notes (id int PRIMARY KEY, o int REFERENCES s.orders ON DELETE SET NULL);
SELECT count(*) FROM rowkit.enable_soft_delete('s.orders');
GRANT SELECT, REFERENCES ON ALL TABLES IN SCHEMA s TO plain;
INSERT INTO s.orders SELECT generate_series(1, 5);
INSERT INTO s.notes SELECT generate_series(1, 4), generate_series(1, 4);
SELECT rowkit.soft_delete('s.orders', id::text) FROM generate_series(1, 4) AS id;
SELECT rowkit.permanent_delete('s.orders', '5');
\connect - seller
CREATE TABLE v.orders (id int PRIMARY KEY);
CREATE TABLE v.notes (id int PRIMARY KEY, o int REFERENCES v.orders ON DELETE SET NULL);
SELECT count(*) FROM rowkit.enable_soft_delete('v.orders');
INSERT INTO v.orders VALUES (1), (2);
INSERT INTO v.notes VALUES (1, 1);
SELECT attack.holds(rowkit.soft_delete('v.orders', '1') AND rowkit.permanent_delete('v.orders', '2'), 'seller deletes, too');
\connect - rowkit
UPDATE s.deletions SET deleted_at = now() - interval '200 days', purged_at = purged_at - interval '200 days';
UPDATE v.deletions SET deleted_at = now() - interval '200 days', purged_at = purged_at - interval '200 days';
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE plainhome.of_deletions (o uuid REFERENCES s.deletions ON DELETE CASCADE);
CREATE TABLE plainhome.of_references (o uuid REFERENCES s.deletion_references ON DELETE CASCADE);
CREATE TRIGGER planted AFTER DELETE ON plainhome.of_deletions FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
CREATE TRIGGER planted AFTER DELETE ON plainhome.of_references FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
INSERT INTO plainhome.of_deletions SELECT id FROM s.deletions;
INSERT INTO plainhome.of_references SELECT id FROM s.deletion_references;
SELECT attack.holds((SELECT count(*) FROM plainhome.of_deletions) = 5 AND (SELECT count(*) FROM plainhome.of_references) = 4, 'the traps are set');
-- 1. A restore, a permanent_delete and a purge remove references, and a purge old records.
\connect - rowkit
SET client_min_messages = error;
SELECT attack.shows_nothing('SELECT rowkit.restore_deleted(''s.orders'', ''1'')', '23503', '42501', '55000');
SELECT attack.holds(NOT is_called, 'no trigger of plain''s ran as the records'' owner in a restore') FROM attack.alarm;
SELECT attack.shows_nothing('SELECT rowkit.permanent_delete(''s.orders'', ''2'')', '23503', '42501', '55000');
SELECT attack.holds(NOT is_called, 'nor in a permanent_delete') FROM attack.alarm;
CALL rowkit.purge_deleted_in_batches(90);
CALL rowkit.purge_deleted_in_batches(90);
SELECT attack.holds(NOT is_called, 'nor in a purge') FROM attack.alarm;
SELECT attack.holds((SELECT count(*) FROM v.orders) = 0, 'seller''s order is purged');
SELECT attack.holds((SELECT count(*) FROM v.deletions WHERE purged_at < now() - interval '190 days') = 0, 'and seller''s old record goes');
-- 2. A key that does not cascade may keep what it refers to, and nothing else.
\connect - plain
DROP TABLE plainhome.of_deletions, plainhome.of_references;
\connect - rowkit
SET client_min_messages = error;
INSERT INTO s.orders VALUES (11), (12);
INSERT INTO s.notes VALUES (11, 11), (12, 12);
SELECT rowkit.soft_delete('s.orders', id::text) FROM generate_series(11, 12) AS id;
\connect - plain
CREATE TABLE plainhome.keeps (d uuid REFERENCES s.deletions, r uuid REFERENCES s.deletion_references);
INSERT INTO plainhome.keeps SELECT deletion_id, id FROM s.deletion_references
WHERE deletion_id = (SELECT id FROM s.deletions WHERE record_keys @> '[{"id": 11}]');
\connect - rowkit
SELECT attack.holds((SELECT count(*) FROM plainhome.keeps) = 1, 'the key is there');
SELECT attack.shows_nothing('SELECT rowkit.restore_deleted(''s.orders'', ''11'')', '23503', '42501', '55000');
SET client_min_messages = error;
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(NOT EXISTS (SELECT FROM s.orders WHERE id = 12), 'the purge goes on');
DROP SCHEMA s, v CASCADE;
DROP OWNED BY seller;
DROP ROLE seller;
