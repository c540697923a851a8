-- Imports: a file in parts and a file at hand, what is previewed, planned and imported, what fails, and who may.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
GRANT USAGE ON SCHEMA public, rowkit TO authenticated, service_role;
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set firms '''00000000-0000-4000-8000-0000000000bb'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme'), ('00000000-0000-4000-8000-00000000000f', 'Other');
INSERT INTO users (id) SELECT ('00000000-0000-4000-8000-0000000000a' || n)::uuid FROM generate_series(1, 4) AS n;
INSERT INTO user_organizations (user_id, organization_id, role) VALUES
    ('00000000-0000-4000-8000-0000000000a1', :org, 'member'), ('00000000-0000-4000-8000-0000000000a2', :org, 'viewer'), ('00000000-0000-4000-8000-0000000000a4', :org, 'member'),
    ('00000000-0000-4000-8000-0000000000a3', '00000000-0000-4000-8000-00000000000f', 'member');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'Customers'), (:firms, :org, 'Firms');
INSERT INTO table_columns (id, table_id, name, label, type, is_unique, required, options) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'email', 'E-mail', 'email', true, false, '{}'),
    ('00000000-0000-4000-8000-0000000000c2', :t, 'amount', 'Amount', 'number', false, false, '{}'),
    ('00000000-0000-4000-8000-0000000000c3', :t, 'day', 'Day', 'date', false, false, '{}'),
    ('00000000-0000-4000-8000-0000000000c4', :t, 'stage', 'Stage', 'select', false, false, '{"choices": ["won", "lost"]}'),
    ('00000000-0000-4000-8000-0000000000c5', :t, 'code', 'Code', 'text', false, false, '{}'),
    ('00000000-0000-4000-8000-0000000000c6', :t, 'firm', 'Firm', 'reference', false, false, jsonb_build_object('table_id', :firms)),
    ('00000000-0000-4000-8000-0000000000c7', :t, 'name', 'Name', 'text', false, true, '{}');
INSERT INTO records (id, table_id, name) VALUES ('00000000-0000-4000-8000-0000000000e1', :firms, 'Acme'), ('00000000-0000-4000-8000-0000000000e2', :firms, 'Twin'), ('00000000-0000-4000-8000-0000000000e3', :firms, 'Twin');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name = 'bad' THEN RAISE EXCEPTION 'no bad ones'; END IF; RETURN NEW; END $$;
CREATE TRIGGER zz_refuse BEFORE INSERT ON records FOR EACH ROW EXECUTE FUNCTION refuse();
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';

-- A file in parts.
SELECT count(*) AS begun FROM begin_import(:t, 'a.csv', 'k0');
-- Ids that the expected errors name.
\set i 00000000-0000-4000-8000-0000000000d1
\set b 00000000-0000-4000-8000-0000000000d2
\set c 00000000-0000-4000-8000-0000000000d3
RESET ROLE;
INSERT INTO imports (id, table_id, file_name, idempotency_key, created_by) VALUES (:'i', :t, 'a.csv', 'k1', '00000000-0000-4000-8000-0000000000a1'), (:'b', :t, 'b.csv', NULL, '00000000-0000-4000-8000-0000000000a1'), (:'c', :t, 'c.csv', NULL, '00000000-0000-4000-8000-0000000000a1');
SET ROLE authenticated;
SELECT begin_import(:t, 'a.csv', 'k1') = :'i' AS is_same;
SELECT append_import(:'i', 1, convert_to(E'name;E-Mail;Amount;Day;Stage;code;firm\nAnn;ann@x.jp;1.234,56;31/12/2024;won;007;Acme\nBob;bob@x.jp;2,5;01/02/2024;WON;12345678901234567890;Twin\n', 'UTF8'));
SELECT append_import(:'i', 1, 'x');
SELECT append_import(:'i', 0, 'x');
SELECT append_import(:'i', 4, '');
SELECT append_import(:'i', 3, convert_to(E'Cyd;ann@x.jp;3;03/02/2024;maybe;=1+1;Nobody\n', 'UTF8'));
SELECT preview_import(:'i'::uuid);
SELECT append_import_base64(:'i', 2, encode(convert_to(E';dan@x.jp;4;03/02/2024;;;\nEve;eve@x.jp;5;05/02/2024;lost;x;acme\n', 'UTF8'), 'base64'));
BEGIN READ ONLY;
SELECT preview -> 'encoding' AS encoding, preview -> 'dialect' AS dialect, preview -> 'sampled_rows' AS rows FROM preview_import(:'i'::uuid) AS preview;
SELECT file_column ->> 'name' AS name, file_column ->> 'type' AS type, file_column ->> 'date_order' AS date_order, file_column ->> 'decimal_mark' AS mark, file_column -> 'suggestion' ->> 'column' AS suggested
FROM jsonb_array_elements(preview_import(:'i'::uuid) -> 'columns') AS file_column;
SELECT import_progress(:'i') - 'import_id' AS progress;
ROLLBACK;
SELECT plan_import(:'i') - 'import_id' - 'mapping' - 'problems' AS plan;
SELECT count(*) AS records FROM records WHERE table_id = :t;
SELECT run_import(:'i') - 'import_id' AS result;
SELECT run_import(:'i') = import_progress(:'i') AS is_same;
SELECT append_import(:'i', 9, 'x');
SELECT * FROM import_errors(:'i');
SELECT substr(import_error_file(:'i'), 2);
SELECT name, email, data, created_by FROM records WHERE table_id = :t;
-- The mended file: mapped as the first was, in its date order, and what was guarded is given back.
SELECT import_records(:t, convert_to(replace(replace(replace(import_error_file(:'i'), 'Nobody', 'Acme'), 'ann@', 'cyd@'), 'maybe', 'lost'), 'UTF8')) - 'import_id' AS result;
SELECT name, email, data FROM records WHERE table_id = :t AND name = 'Cyd';

-- A file at hand that meets records.
SELECT import_records(:t, convert_to(E'name,email,amount,day\nAnn,ANN@x.jp,7,\nZed,zed@x.jp,8,\nZed2,zed@x.jp,8,\nAn2,ann@x.jp,8,\n', 'UTF8'), jsonb_build_object('match_on', 'email', 'on_match', way)) - 'import_id' - 'mapping' AS result
FROM unnest('{refuse,skip,fill,replace_nonblank,replace}'::text[]) AS way;
SELECT name, email, data FROM records WHERE table_id = :t AND name IN ('Ann', 'Zed', 'An2') ORDER BY name;
SELECT import_records(:t, convert_to(E'name,code\nNew,007\nNew,008\nNew,x\n', 'UTF8'), '{"match_on": ["code"], "on_new": "skip", "on_match": "replace"}') - 'import_id' - 'mapping' AS result;
SELECT import_records(:t, convert_to(E'name,email,amount\nFay,fay@x.jp,abc\n', 'UTF8'), '{"on_problem": "skip_cell"}') - 'import_id' - 'mapping' AS result;
SELECT import_records(:t, convert_to(E'name,email,amount\nGus,gus@x.jp,abc\n', 'UTF8'), '{"on_problem": "refuse"}');
SELECT import_records(:t, convert_to(E'name,day\nHal,01/02/2024\nIda,03/04/2024\n', 'UTF8')) ->> 'failed' AS failed;
SELECT import_records(:t, convert_to(E'name,day\nHal,01/02/2024\nIda,03/04/2024\n', 'UTF8'), '{"date_order": "mdy"}') ->> 'failed' AS failed;
SELECT import_records(:t, convert_to(E'name,macth\nHal,1\n', 'UTF8'), '{"macth_on": "email"}');
SELECT import_records(:t, convert_to(E'x,y\n1,2\n', 'UTF8'));
SELECT import_records(:t, convert_to(E'name\nHal\n', 'UTF8'), '{"mapping": {"name": "gone"}}');
SELECT import_records(:t, '\x0001020304050607');
SELECT import_records_base64(:t, encode(convert_to(E'{"name": "Jay", "amount": 12345678901234567890.10}\n{"name": "Kim", "amount": 1e999999}\n', 'UTF8'), 'base64')) - 'import_id' - 'mapping' AS result;
SELECT name, data FROM records WHERE table_id = :t AND name IN ('Hal', 'Ida', 'Jay', 'Fay') ORDER BY name;

-- Choices are made when asked for, in one edit of the column, and a plan takes them back.
\set n 00000000-0000-4000-8000-0000000000d5
RESET ROLE;
INSERT INTO imports (id, table_id, file_name, created_by) VALUES (:'n', :t, 'n.csv', '00000000-0000-4000-8000-0000000000a1');
SET ROLE authenticated;
SELECT append_import(:'n', 1, convert_to(E'name,stage\nLea,WON\nMia,open\nNoa,Open\nOra,later\n', 'UTF8')) > 0 AS has_come;
SELECT plan_import(:'n') - 'import_id' - 'mapping' - 'problems' AS plan;
SELECT plan_import(:'n', '{"create_choices": true}') - 'import_id' - 'mapping' AS plan;
SELECT options FROM table_columns WHERE table_id = :t AND name = 'stage';
SELECT continue_import(:'n', 2, '{"create_choices": true}') ->> 'created' AS created;
SELECT continue_import(:'n', 2) ->> 'created' AS created;
SELECT options FROM table_columns WHERE table_id = :t AND name = 'stage';
SELECT name, data FROM records WHERE table_id = :t AND name IN ('Lea', 'Mia', 'Noa', 'Ora') ORDER BY name;
SELECT import_records(:t, convert_to(E'name,stage\nPia,never\n', 'UTF8'), '{"create_choices": true}') ->> 'created' AS created;

-- In batches: a row that a trigger refuses, one whose value is taken, one of the wrong type, and one that comes again.
SELECT append_import(:'b', 1, convert_to('name,email,amount' || chr(10) || (SELECT string_agg(CASE n WHEN 50 THEN 'bad' ELSE 'u' || n END || ',' || CASE n WHEN 70 THEN 'cyd' WHEN 150 THEN 'u3' ELSE 'u' || n END
    || '@x.jp,' || CASE n WHEN 120 THEN 'abc' ELSE n::text END, chr(10)) FROM generate_series(1, 200) AS n), 'UTF8')) > 0 AS has_come;
SELECT plan_import(:'b') - 'import_id' - 'mapping' - 'problem_counts' AS plan;
BEGIN;
SELECT continue_import(:'b', 30) ->> 'next_row' AS next_row;
SAVEPOINT a;
SELECT continue_import(:'b', 30) ->> 'next_row' AS next_row;
ROLLBACK TO a;
SELECT import_progress(:'b') ->> 'next_row' AS next_row;
COMMIT;
SELECT continue_import(:'b', 30, '{"on_match": "skip"}');
SELECT continue_import(:'b', 0);
CALL run_import_in_batches(:'b', 40);
SELECT import_progress(:'b') - 'import_id' - 'mapping' AS progress;
SELECT * FROM import_errors(:'b');
SELECT count(*) AS records, current_user FROM records WHERE table_id = :t AND name LIKE 'u%';
SELECT append_import(:'c', 1, convert_to(E'name\na\nb\nc\n', 'UTF8'));
SELECT continue_import(:'c', 1) ->> 'created' AS created;
SELECT cancel_import(:'c'), cancel_import(:'c');
SELECT continue_import(:'c', 1) - 'import_id' - 'mapping' AS progress;
SELECT run_import(:'c') IS NULL;


-- Undo: what was changed since is told and kept; the rest is as before.
SELECT md5(string_agg(record::text, ' ' ORDER BY record.id)) AS before FROM (SELECT id, name, email, data FROM records WHERE table_id = :t) AS record \gset
\set u 00000000-0000-4000-8000-0000000000d4
RESET ROLE;
INSERT INTO imports (id, table_id, file_name, created_by) VALUES (:'u', :t, 'u.csv', '00000000-0000-4000-8000-0000000000a1');
SET ROLE authenticated;
SELECT append_import(:'u', 1, convert_to(E'name,email,amount,stage\nu1,u1@x.jp,100,won\nu2,u2@x.jp,200,\nNew1,n1@x.jp,1,lost\nNew2,n2@x.jp,2,lost\nNew3,n3@x.jp,3,lost\n', 'UTF8')) > 0 AS has_come;
SELECT plan_import(:'u', '{"match_on": "email", "on_match": "replace"}') #>> '{changes,0,to}' AS change;
SELECT run_import(:'u', '{"match_on": "email", "on_match": "replace"}') - 'import_id' - 'mapping' AS result;
BEGIN;
SELECT undo_import(:'u');
SELECT md5(string_agg(record::text, ' ' ORDER BY record.id)) = :'before' AS is_as_before FROM (SELECT id, name, email, data FROM records WHERE table_id = :t) AS record;
SELECT undo_import(:'u') IS NULL;
ROLLBACK;
UPDATE records SET data = data || '{"amount": 5}' WHERE email IN ('u1@x.jp', 'n2@x.jp') RETURNING name, id = id AS is_changed;
SELECT undo_import(:'u', 'maybe');
CREATE FUNCTION pg_temp.refusal(import_id uuid) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM undo_import(import_id); RETURN 'none'; EXCEPTION WHEN object_not_in_prerequisite_state THEN RETURN SQLERRM; END $$;
SELECT pg_temp.refusal(:'u');
SELECT undo_import(:'u', 'keep') - 'kept_ids' AS undone;
SELECT name, email, data FROM records WHERE table_id = :t AND email IN ('u1@x.jp', 'u2@x.jp', 'n1@x.jp', 'n2@x.jp', 'n3@x.jp') ORDER BY email;
SELECT import_progress(:'u') ->> 'state' AS state;

-- A viewer reads what there was, and imports nothing.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2", "role": "authenticated"}';
SELECT begin_import(:t, 'v.csv');
SELECT import_progress(:'b') ->> 'created' AS created;
SELECT run_import(:'b') IS NULL;
SELECT cancel_import(:'b');
SELECT * FROM import_errors(:'b');
SELECT (SELECT count(*) FROM import_chunks) AS chunks, (SELECT count(*) FROM import_rows) AS rows, (SELECT count(*) FROM import_batches) AS batches, (SELECT count(*) > 0 FROM imports) AS has_imports;
-- Another member sees neither the file nor its rows, and changes nothing of the import.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a4", "role": "authenticated"}';
SELECT begin_import(:t, 'a.csv', 'k1') = :'i' AS is_same;
SELECT append_import(:'c', 9, 'x') IS NULL;
SELECT (SELECT count(*) FROM import_chunks) AS chunks, (SELECT count(*) FROM import_rows) AS rows, (SELECT count(*) FROM import_batches) AS batches;
UPDATE imports SET state = 'cancelled' WHERE id = :'b' RETURNING true AS is_changed;
DELETE FROM imports WHERE id = :'b' RETURNING true AS is_deleted;
INSERT INTO import_chunks (import_id, kind, part, organization_id, bytes, created_by) SELECT :'b', 'rows', 99, :org, 'x', '00000000-0000-4000-8000-0000000000a1';
-- To a stranger nothing is there.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a3", "role": "authenticated"}';
SELECT begin_import(:t, 'v.csv');
SELECT import_progress(:'b') IS NULL AS is_none, cancel_import(:'b');
SELECT preview_import(:t::uuid, 'a,b'::bytea);
SELECT import_records(:t, convert_to(E'name\nV\n', 'UTF8'));
SELECT (SELECT count(*) FROM import_chunks) AS chunks, (SELECT count(*) FROM import_rows) AS rows, (SELECT count(*) FROM import_batches) AS batches, (SELECT count(*) FROM imports) AS imports;
SET ROLE service_role;
SET request.jwt.claims = '{"role": "service_role"}';
SELECT import_records(:t, convert_to(E'name,email\nSer,s@x.jp\n', 'UTF8')) ->> 'created' AS created;
RESET ROLE; RESET request.jwt.claims;
SELECT import_records(:t, convert_to(E'name,email\nSup,p@x.jp\n', 'UTF8')) ->> 'created' AS created;
-- What nobody needs any more goes.
SELECT purge_imports();
UPDATE imports SET ended_at = now() - interval '10 days' WHERE id = :'b' RETURNING state;
SELECT purge_imports() > 0 AS has_purged, (SELECT count(*) FROM import_chunks WHERE import_id = :'b') AS chunks_before;
SELECT (SELECT count(*) FROM import_chunks WHERE import_id = :'b') AS chunks, (SELECT count(*) > 0 FROM import_rows WHERE import_id = :'b') AS has_rows, purge_imports(undo_days_old => 9) > 0 AS has_purged;
SELECT undo_import(:'b');
-- An import that stopped and that nobody has gone on with for as long as it could be undone is cancelled; what it keeps goes later, as that of others.
\set r 00000000-0000-4000-8000-0000000000f5
INSERT INTO imports (id, table_id, file_name, created_by)
SELECT ('00000000-0000-4000-8000-0000000000f' || number)::uuid, :t, number || '.csv', '00000000-0000-4000-8000-0000000000a1' FROM generate_series(5, 6) AS number;
SELECT append_import(id, 1, convert_to(E'name,amount\nRay,1\nRay2,x\n', 'UTF8')) > 0 AS has_come, continue_import(id, 1) ->> 'state' AS state FROM imports WHERE file_name IN ('5.csv', '6.csv') ORDER BY file_name;
ALTER TABLE imports DISABLE TRIGGER imports_updated_at;
UPDATE imports SET updated_at = now() - interval '20 days' WHERE file_name = '5.csv' RETURNING state;
ALTER TABLE imports ENABLE TRIGGER imports_updated_at;
CREATE FUNCTION kept() RETURNS TABLE(file text, state text, has_ended boolean, chunks bigint, batches bigint) LANGUAGE sql AS $$
    SELECT file_name, state, ended_at = now(), (SELECT count(*) FROM import_chunks WHERE import_id = import.id), (SELECT count(*) FROM import_batches WHERE import_id = import.id)
    FROM imports AS import WHERE file_name IN ('5.csv', '6.csv') ORDER BY file_name $$;
SELECT purge_imports(), purge_imports(undo_days_old => NULL), (SELECT state FROM imports WHERE id = :'r') AS state;
SET ROLE authenticated;
-- Whoever may not delete it cancels nothing either.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a4", "role": "authenticated"}';
SELECT purge_imports(undo_days_old => 10), import_progress(:'r') ->> 'state' AS state;
BEGIN;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
SELECT purge_imports(undo_days_old => 10);
SELECT * FROM kept();
SELECT continue_import(:'r', 1) ->> 'is_done' AS is_done;
COMMIT;
RESET ROLE; RESET request.jwt.claims;
UPDATE imports SET ended_at = now() - interval '8 days' WHERE id = :'r' RETURNING state;
SELECT purge_imports(undo_days_old => 10) > 0 AS has_purged;
SELECT file, state, chunks, batches FROM kept();
UPDATE imports SET ended_at = now() - interval '11 days' WHERE id = :'r' RETURNING state;
SELECT purge_imports(undo_days_old => 10) > 0 AS has_purged;
SELECT file, state, chunks, batches FROM kept();
SET rowkit.import_rows = 2;
SELECT import_records(:t, convert_to(E'name\n1\n2\n3\n', 'UTF8'));
RESET rowkit.import_rows;
DELETE FROM tables WHERE id = :t;
SELECT (SELECT count(*) FROM import_chunks) AS chunks, (SELECT count(*) FROM import_rows) AS rows, (SELECT count(*) FROM import_batches) AS batches, (SELECT count(*) FROM imports) AS imports;
SET client_min_messages = error;
DROP OWNED BY authenticated, service_role;
DROP ROLE authenticated, service_role;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
