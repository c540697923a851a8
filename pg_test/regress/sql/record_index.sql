-- The index of custom columns: which indexes there are, what their entries follow, and builds.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'T');
INSERT INTO table_columns (id, table_id, name, type, indexed, options) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'city', 'text', true, '{}'),
    ('00000000-0000-4000-8000-0000000000c2', :t, 'amount', 'number', true, '{}'),
    ('00000000-0000-4000-8000-0000000000c3', :t, 'tags', 'multi_select', true, '{"choices": ["a", "b", "c"]}'),
    ('00000000-0000-4000-8000-0000000000c4', :t, 'free', 'text', false, '{}'),
    ('00000000-0000-4000-8000-0000000000c5', :t, 'extra', 'json', true, '{}');
-- What an index is made of: its columns, and whether its number is a new one.
CREATE TABLE seen (number bigint);
CREATE FUNCTION indexes() RETURNS TABLE(columns text, state text, is_automatic boolean, is_new boolean, entries bigint) LANGUAGE sql AS $$
    WITH known AS (INSERT INTO seen SELECT number FROM table_indexes EXCEPT SELECT number FROM seen RETURNING number)
    SELECT
        (SELECT string_agg(right(item ->> 'column', 2) || coalesce(' ' || (item ->> 'direction'), '') || coalesce(' empty ' || (item ->> 'empty'), ''), ', ' ORDER BY place)
            FROM jsonb_array_elements(one.columns) WITH ORDINALITY AS given(item, place)),
        one.state, one.is_automatic, known.number IS NOT NULL,
        (SELECT count(*) FROM record_index WHERE substr(key, 1, 8) = int8send(one.number))
    FROM table_indexes AS one LEFT JOIN known ON known.number = one.number
    ORDER BY 1, 3 $$;
SELECT * FROM indexes();
INSERT INTO records (table_id, name, data) VALUES
    (:t, 'one', '{"city": "Osaka", "amount": 2, "tags": ["a", "b"]}'), (:t, 'two', '{"city": "大阪", "amount": 1.50}'), (:t, 'three', '{"tags": []}');
SELECT * FROM indexes();
SELECT * FROM record_index_drift();

-- Entries follow what is written, and what is deleted, restored and truncated; nothing is written where no value changed.
CREATE FUNCTION written(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE before text[] := ARRAY(SELECT concat(ctid, xmin) FROM record_index);
BEGIN
    EXECUTE statement;
    RETURN (SELECT count(*) FROM record_index WHERE concat(ctid, xmin) <> ALL (before));
END $$;
SELECT written($$UPDATE records SET name = name || '!', data = data || '{"free": "x"}'$$) AS of_other_fields,
    written($$UPDATE records SET data = data || '{"amount": 1.5}' WHERE name = 'two!'$$) AS of_the_same_number,
    written($$UPDATE records SET data = data || '{"amount": 7, "tags": ["b", "c"]}' WHERE name = 'one!'$$) AS of_a_number_and_a_list;
SELECT * FROM record_index_drift();
SELECT count(*) > 0 AS deleted FROM (SELECT soft_delete('records', ARRAY(SELECT id FROM records WHERE name = 'one!'))) AS done;
SELECT count(*) AS of_two_records FROM record_index;
SELECT restore_records(ARRAY(SELECT id FROM records WHERE deleted_at IS NOT NULL));
BEGIN;
DELETE FROM records WHERE name = 'one!';
SAVEPOINT inside;
INSERT INTO records (table_id, data) VALUES (:t, '{"amount": 9}');
ROLLBACK TO inside;
SELECT count(*) AS of_two_records FROM record_index;
ROLLBACK;
SELECT * FROM record_index_drift();
BEGIN;
TRUNCATE records CASCADE;
SELECT count(*) AS of_none FROM record_index;
ROLLBACK;

-- Definitions: names become ids, the first column ascends, and what cannot be an index is refused.
INSERT INTO table_indexes (table_id, columns) VALUES (:t, '["city", {"column": "amount", "direction": "desc"}]');
INSERT INTO table_indexes (table_id, columns, state, form, is_automatic) VALUES (:t, '[{"column": "amount", "direction": "desc"}, {"column": "city", "empty": "first"}]', 'ready', 'x', true);
SELECT * FROM indexes();
INSERT INTO table_indexes (table_id, columns) VALUES (:t, '["cty"]');
INSERT INTO table_indexes (table_id, columns) VALUES (:t, '["extra"]');
INSERT INTO table_indexes (table_id, columns) VALUES (:t, '[]');
INSERT INTO table_indexes (table_id, columns) VALUES (:t, '["city", "city"]');
INSERT INTO table_indexes (table_id, columns) VALUES (:t, '[{"column": "city", "direction": "up"}]');
INSERT INTO table_indexes (table_id, columns) VALUES (:t, '[{"column": "city", "sort": "up"}]');
INSERT INTO table_indexes (table_id, columns) VALUES (:t, '{"column": "city"}');
INSERT INTO table_indexes (table_id, columns, number) VALUES (:t, '["city"]', 1);

-- A rename, another order of the choices and an id for one change no key; a type, a region and "multiple" make a new number.
SELECT written($$UPDATE table_columns SET name = 'town' WHERE name = 'city'$$) AS of_a_rename,
    written($$UPDATE table_columns SET options = '{"choices": ["c", {"id": "1", "name": "b"}, "a"]}' WHERE name = 'tags'$$) AS of_choices;
SELECT * FROM indexes();
SELECT * FROM record_index_drift();
UPDATE table_columns SET type = 'text' WHERE name = 'amount';
SELECT * FROM indexes();
SELECT * FROM record_index_drift();
UPDATE table_columns SET indexed = false WHERE name = 'tags';
UPDATE table_columns SET indexed = true WHERE name = 'free';
DELETE FROM table_columns WHERE name = 'amount';
SELECT * FROM indexes();
SELECT restore_column('00000000-0000-4000-8000-0000000000c2');
SELECT * FROM indexes();
SELECT * FROM record_index_drift();
DELETE FROM table_indexes WHERE jsonb_array_length(columns) > 1;
SELECT * FROM indexes();

-- A large table is built in batches; writers and queries go on meanwhile.
UPDATE table_columns SET indexed = false;
INSERT INTO records (table_id, data) SELECT :t, jsonb_build_object('town', 'town ' || n % 10, 'amount', n::text) FROM generate_series(1, 5100) AS n;
UPDATE table_columns SET indexed = true WHERE name = 'town';
SELECT * FROM indexes();
SELECT count_records(:t, '{"filter": {"column": "town", "op": "is", "value": "town 3"}}'), explain_records(:t, '{"filter": {"column": "town", "op": "is", "value": "town 3"}, "limit": 1000}') ->> 'plan' AS plan;
SELECT continue_build_record_indexes(2000);
SELECT state, left_over, built_to_id IS NOT NULL AS has_begun FROM table_indexes;
-- The record was built already; this one was not; both are as they should be in the end.
UPDATE records SET data = data || '{"town": "moved"}' WHERE data ->> 'amount' IN ('5099', '17');
DELETE FROM records WHERE data ->> 'amount' IN ('5098', '18');
INSERT INTO records (table_id, data) VALUES (:t, '{"town": "late"}');
CALL build_record_indexes_in_batches(1000);
SELECT * FROM indexes();
SELECT * FROM record_index_drift();
SELECT count_records(:t, '{"filter": {"column": "town", "op": "is", "value": "town 3"}}'), explain_records(:t, '{"filter": {"column": "town", "op": "is", "value": "town 3"}, "limit": 1000}') ->> 'plan' AS plan;
SELECT continue_build_record_indexes(0);

-- Keys of another collation are not read, and built anew.
ALTER TABLE table_indexes DISABLE TRIGGER table_indexes_guard;
UPDATE table_indexes SET form = 'another; text';
ALTER TABLE table_indexes ENABLE TRIGGER table_indexes_guard;
SELECT explain_records(:t, '{"filter": {"column": "town", "op": "is", "value": "town 3"}, "limit": 1000}') ->> 'plan' AS plan;
UPDATE records SET data = data || '{"town": "moved, too"}' WHERE data ->> 'amount' = '19';
CALL build_record_indexes_in_batches();
SELECT * FROM indexes();
SELECT * FROM record_index_drift();
-- Drift is found.
DELETE FROM record_index WHERE ctid = (SELECT min(ctid) FROM record_index);
INSERT INTO record_index (key, record_id, organization_id) SELECT key || '\x00', record_id, organization_id FROM record_index LIMIT 1;
SELECT table_name, stored, counted FROM record_index_drift() ORDER BY stored;
-- So is an entry of another organization; entries of indexes that are gone go with the next build.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE record_index SET organization_id = '00000000-0000-4000-8000-0000000000ff' WHERE record_id = (SELECT id FROM records WHERE data ->> 'town' = 'moved, too');
SELECT table_name, stored, counted FROM record_index_drift() WHERE record_key = (SELECT id::text FROM records WHERE data ->> 'town' = 'moved, too') ORDER BY stored;
DELETE FROM table_indexes;
SET LOCAL session_replication_role = origin;
SELECT count(*) > 5000 AS many FROM record_index_drift();
SELECT continue_build_record_indexes(1000) ->> 'is_done' AS is_done, (SELECT count(*) > 0 FROM record_index) AS some_are_left;
SELECT continue_build_record_indexes(1000000) ->> 'is_done' AS is_done;
SELECT count(*) FROM record_index;
ROLLBACK;
-- A table takes its indexes along.
DELETE FROM tables;
SELECT count(*) AS indexes, (SELECT count(*) FROM record_index) AS entries FROM table_indexes;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
