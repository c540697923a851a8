-- The text of a json column is kept as it is: blanks, the order of keys, keys that come twice. What jsonb could not hold is logged, too.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
SELECT count(*) > 0 FROM create_audit_log(tenant_column => 'organization_id');
CREATE TYPE pair AS (name text, doc json);
CREATE DOMAIN note AS json;
CREATE TABLE docs (id integer PRIMARY KEY, doc json, must json NOT NULL DEFAULT 'null', note note, list json[], pair pair, secret json, f double precision, r real, fs double precision[]);
SELECT count(*) > 0 FROM enable_audit('docs', redact => '{secret.key}');
CREATE TABLE was AS TABLE docs;
INSERT INTO was VALUES (1, '{"b": 1, "aaaa":2,  "b":3}', '{"z":1,"a":1}', '[1,   2]', ARRAY['{"b":1,"a":2}', 'null']::json[], ('n', '{"b":1,"a":2}'), '{"other":1}', '-0', '-0', '{-0,1}'),
    (2, '"text"', 'null', '"{\"a\":1}"', '{}', ('', 'null'), '{"a":[]}', '0', '0', '{0}'),
    (3, 'null', '1.0', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, NULL, '"{}"', '{"a":1}', NULL, NULL, '{"key":"k", "other":2}', '-0.5', '1e-30', NULL),
    (5, '{"a":"\u0000"}', '1e400000', '[]', NULL, NULL, '{"key":1,"key":2}', NULL, NULL, NULL);
INSERT INTO docs SELECT * FROM was WHERE id < 5;
INSERT INTO docs SELECT id, doc, must, note FROM was WHERE id = 5;
SELECT record_id, new_data -> 'doc', new_data -> 'must', new_data -> 'note', new_data -> 'list', new_data -> 'pair', new_data -> 'secret', new_data -> 'f', new_data -> 'fs' FROM audit_logs WHERE action = 'INSERT' ORDER BY 1;
CREATE FUNCTION other() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT w.id || ' ' || was.key || ' ' || coalesce(now.value, 'NULL') || ' not ' || coalesce(was.value, 'NULL')
    FROM app.was AS w JOIN app.docs AS d USING (id), jsonb_each_text(jsonb_build_object('doc', w.doc::text, 'must', w.must::text, 'note', w.note::text, 'list', w.list::text, 'pair', w.pair::text, 'f', w.f::text, 'r', w.r::text, 'fs', w.fs::text)) AS was,
        jsonb_each_text(jsonb_build_object('doc', d.doc::text, 'must', d.must::text, 'note', d.note::text, 'list', d.list::text, 'pair', d.pair::text, 'f', d.f::text, 'r', d.r::text, 'fs', d.fs::text)) AS now
    WHERE was.key = now.key AND was.value IS DISTINCT FROM now.value ORDER BY 1 $$;
-- Deleted and back; changed, in blanks alone, too, and back; as of a moment.
SELECT clock_timestamp() AS before \gset
DELETE FROM docs WHERE id < 4;
SELECT undo_transaction((SELECT transaction FROM audit_logs WHERE action = 'DELETE' LIMIT 1));
SELECT * FROM other();
UPDATE docs SET doc = '{"b":1,"aaaa":2,"b":3}', must = '{"z": 1, "a": 1}', note = '[1,2]', f = '0', r = '0', fs = '{0,1}' WHERE id = 1;
SELECT old_data, new_data FROM audit_logs WHERE action = 'UPDATE';
SELECT undo_transaction((SELECT transaction FROM audit_logs WHERE action = 'UPDATE' LIMIT 1));
SELECT * FROM other();
UPDATE docs SET doc = '1', must = '2';
SELECT transaction AS latest FROM audit_logs ORDER BY id DESC LIMIT 1 \gset
SELECT row_as_of('docs', id::bigint, :'before') ->> 'doc' = was.doc::text, (row_as_of('docs', id::bigint, :'before') ->> 'must')::json::text = was.must::text FROM was ORDER BY id;
SELECT undo_transaction(:'latest');
SELECT * FROM other();
SELECT row_as_of('docs', 4, now()) -> 'secret', row_as_of('docs', 4, now()) -> 'doc';
-- A newer text is not overwritten, however alike.
UPDATE docs SET doc = '{"a": 1}' WHERE id = 2;
SELECT transaction AS latest FROM audit_logs ORDER BY id DESC LIMIT 1 \gset
UPDATE docs SET doc = '{"a":1}' WHERE id = 2;
SELECT undo_transaction(:'latest');
-- Paths still lead into what is redacted, of json and of composite types with json.
UPDATE docs SET secret = '{"other":1, "key":"new"}' WHERE id = 4;
SELECT old_data, new_data FROM audit_logs ORDER BY id DESC LIMIT 1;
UPDATE docs SET secret = '{"other" :1}' WHERE id = 1;
SELECT old_data, new_data FROM audit_logs ORDER BY id DESC LIMIT 1;
SELECT count(*) > 0 FROM enable_audit('docs', redact => '{secret.key,pair.doc}');
UPDATE docs SET pair = ('m', '{"c":1}') WHERE id = 1;
SELECT old_data, new_data FROM audit_logs WHERE action = 'UPDATE' ORDER BY id DESC LIMIT 1;
