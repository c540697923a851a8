-- What an undo leaves: records that others refer to, and unique values that the import itself had taken.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
GRANT USAGE ON SCHEMA public, rowkit TO authenticated, service_role;
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set d '''00000000-0000-4000-8000-0000000000bb'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000a1'), ('00000000-0000-4000-8000-0000000000a2');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', :org, 'member'), ('00000000-0000-4000-8000-0000000000a2', :org, 'member');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'Goods'), (:d, :org, 'Orders');
INSERT INTO table_columns (id, table_id, name, label, type, is_unique, options) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'sku', 'SKU', 'text', true, '{}'),
    ('00000000-0000-4000-8000-0000000000c2', :t, 'price', 'Price', 'number', false, '{}'),
    ('00000000-0000-4000-8000-0000000000c3', :t, 'part_of', 'Part of', 'reference', false, jsonb_build_object('table_id', :t)),
    ('00000000-0000-4000-8000-0000000000c4', :d, 'goods', 'Goods', 'reference', false, jsonb_build_object('table_id', :t)),
    ('00000000-0000-4000-8000-0000000000c5', :d, 'lines', 'Lines', 'reference', false, jsonb_build_object('table_id', :t, 'multiple', true, 'on_delete', 'restrict')),
    ('00000000-0000-4000-8000-0000000000c6', :d, 'seen', 'Seen', 'reference', false, jsonb_build_object('table_id', :t, 'on_delete', 'keep'));
INSERT INTO records (id, table_id, name, data) VALUES ('00000000-0000-4000-8000-0000000000e1', :t, 'Old', '{"sku": "o1", "price": 1}'), ('00000000-0000-4000-8000-0000000000e2', :t, 'Older', '{"sku": "o2", "price": 2}');
CREATE FUNCTION goods() RETURNS TABLE(name text, sku text, price text, part_of text) LANGUAGE sql AS $$
    SELECT record.name, record.data ->> 'sku', record.data ->> 'price', (SELECT named.name FROM records AS named WHERE named.id::text = record.data ->> 'part_of')
    FROM records AS record WHERE record.table_id = '00000000-0000-4000-8000-00000000000b' AND record.deleted_at IS NULL ORDER BY record.name $$;
CREATE FUNCTION orders() RETURNS TABLE(name text, goods text, lines text, seen text) LANGUAGE sql AS $$
    SELECT record.name, (SELECT named.name FROM records AS named WHERE named.id::text = record.data ->> 'goods'),
        (SELECT string_agg(named.name, ',' ORDER BY place) FROM jsonb_array_elements_text(record.data -> 'lines') WITH ORDINALITY AS line(id, place) JOIN records AS named ON named.id::text = line.id),
        (SELECT named.name FROM records AS named WHERE named.id::text = record.data ->> 'seen')
    FROM records AS record WHERE record.table_id = '00000000-0000-4000-8000-0000000000bb' AND record.deleted_at IS NULL ORDER BY record.name $$;
CREATE FUNCTION state_of_goods() RETURNS text LANGUAGE sql AS $$ SELECT md5(string_agg(record::text, ' ' ORDER BY record.id))
    FROM (SELECT id, name, email, company, status, data FROM records WHERE table_id = '00000000-0000-4000-8000-00000000000b' AND deleted_at IS NULL) AS record $$;
-- Ids that the calls name; the rows are imported one by one.
CREATE FUNCTION new_import(number integer) RETURNS uuid LANGUAGE sql SECURITY DEFINER AS $$
    INSERT INTO imports (id, table_id, file_name, created_by) VALUES (('00000000-0000-4000-8000-0000000000d' || number)::uuid, '00000000-0000-4000-8000-00000000000b', number || '.csv', '00000000-0000-4000-8000-0000000000a1')
    RETURNING id $$;
CREATE FUNCTION import_by_ones(number integer, file text, options jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE import_id CONSTANT uuid := new_import(number); progress jsonb;
BEGIN
    PERFORM append_import(import_id, 1, convert_to(file, 'UTF8'));
    LOOP
        progress := continue_import(import_id, 1, options);
        EXIT WHEN (progress ->> 'is_done')::boolean;
    END LOOP;
    RETURN progress - 'import_id' - 'mapping' - 'bytes' - 'is_done' - 'next_row' - 'waiting' - 'rows';
END $$;
-- The error of an undo that is refused, and the records that it names; what an undo leaves.
CREATE FUNCTION refusal(number integer) RETURNS TABLE(error text, names text) LANGUAGE plpgsql AS $$
DECLARE ids text;
BEGIN
    PERFORM undo_import(('00000000-0000-4000-8000-0000000000d' || number)::uuid);
    RETURN QUERY SELECT 'none', NULL;
EXCEPTION WHEN object_not_in_prerequisite_state THEN
    GET STACKED DIAGNOSTICS ids = PG_EXCEPTION_DETAIL;
    RETURN QUERY SELECT SQLERRM, string_agg(record.name, ',' ORDER BY record.name) FROM records AS record WHERE ids::jsonb ? record.id::text;
END $$;
CREATE FUNCTION undone(number integer) RETURNS jsonb LANGUAGE sql AS $$ SELECT undo_import(('00000000-0000-4000-8000-0000000000d' || number)::uuid, 'keep') - 'kept_ids' $$;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
SELECT state_of_goods() AS before \gset

-- Somebody's orders refer to imported records, by columns of each way to delete. Those stay, and what they refer to; nobody's order changes or goes.
SELECT import_by_ones(1, E'name,sku,part_of\nWheel,w,\nCar,c,Wheel\nRoad,r,Car\nTram,t,\nBus,b,\nVan,v,Van\n');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2", "role": "authenticated"}';
INSERT INTO records (table_id, name, data) SELECT :d, 'One', jsonb_build_object('goods', id) FROM records WHERE name = 'Car';
INSERT INTO records (table_id, name, data) SELECT :d, 'Two', jsonb_build_object('lines', jsonb_build_array(id)) FROM records WHERE name = 'Tram';
INSERT INTO records (table_id, name, data) SELECT :d, 'Three', jsonb_build_object('seen', id) FROM records WHERE name = 'Bus';
INSERT INTO records (table_id, name, data) SELECT :d, 'Gone', jsonb_build_object('goods', id) FROM records WHERE name = 'Van';
SELECT soft_delete('records', id) FROM records WHERE name = 'Gone';
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
SELECT * FROM refusal(1);
SELECT undone(1);
SELECT * FROM goods();
SELECT * FROM orders();
DELETE FROM records WHERE table_id = :d OR data ->> 'sku' NOT LIKE 'o%';
SELECT state_of_goods() = :'before' AS is_as_before;

-- A record that was there and was linked by the import is restored first, and holds nothing; one that was changed since stays as it is, with its link.
SELECT import_by_ones(2, E'name,sku,part_of\nWheel,w,\nOld,o1,Wheel\nOlder,o2,Car\nCar,c,\n', '{"match_on": "sku", "on_match": "replace"}');
SELECT * FROM goods();
BEGIN;
SELECT undo_import('00000000-0000-4000-8000-0000000000d2');
SELECT state_of_goods() = :'before' AS is_as_before;
ROLLBACK;
UPDATE records SET data = data || '{"price": 9}' WHERE name = 'Older' RETURNING name;
SELECT * FROM refusal(2);
SELECT undone(2);
SELECT * FROM goods();
DELETE FROM records WHERE name = 'Car';
UPDATE records SET data = '{"sku": "o2", "price": 2}' WHERE name = 'Older' RETURNING name;
SELECT state_of_goods() = :'before' AS is_as_before;

-- A record that the import created and somebody changed refers to another one of the import.
SELECT import_by_ones(3, E'name,sku,part_of\nWheel,w,\nCar,c,Wheel\nRoad,r,Car\n');
UPDATE records SET data = data || '{"price": 9}' WHERE name = 'Car' RETURNING name;
SELECT * FROM refusal(3);
SELECT undone(3);
SELECT * FROM goods();
DELETE FROM records WHERE data ->> 'sku' IN ('w', 'c');
SELECT state_of_goods() = :'before' AS is_as_before;

-- References to later rows, which were filled in at the end: a record that stays keeps them, and what they refer to, one after the other.
SELECT import_by_ones(7, E'name,sku,part_of\nWheel,w,Car\nSeat,s,Car\nCar,c,Road\nRoad,r,Land\nLand,l,Road\nBus,b,Tram\nTram,t,Bus\n');
INSERT INTO records (table_id, name, data) SELECT :d, 'One', jsonb_build_object('goods', id) FROM records WHERE name = 'Car';
SELECT * FROM refusal(7);
SELECT undone(7);
SELECT * FROM goods();
SELECT * FROM orders();
DELETE FROM records WHERE table_id = :d OR data ->> 'sku' NOT LIKE 'o%';
SELECT state_of_goods() = :'before' AS is_as_before;

-- The import gives a record another unique value, and its former one to a new record: nobody changed anything, so all of it is taken back.
SELECT import_by_ones(4, E'_record_id,name,sku,part_of\n00000000-0000-4000-8000-0000000000e1,Old,o1-old,\n,New,o1,\n00000000-0000-4000-8000-0000000000e2,Older,o2-old,\n,Newer,o2,\n', '{"on_match": "replace_nonblank"}');
SELECT * FROM goods();
SELECT * FROM refusal(4);
SELECT state_of_goods() = :'before' AS is_as_before;

-- The record refers to the one that has its value.
SELECT import_by_ones(5, E'_record_id,name,sku,price,part_of\n00000000-0000-4000-8000-0000000000e1,Old,o1-old,5,New\n,New,o1,6,\n', '{"on_match": "replace_nonblank"}');
SELECT * FROM goods();
SELECT * FROM refusal(5);
SELECT state_of_goods() = :'before' AS is_as_before;

-- Somebody else has the value by now: the record keeps what the import gave it, all of it, and so does what it refers to.
SELECT import_by_ones(6, E'_record_id,name,sku,price,part_of\n00000000-0000-4000-8000-0000000000e1,Old,o1-old,5,New\n,New,n,6,\n00000000-0000-4000-8000-0000000000e2,Older,o2-old,7,\n,Last,o2,\n', '{"on_match": "replace_nonblank"}');
INSERT INTO records (table_id, name, data) VALUES (:t, 'Taker', '{"sku": "o1"}');
SELECT * FROM refusal(6);
SELECT undone(6);
SELECT * FROM goods();
RESET ROLE; RESET request.jwt.claims;
SET client_min_messages = error;
DROP OWNED BY authenticated, service_role;
DROP ROLE authenticated, service_role;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
