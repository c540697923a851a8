-- When the key of an owner changes, its counter is that of the rows that refer to the new key, whatever its foreign key makes of the rows that referred to the old one.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET search_path = public, rowkit;
CREATE TABLE owners (id integer PRIMARY KEY, name text, current_things bigint NOT NULL DEFAULT 0, current_sizes bigint NOT NULL DEFAULT 0, current_sharded bigint NOT NULL DEFAULT 0);
CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner_id integer REFERENCES owners ON UPDATE CASCADE ON DELETE CASCADE, size integer NOT NULL DEFAULT 1, deleted_at timestamptz);
-- Another table whose rows count, too.
CREATE TABLE more (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner_id integer REFERENCES owners ON UPDATE CASCADE ON DELETE CASCADE);
SELECT count(*) > 0 FROM enable_usage_counter('things', 'owners', 'current_things');
SELECT count(*) > 0 FROM enable_usage_counter('more', 'owners', 'current_things');
SELECT count(*) > 0 FROM enable_usage_counter('things', 'owners', 'current_sizes', sum_column => 'size', condition => 'size > 1');
SELECT count(*) > 0 FROM enable_usage_counter('things', 'owners', 'current_sharded', mode => 'sharded', slots => 2);
-- A row for each owner whose counters are not what they count.
CREATE FUNCTION wrong() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s: %s of %s, %s of %s, %s of %s', o.id, o.current_things, held.things, o.current_sizes, held.sizes, rowkit.read_usage_counter(o.id::text, 'sharded', 'owners'), held.live)
    FROM public.owners AS o CROSS JOIN LATERAL (SELECT
        (SELECT count(*) FROM public.things AS t WHERE t.owner_id = o.id AND t.deleted_at IS NULL) + (SELECT count(*) FROM public.more AS m WHERE m.owner_id = o.id) AS things,
        (SELECT coalesce(sum(size), 0) FROM public.things AS t WHERE t.owner_id = o.id AND t.deleted_at IS NULL AND size > 1) AS sizes,
        (SELECT count(*) FROM public.things AS t WHERE t.owner_id = o.id AND t.deleted_at IS NULL) AS live) AS held
    WHERE (o.current_things, o.current_sizes, rowkit.read_usage_counter(o.id::text, 'sharded', 'owners')) IS DISTINCT FROM (held.things, held.sizes, held.live) ORDER BY 1
$$;
INSERT INTO owners (id, name) SELECT n, 'n' || n FROM generate_series(1, 4) AS n;
INSERT INTO things (owner_id, size, deleted_at) SELECT n, s, CASE WHEN s = 3 THEN now() END FROM generate_series(1, 4) AS n, generate_series(1, n + 2) AS s;
INSERT INTO more (owner_id) VALUES (1), (1), (4);
SELECT * FROM wrong();
-- One, several, a chain, back again, to a key that was in use, and what changes nothing.
UPDATE owners SET id = 11 WHERE id = 1;
SELECT id, current_things, current_sizes, current_sharded, read_usage_counter(id::text, 'sharded', 'owners') FROM owners ORDER BY id;
SELECT * FROM wrong();
UPDATE owners SET id = id + 100 WHERE id IN (2, 3);
SELECT * FROM wrong();
UPDATE owners SET id = CASE id WHEN 4 THEN 5 ELSE id - 99 END WHERE id <> 11;
SELECT * FROM wrong();
DELETE FROM owners;
INSERT INTO owners (id) VALUES (1), (2), (3);
INSERT INTO things (owner_id) SELECT n FROM generate_series(1, 3) AS n, generate_series(1, n);
UPDATE owners SET id = id - 1;
SELECT id, current_things FROM owners ORDER BY id;
SELECT * FROM wrong();
UPDATE owners SET id = id, name = 'same';
SELECT * FROM wrong();
-- With the rows of new owners in one statement; within a transaction that goes on; rolled back.
BEGIN;
INSERT INTO things (owner_id) VALUES (0), (0);
UPDATE owners SET id = 50 WHERE id = 0;
DELETE FROM things WHERE id IN (SELECT id FROM things WHERE owner_id = 50 LIMIT 1);
SELECT * FROM wrong();
SAVEPOINT s;
UPDATE owners SET id = 60 WHERE id = 50;
ROLLBACK TO s;
SELECT * FROM wrong();
ROLLBACK;
SELECT * FROM wrong();
-- A statement that fails in the middle.
INSERT INTO owners (id) VALUES (7);
UPDATE owners SET id = id + 5 WHERE id IN (1, 2);
SELECT id, current_things FROM owners ORDER BY id;
SELECT * FROM wrong();
-- A counter that is written in the same statement follows the rows all the same.
UPDATE owners SET id = 8, current_things = 99 WHERE id = 7;
SELECT * FROM wrong();
-- Whom row security holds may change the key, as the table's policies let them, and not the counter.
CREATE ROLE usage_clerk;
GRANT SELECT, UPDATE ON owners TO usage_clerk;
ALTER TABLE owners ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON owners TO usage_clerk USING (true);
SET ROLE usage_clerk;
UPDATE public.owners SET id = 20 WHERE id = 2;
UPDATE public.owners SET id = 21, current_things = 5 WHERE id = 20;
RESET ROLE;
DROP OWNED BY usage_clerk;
DROP ROLE usage_clerk;
ALTER TABLE owners DISABLE ROW LEVEL SECURITY;
SELECT * FROM wrong();
-- The owner's key changes with that of its own parent.
CREATE TABLE heads (id integer PRIMARY KEY);
INSERT INTO heads SELECT id FROM owners;
ALTER TABLE owners ADD FOREIGN KEY (id) REFERENCES heads ON UPDATE CASCADE;
UPDATE heads SET id = 30 WHERE id = 20;
SELECT * FROM wrong();
ALTER TABLE owners DROP CONSTRAINT owners_id_fkey;
-- SET NULL leaves the owner nothing, SET DEFAULT gives the rows to another one, and a deferred key finds its rows there or gets them later.
ALTER TABLE things DROP CONSTRAINT things_owner_id_fkey, ADD CONSTRAINT things_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owners ON UPDATE SET NULL;
UPDATE owners SET id = 31 WHERE id = 30;
SELECT * FROM wrong();
INSERT INTO things (owner_id) VALUES (31), (31);
ALTER TABLE things ALTER COLUMN owner_id SET DEFAULT 0;
ALTER TABLE things DROP CONSTRAINT things_owner_id_fkey, ADD CONSTRAINT things_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owners ON UPDATE SET DEFAULT;
UPDATE owners SET id = 32 WHERE id = 31;
SELECT * FROM wrong();
INSERT INTO things (owner_id) VALUES (32), (32);
ALTER TABLE things DROP CONSTRAINT things_owner_id_fkey, ADD CONSTRAINT things_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES owners DEFERRABLE INITIALLY DEFERRED;
BEGIN;
UPDATE owners SET id = 33 WHERE id = 32;
SELECT * FROM wrong();
UPDATE things SET owner_id = 33 WHERE owner_id = 32;
SELECT * FROM wrong();
COMMIT;
BEGIN;
UPDATE things SET owner_id = 34 WHERE owner_id = 33;
UPDATE owners SET id = 34 WHERE id = 33;
COMMIT;
SELECT * FROM wrong();
-- Keys that change places, where they are unique at the statement's end only: rows without a foreign key stay with their key.
CREATE TABLE racks (id integer PRIMARY KEY DEFERRABLE, current_boxes bigint NOT NULL DEFAULT 0, current_sharded bigint NOT NULL DEFAULT 0);
CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, rack_id integer);
SELECT count(*) > 0 FROM enable_usage_counter('boxes', 'racks', 'current_boxes', foreign_key_column => 'rack_id');
SELECT count(*) > 0 FROM enable_usage_counter('boxes', 'racks', 'current_sharded', foreign_key_column => 'rack_id', mode => 'sharded', slots => 2);
INSERT INTO racks VALUES (1), (2), (3);
INSERT INTO boxes (rack_id) SELECT n FROM generate_series(1, 4) AS n, generate_series(1, n);
UPDATE racks SET id = 3 - id WHERE id < 3;
SELECT id, current_boxes, read_usage_counter(id::text, 'sharded', 'racks') FROM racks ORDER BY id;
UPDATE racks SET id = id % 3 + 1;
UPDATE racks SET id = 4 WHERE id = 1;
SELECT id, current_boxes, read_usage_counter(id::text, 'sharded', 'racks') FROM racks ORDER BY id;
SELECT * FROM usage_drift('racks');
-- A tree whose nodes count those below them: keys alone, keys and references in one statement, and both ways.
CREATE TABLE nodes (id integer PRIMARY KEY, parent_id integer REFERENCES nodes ON UPDATE CASCADE ON DELETE CASCADE, current_nodes bigint NOT NULL DEFAULT 0, current_sharded bigint NOT NULL DEFAULT 0);
SELECT count(*) > 0 FROM enable_usage_counter('nodes', 'nodes', 'current_nodes', mode => 'immediate');
SELECT count(*) > 0 FROM enable_usage_counter('nodes', 'nodes', 'current_sharded', mode => 'sharded', slots => 2);
INSERT INTO nodes VALUES (1, NULL), (2, 1), (3, 1), (4, 2), (5, 4), (6, 6);
SELECT id, current_nodes, read_usage_counter(id::text, 'sharded', 'nodes') FROM nodes ORDER BY id;
UPDATE nodes SET id = 10 WHERE id = 1;
UPDATE nodes SET id = 60 WHERE id = 6;
SELECT * FROM usage_drift('nodes');
UPDATE nodes SET id = id + 100;
SELECT * FROM usage_drift('nodes');
UPDATE nodes SET id = id + 1000, parent_id = parent_id + 1000;
SELECT * FROM usage_drift('nodes');
SELECT id, parent_id, current_nodes, read_usage_counter(id::text, 'sharded', 'nodes') FROM nodes ORDER BY id;
-- Without the counter nothing is left of it.
SELECT * FROM disable_usage_counter('boxes', 'current_boxes');
UPDATE racks SET id = 9 WHERE id = 4;
-- Rows that follow the key are no new rows: a limit that is below the usage refuses them not, and still refuses what is more. The key may be another column than id.
CREATE TABLE teams (code text PRIMARY KEY, current_members integer NOT NULL DEFAULT 0, current_sharded integer NOT NULL DEFAULT 0, max_members integer, max_sharded integer);
CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, team text REFERENCES teams ON UPDATE CASCADE);
SELECT count(*) > 0 FROM enable_usage_counter('members', 'teams', 'current_members', foreign_key_column => 'team');
SELECT count(*) > 0 FROM enable_usage_counter('members', 'teams', 'current_sharded', mode => 'sharded', slots => 2);
INSERT INTO teams (code) VALUES ('a'), ('b');
INSERT INTO members (team) SELECT 'a' FROM generate_series(1, 5);
UPDATE teams SET max_members = 3, max_sharded = 3;
UPDATE teams SET code = 'c' WHERE code = 'a';
SELECT code, current_members, read_usage_counter(code, 'sharded', 'teams') FROM teams ORDER BY code;
INSERT INTO members (team) VALUES ('c');
UPDATE members SET team = 'b' WHERE team = 'c';
DELETE FROM members WHERE id IN (SELECT id FROM members LIMIT 3);
INSERT INTO members (team) VALUES ('c');
INSERT INTO members (team) VALUES ('c');
DO $$ BEGIN
    UPDATE public.teams SET code = 'd' WHERE code = 'c';
    INSERT INTO public.members (team) VALUES ('d'), ('d'), ('d');
END $$;
SELECT * FROM usage_drift('teams');
