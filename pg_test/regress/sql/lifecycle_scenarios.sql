-- What users of other systems met: keys checked at COMMIT, names at a restore, holds, links, tables without a key, columns that go.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET search_path = public, rowkit;

-- A deferrable foreign key lets the parent come later: no live row is below a deleted one at COMMIT.
CREATE TABLE p (id integer PRIMARY KEY, name text);
CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p DEFERRABLE INITIALLY DEFERRED);
SELECT count(*) > 0 AS done FROM enable_soft_delete('p') AS a, enable_soft_delete('c') AS b;
INSERT INTO p VALUES (1), (2), (7), (70);
SELECT soft_delete('p', ARRAY[7, 70]::bigint[]);
BEGIN;
INSERT INTO c VALUES (80, 8);
UPDATE p SET id = 8 WHERE id = 7;
COMMIT;
BEGIN;
INSERT INTO c VALUES (80, 8);
INSERT INTO p VALUES (8);
COMMIT;
-- The same by a live row that leaves its key to a deleted one, by the deleted row alone, and with a key that is checked at once.
BEGIN;
UPDATE p SET id = 9 WHERE id = 8;
UPDATE p SET id = 8 WHERE id = 7;
COMMIT;
BEGIN;
UPDATE p SET id = 9 WHERE id = 8;
UPDATE p SET id = 8 WHERE id = 7;
UPDATE c SET p_id = 9 WHERE id = 80;
COMMIT;
SELECT c.id, p.id AS parent, p.deleted_at IS NULL AS live FROM c JOIN p ON p.id = p_id ORDER BY 1;
CREATE TABLE pn (id integer PRIMARY KEY);
CREATE TABLE cn (id integer PRIMARY KEY, a integer REFERENCES pn);
SELECT count(*) > 0 AS done FROM enable_soft_delete('pn') AS a, enable_soft_delete('cn') AS b;
INSERT INTO pn VALUES (8), (7);
INSERT INTO cn VALUES (1, 8);
SELECT soft_delete('pn', 7);
UPDATE pn SET id = id + 1;
SELECT id, deleted_at IS NULL AS live FROM pn ORDER BY id;
-- Savepoints, a parent that is restored in time, two-phase commit, a table that is gone.
BEGIN;
SAVEPOINT s;
INSERT INTO c VALUES (81, 700);
ROLLBACK TO s;
UPDATE p SET id = 700 WHERE id = 70;
COMMIT;
BEGIN;
INSERT INTO c VALUES (82, 71);
UPDATE p SET id = 71 WHERE id = 700;
SELECT restore_deleted('p', 71);
COMMIT;
SELECT id, p_id FROM c WHERE id IN (81, 82);

-- A deferred foreign key with NO ACTION lets children go after their parent, as for a DELETE; at COMMIT none may be left.
CREATE TABLE d (id integer PRIMARY KEY, p_id integer REFERENCES p DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE e (id integer PRIMARY KEY, p_id integer REFERENCES p ON DELETE RESTRICT);
SELECT count(*) > 0 AS done FROM enable_soft_delete('d') AS a;
INSERT INTO d VALUES (1, 1), (2, 1);
INSERT INTO e VALUES (1, 2);
BEGIN;
SELECT soft_delete('p', 1);
COMMIT;
BEGIN;
SELECT soft_delete('p', 1);
SELECT soft_delete('d', ARRAY[1, 2]::bigint[]);
COMMIT;
SELECT restore_deleted('p', 1), restore_deleted('d', ARRAY[1, 2]::bigint[]);
BEGIN;
SELECT soft_delete('p', 1);
UPDATE d SET p_id = 2;
COMMIT;
SELECT id, deleted_at IS NULL AS live FROM p WHERE id IN (1, 2) ORDER BY id;
SELECT table_name, effect, rows FROM (SELECT table_name, effect, rows FROM preview_delete('p', 2)) AS told;
SELECT soft_delete('p', 2);
DROP TABLE e;

-- A new name at a restore: one number, in the room that the column has.
CREATE DOMAIN code AS varchar(6);
CREATE TABLE docs (id integer PRIMARY KEY, folder integer, name text, short varchar(5), code code, label name, UNIQUE (folder, name));
CREATE UNIQUE INDEX docs_short ON docs (short);
CREATE UNIQUE INDEX docs_code ON docs (lower(code));
CREATE UNIQUE INDEX docs_label ON docs (label);
SELECT count(*) > 0 AS done FROM enable_soft_delete('docs');
INSERT INTO docs VALUES (1, 1, 'doc', 'abcde', 'Abcdef', repeat('l', 63)), (2, 1, 'Report (2024)', NULL, NULL, NULL);
SELECT soft_delete('docs', ARRAY[1, 2]::bigint[]);
INSERT INTO docs VALUES (3, 1, 'doc', 'abcde', 'abcdef', repeat('l', 63)), (4, 1, 'doc (2)', 'a (2)', NULL, NULL), (5, 1, 'Report (2024)', NULL, NULL, NULL);
SELECT restore_deleted('docs', 1, 'rename');
SELECT id, name, short, code, label FROM docs WHERE id < 3 ORDER BY id;
-- Again: the number of the last time is not kept.
SELECT soft_delete('docs', ARRAY[1]::bigint[]);
INSERT INTO docs VALUES (6, 1, 'doc (3)');
SELECT restore_deleted('docs', 1, 'rename');
SELECT name FROM docs WHERE id = 1;
-- Where no name fits.
CREATE TABLE tiny (id integer PRIMARY KEY, c varchar(4) UNIQUE);
SELECT count(*) > 0 AS done FROM enable_soft_delete('tiny');
INSERT INTO tiny VALUES (1, 'abcd');
SELECT soft_delete('tiny', 1);
INSERT INTO tiny VALUES (2, 'abcd');
SELECT restore_deleted('tiny', 1, 'rename');
SELECT restore_deleted('tiny', 1, 'refuse');

-- What is on hold stays on hold in the deletion that a restore hands it to.
CREATE TABLE tops (id integer PRIMARY KEY);
CREATE TABLE mids (id integer PRIMARY KEY, top_id integer REFERENCES tops ON DELETE CASCADE, other_id integer REFERENCES tops ON DELETE CASCADE);
SELECT count(*) > 0 AS done FROM enable_soft_delete('tops') AS a, enable_soft_delete('mids') AS b;
INSERT INTO tops VALUES (1), (2), (3), (4);
INSERT INTO mids VALUES (1, 1, 2), (2, 3, 4);
SELECT soft_delete('tops', 1), hold_deletion('tops', 1), soft_delete('tops', 2);
SELECT restore_deleted('tops', 1);
SELECT soft_delete('tops', 3), soft_delete('tops', 4), restore_deleted('tops', 3);
SELECT table_name, record_keys, is_on_hold, restored_at IS NULL AS open FROM deletions WHERE table_name = 'tops' ORDER BY id;
CALL purge_deleted_in_batches(0);
SELECT id FROM mids ORDER BY id;
SELECT permanent_delete('mids', 1);
SELECT hold_deletion('tops', 2, false), permanent_delete('mids', 1);

-- A retention longer than time can be counted back, and deletions at no finite time.
SELECT set_deleted_retention('tops', 10000000);
SELECT set_deleted_retention('mids', 2147483647);
SELECT soft_delete('tops', 1);
CALL purge_deleted_in_batches(0);
CALL purge_deleted_in_batches(2147483647);
SELECT cleanup_soft_deleted_records('tops', 2147483647), cleanup_soft_deleted_records('mids', 0);
SELECT count(*) FROM tops WHERE id = 1;
SELECT set_deleted_retention('tops', 1);
UPDATE deletions SET deleted_at = 'infinity' WHERE table_name = 'tops' AND restored_at IS NULL;
CALL purge_deleted_in_batches(0);
SELECT count(*) FROM tops WHERE id = 1;
UPDATE deletions SET deleted_at = '-infinity' WHERE table_name = 'tops' AND restored_at IS NULL;
CALL purge_deleted_in_batches(0);
SELECT count(*) FROM tops WHERE id = 1;

SELECT set_deleted_retention('tops', NULL), set_deleted_retention('mids', NULL);

-- Deletions that fill whole batches are closed, and forgotten; so are those whose rows went by other ways.
CREATE TABLE many (id integer PRIMARY KEY);
SELECT count(*) > 0 AS done FROM enable_soft_delete('many');
INSERT INTO many SELECT generate_series(1, 2501);
SELECT count(soft_delete('many', n)) FROM generate_series(1, 2501) AS n;
UPDATE deletions SET deleted_at = now() - interval '9 days' WHERE table_name = 'many';
DELETE FROM many WHERE id = 2501;
CALL purge_deleted_in_batches(5, 500);
SELECT count(*) AS all_of_them, count(purged_at) AS closed, sum(purged_rows) AS rows FROM deletions WHERE table_name = 'many';
SELECT count(*) FROM many;
UPDATE deletions SET purged_at = now() - interval '9 days' WHERE table_name = 'many';
CALL purge_deleted_in_batches(5, 500);
SELECT count(*) FROM deletions WHERE table_name = 'many';

-- A child without a primary key lets go, and is found again by what it holds.
CREATE TABLE owners (id integer PRIMARY KEY);
CREATE TABLE marks (owner_id integer REFERENCES owners ON DELETE SET NULL, note text, doc jsonb, at timestamptz);
SELECT count(*) > 0 AS done FROM enable_soft_delete('owners');
INSERT INTO owners VALUES (1), (2), (3);
SELECT soft_delete('owners', 3);
INSERT INTO marks VALUES (1, 'a', '{"b": [1, {"c": null}]}', '2026-01-01'), (1, 'twice', NULL, NULL), (1, 'twice', NULL, NULL), (2, 'twice', NULL, NULL),
    (1, 'changed', NULL, NULL), (NULL, 'free', NULL, NULL);
SELECT table_name, effect, rows FROM preview_delete('owners', 1);
SELECT soft_delete_with_counts('owners', 1), soft_delete('owners', 2);
SELECT owner_id, note FROM marks ORDER BY note, owner_id;
UPDATE marks SET note = 'by another' WHERE note = 'changed';
ALTER TABLE marks ADD COLUMN later text;
SELECT restore_deleted('owners', 1);
SELECT owner_id, note, doc, at FROM marks ORDER BY note, owner_id;
SELECT restore_deleted('owners', 2);
SELECT owner_id, count(*) FROM marks WHERE note = 'twice' GROUP BY owner_id ORDER BY 1;
SELECT soft_delete('owners', 1);
ALTER TABLE marks DROP COLUMN later;
SELECT restore_deleted('owners', 1);
ALTER TABLE marks ADD COLUMN later text;
SELECT restore_deleted('owners', 1);
SELECT count(*) FROM marks WHERE owner_id = 1;

-- A link is made again while its row is deleted; a key with something of its own is not.
CREATE TABLE people (id integer PRIMARY KEY);
CREATE TABLE teams (id integer PRIMARY KEY);
CREATE TABLE team_people (team_id integer REFERENCES teams ON DELETE CASCADE, person_id integer REFERENCES people ON DELETE CASCADE, role text, PRIMARY KEY (team_id, person_id));
CREATE TABLE profiles (person_id integer PRIMARY KEY REFERENCES people, note text);
SELECT count(*) > 0 AS done FROM enable_soft_delete('people') AS a, enable_soft_delete('teams') AS b, enable_soft_delete('profiles') AS c;
SELECT count(*) FILTER (WHERE command ~ 'zz_guard') AS made FROM enable_soft_delete('team_people');
INSERT INTO people VALUES (1), (2);
INSERT INTO teams VALUES (1);
INSERT INTO team_people VALUES (1, 1, 'lead'), (1, 2, 'crew');
SELECT soft_delete('team_people', '{"team_id": 1, "person_id": 1}'), soft_delete('team_people', '{"team_id": 1, "person_id": 2}');
INSERT INTO team_people VALUES (1, 1, 'crew') RETURNING team_id, person_id, role;
INSERT INTO team_people VALUES (1, 1, 'lead') ON CONFLICT (team_id, person_id) DO UPDATE SET role = EXCLUDED.role RETURNING role;
SELECT hold_deletion('team_people', '{"team_id": 1, "person_id": 2}');
INSERT INTO team_people VALUES (1, 2, 'crew');
SELECT hold_deletion('team_people', '{"team_id": 1, "person_id": 2}', false);
INSERT INTO team_people VALUES (1, 2, 'crew') ON CONFLICT DO NOTHING;
SELECT team_id, person_id, role, deleted_at IS NULL AS live FROM team_people ORDER BY 1, 2;
SELECT record_keys, purged_at IS NOT NULL AS purged FROM deletions WHERE table_name = 'team_people' ORDER BY id;
INSERT INTO profiles VALUES (1, 'a');
SELECT soft_delete('profiles', 1);
INSERT INTO profiles VALUES (1, 'b');

-- A column goes with drop_column(), which makes the view of live rows anew; after CASCADE or a rename, enable_soft_delete() does.
CREATE ROLE lifecycle_reader;
CREATE TABLE wide (id integer PRIMARY KEY, a text, b text, c text);
SELECT count(*) > 0 AS done FROM enable_soft_delete('wide');
GRANT SELECT ON wide_active TO lifecycle_reader;
INSERT INTO wide VALUES (1, 'a', 'b', 'c');
ALTER TABLE wide DROP COLUMN b;
SELECT * FROM drop_column('wide', 'b', dry_run => true);
SELECT count(*) FROM drop_column('wide', 'b');
SELECT a, c FROM wide_active;
SELECT has_table_privilege('lifecycle_reader', 'wide_active', 'SELECT') AS granted;
SELECT * FROM enable_soft_delete('wide');
SELECT * FROM drop_column('wide', 'b');
SELECT * FROM drop_column('wide', 'deleted_at');
ALTER TABLE wide DROP COLUMN c CASCADE;
SELECT to_regclass('wide_active');
SELECT command FROM enable_soft_delete('wide');
ALTER TABLE wide RENAME COLUMN a TO z;
SELECT command FROM enable_soft_delete('wide');
ALTER TABLE wide ADD COLUMN y integer;
SELECT command FROM enable_soft_delete('wide');
SELECT z, y FROM wide_active;
CREATE VIEW upon AS SELECT z FROM wide_active;
SELECT * FROM drop_column('wide', 'y');
SELECT * FROM drop_column('wide', 'y', dry_run => true);
SELECT * FROM disable_soft_delete('wide');
ALTER TABLE wide RENAME COLUMN z TO zz;
SELECT * FROM enable_soft_delete('wide');
ALTER TABLE wide RENAME COLUMN zz TO z;
DROP VIEW upon;
CREATE VIEW upon AS SELECT y FROM wide;
SELECT * FROM drop_column('wide', 'y');
DROP VIEW upon;
DELETE FROM wide_active RETURNING id;
SELECT id, z, y FROM wide_active;
DROP TABLE wide CASCADE;
DROP ROLE lifecycle_reader;

-- Batch by batch without CALL: each call answers how far it is.
SELECT continue_purge_deleted(30, 1000) ->> 'is_done' AS is_done;
CREATE TABLE continued (id integer PRIMARY KEY);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('continued');
INSERT INTO continued SELECT generate_series(1, 5);
SELECT soft_delete('continued', ARRAY[1, 2, 3, 4]::bigint[]);
UPDATE deletions SET deleted_at = now() - interval '31 days' WHERE table_name = 'continued';
SELECT continue_purge_deleted(30, 3);
SELECT continue_purge_deleted(30, 3);
SELECT continue_purge_deleted(30, 3), (SELECT string_agg(id::text, ' ') FROM continued) AS stay;
SELECT purged_rows, purged_at IS NOT NULL AS purged FROM deletions WHERE table_name = 'continued';
UPDATE deletions SET purged_at = now() - interval '31 days' WHERE table_name = 'continued';
SELECT continue_purge_deleted(30, 3), (SELECT count(*) FROM deletions WHERE table_name = 'continued') AS deletions;
SELECT count(*) AS deletions FROM deletions WHERE table_name = 'continued';
SELECT continue_purge_deleted(30, 0);
SELECT continue_purge_deleted(NULL);
