-- Imports whose rows name records of their own table that later rows make: linked once all rows are in, in one call and in batches, and taken back.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
GRANT USAGE ON SCHEMA public, rowkit TO authenticated, service_role;
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set s '''00000000-0000-4000-8000-0000000000bb'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme'), ('00000000-0000-4000-8000-00000000000f', 'Other');
INSERT INTO users (id) SELECT ('00000000-0000-4000-8000-0000000000a' || n)::uuid FROM generate_series(1, 4) AS n;
INSERT INTO user_organizations (user_id, organization_id, role) VALUES
    ('00000000-0000-4000-8000-0000000000a1', :org, 'member'), ('00000000-0000-4000-8000-0000000000a2', :org, 'member'), ('00000000-0000-4000-8000-0000000000a3', '00000000-0000-4000-8000-00000000000f', 'member');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'People'), (:s, :org, 'Steps'), ('00000000-0000-4000-8000-0000000000bc', '00000000-0000-4000-8000-00000000000f', 'People');
INSERT INTO table_columns (id, table_id, name, label, type, is_unique, required, options) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'code', 'Code', 'text', true, false, '{}'),
    ('00000000-0000-4000-8000-0000000000c2', :t, 'pay', 'Pay', 'number', false, false, '{}'),
    ('00000000-0000-4000-8000-0000000000c3', :t, 'manager', 'Manager', 'reference', false, false, jsonb_build_object('table_id', :t)),
    ('00000000-0000-4000-8000-0000000000c4', :t, 'peers', 'Peers', 'reference', false, false, jsonb_build_object('table_id', :t, 'multiple', true)),
    ('00000000-0000-4000-8000-0000000000c5', :s, 'before', 'Before', 'reference', false, true, jsonb_build_object('table_id', :s));
INSERT INTO records (id, table_id, name, data) VALUES ('00000000-0000-4000-8000-0000000000e1', :t, 'Old', '{"code": "o1", "pay": 1}'), ('00000000-0000-4000-8000-0000000000e2', :t, 'Older', '{"code": "o2"}'),
    ('00000000-0000-4000-8000-0000000000e3', '00000000-0000-4000-8000-0000000000bc', 'Foreign', '{}');
CREATE FUNCTION people() RETURNS TABLE(name text, code text, pay text, manager text, peers text) LANGUAGE sql AS $$
    SELECT record.name, record.data ->> 'code', record.data ->> 'pay', (SELECT named.name FROM records AS named WHERE named.id::text = record.data ->> 'manager'),
        (SELECT string_agg(named.name, ',' ORDER BY place) FROM jsonb_array_elements_text(record.data -> 'peers') WITH ORDINALITY AS peer(id, place) JOIN records AS named ON named.id::text = peer.id)
    FROM records AS record WHERE record.table_id = '00000000-0000-4000-8000-00000000000b' AND record.deleted_at IS NULL ORDER BY record.name $$;
CREATE FUNCTION state_of_people() RETURNS text LANGUAGE sql AS $$ SELECT md5(string_agg(record::text, ' ' ORDER BY record.id))
    FROM (SELECT id, name, email, company, status, data FROM records WHERE table_id = '00000000-0000-4000-8000-00000000000b' AND deleted_at IS NULL) AS record $$;
CREATE FUNCTION links() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM record_links';
-- What a plan and the run after it count alike.
CREATE FUNCTION counts(told jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_object_agg(key, value) FROM jsonb_each(told) WHERE key IN ('created', 'updated', 'unchanged', 'skipped', 'failed') $$;
-- Ids that the expected output names.
CREATE FUNCTION new_import(number integer) RETURNS uuid LANGUAGE sql SECURITY DEFINER AS $$
    INSERT INTO imports (id, table_id, file_name, created_by) VALUES (('00000000-0000-4000-8000-0000000000d' || number)::uuid, '00000000-0000-4000-8000-00000000000b', number || '.csv', '00000000-0000-4000-8000-0000000000a1')
    RETURNING id $$;
CREATE FUNCTION told(progress jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT progress - 'import_id' - 'mapping' - 'bytes' $$;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
SELECT state_of_people() AS before \gset

-- In one call: a later row, the row itself, a cycle, an earlier row of the same batch, and a record that is there.
SELECT new_import(1) AS i \gset
SELECT append_import(:'i', 1, convert_to(E'name,code,manager,peers\nAnn,a,Bob,"Cyd, Dan"\nBob,b,Cyd,\nCyd,c,Ann,Cyd\nDan,d,Dan,\nEve,e,Old,"Ann, Old"\nFay,f,,Ann\n', 'UTF8')) > 0 AS has_come;
SELECT plan_import(:'i') AS plan \gset
SELECT told(:'plan') - 'problems' AS plan;
SELECT told(run_import(:'i')), counts(:'plan') = counts(import_progress(:'i')) AS is_as_planned;
SELECT * FROM people();
SELECT count(*) FROM import_errors(:'i');
SELECT undo_import(:'i');
SELECT state_of_people() = :'before' AS is_as_before, links() AS links;

-- By the unique column, whose form counts.
SELECT told(import_records(:t, convert_to(E'code,name,manager\nA,Ann,C\nB,Bob,a\nC,Cyd,b\n', 'UTF8'), '{"link_by": {"manager": "code"}}'));
SELECT * FROM people();
SELECT undo_import(id) ->> 'deleted' AS deleted FROM imports WHERE state = 'done';
SELECT state_of_people() = :'before' AS is_as_before;

-- Records that never come: the rows stay without the link, and are listed. Two records of a name are none.
SELECT new_import(2) AS i \gset
SELECT append_import(:'i', 1, convert_to(E'name,code,manager,peers\nAnn,a,Nobody,"Bob, Nobody"\nBob,b,Twin,Ann\nTwin,t,,\nTwin,u,Foreign,\nCyd,c,00000000-0000-4000-8000-0000000000e9,\nOld,o1,Bob,\nDan,d,Old,\n', 'UTF8')) > 0 AS has_come;
SELECT plan_import(:'i') AS plan \gset
SELECT told(:'plan') - 'problems' AS plan;
SELECT told(run_import(:'i')), counts(:'plan') = counts(import_progress(:'i')) AS is_as_planned;
SELECT row_number, cell_index, column_name, code, params, message FROM import_errors(:'i');
SELECT substr(import_error_file(:'i'), 2);
SELECT * FROM people();
SELECT undo_import(:'i') ->> 'deleted' AS deleted;
SELECT state_of_people() = :'before' AS is_as_before;
SELECT import_records(:t, convert_to(E'name,code,manager\nAnn,a,Bob\nBob,b,Nobody\n', 'UTF8'), '{"on_problem": "refuse"}');
SELECT told(import_records(:t, convert_to(E'name,code,pay,manager\nAnn,a,x,Bob\nBob,b,2,Nobody\n', 'UTF8'), '{"on_problem": "skip_cell"}'));
SELECT problems FROM import_rows JOIN imports ON imports.id = import_id WHERE state = 'done' ORDER BY row_index;
SELECT undo_import(id) ->> 'deleted' AS deleted FROM imports WHERE state = 'done';
SELECT state_of_people() = :'before' AS is_as_before;

-- In batches, with what is lost with a transaction: records that are there become changed ones when they are linked.
SELECT new_import(3) AS i \gset
SELECT append_import(:'i', 1, convert_to(E'name,code,pay,manager\nOld,o1,1,Bob\nAnn,a,1,Bob\nOlder,o2,3,Cyd\nBob,b,2,Cyd\nCyd,c,3,Ann\n', 'UTF8')) > 0 AS has_come;
SELECT plan_import(:'i', '{"match_on": "code", "on_match": "replace"}') AS plan \gset
SELECT told(:'plan') - 'changes' AS plan, jsonb_array_length(:'plan'::jsonb -> 'changes') AS changes;
SELECT told(continue_import(:'i', 2, '{"match_on": "code", "on_match": "replace"}'));
BEGIN;
SELECT told(continue_import(:'i', 2));
ROLLBACK;
SELECT told(continue_import(:'i', 2));
SELECT told(continue_import(:'i', 2));
SELECT row_index, has_created, waiting, former IS NULL AS has_no_former FROM import_rows WHERE import_id = :'i' ORDER BY row_index;
BEGIN;
SELECT told(continue_import(:'i', 2));
ROLLBACK;
SELECT told(continue_import(:'i', 2));
SELECT * FROM people();
SELECT told(continue_import(:'i', 100));
SELECT told(continue_import(:'i', 100)), told(run_import(:'i')) = told(import_progress(:'i')) AS is_same, counts(:'plan') = counts(import_progress(:'i')) AS is_as_planned;
SELECT * FROM people();
SELECT undo_import(:'i');
SELECT state_of_people() = :'before' AS is_as_before, links() AS links;
SELECT count(*) FROM import_rows WHERE waiting IS NOT NULL;

-- The procedure, by ones. What somebody changes between a row and its link stays, and undo_import tells of it.
SELECT new_import(4) AS i \gset
SELECT append_import(:'i', 1, convert_to(E'name,code,manager\nAnn,a,Dan\nBob,b,Dan\nCyd,c,Dan\nGus,g,Dan\nDan,d,Ann\n', 'UTF8')) > 0 AS has_come;
SELECT told(continue_import(:'i', 4));
UPDATE records SET data = data || '{"manager": "00000000-0000-4000-8000-0000000000e1"}' WHERE name = 'Ann' RETURNING name;
UPDATE records SET data = data || '{"pay": 9}' WHERE name = 'Bob' RETURNING name;
SELECT soft_delete('records', id) FROM records WHERE name = 'Gus';
CALL run_import_in_batches(:'i', 1);
SELECT told(import_progress(:'i'));
SELECT row_number, column_name, code, message FROM import_errors(:'i');
SELECT * FROM people();
CREATE FUNCTION pg_temp.refusal(import_id uuid) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM undo_import(import_id); RETURN 'none'; EXCEPTION WHEN object_not_in_prerequisite_state THEN RETURN SQLERRM; END $$;
SELECT pg_temp.refusal(:'i');
SELECT undo_import(:'i', 'keep') - 'kept_ids' AS undone;
SELECT * FROM people();
DELETE FROM records WHERE name IN ('Ann', 'Bob', 'Dan');

-- Cancelled and undone before it was linked.
SELECT new_import(5) AS i \gset
SELECT append_import(:'i', 1, convert_to(E'name,code,manager\nAnn,a,Bob\nBob,b,Ann\n', 'UTF8')) > 0 AS has_come;
SELECT told(continue_import(:'i', 100));
SELECT cancel_import(:'i');
SELECT told(continue_import(:'i', 100));
SELECT undo_import(:'i') ->> 'deleted' AS deleted, state_of_people() = :'before' AS is_as_before;

-- A record that is matched and keeps its link, and one that is left alone.
SELECT told(import_records(:t, convert_to(E'name,code,manager\nNew,n,\nOld,o1,Later\nLater,l,\n', 'UTF8'), jsonb_build_object('match_on', 'code', 'on_match', way))) FROM unnest('{skip,fill,replace_nonblank}'::text[]) AS way;
SELECT * FROM people();
SELECT undo_import(id) - 'kept_ids' AS undone FROM imports WHERE state = 'done' ORDER BY id DESC;
SELECT state_of_people() = :'before' AS is_as_before;

-- A reference that a record must have cannot wait.
SELECT import_records(:s, convert_to(E'name,before\nTwo,One\nOne,One\n', 'UTF8')) AS result \gset
SELECT told(:'result');
SELECT row_number, code, message FROM import_errors((:'result'::jsonb ->> 'import_id')::uuid);

-- Another member links nothing of it, and waiting rows are nobody's to write.
SELECT new_import(6) AS i \gset
SELECT append_import(:'i', 1, convert_to(E'name,code,manager\nAnn,a,Bob\nBob,b,Ann\n', 'UTF8')) > 0 AS has_come;
SELECT continue_import(:'i', 100) ->> 'waiting' AS waiting;
UPDATE import_rows SET waiting = '{"manager": "Old"}' WHERE import_id = :'i';
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2", "role": "authenticated"}';
SELECT continue_import(:'i', 100);
SELECT count(*) FROM import_rows;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
SELECT told(run_import(:'i'));
RESET ROLE; RESET request.jwt.claims;
SET client_min_messages = error;
DROP OWNED BY authenticated, service_role;
DROP ROLE authenticated, service_role;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
