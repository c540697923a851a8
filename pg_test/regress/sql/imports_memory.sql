-- Imports of more rows than fit into rowkit.max_work_mem: the batches before are not read for the next one, and an undo goes through them a page at a time.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
GRANT USAGE ON SCHEMA public, rowkit TO authenticated, service_role;
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set i 00000000-0000-4000-8000-0000000000d1
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000a1'), ('00000000-0000-4000-8000-0000000000a2');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', :org, 'member'), ('00000000-0000-4000-8000-0000000000a2', :org, 'viewer');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'Goods');
INSERT INTO table_columns (id, table_id, name, label, type, is_unique) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'sku', 'SKU', 'text', true),
    ('00000000-0000-4000-8000-0000000000c2', :t, 'price', 'Price', 'number', false);
INSERT INTO records (id, table_id, name, data) VALUES ('00000000-0000-4000-8000-0000000000e1', :t, 'Old', '{"sku": "o1", "price": 1}'), ('00000000-0000-4000-8000-0000000000e2', :t, 'Older', '{"sku": "o2", "price": 2}');
INSERT INTO imports (id, table_id, file_name, created_by) VALUES (:'i', :t, 'a.csv', '00000000-0000-4000-8000-0000000000a1');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
SELECT append_import(:'i', 1, convert_to(E'name,sku,price\nNew,n1,1\nOld,o1,7\nOlder,o2,8\nNew,n2,9\n', 'UTF8')) > 0 AS has_come;
SELECT continue_import(:'i', 1, '{"match_on": "sku", "on_match": "replace"}') -> 'created' AS created;
RESET ROLE;
-- Batches that created and met 40,000 records which somebody has deleted, and met one that comes again; 10,000 rows that changed records which somebody has deleted.
INSERT INTO import_batches (import_id, first_row, organization_id, created_ids, created_hashes, matched_ids, created_by)
SELECT :'i', 1000 + batch, :org, ids, (SELECT string_agg(sha224(''), '') FROM generate_series(1, 572)), ids || '00000000-0000-4000-8000-0000000000e2'::uuid, '00000000-0000-4000-8000-0000000000a1'
FROM generate_series(1, 40) AS batch CROSS JOIN LATERAL (SELECT array_agg(gen_random_uuid()) AS ids FROM generate_series(1, 1000 + 0 * batch)) AS made;
INSERT INTO import_rows (import_id, row_index, organization_id, row_number, record_id, former, written_hash, created_by)
SELECT :'i', 1000 + line, :org, line, gen_random_uuid(), '{"price": 1}', '\x00', '00000000-0000-4000-8000-0000000000a1' FROM generate_series(1, 10000) AS line;
SET rowkit.max_work_mem = '1MB';
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
BEGIN;
SELECT continue_import(:'i', 1) -> 'updated' AS updated;
SELECT pg_stat_get_xact_numscans('import_batches_created_ids_matched_ids_idx'::regclass) > 0 AS is_indexed;
COMMIT;
SELECT continue_import(:'i', 100) - 'import_id' - 'mapping' AS progress;
SELECT row_number, column_name, code, message FROM import_errors(:'i');
CREATE FUNCTION pg_temp.refusal(import_id uuid) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM undo_import(import_id); RETURN 'none'; EXCEPTION WHEN object_not_in_prerequisite_state THEN RETURN SQLERRM; END $$;
BEGIN;
DELETE FROM import_rows WHERE import_id = :'i' AND record_id IS NOT NULL;
SELECT undo_import(:'i') - 'kept_ids' AS undone;
ROLLBACK;
SELECT pg_temp.refusal(:'i');
SELECT undone - 'kept_ids' AS undone, jsonb_array_length(undone -> 'kept_ids') AS listed FROM undo_import(:'i', 'keep') AS undone;
SELECT name, data FROM records WHERE table_id = :t AND deleted_at IS NULL ORDER BY name;

-- In one call, whose first batches are forgotten for the later ones.
SELECT import_records(:t, convert_to(E'name,sku\nOld,o1\n' || (SELECT string_agg('New,n' || line, E'\n') FROM generate_series(1, 3500) AS line) || E'\nAgain,n1\nAgain,o1\nAgain,n3500\n', 'UTF8'), jsonb_build_object('match_on', 'sku')) AS result \gset
SELECT :'result'::jsonb - 'import_id' - 'mapping' - 'bytes' AS result;
SELECT row_number, column_name, code FROM import_errors((:'result'::jsonb ->> 'import_id')::uuid);
SELECT undo_import((:'result'::jsonb ->> 'import_id')::uuid);
RESET ROLE; RESET request.jwt.claims;
SET client_min_messages = error;
DROP OWNED BY authenticated, service_role;
DROP ROLE authenticated, service_role;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
