-- Undo after the table was changed: what does not fit it any more is told with table, column and row, and nothing is changed; what fits is taken back.
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
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE things (id integer PRIMARY KEY, mood mood DEFAULT 'glad', name text, amount numeric, at timestamp, code text, kept text DEFAULT 'k');
SELECT count(*) > 0 FROM enable_audit('things');
INSERT INTO things VALUES (1, 'sad', 'a longer name', 1.25, '2030-01-02 03:04', 'c1'), (2, 'glad', 'short', 2, '2030-01-02 03:04', 'c2');
CREATE TABLE was AS TABLE things;
-- Some columns of a row, as they are by now.
CREATE FUNCTION held(id integer, columns text, relation text DEFAULT 'app.things') RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text; BEGIN EXECUTE format('SELECT concat_ws('' '', %s) FROM %s AS t WHERE t.id = %s', columns, relation, id) INTO told; RETURN told; END $$;
-- An enum's value under another name.
UPDATE things SET mood = 'glad' WHERE id = 1;
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
SELECT undo(), held(1, 'mood');
ALTER TYPE mood RENAME VALUE 'blue' TO 'sad';
SELECT undo(), held(1, 'mood');
-- Columns that hold less.
UPDATE things SET name = 'n', amount = 3 WHERE id = 1;
ALTER TABLE things ALTER name TYPE varchar(5);
SELECT undo(), held(1, 'name, amount');
ALTER TABLE things ALTER name TYPE text, ALTER amount TYPE numeric(5,1);
SELECT undo(), held(1, 'name, amount');
ALTER TABLE things ALTER amount TYPE numeric(2,2) USING 0.5;
SELECT undo(), held(1, 'name, amount');
ALTER TABLE things ALTER amount TYPE integer USING 3;
SELECT undo(), held(1, 'name, amount');
ALTER TABLE things ALTER amount TYPE numeric(10,2);
SELECT undo(), held(1, 'name, amount');
-- Types that say something else, and such as hold the same.
UPDATE things SET code = 'c9', at = '2031-01-01' WHERE id = 1;
ALTER TABLE things ALTER code TYPE integer USING substr(code, 2)::integer;
SELECT undo(), held(1, 'code, at');
ALTER TABLE things ALTER code TYPE varchar(8) USING 'c' || code, ALTER at TYPE timestamptz USING at AT TIME ZONE 'Asia/Tokyo';
SELECT undo(), held(1, 'code');
ALTER TABLE things ALTER at TYPE timestamp USING at AT TIME ZONE 'Asia/Tokyo';
SELECT undo(), held(1, 'code, at');
-- Rules that came since.
DELETE FROM things WHERE id = 2;
ALTER TABLE things ADD CONSTRAINT no_c2 CHECK (code <> 'c2');
SELECT undo();
ALTER TABLE things DROP CONSTRAINT no_c2, ADD COLUMN must integer;
UPDATE things SET must = 1;
ALTER TABLE things ALTER must SET NOT NULL;
SELECT undo(1);
ALTER TABLE things DROP must;
CREATE UNIQUE INDEX only_one ON things (kept);
SELECT undo(1);
DROP INDEX only_one;
SELECT undo(1), held(2, 'name, amount, code, kept');
-- Columns that are gone or renamed, and columns that are computed now.
UPDATE things SET name = 'x', kept = 'y' WHERE id = 1;
ALTER TABLE things RENAME name TO label;
SELECT undo(), held(1, 'label, kept');
ALTER TABLE things RENAME label TO name;
ALTER TABLE things DROP kept;
SELECT undo(), held(1, 'name');
ALTER TABLE things ADD kept text GENERATED ALWAYS AS ('g') STORED;
SELECT undo(), held(1, 'name, kept');
ALTER TABLE things DROP kept, ADD kept text;
UPDATE things SET kept = 'y' WHERE id = 1;
SELECT undo(1), held(1, 'name, kept');
-- Another key.
UPDATE things SET name = 'z' WHERE id = 2;
ALTER TABLE things DROP CONSTRAINT things_pkey, ADD PRIMARY KEY (id, name);
SELECT undo(), held(2, 'name');
ALTER TABLE things DROP CONSTRAINT things_pkey;
SELECT undo(), held(2, 'name');
ALTER TABLE things ALTER id TYPE uuid USING ('00000000-0000-4000-8000-00000000000' || id)::uuid, ADD PRIMARY KEY (id);
SELECT undo(), count(*) FROM things WHERE name = 'z';
ALTER TABLE things ALTER id TYPE bigint USING right(id::text, 1)::bigint;
SELECT undo(), held(2, 'name');
-- The table under another name, without audit, in another schema, and gone.
UPDATE things SET name = 'q' WHERE id = 2;
ALTER TABLE things RENAME TO items;
SELECT undo(), held(2, 'name', 'app.items');
SELECT rebind_audit_events('items', 'things') > 0;
SELECT undo(1), held(2, 'name', 'app.items');
UPDATE items SET name = 'r' WHERE id = 2;
CREATE SCHEMA elsewhere;
ALTER TABLE items SET SCHEMA elsewhere;
SELECT undo();
ALTER TABLE elsewhere.items SET SCHEMA app;
SELECT count(*) > 0 FROM disable_audit('items');
SELECT undo(1), held(2, 'name', 'app.items');
CREATE VIEW app.others AS SELECT 1 AS id;
ALTER TABLE items RENAME TO gone;
ALTER VIEW others RENAME TO items;
SELECT undo(1);
