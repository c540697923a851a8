-- Imports that are audited by batch: what the log has of them, what triggers write within them, and that nobody else is audited so.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
GRANT USAGE ON SCHEMA public, rowkit TO authenticated, service_role;
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000a1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', :org, 'member');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'People');
INSERT INTO table_columns (table_id, name, type, is_unique, options) VALUES (:t, 'code', 'text', true, '{}'), (:t, 'pay', 'number', false, '{}'), (:t, 'secret', 'text', false, '{}'),
    (:t, 'manager', 'reference', false, jsonb_build_object('table_id', :t));
SELECT count(*) > 0 AS redacted FROM enable_audit('records', ignore => '{updated_at,search_vector}', redact => '{data.secret}');
INSERT INTO records (id, table_id, name, data) VALUES ('00000000-0000-4000-8000-0000000000e1', :t, 'Old', '{"code": "o1", "pay": 1, "secret": "was"}'), ('00000000-0000-4000-8000-0000000000e2', :t, 'Other', '{"code": "o2", "pay": 1}');
CREATE VIEW events AS SELECT action, table_name, user_id, row_count, record_ids, record_id, old_data, new_data, transaction, id FROM audit_logs WHERE action NOT IN ('ENABLE', 'COLUMNS');
-- A document with names in the place of records' ids.
CREATE FUNCTION by_names(document jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text := document; record record;
BEGIN
    FOR record IN SELECT id, name FROM records LOOP told := replace(told, record.id::text, record.name); END LOOP;
    RETURN told;
END $$;
CREATE FUNCTION named(ids text[]) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(name, ',' ORDER BY place) FROM unnest(ids) WITH ORDINALITY AS given(id, place) JOIN records ON records.id::text = given.id $$;
TRUNCATE audit_logs;
GRANT SELECT ON events TO authenticated;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
\set both '{"match_on": "code", "on_match": "replace", "audit": "batch"}'
SELECT import_records(:t, convert_to(E'name,code,pay,secret,manager\nAnn,a,1,x,Bob\nBob,b,2,y,\nOld,o1,5,is,\n', 'UTF8'), :'both') AS result \gset
SELECT :'result'::jsonb - 'import_id' - 'mapping' AS result;
RESET ROLE;
SELECT action, table_name, user_id IS NOT NULL AS has_user, row_count, named(record_ids), by_names(old_data) AS old_data, by_names(new_data - 'import_id') AS new_data, new_data ->> 'import_id' = :'result'::jsonb ->> 'import_id' AS names_import
FROM events WHERE table_name = 'records' ORDER BY id;
-- The past of its records: what the log does not hold of a new one follows from what is there.
SELECT action, by_names(old_data) AS old_data, by_names(new_data) AS new_data FROM row_history('records', (SELECT id FROM records WHERE name = 'Ann'));
SELECT action, by_names(old_data) AS old_data, by_names(new_data) AS new_data FROM row_history('records', '00000000-0000-4000-8000-0000000000e1'::uuid);
UPDATE records SET data = data || '{"pay": 7}' WHERE name = 'Ann';
SELECT (SELECT row_as_of('records', id, clock_timestamp()) #>> '{data,pay}') AS now, (SELECT row_as_of('records', id, (SELECT min(created_at) FROM audit_logs WHERE action = 'IMPORT')) #>> '{data,pay}') AS then,
    row_as_of('records', id, (SELECT min(created_at) FROM audit_logs WHERE action = 'IMPORT') - interval '1 second') AS before FROM records WHERE name = 'Ann';
SELECT undo_transaction((SELECT transaction FROM events WHERE action = 'IMPORT' LIMIT 1));
UPDATE records SET data = data || '{"pay": 1}' WHERE name = 'Ann';
TRUNCATE audit_logs;
SET ROLE authenticated;
SELECT undo_import((:'result'::jsonb ->> 'import_id')::uuid) - 'kept_ids' AS undone;
-- By default each record has its event, and so has what the import did not write.
SELECT import_records(:t, convert_to(E'name,code\nAnn,a\nBob,b\n', 'UTF8')) ->> 'created' AS created;
UPDATE records SET data = data || '{"pay": 8}' WHERE name = 'Ann';
SELECT import_records(:t, convert_to(E'name\nAnn\n', 'UTF8'), '{"audit": "none"}');
RESET ROLE;
SELECT action, table_name, row_count, record_ids IS NULL AS is_of_one, count(*) FROM events WHERE table_name = 'records' GROUP BY 1, 2, 3, 4 ORDER BY 1;
DELETE FROM records WHERE name IN ('Ann', 'Bob');

-- What triggers, and functions of constraints, write within the batch's statement is audited row by row: other tables, other records, and its own.
CREATE FUNCTION beside() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.name = 'Ann' THEN
        UPDATE tables SET description = NEW.name WHERE id = NEW.table_id;
        UPDATE records SET company = 'by trigger' WHERE name = 'Other' AND company IS DISTINCT FROM 'by trigger';
        INSERT INTO records (table_id, name) VALUES (NEW.table_id, 'Planted');
        UPDATE records SET company = 'own' WHERE id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER zz_beside AFTER INSERT ON records FOR EACH ROW EXECUTE FUNCTION beside();
CREATE FUNCTION checked(given text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF given = 'Bob' THEN
        UPDATE public.records SET status = 'by check' WHERE name = 'Old' AND status IS DISTINCT FROM 'by check';
        INSERT INTO public.records (table_id, name) VALUES ('00000000-0000-4000-8000-00000000000b', 'Sneaked');
    END IF;
    RETURN true;
END $$;
ALTER TABLE records ADD CONSTRAINT checked CHECK (checked(name));
TRUNCATE audit_logs;
SET ROLE authenticated;
SELECT import_records(:t, convert_to(E'name,code\nAnn,a\nBob,b\n', 'UTF8'), :'both') ->> 'created' AS created;
RESET ROLE;
SELECT action, table_name, coalesce(named(record_ids), named(ARRAY[record_id])) AS names, old_data - 'updated_by' AS old_data, CASE action WHEN 'INSERT' THEN new_data -> 'name' ELSE new_data - 'import_id' END AS new_data FROM events ORDER BY id;
ALTER TABLE records DROP CONSTRAINT checked;
DROP TRIGGER zz_beside ON records;
-- One event for each batch, however its rows come; a row that fails leaves none.
DELETE FROM records WHERE name IN ('Ann', 'Bob', 'Planted', 'Sneaked');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name = 'n7' THEN RAISE EXCEPTION 'no sevens'; END IF; RETURN NEW; END $$;
CREATE TRIGGER zz_refuse BEFORE INSERT ON records FOR EACH ROW EXECUTE FUNCTION refuse();
TRUNCATE audit_logs;
SET ROLE authenticated;
SELECT import_records(:t, convert_to('name' || chr(10) || string_agg('n' || n, chr(10)), 'UTF8'), '{"audit": "batch"}') - 'import_id' - 'mapping' AS result FROM generate_series(1, 16) AS n;
RESET ROLE;
SELECT action, row_count, named(record_ids), new_data ->> 'created' AS created FROM events WHERE action = 'IMPORT' ORDER BY id;
RESET request.jwt.claims;
SET client_min_messages = error;
DROP OWNED BY authenticated, service_role;
DROP ROLE authenticated, service_role;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
