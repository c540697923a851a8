\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
-- Whoever may make a table chooses the types of its columns: what reads them looks at the types first.
CREATE DOMAIN id AS uuid;
CREATE DOMAIN document AS jsonb;
CREATE DOMAIN word AS text CHECK (length(value) < 5);
CREATE DOMAIN recent AS timestamptz CHECK (value > '2100-01-01');
CREATE TYPE mood AS ENUM ('fine', 'bad');
\set one aaaaaaaa-4444-4000-8000-000000000001

-- A number is no address of a schema. The errors name the schema of temporary tables, which has another number each time.
\set VERBOSITY sqlstate
CREATE TEMP TABLE t (id uuid, schema bigint);
INSERT INTO t VALUES (:'one', 4096);
SELECT validate_record(:'one', '{}', 't');
ALTER TABLE t ALTER schema TYPE text;
SELECT validate_record(:'one', '{}', 't');
SELECT sync_table_schema(:'one', 't');
\set VERBOSITY verbose
-- A table named as ours that is not like ours is not in the way of ours.
ALTER TABLE t RENAME TO tables;
SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'app');
INSERT INTO app.organizations (id, name) VALUES (:'one', 'Acme');
INSERT INTO app.tables (id, organization_id, name) VALUES (:'one', :'one', 'People');
SELECT validate_record(:'one', '{}');
DROP TABLE pg_temp.tables;
-- What a domain is stored as is what counts.
CREATE TEMP TABLE domains (id id, schema document);
INSERT INTO domains VALUES (:'one', '{"columns": []}');
SELECT validate_record(:'one', '{}', 'domains');

-- A log whose columns are others: a bigint where a document should be, integers where texts should be.
CREATE TEMP TABLE evil (id int, action int, table_name int, record_id int, new_record_id int, old_data text, new_data text, statement bigint, transaction_id bigint, transaction uuid);
INSERT INTO evil VALUES (1, 4096, 1, 1, 1, '{}', '{}', 1, 7, '00000000-0000-8000-8000-000000000007');
SELECT undo_transaction('00000000-0000-8000-8000-000000000007', 'evil');
ALTER TABLE evil ALTER COLUMN action TYPE text;
SELECT undo_transaction('00000000-0000-8000-8000-000000000007', 'evil');
ALTER TABLE evil ALTER COLUMN transaction TYPE bigint USING 7;
SELECT undo_transaction(7, 'evil');

-- Each column of the tables that a schema is made from, as another type.
CREATE FUNCTION retyped(table_name text, column_name text, new_type text, VARIADIC calls text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    call text;
    wrong text;
BEGIN
    FOREACH call IN ARRAY calls LOOP
        BEGIN
            EXECUTE format('ALTER TABLE %s DROP COLUMN %I CASCADE, ADD COLUMN %I %s', table_name, column_name, column_name, new_type);
            EXECUTE call;
            RETURN NEXT 'done';
            RAISE EXCEPTION 'taken back' USING ERRCODE = 'ZZ000';
        EXCEPTION
            WHEN SQLSTATE 'ZZ000' THEN NULL;
            WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS wrong = PG_EXCEPTION_HINT;
                RETURN NEXT concat_ws(': ', SQLSTATE, SQLERRM, NULLIF(wrong, ''));
        END;
    END LOOP;
END
$$;
SET search_path = public, app, rowkit;
SELECT retyped('app.tables', 'id', 'bigint DEFAULT 4096', 'TRUNCATE app.table_columns', $$SELECT search_records('aaaaaaaa-4444-4000-8000-000000000001', 'x')$$);
SELECT retyped('app.tables', 'schema', $$mood DEFAULT 'fine'$$, $$SELECT table_json_schema('aaaaaaaa-4444-4000-8000-000000000001')$$,
    $$SELECT table_json_schema('aaaaaaaa-4444-4000-8000-000000000001', 'app.tables')$$);
SELECT retyped('app.records', 'table_id', 'text', $$UPDATE app.records SET name = 'x'$$, $$INSERT INTO app.records (table_id) VALUES ('x')$$);
SELECT retyped('app.records', 'data', $$text DEFAULT '{}'$$, $$INSERT INTO app.records (table_id) VALUES ('aaaaaaaa-4444-4000-8000-000000000001')$$);
RESET search_path;

-- Arrays with NULLs in them.
CREATE TABLE notes (id bigint PRIMARY KEY, tags text[], words word[], v tsvector, body word);
CREATE TRIGGER notes_v BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'tags:A', 'body:B');
INSERT INTO notes VALUES (1, ARRAY['alpha', NULL, 'beta'], NULL, NULL, 'four'), (2, ARRAY[['a', NULL], ['b', 'c']], NULL, NULL, NULL), (3, '{}', NULL, NULL, NULL);
SELECT id, v FROM notes ORDER BY id;

-- What a trigger sets is held to what the column's domain says.
CREATE TABLE stamped (id int, updated_at recent);
CREATE TRIGGER stamp BEFORE UPDATE ON stamped FOR EACH ROW EXECUTE FUNCTION rowkit.update_updated_at();
INSERT INTO stamped VALUES (1, NULL);
\set VERBOSITY terse
UPDATE stamped SET id = 2;
\set VERBOSITY verbose
ALTER DOMAIN recent DROP CONSTRAINT recent_check;
UPDATE stamped SET id = 2 RETURNING id, updated_at = now() AS now;

-- A vector of lexemes that get too long or lie too far with a tag before them: they are left out.
SELECT length(long) AS before, length(search_scope(:'one', long)) AS after
FROM (SELECT array_to_tsvector(array_agg(repeat('a', n))) AS long FROM generate_series(2040, 2046) AS n) AS made;
SELECT length(wide) AS before, length(search_scope(:'one', wide)) AS after, length(search_scope(:'one', strip(wide))) AS without_positions
FROM (SELECT array_to_tsvector(array_agg('word' || n)) AS wide FROM generate_series(100000, 200000) AS n) AS made;
SELECT search_scope(:'one', 'b:1,2A a:16383 ccc') AS tagged, search_scope(:'one', '') AS empty, search_scope(NULL, 'a'), search_scope(:'one', NULL);
-- Every lexeme that is left can be found.
SELECT count(*) AS lost FROM (SELECT unnest(search_scope(:'one', made.v)) AS entry, made.v
    FROM (SELECT array_to_tsvector(array_agg('w' || n)) AS v FROM generate_series(1, 3000) AS n) AS made) AS found
WHERE NOT found.v @@ (quote_literal(substr((entry).lexeme, 6)))::tsquery;

-- A dictionary that is not there.
SELECT search_query('words', dictionary => 999999::regdictionary);
SELECT search_highlight('words', 'words', dictionary => 0::regdictionary);
