-- What changed between a delete and its restore: the restore finds it again, or says what it misses.
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit, public;
CREATE TABLE par (id integer PRIMARY KEY);
CREATE TABLE kid (id integer PRIMARY KEY, par integer CONSTRAINT kid_par REFERENCES par ON DELETE SET NULL);
CREATE TABLE leaf (id integer PRIMARY KEY, kid integer REFERENCES kid ON DELETE CASCADE);
INSERT INTO par SELECT generate_series(1, 9);
INSERT INTO kid SELECT n, n FROM generate_series(1, 9) AS n;
INSERT INTO leaf SELECT n, n FROM generate_series(1, 9) AS n;
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('par') AS a, enable_soft_delete('kid') AS b, enable_soft_delete('leaf') AS c;
SELECT soft_delete('par', ARRAY[1, 2]::bigint[]), soft_delete('par', 3), soft_delete('kid', 9);

-- Another name of the child's column, of its key, of the foreign key, of the table: the restore refuses, and changes nothing.
ALTER TABLE kid RENAME par TO parent;
SELECT restore_deleted('par', 1);
ALTER TABLE kid RENAME parent TO par;
ALTER TABLE kid RENAME id TO number;
SELECT restore_deleted('par', 1);
ALTER TABLE kid RENAME number TO id;
ALTER TABLE kid RENAME CONSTRAINT kid_par TO kid_parent;
SELECT restore_deleted('par', 1);
ALTER TABLE kid RENAME CONSTRAINT kid_parent TO kid_par;
ALTER TABLE kid RENAME TO child;
SELECT restore_deleted('par', 1);
ALTER TABLE child RENAME TO kid;
SELECT id, par FROM kid WHERE par IS NULL ORDER BY id;
SELECT restore_deleted('par', 1);
SELECT id, par FROM kid WHERE id < 4 ORDER BY id;
-- What is to stay as it is can be let go; a foreign key that is gone has nothing to put back.
ALTER TABLE kid RENAME par TO parent;
DELETE FROM deletion_references;
SELECT restore_deleted('par', 3);
ALTER TABLE kid RENAME parent TO par;
SELECT soft_delete('par', 4);
ALTER TABLE kid DROP CONSTRAINT kid_par;
SELECT restore_deleted('par', 4);
SELECT id, par FROM kid WHERE par IS NULL ORDER BY id;

-- Another name of the table that the deletion began with: what holds all of the deletion needs no name; what is below asks.
ALTER TABLE kid RENAME TO child;
SELECT restore_deleted('leaf', 9);
SELECT restore_deleted('child', 9);
SELECT soft_delete('child', 9);
INSERT INTO child VALUES (10);
UPDATE leaf SET kid = 10 WHERE id = 9;
ALTER TABLE child RENAME TO kid;
SELECT restore_deleted('leaf', 9);
UPDATE deletions SET table_name = 'kid' WHERE table_name = 'child';
SELECT restore_deleted('leaf', 9);
SELECT (SELECT count(*) FROM kid WHERE deleted_at IS NULL) AS kids, (SELECT count(*) FROM leaf WHERE deleted_at IS NULL) AS leaves;

-- A deleted row may change its partition, with its marks as they are; not to become live, nor a live one deleted.
CREATE TABLE event (id integer, kind integer, par integer REFERENCES par ON DELETE CASCADE, note text, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0);
CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (1) PARTITION BY LIST (kind);
CREATE TABLE event_1_1 PARTITION OF event_1 FOR VALUES IN (1);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('event');
SELECT * FROM enable_soft_delete('event');
INSERT INTO event VALUES (1, 0, 5), (2, 0, 6);
SELECT soft_delete_with_counts('par', 5);
UPDATE event SET kind = 1, note = 'moved' WHERE id = 1;
UPDATE event SET kind = 0, deleted_at = NULL, deleted_by = NULL, deletion_id = NULL WHERE id = 1;
UPDATE event SET kind = 0, deletion_id = gen_random_uuid() WHERE id = 1;
UPDATE event SET kind = 1, deleted_at = now(), deletion_id = (SELECT deletion_id FROM event WHERE id = 1) WHERE id = 2;
INSERT INTO event (id, kind, deleted_at, deletion_id) VALUES (3, 0, now(), gen_random_uuid());
INSERT INTO event (id, kind, deleted_at, deletion_id) SELECT 3, 0, deletions.deleted_at, id FROM deletions WHERE restored_at IS NOT NULL LIMIT 1;
UPDATE event SET kind = 1, par = 5 WHERE id = 2;
UPDATE event SET kind = 1 WHERE id = 2;
SELECT tableoid::regclass, id, note, deleted_at IS NULL AS live FROM event ORDER BY id;
SELECT restore_deleted('par', 5);
SELECT tableoid::regclass, id, note, deleted_at IS NULL AS live FROM event ORDER BY id;
SELECT command FROM disable_soft_delete('event') WHERE command ~ 'TRIGGER';
