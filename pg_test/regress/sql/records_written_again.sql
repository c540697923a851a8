-- Records that a statement's own triggers, or functions that it calls, write again: what follows from a record follows its last values.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'T');
INSERT INTO table_columns (table_id, name, type, indexed, options) VALUES (:t, 'n', 'number', true, '{}'), (:t, 'tags', 'multi_select', true, '{"choices": ["a", "b", "c"]}');
INSERT INTO table_columns (id, table_id, name, type, is_unique, options) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'code', 'text', true, '{}'), ('00000000-0000-4000-8000-0000000000c2', :t, 'other', 'reference', false, jsonb_build_object('table_id', :t));
INSERT INTO records (id, table_id, name) SELECT ('00000000-0000-4000-8000-0000000000d' || n)::uuid, :t, 'target' FROM generate_series(1, 3) AS n;
CREATE FUNCTION target(n integer) RETURNS text LANGUAGE sql AS $$ SELECT '00000000-0000-4000-8000-0000000000d' || n $$;
-- What is kept beside the records, as it should be: by the records themselves.
CREATE FUNCTION wrong() RETURNS TABLE(kept text, n bigint) LANGUAGE sql AS $$
    SELECT 'index', count(*) FROM record_index_drift()
    UNION ALL
    SELECT 'keys', count(*) FROM (SELECT id, data ->> 'code' AS code FROM records WHERE data ? 'code') AS record
        FULL JOIN (SELECT record_id AS id, key AS code FROM record_keys) AS key USING (id, code) WHERE record IS NULL OR key IS NULL
    UNION ALL
    SELECT 'links', count(*) FROM (SELECT id, data ->> 'other' AS other FROM records WHERE data ? 'other') AS record
        FULL JOIN (SELECT record_id AS id, to_id::text AS other FROM record_links) AS link USING (id, other) WHERE record IS NULL OR link IS NULL
    UNION ALL
    SELECT 'counts', count(*) FROM table_statistics_drift()
$$;
-- Each statement on a record called again is followed by another, inside it.
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF NEW.data ->> 'code' IN ('first', 'second') THEN
        UPDATE records SET data = data || CASE data ->> 'code' WHEN 'first' THEN jsonb_build_object('code', 'second', 'n', 2, 'tags', '["b"]'::jsonb, 'other', target(2))
            ELSE jsonb_build_object('code', 'third', 'n', 3, 'tags', '["c"]'::jsonb, 'other', target(3)) END
        WHERE id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER again AFTER INSERT OR UPDATE ON records FOR EACH ROW EXECUTE FUNCTION again();
INSERT INTO records (table_id, name, data) VALUES (:t, 'inserted', jsonb_build_object('code', 'first', 'n', 1, 'tags', '["a"]'::jsonb, 'other', target(1)));
SELECT name, data ->> 'code' AS code, data -> 'n' AS n FROM records WHERE name = 'inserted';
SELECT * FROM wrong();
INSERT INTO records (table_id, name, data) VALUES (:t, 'updated', jsonb_build_object('code', 'none', 'n', 0));
UPDATE records SET data = data || jsonb_build_object('code', 'first', 'n', 1, 'tags', '["a"]'::jsonb, 'other', target(1)) WHERE name = 'updated';
-- Its code is another's by now.
UPDATE records SET data = data || '{"code": "elsewhere"}' WHERE name = 'inserted';
UPDATE records SET data = data || jsonb_build_object('code', 'first', 'n', 1, 'tags', '["a"]'::jsonb, 'other', target(1)) WHERE name = 'updated';
SELECT name, data ->> 'code' AS code, data -> 'n' AS n FROM records WHERE name = 'updated';
SELECT * FROM wrong();
-- A value that was held on the way is free, one that is held is not.
INSERT INTO records (table_id, data) VALUES (:t, '{"code": "none"}');
INSERT INTO records (table_id, data) VALUES (:t, '{"code": "third"}');
-- A function in the statement itself writes records that the statement wrote before.
CREATE FUNCTION meddle(id uuid) RETURNS jsonb LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    UPDATE records SET data = data || '{"n": 50, "code": "meddled"}' WHERE name = 'first of two';
    RETURN '{"n": 40}';
END
$$;
INSERT INTO records (id, table_id, name, data) VALUES
    ('00000000-0000-4000-8000-0000000000e1', :t, 'first of two', '{"n": 10}'), ('00000000-0000-4000-8000-0000000000e2', :t, 'second of two', '{"n": 20}');
UPDATE records SET data = data || CASE name WHEN 'second of two' THEN meddle(id) ELSE '{"n": 30, "code": "plain"}' END WHERE name LIKE '% of two';
SELECT name, data ->> 'code' AS code, data -> 'n' AS n FROM records WHERE name LIKE '% of two' ORDER BY name DESC;
SELECT * FROM wrong();
-- A deleted record is put in again by a trigger, with another value and with the same.
CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    INSERT INTO records (id, table_id, name, data) VALUES (OLD.id, OLD.table_id, OLD.name, OLD.data || CASE OLD.name WHEN 'first of two' THEN '{}' ELSE '{"n": 5}'::jsonb END);
    RETURN NULL;
END
$$;
CREATE TRIGGER back AFTER DELETE ON records FOR EACH ROW WHEN (OLD.name LIKE '% of two') EXECUTE FUNCTION back();
DELETE FROM records WHERE name LIKE '% of two';
SELECT name, data ->> 'code' AS code, data -> 'n' AS n FROM records WHERE name LIKE '% of two' ORDER BY name DESC;
SELECT * FROM wrong();
-- Two foreign keys change a record by one DELETE: both stand in one transition table.
CREATE TABLE people (id integer PRIMARY KEY);
INSERT INTO people VALUES (1), (2);
ALTER TABLE records ADD COLUMN seller integer REFERENCES people ON DELETE SET NULL, ADD COLUMN buyer integer REFERENCES people ON DELETE SET NULL;
UPDATE records SET seller = 1, buyer = 1, data = data || '{"code": "twice"}' WHERE name = 'updated';
DELETE FROM people WHERE id = 1;
SELECT name, seller, buyer, data ->> 'code' AS code FROM records WHERE name = 'updated';
SELECT * FROM wrong();
-- A trigger gives the record that a statement writes another id.
CREATE FUNCTION elsewhere() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    UPDATE records SET id = '00000000-0000-4000-8000-0000000000e9' WHERE id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER elsewhere AFTER UPDATE ON records FOR EACH ROW WHEN (OLD.id = NEW.id AND NEW.data ->> 'n' = '77') EXECUTE FUNCTION elsewhere();
UPDATE records SET data = data || '{"n": 77}' WHERE name = 'updated';
SELECT id, data ->> 'n' AS n FROM records WHERE name = 'updated';
SELECT * FROM wrong();
DROP TRIGGER elsewhere ON records;
-- A reference that the statement writes and a trigger moves on, before what it named is deleted.
CREATE FUNCTION moved_on() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    UPDATE records SET data = data || jsonb_build_object('other', target(3)) WHERE id = NEW.id;
    DELETE FROM records WHERE id::text = target(1);
    RETURN NULL;
END
$$;
CREATE TRIGGER moved_on AFTER UPDATE ON records FOR EACH ROW WHEN (NEW.data ->> 'other' = '00000000-0000-4000-8000-0000000000d1' AND OLD.data IS DISTINCT FROM NEW.data) EXECUTE FUNCTION moved_on();
UPDATE records SET data = data || jsonb_build_object('other', target(1)) WHERE name = 'updated';
SELECT data ->> 'other' = target(3) AS is_moved FROM records WHERE name = 'updated';
SELECT * FROM wrong();
-- Ids that are swapped in one statement.
UPDATE records SET id = CASE name WHEN 'first of two' THEN '00000000-0000-4000-8000-0000000000e3' ELSE '00000000-0000-4000-8000-0000000000e4' END::uuid WHERE name LIKE '% of two';
SELECT * FROM wrong();
-- Entries of an index that is not there.
INSERT INTO record_index (key, record_id, organization_id) VALUES (int8send(4711) || '\x02ff', target(2)::uuid, :org), (int8send(4711) || '\x02fe', target(2)::uuid, :org);
SELECT table_name, record_key, stored, counted FROM record_index_drift();
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
