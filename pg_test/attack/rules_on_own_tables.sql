-- A rule adds statements to rowkit's own statement on the table that has it: they must not pass guards of other tables as if rowkit had written them.
CREATE ROLE seller LOGIN;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA attack, v TO seller, plain;
\connect - seller
CREATE TABLE v.parts (id int, name text, part int, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE v.parts_1 PARTITION OF v.parts FOR VALUES IN (1);
SELECT count(*) FROM rowkit.enable_soft_delete('v.parts', hard_delete => 'nobody');
CREATE TABLE v.flat (id int PRIMARY KEY, name text);
SELECT count(*) FROM rowkit.enable_soft_delete('v.flat');
GRANT SELECT, UPDATE, DELETE ON v.parts, v.flat TO plain;
INSERT INTO v.parts VALUES (1, 'p1', 1), (2, 'on hold', 1), (4, 'deleted', 1);
INSERT INTO v.flat VALUES (1, 'f1'), (2, 'on hold'), (3, 'f3');
SELECT rowkit.soft_delete('v.parts', '{"id": 2, "part": 1}'), rowkit.soft_delete('v.parts', '{"id": 4, "part": 1}'), rowkit.soft_delete('v.flat', '2');
SELECT rowkit.hold_deletion('v.parts', '{"id": 2, "part": 1}'), rowkit.hold_deletion('v.flat', '2');
\connect - plain
CREATE TABLE plainhome.marked (id int PRIMARY KEY);
CREATE TABLE plainhome.removed (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.marked');
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.removed');
INSERT INTO plainhome.marked VALUES (1), (2);
INSERT INTO plainhome.removed VALUES (1), (2);
SELECT rowkit.soft_delete('plainhome.marked', '2'), rowkit.soft_delete('plainhome.removed', '1');
CREATE RULE marks AS ON UPDATE TO plainhome.marked DO ALSO (
    UPDATE v.flat SET deletion_id = NEW.deletion_id, deleted_at = now() WHERE id IN (2, 3);
    UPDATE v.flat SET deletion_id = NULL, deleted_at = NULL WHERE id = 2);
CREATE RULE removes AS ON DELETE TO plainhome.removed DO ALSO DELETE FROM v.parts WHERE id IN (2, 4);
SELECT attack.shows_nothing('SELECT rowkit.soft_delete(''plainhome.marked'', 1)', '55000');
SELECT attack.shows_nothing('SELECT rowkit.restore_deleted(''plainhome.marked'', 2)', '55000');
SELECT attack.shows_nothing('SELECT rowkit.permanent_delete(''plainhome.removed'', 1)', '55000');
\connect - rowkit
SELECT attack.holds(count(*) = 3 AND count(*) FILTER (WHERE deletion_id IS NOT NULL) = 2, 'the rows are there, deleted as they were') FROM v.parts;
SELECT attack.holds(string_agg(id::text, ' ') FILTER (WHERE deleted_at IS NOT NULL) = '2', 'what is on hold stays deleted, and nothing else is') FROM v.flat;
-- A purge leaves plain's table out, and goes on.
DO $$ BEGIN FOR n IN 1..20 LOOP EXIT WHEN (rowkit.continue_purge_deleted(0) ->> 'is_done')::boolean; END LOOP; END $$;
SELECT attack.holds(count(*) = 2, 'the held rows of others are there') FROM v.parts WHERE name IN ('on hold', 'p1');
DROP SCHEMA v CASCADE;
REVOKE USAGE ON SCHEMA attack FROM seller;
DROP ROLE seller;
