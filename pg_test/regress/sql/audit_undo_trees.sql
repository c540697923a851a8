-- Rows that refer to rows of the same transaction are taken back in whatever order their foreign keys let them: of one table or several, in circles, too.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
SELECT count(*) > 0 FROM create_audit_log(tenant_column => 'organization_id');
CREATE FUNCTION undo(back integer DEFAULT 0) RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text; detail text; hint text;
BEGIN
    SELECT 'done ' || rowkit.undo_transaction(known.transaction, 'app.audit_logs') INTO told FROM (
        SELECT transaction, max(id::text) AS last FROM app.audit_logs WHERE action NOT IN ('COLUMNS', 'ENABLE') GROUP BY transaction ORDER BY 2 DESC OFFSET back LIMIT 1) AS known;
    RETURN told;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, detail, hint);
END $$;
CREATE TABLE nodes (id integer PRIMARY KEY, parent_id integer REFERENCES nodes, place integer UNIQUE, name text);
SELECT count(*) > 0 FROM enable_audit('nodes');
CREATE FUNCTION tree() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(concat(id, '<', parent_id), ' ' ORDER BY id), 'none') FROM app.nodes $$;
-- Inserted in one statement, children first, parents first, in a circle; each is taken back, done again and taken back.
INSERT INTO nodes VALUES (3, 2), (2, 1), (1, NULL), (4, 1);
SELECT undo(), tree();
SELECT undo(), tree();
SELECT undo(), tree();
INSERT INTO nodes VALUES (1, NULL), (2, 1), (3, 2), (4, 1);
SELECT undo(), tree();
INSERT INTO nodes VALUES (1, 3), (2, 1), (3, 2), (4, 4);
SELECT undo(), tree();
SELECT undo(), tree();
-- Deleted in one statement and in several.
DELETE FROM nodes;
SELECT undo(), tree();
SELECT undo(), tree();
INSERT INTO nodes VALUES (3, NULL), (2, NULL), (1, NULL), (4, 4);
UPDATE nodes SET parent_id = CASE id WHEN 3 THEN 2 WHEN 2 THEN 1 END WHERE id < 4;
BEGIN;
DELETE FROM nodes WHERE id = 3;
DELETE FROM nodes WHERE id = 2;
DELETE FROM nodes WHERE id IN (1, 4);
COMMIT;
SELECT undo(), tree();
DELETE FROM nodes;
SELECT undo(), tree();
-- New and old rows in one transaction, which refer to each other.
BEGIN;
INSERT INTO nodes VALUES (10, 1), (11, 10);
UPDATE nodes SET parent_id = 11 WHERE id = 3;
DELETE FROM nodes WHERE id = 2;
UPDATE nodes SET parent_id = 10, id = 12 WHERE id = 4;
COMMIT;
SELECT tree();
SELECT undo(), tree();
SELECT undo(), tree();
SELECT undo(), tree();
-- Unique values that moved up by one in a statement, and changed places over a third.
CREATE FUNCTION places() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT string_agg(place::text, ' ' ORDER BY id) FROM app.nodes); END $$;
UPDATE nodes SET place = -id;
UPDATE nodes SET place = place + 10;
SELECT undo(), places();
BEGIN;
UPDATE nodes SET place = 99 WHERE id = 1;
UPDATE nodes SET place = 11 WHERE id = 2;
UPDATE nodes SET place = 12 WHERE id = 1;
COMMIT;
SELECT undo(), places();
-- ON DELETE CASCADE and SET NULL within the table.
CREATE TABLE bushes (id integer PRIMARY KEY, up integer REFERENCES bushes ON DELETE CASCADE ON UPDATE CASCADE, beside integer REFERENCES bushes ON DELETE SET NULL ON UPDATE CASCADE);
SELECT count(*) > 0 FROM enable_audit('bushes');
CREATE FUNCTION bush() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(concat(id, '<', up, '|', beside), ' ' ORDER BY id), 'none') FROM app.bushes $$;
INSERT INTO bushes VALUES (3, 2, 1), (2, 1, 3), (1, NULL, 2), (5, 5, 5);
SELECT undo(), bush();
SELECT undo(), bush();
DELETE FROM bushes WHERE id = 1;
SELECT bush();
SELECT undo(), bush();
SELECT undo(), bush();
SELECT undo(), bush();
UPDATE bushes SET id = id + 10;
SELECT bush();
SELECT undo(), bush();
-- Two tables that refer to each other, with keys that are checked at once and such as wait for the end, and a third one written by a trigger.
CREATE TABLE teams (id integer PRIMARY KEY, lead_id integer, current_people integer NOT NULL DEFAULT 0);
CREATE TABLE people (id integer PRIMARY KEY, team_id integer NOT NULL REFERENCES teams, boss_id integer REFERENCES people);
CREATE TABLE desks (person_id integer PRIMARY KEY REFERENCES people);
ALTER TABLE teams ADD CONSTRAINT lead FOREIGN KEY (lead_id) REFERENCES people DEFERRABLE;
CREATE FUNCTION seat() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.desks VALUES (NEW.id); RETURN NULL; END $$;
CREATE FUNCTION unseat() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM app.desks WHERE person_id = OLD.id; RETURN OLD; END $$;
CREATE TRIGGER seat AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION seat();
CREATE TRIGGER unseat BEFORE DELETE ON people FOR EACH ROW WHEN (OLD.id < 100) EXECUTE FUNCTION unseat();
SELECT count(*) > 0 FROM enable_usage_counter('people', 'teams', 'current_people');
SELECT count(*) > 0 FROM unnest('{teams,people,desks}'::regclass[]) AS name, enable_audit(name);
CREATE FUNCTION all_teams() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' / ', (SELECT string_agg(concat(id, '!', lead_id, '=', current_people), ' ' ORDER BY id) FROM app.teams),
        (SELECT string_agg(concat(id, '@', team_id, '<', boss_id), ' ' ORDER BY id) FROM app.people), (SELECT string_agg(person_id::text, ' ' ORDER BY 1) FROM app.desks)) $$;
BEGIN;
INSERT INTO teams VALUES (1, NULL);
INSERT INTO people VALUES (12, 1, 11), (11, 1, NULL), (101, 1, 12);
UPDATE teams SET lead_id = 11 WHERE id = 1;
COMMIT;
SELECT all_teams();
SELECT undo(), all_teams();
SELECT undo(), all_teams();
BEGIN;
SET CONSTRAINTS lead DEFERRED;
INSERT INTO teams VALUES (2, 21);
INSERT INTO people VALUES (21, 2, NULL);
COMMIT;
SELECT undo(), all_teams();
SELECT undo(), all_teams();
WITH made AS (INSERT INTO teams VALUES (3, NULL) RETURNING id) INSERT INTO people SELECT 30 + n, id, 30 + n % 3 FROM made, generate_series(0, 2) AS n;
SELECT undo(), all_teams();
SELECT undo(), all_teams();
SELECT * FROM usage_drift('teams');
SELECT count(*) > 0 FROM disable_usage_counter('people', 'current_people');
BEGIN;
SET CONSTRAINTS lead DEFERRED;
DELETE FROM desks;
DELETE FROM people;
DELETE FROM teams;
COMMIT;
SELECT undo(), all_teams();
-- What cannot be taken back: somebody refers to a new row since, or what a deleted row referred to is gone. Nothing is changed, and it is told why.
INSERT INTO nodes VALUES (20, NULL);
INSERT INTO nodes VALUES (21, 20);
SELECT undo(1), tree();
DELETE FROM nodes WHERE id = 21;
DELETE FROM nodes WHERE id = 20;
SELECT undo(1), tree();
-- And with what came later it can.
SELECT undo(), tree();
SELECT undo(2), tree();
