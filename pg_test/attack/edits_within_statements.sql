-- A member edits the columns of a table within the statement that writes its records: in a CTE, or by a function in RETURNING. The statement's triggers would go on
-- by the new schema with records that were written by the old one, and leave keys, entries and counters that no record has. Either the statement is refused, or all agrees.
\connect - rowkit
UPDATE ct.table_columns SET indexed = true WHERE table_id = attack.id('A table') AND name IN ('salary', 'grade');
INSERT INTO ct.records (id, table_id, name, email, data) SELECT attack.id('more ' || n), attack.id('A table'), 'more ' || n, 'more' || n || '@a.example', '{"salary": 1200, "grade": "two"}' FROM generate_series(1, 5) AS n;
-- What rowkit keeps beside the records, compared with them.
CREATE FUNCTION attack.agrees(what text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM attack.holds(NOT EXISTS (SELECT FROM rowkit.record_index_drift('ct.tables')), 'the entries are those of the records: ' || what);
    PERFORM attack.holds(NOT EXISTS (SELECT FROM rowkit.table_statistics_drift(tables => 'ct.tables')), 'the counters are those of the records: ' || what);
    PERFORM attack.holds(NOT EXISTS (
        SELECT FROM ct.record_keys AS held JOIN ct.table_columns AS defined ON defined.id::text = held.column_id JOIN ct.records AS record ON record.id = held.record_id
        WHERE coalesce(record.data ->> defined.name, CASE defined.name WHEN 'email' THEN record.email END) IS NULL), 'no key is of a value that no record has: ' || what);
END
$$;
GRANT EXECUTE ON FUNCTION attack.agrees(text) TO PUBLIC;
SELECT attack.agrees('before');
\connect - authenticator
SELECT attack.sign_in('a2');
-- Tries a statement, and takes back what it did after the comparison.
CREATE FUNCTION pg_temp.tried(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text := 'done';
BEGIN
    BEGIN
        EXECUTE statement;
        PERFORM attack.agrees(statement);
        RAISE EXCEPTION 'taken back' USING ERRCODE = 'ATK99';
    EXCEPTION WHEN SQLSTATE 'ATK99' THEN NULL;
    WHEN object_not_in_prerequisite_state OR triggered_data_change_violation THEN state := 'refused';
    END;
    RETURN state;
END
$$;
-- For the first row alone.
CREATE FUNCTION pg_temp.ran(command text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('attack.ran', true) IS DISTINCT FROM 'yes' THEN
        PERFORM set_config('attack.ran', 'yes', true);
        EXECUTE command;
    END IF;
    RETURN true;
END
$$;
CREATE TEMP TABLE edits (edit text);
INSERT INTO edits
SELECT format(edit, attack.id('A table'))
FROM unnest(ARRAY[
    'INSERT INTO ct.table_columns (table_id, name, type) VALUES (%L, ''zz'', ''text'')', 'DELETE FROM ct.table_columns WHERE name = ''grade'' AND table_id = %L', 'UPDATE ct.table_columns SET name = ''pay'' WHERE name = ''salary'' AND table_id = %L',
    'UPDATE ct.table_columns SET type = ''text'', options = ''{}'' WHERE name = ''salary'' AND table_id = %L', 'UPDATE ct.table_columns SET options = ''{"choices": ["one"]}'' WHERE name = ''grade'' AND table_id = %L',
    'UPDATE ct.table_columns SET is_unique = false WHERE name = ''email'' AND table_id = %L', 'INSERT INTO ct.table_statuses (table_id, name) VALUES (%L, ''open'')']) AS edit;
CREATE TEMP TABLE writes (write text);
INSERT INTO writes
SELECT format(write, attack.id('A table'))
FROM unnest(ARRAY[
    'INSERT INTO ct.records (table_id, name, email, data) VALUES (%L, ''new'', ''new@a.example'', ''{"salary": 1900, "grade": "two"}'')', 'UPDATE ct.records SET data = data || ''{"salary": 1700}'' WHERE table_id = %L',
    'UPDATE ct.records SET data = ''{"salary": 1800}'', email = NULL WHERE name = ''more 3'' AND table_id = %L', 'DELETE FROM ct.records WHERE name = ''more 2'' AND table_id = %L']) AS write;
-- Both orders of a CTE, and the edit in RETURNING.
CREATE TEMP TABLE outcomes AS
SELECT pg_temp.tried(statement) AS outcome, statement
FROM edits CROSS JOIN writes CROSS JOIN LATERAL (VALUES
    (format('WITH a AS (%s RETURNING 1), b AS (%s RETURNING 1) SELECT 1 FROM a, b', edit, write)), (format('WITH a AS (%s RETURNING 1), b AS (%s RETURNING 1) SELECT 1 FROM b, a', write, edit)),
    (format('%s RETURNING pg_temp.ran(%L)', write, edit))) AS combined(statement);
SELECT attack.holds(count(*) = 84 AND count(*) FILTER (WHERE outcome = 'refused') > 20, 'all were tried, and those that would not agree refused') FROM outcomes;
-- One after the other in one transaction is nothing of the sort.
SELECT attack.holds(pg_temp.tried(format('DO $do$ BEGIN %s; %s; %s; END $do$', write, edit, replace(write, 'new', 'newer'))) = 'done', 'one after the other: ' || edit || write)
FROM edits CROSS JOIN writes WHERE edit NOT LIKE 'DELETE%' AND edit NOT LIKE '%pay%' AND edit NOT LIKE '%"one"]%' AND edit NOT LIKE '%type = %';
