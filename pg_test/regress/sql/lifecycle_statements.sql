-- Several DELETEs that are under way at once: in one statement, in its functions and in triggers, with errors that are caught. Each deletes its own rows softly.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit, public;
CREATE ROLE lifecycle_user NOLOGIN;
GRANT USAGE ON SCHEMA app TO lifecycle_user;
CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE b (id integer PRIMARY KEY);
CREATE TABLE c (id integer PRIMARY KEY, a_id integer REFERENCES a ON DELETE CASCADE);
CREATE TABLE p (id integer, part integer, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
SELECT count(*) > 0 AS done FROM enable_soft_delete('a') AS a, enable_soft_delete('b') AS b, enable_soft_delete('c') AS c, enable_soft_delete('p') AS p;
GRANT SELECT, UPDATE, DELETE ON a, b, c, p, p1, p2 TO lifecycle_user;
INSERT INTO a SELECT generate_series(1, 20);
INSERT INTO b SELECT generate_series(1, 20);
INSERT INTO c SELECT id, id FROM a;
INSERT INTO p SELECT id, 1 + id % 2 FROM a;
CREATE VIEW gone AS SELECT
    (SELECT string_agg(id::text, ' ' ORDER BY id) FROM a WHERE deleted_at IS NOT NULL) AS a, (SELECT string_agg(id::text, ' ' ORDER BY id) FROM b WHERE deleted_at IS NOT NULL) AS b,
    (SELECT string_agg(id::text, ' ' ORDER BY id) FROM c WHERE deleted_at IS NOT NULL) AS c, (SELECT string_agg(id || '-' || part, ' ' ORDER BY id) FROM p WHERE deleted_at IS NOT NULL) AS p;
GRANT SELECT ON gone TO lifecycle_user;
CREATE FUNCTION remove(name text, id integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('DELETE FROM app.%I WHERE id = %s', name, id); RETURN true; END $$;
CREATE FUNCTION remove_and_fail(name text, id integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DELETE FROM app.%I WHERE id = %s', name, id);
    RAISE division_by_zero;
EXCEPTION WHEN division_by_zero THEN
    RETURN true;
END
$$;
-- Fails while the DELETE is under way.
CREATE FUNCTION fail_in_remove(name text, id integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DELETE FROM app.%I WHERE id = %s OR 1 / (id - id) = 1', name, id);
    RETURN false;
EXCEPTION WHEN division_by_zero THEN
    RETURN true;
END
$$;
SET ROLE lifecycle_user;

-- In one statement: two tables, a table and a partitioned one, a table and a child that goes with it, one table twice, a partition and its table.
WITH one AS (DELETE FROM a WHERE id <= 2 RETURNING id), two AS (DELETE FROM b WHERE id <= 2 RETURNING id) SELECT 1;
WITH one AS (DELETE FROM b WHERE id = 3), two AS (DELETE FROM p WHERE id <= 2) DELETE FROM a WHERE id = 3;
WITH one AS (DELETE FROM c WHERE id IN (4, 5)) DELETE FROM a WHERE id = 4;
WITH one AS (DELETE FROM b WHERE id = 4) DELETE FROM b WHERE id = 5;
WITH one AS (DELETE FROM p1 WHERE id = 4), two AS (DELETE FROM b WHERE id = 6) DELETE FROM p WHERE id IN (3, 4);
SELECT * FROM gone;
-- A DELETE that a function of another one's condition runs.
DELETE FROM a WHERE id = 6 AND remove('b', 7);
DELETE FROM a WHERE id = 7 AND remove('a', 8);
DELETE FROM p WHERE id = 5 AND remove('p', 6);
DELETE FROM p WHERE id = 7 AND remove('a', 9);
SELECT * FROM gone;
-- One that is taken back, after it ended and before.
DELETE FROM a WHERE id = 10 AND remove_and_fail('b', 10);
DELETE FROM a WHERE id = 11 AND fail_in_remove('a', 12);
DELETE FROM p WHERE id = 8 AND fail_in_remove('p', 9) AND remove('p', 10) AND remove_and_fail('p', 11);
WITH one AS (DELETE FROM a WHERE id = 12 AND fail_in_remove('b', 11)), two AS (DELETE FROM b WHERE id = 11 AND remove_and_fail('a', 13)) SELECT 1;
SELECT * FROM gone;
BEGIN;
SAVEPOINT before;
DELETE FROM b WHERE id = 12 OR 1 / (id - id) = 1;
ROLLBACK TO before;
DELETE FROM b WHERE id = 12;
SAVEPOINT before;
DELETE FROM p WHERE id = 12;
ROLLBACK TO before;
UPDATE p SET part = 3 - part WHERE id = 12;
COMMIT;
SELECT * FROM gone;
RESET ROLE;
-- One in a trigger of another one's.
CREATE FUNCTION remove_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM app.b WHERE id = OLD.id;
    PERFORM app.fail_in_remove('p', OLD.id);
    DELETE FROM app.p WHERE id = OLD.id;
    RETURN OLD;
END
$$;
-- Before rowkit's own, which leaves the row out.
CREATE TRIGGER "0_remove_others" BEFORE DELETE ON a FOR EACH ROW EXECUTE FUNCTION remove_others();
SET ROLE lifecycle_user;
DELETE FROM a WHERE id IN (14, 15);
WITH one AS (DELETE FROM a WHERE id = 16), two AS (DELETE FROM b WHERE id IN (16, 17)), three AS (DELETE FROM p WHERE id IN (16, 17)) SELECT 1;
SELECT * FROM gone;
RESET ROLE;
SELECT table_name, count(*) FROM deletions GROUP BY table_name ORDER BY table_name;
DROP SCHEMA app CASCADE;
DROP ROLE lifecycle_user;
