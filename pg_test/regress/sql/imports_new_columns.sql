-- Imports that make what the table lacks: columns, choices, statuses, and the table itself. And what a preview tells of a workbook.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
GRANT USAGE ON SCHEMA public, rowkit TO authenticated, service_role;
SET search_path = public, rowkit;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set plain '''00000000-0000-4000-8000-0000000000bb'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme'), ('00000000-0000-4000-8000-00000000000f', 'Other');
INSERT INTO users (id) SELECT ('00000000-0000-4000-8000-0000000000a' || n)::uuid FROM generate_series(1, 3) AS n;
INSERT INTO user_organizations (user_id, organization_id, role) VALUES
    ('00000000-0000-4000-8000-0000000000a1', :org, 'member'), ('00000000-0000-4000-8000-0000000000a2', :org, 'viewer'),
    ('00000000-0000-4000-8000-0000000000a3', '00000000-0000-4000-8000-00000000000f', 'member');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'Customers'), (:plain, :org, 'Plain');
INSERT INTO table_columns (table_id, name, label, type, is_unique, position) VALUES (:t, 'email', 'E-mail', 'email', true, 1), (:t, 'no', 'Nr.', 'autonumber', false, 2.5);
INSERT INTO table_statuses (table_id, name) VALUES (:t, 'open');
CREATE VIEW made AS
    SELECT tables.name AS "table", column_of.name, column_of.label, column_of.type, column_of.options, column_of.position
    FROM table_columns AS column_of JOIN tables ON tables.id = column_of.table_id ORDER BY tables.name, column_of.position, column_of.name;
GRANT SELECT ON made TO authenticated, service_role;
ALTER VIEW made SET (security_invoker = true);
\set d1 00000000-0000-4000-8000-0000000000d1
INSERT INTO imports (id, table_id, file_name, created_by) VALUES (:'d1', :t, 'd1.csv', '00000000-0000-4000-8000-0000000000a1');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';

-- A file in parts: a plan makes nothing that lasts, and names what would be made.
SELECT append_import(:'d1', 1, convert_to(E'氏名,E-Mail,Nr.,電話番号,Unit price,Signed,Paid on,Seen,備考欄,dropped,Active,,\n'
    'Ann,ann@x.jp,7,03-1234-5678,1.5,2024-01-05,01/02/2024,2024-01-05 10:00,x,1,yes,,\n'
    'Bob,bob@x.jp,8,03-1234-5679,2.25,2024-01-06,03/04/2024,2024-01-05 11:00,007,2,no,,\n'
    'Cyd,cyd@x.jp,9,03-1234-5680,abc,2024-01-07,05/06/2024,2024-01-05 12:00,"=1+1",3,yes,,\n'
    'Dan,dan@x.jp,9,03-1234-5681,4,2024-01-08,05/06/2024,2024-01-05 12:00,y,3,yes,,\n'
    'Eve,eve@x.jp,9,03-1234-5682,5,2024-01-09,05/06/2024,2024-01-05 12:00,z,3,yes,,\n', 'UTF8')) > 0 AS has_come;
SELECT plan_import(:'d1') - 'import_id' - 'mapping' - 'problems' AS plan;
SELECT jsonb_array_elements(plan -> 'new_columns') AS new_column, plan - 'import_id' - 'mapping' - 'problems' - 'new_columns' AS plan FROM plan_import(:'d1', '{"create_columns": true, "mapping": {"dropped": null}}') AS plan;
SELECT plan_import(:'d1', '{"create_columns": true, "date_order": "dmy", "utc_offset": "+09:00", "mapping": {"dropped": null}}') #> '{new_columns,3,type}' AS paid_on;
SELECT * FROM made;
-- In batches: the first call makes them, and no other does; a batch that was rolled back is made again.
BEGIN;
SELECT continue_import(:'d1', 2, '{"create_columns": true, "mapping": {"dropped": null}}') ->> 'created' AS created;
SELECT count(*) FROM made;
ROLLBACK;
SELECT count(*) FROM made;
SELECT continue_import(:'d1', 2, '{"create_columns": true, "mapping": {"dropped": null}}') ->> 'created' AS created;
SELECT count(*) FROM made;
SELECT continue_import(:'d1', 2, '{"create_columns": true, "mapping": {"dropped": null}}') ->> 'created' AS created;
CALL run_import_in_batches(:'d1', 2);
SELECT run_import(:'d1') - 'import_id' - 'mapping' AS result;
SELECT * FROM made;
SELECT row_number, column_name, code FROM import_errors(:'d1');
SELECT name, email, data FROM records WHERE table_id = :t ORDER BY name;
-- The file once more, and the rows that failed, mended: no column is made twice.
SELECT import_records(:t, convert_to(replace(import_error_file(:'d1'), 'abc', '3'), 'UTF8'), '{"create_columns": true, "mapping": {"dropped": null}}') - 'import_id' - 'mapping' AS result;
SELECT import_records(:t, convert_to(E'ｅ-ｍａｉｌ,UNIT PRICE,備考欄,dropped,Active\nann@x.jp,9,new,1,no\n', 'UTF8'), '{"create_columns": true, "match_on": "email", "on_match": "replace"}') - 'import_id' AS result;
SELECT * FROM made WHERE name = 'dropped';
-- Its columns are gone, and the mapping of that header is followed for the others.
DELETE FROM table_columns WHERE table_id = :t AND name IN ('dropped', 'active');
SELECT import_records(:t, convert_to(E'ｅ-ｍａｉｌ,UNIT PRICE,備考欄,dropped,Active\nann@x.jp,10,new,2,no\n', 'UTF8'), '{"match_on": "email", "on_match": "replace"}') -> 'mapping' AS mapping;
SELECT import_records(:t, convert_to(E'ｅ-ｍａｉｌ,UNIT PRICE,備考欄,dropped,Active\nann@x.jp,10,new,2,no\n', 'UTF8'), '{"create_columns": true, "match_on": "email", "on_match": "replace"}') -> 'mapping' AS mapping;
SELECT name, data FROM records WHERE table_id = :t AND name = 'Ann';
-- An undo takes back the records' values, and leaves the columns.
SELECT undo_import(id) AS undone FROM imports WHERE table_id = :t ORDER BY ended_at DESC LIMIT 1;
SELECT count(*) FROM made WHERE "table" = 'Customers';
-- An export has no columns that are new to its table.
SELECT import_records(:t, export_records(:t), '{"create_columns": true}') - 'import_id' - 'mapping' AS result;
SELECT count(*) FROM made WHERE "table" = 'Customers';

-- A table from a file with a messy header.
SELECT column_of.* FROM create_table_from_file(:org, 'Messy', convert_to(E'会社名,ＥＭＡＩＬ,id,_record_id,data,select,Größe (cm),größe (CM),GRÖSSE (CM),' || repeat('long ', 300) || E',\x01\x02bell\x07,"two\nlines",organization_id,search_vector,created_at,名,,Status,Full name,_problems\n'
    'Acme,a@x.jp,1,,x,y,1,2,3,4,5,6,7,8,9,10,11,new,Ann,p\n', 'UTF8'), '{"has_header": true}') AS made, jsonb_to_recordset(made -> 'columns') AS column_of(name text, label text, type text, file_column text);
SELECT name, email, company, status, data FROM records WHERE table_id = (SELECT id FROM tables WHERE name = 'Messy');
-- The same file fits the table that it made.
SELECT result - 'import_id' - 'mapping' AS result, (SELECT count(*) FROM made WHERE "table" = 'Messy') AS columns
FROM tables, import_records(tables.id, convert_to(E'会社名,ＥＭＡＩＬ,id,_record_id,data,select,Größe (cm),größe (CM),GRÖSSE (CM),' || repeat('long ', 300) || E',\x01\x02bell\x07,"two\nlines",organization_id,search_vector,created_at,名,,Status,Full name,_problems\n'
    'Acme,a@x.jp,1,,x,y,1,2,3,4,5,6,7,8,9,10,11,new,Ann,p\n', 'UTF8'), '{"has_header": true, "create_columns": true}') AS result WHERE tables.name = 'Messy';
SELECT count(*) AS columns FROM made WHERE "table" = 'Messy';
-- A rollback leaves nothing.
SELECT (SELECT count(*) FROM tables) AS tables, (SELECT count(*) FROM table_columns) AS columns, (SELECT count(*) FROM imports) AS imports, (SELECT count(*) FROM records) AS records \gset before_
BEGIN;
SELECT create_table_from_file(:org, 'Gone', convert_to(E'name,x\nAnn,1\n', 'UTF8')) ->> 'created' AS created;
ROLLBACK;
BEGIN;
SAVEPOINT a;
SELECT create_table_from_file(:org, 'Gone', convert_to(E'name,x\nAnn,1\n', 'UTF8')) ->> 'created' AS created;
ROLLBACK TO a;
SELECT create_table_from_file(:org, 'Stays', convert_to(E'name,x\nAnn,1\n', 'UTF8')) ->> 'created' AS created;
COMMIT;
SELECT create_table_from_file(:org, 'Gone', convert_to(E'name,email\nAnn,ann@x.jp\nBob,nobody\n', 'UTF8'), '{"on_problem": "refuse"}');
SELECT (SELECT count(*) FROM tables) - :before_tables AS tables, (SELECT count(*) FROM table_columns) - :before_columns AS columns, (SELECT count(*) FROM imports) - :before_imports AS imports, (SELECT count(*) FROM records) - :before_records AS records;
SELECT name, data FROM records WHERE table_id = (SELECT id FROM tables WHERE name = 'Stays');
-- Only the table and its columns; then the rows, of whatever file.
SELECT create_table_from_file_base64(:org, 'Orders', encode(convert_to(E'customer name;amount;day;paid\nAnn;1.234,56;31/12/2024;yes\n', 'UTF8'), 'base64'), '{"import_rows": false, "mapping": {"paid": null}}') - 'table_id' AS made;
SELECT import_records(id, convert_to(E'customer name;amount;day;paid\nAnn;1.234,56;31/12/2024;yes\nBob;2,5;01/02/2025;no\n', 'UTF8')) - 'import_id' AS result FROM tables WHERE name = 'Orders';
-- JSON names its columns where they come, however late; a choice and a line break may come late, too.
SELECT made -> 'columns' AS columns, made ->> 'created' AS created FROM create_table_from_file(:org, 'Late', convert_to(
    (SELECT string_agg((jsonb_build_object('n', n, 'grade', CASE WHEN n = 5500 THEN 'held' WHEN n % 2 = 0 THEN 'open' ELSE 'Open ' END, 'memo', CASE WHEN n = 5600 THEN E'a\nb' ELSE 'm' || n END)
        || CASE WHEN n = 5700 THEN '{"late": 5, "list": [1]}' ELSE '{}'::jsonb END)::text, E'\n') FROM generate_series(1, 6000) AS n), 'UTF8')) AS made;
SELECT data FROM records WHERE table_id = (SELECT id FROM tables WHERE name = 'Late') AND (data ->> 'n')::integer IN (1, 5500, 5600, 5700) ORDER BY created_at, (data ->> 'n')::integer;
-- Wrong calls.
SELECT create_table_from_file(NULL, 'X', 'x');
SELECT create_table_from_file(:org, NULL, 'x');
SELECT create_table_from_file(:org, '', convert_to(E'name\nAnn\n', 'UTF8'));
SELECT create_table_from_file(:org, 'X', NULL);
SELECT create_table_from_file(:org, 'X', '\x0001020304050607');
SELECT create_table_from_file(:org, 'X', convert_to(E'a\n1\n', 'UTF8'), '[]');
SELECT create_table_from_file(:org, 'X', convert_to(E'a\n1\n', 'UTF8'), '{"import_rows": 1}');
SELECT create_table_from_file(:org, 'X', convert_to(E'a\n1\n', 'UTF8'), '{"create_columns": false}');
SELECT create_table_from_file(:org, 'X', convert_to(E'a\n1\n', 'UTF8'), '{"mapping": {"a": null}}');
SELECT create_table_from_file(:org, 'X', convert_to(E'a\n1\n', 'UTF8'), '{"mapping": {"a": "b"}}');
SELECT import_records(:t, convert_to(E'a\n1\n', 'UTF8'), '{"import_rows": false}');
SELECT count(*) AS tables FROM tables WHERE name = 'X';

-- Statuses are made with the choices: the file's own, once, behind those that the table has.
\set d2 00000000-0000-4000-8000-0000000000d2
RESET ROLE;
INSERT INTO imports (id, table_id, file_name, created_by) VALUES (:'d2', :t, 'd2.csv', '00000000-0000-4000-8000-0000000000a1');
SET ROLE authenticated;
SELECT append_import(:'d2', 1, convert_to(E'name,status\nFay,OPEN\nGus,shut\nHal, Shut \nIda,\nJay,on hold\n', 'UTF8')) > 0 AS has_come;
SELECT plan_import(:'d2') - 'import_id' - 'mapping' - 'problems' AS plan;
SELECT plan_import(:'d2', '{"create_choices": true}') - 'import_id' - 'mapping' AS plan;
SELECT name, position FROM table_statuses WHERE table_id = :t ORDER BY position;
SELECT run_import(:'d2', '{"create_choices": true}') - 'import_id' - 'mapping' AS result;
SELECT name, position FROM table_statuses WHERE table_id = :t ORDER BY position;
SELECT name, status FROM records WHERE table_id = :t AND name IN ('Fay', 'Gus', 'Hal', 'Ida', 'Jay') ORDER BY name;
-- A table without statuses takes any, and with create_choices has those of the file from then on; a column of the type status takes them, too.
SELECT import_records(:plain, convert_to(E'name,status\nKim,any\n', 'UTF8')) ->> 'created' AS created;
INSERT INTO table_columns (table_id, name, type) VALUES (:plain, 'former', 'status');
SELECT import_records(:plain, convert_to(E'name,status,former\nLea,new,any\nMia,any,NEW\n', 'UTF8'), '{"create_choices": true}') ->> 'created' AS created;
SELECT name FROM table_statuses WHERE table_id = :plain ORDER BY position;
SELECT name, status, data FROM records WHERE table_id = :plain ORDER BY name;
SELECT import_records(:plain, convert_to(E'name,status\nNoa,other\n', 'UTF8')) ->> 'failed' AS failed;
SELECT import_records(:plain, convert_to('name,status' || string_agg(E'\nx,s' || n, '' ORDER BY n), 'UTF8'), '{"create_choices": true}') FROM generate_series(1, 1001) AS n;

-- Who may not: a viewer, somebody of another organization, and whoever may write records and not edit their table.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2", "role": "authenticated"}';
SELECT import_records(:t, convert_to(E'name,new\nV,1\n', 'UTF8'), '{"create_columns": true}');
SELECT create_table_from_file(:org, 'V', convert_to(E'name\nV\n', 'UTF8'));
SELECT create_table_from_file(:org, 'V', convert_to(E'name\nV\n', 'UTF8'), '{"import_rows": false}');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a3", "role": "authenticated"}';
SELECT import_records(:t, convert_to(E'name,new\nV,1\n', 'UTF8'), '{"create_columns": true}');
SELECT create_table_from_file(:org, 'V', convert_to(E'name\nV\n', 'UTF8'));
RESET ROLE;
CREATE POLICY no_columns ON table_columns AS RESTRICTIVE FOR INSERT TO authenticated WITH CHECK (table_id <> :t);
CREATE POLICY no_statuses ON table_statuses AS RESTRICTIVE FOR INSERT TO authenticated WITH CHECK (table_id <> :t);
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
SELECT import_records(:t, convert_to(E'name,new\nV,1\n', 'UTF8'), '{"create_columns": true}');
SELECT import_records(:t, convert_to(E'name,status\nV,fresh\n', 'UTF8'), '{"create_choices": true}');
SELECT import_records(:t, convert_to(E'name,new\nVal,1\n', 'UTF8')) ->> 'created' AS created;
-- Limits hold before the first row: those of files, and whatever the table says.
RESET ROLE;
SET rowkit.import_columns = 2;
SELECT create_table_from_file(:org, 'Wide', convert_to(E'a,b,c\n1,2,3\n', 'UTF8'));
RESET rowkit.import_columns;
CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM public.table_columns WHERE table_id = NEW.table_id) >= 2 THEN RAISE EXCEPTION 'no more columns' USING ERRCODE = '54000'; END IF; RETURN NEW; END $$;
CREATE TRIGGER zz_few BEFORE INSERT ON table_columns FOR EACH ROW EXECUTE FUNCTION few();
SET ROLE authenticated;
SELECT create_table_from_file(:org, 'Wide', convert_to(E'a,b,c\n1,2,3\n', 'UTF8'));
SELECT count(*) AS tables FROM tables WHERE name = 'Wide';
RESET ROLE;
DROP TRIGGER zz_few ON table_columns;
UPDATE organizations SET max_tables = current_table_count WHERE id = :org RETURNING true AS is_full;
SET ROLE authenticated;
SELECT create_table_from_file(:org, 'Wide', convert_to(E'a,b,c\n1,2,3\n', 'UTF8'));
RESET ROLE;
UPDATE organizations SET max_tables = NULL WHERE id = :org;
-- The service, and a superuser.
SET ROLE service_role;
SET request.jwt.claims = '{"role": "service_role"}';
SELECT made ->> 'created' AS created, made -> 'columns' AS columns FROM create_table_from_file(:org, 'Service', convert_to(E'name,x\nAnn,1\n', 'UTF8')) AS made;
SELECT create_table_from_file('00000000-0000-4000-8000-0000000000ff', 'Nobody', convert_to(E'name,x\nAnn,1\n', 'UTF8'));
RESET ROLE; RESET request.jwt.claims;
SELECT made ->> 'created' AS created, made -> 'columns' AS columns FROM create_table_from_file(:org, 'Super', convert_to(E'name,x,status\nAnn,1,new\n', 'UTF8'), '{"create_choices": true}') AS made;
SELECT tables.name AS "table", records.created_by, records.name, data, status FROM records JOIN tables ON tables.id = table_id WHERE tables.name IN ('Service', 'Super') ORDER BY tables.name;

-- Workbooks: what their cells do not show is told. A zip archive by hand, of entries that are not compressed.
CREATE FUNCTION pg_temp.little(number bigint, width integer) RETURNS bytea LANGUAGE sql
    AS $$ SELECT string_agg(set_byte('\x00', 0, ((number >> (8 * place)) & 255)::integer), '' ORDER BY place) FROM generate_series(0, width - 1) AS place $$;
CREATE FUNCTION pg_temp.crc(bytes bytea) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE crc bigint := 4294967295;
BEGIN
    FOR at IN 0 .. octet_length(bytes) - 1 LOOP
        crc := crc # get_byte(bytes, at);
        FOR bit IN 1 .. 8 LOOP crc := (crc >> 1) # CASE WHEN crc & 1 = 1 THEN 3988292384 ELSE 0 END; END LOOP;
    END LOOP;
    RETURN crc # 4294967295;
END $$;
CREATE FUNCTION pg_temp.zip(VARIADIC parts text[]) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE file bytea := ''; directory bytea := ''; about bytea; content bytea; name bytea;
BEGIN
    FOR part IN 1 .. cardinality(parts) BY 2 LOOP
        name := convert_to(parts[part], 'UTF8');
        content := convert_to(parts[part + 1], 'UTF8');
        about := '\x1400000000000000000000'::bytea;
        about := substr(about, 1, 10) || pg_temp.little(pg_temp.crc(content), 4) || pg_temp.little(octet_length(content), 4) || pg_temp.little(octet_length(content), 4)
            || pg_temp.little(octet_length(name), 2) || '\x0000';
        directory := directory || '\x504b01021400'::bytea || about || '\x00000000000000000000'::bytea || pg_temp.little(octet_length(file), 4) || name;
        file := file || '\x504b0304'::bytea || about || name || content;
    END LOOP;
    RETURN file || directory || '\x504b050600000000'::bytea || pg_temp.little(cardinality(parts) / 2, 2) || pg_temp.little(cardinality(parts) / 2, 2)
        || pg_temp.little(octet_length(directory), 4) || pg_temp.little(octet_length(file), 4) || '\x0000';
END $$;
CREATE FUNCTION pg_temp.workbook(sheet text, properties text DEFAULT '', calculation text DEFAULT '', more_sheets text DEFAULT '') RETURNS bytea LANGUAGE sql AS $$
    SELECT pg_temp.zip(
        '_rels/.rels', '<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        'xl/workbook.xml', format('<workbook xmlns:r="r">%s<sheets><sheet name="Data" sheetId="1" r:id="r1"/>%s</sheets>%s</workbook>', properties, more_sheets, calculation),
        'xl/_rels/workbook.xml.rels', '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="x/styles" Target="/xl/styles.xml"/></Relationships>',
        'xl/styles.xml', '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        'xl/worksheets/sheet1.xml', format('<worksheet>%s</worksheet>', sheet)) $$;
CREATE FUNCTION pg_temp.sheet(rows text) RETURNS text LANGUAGE sql
    AS $$ SELECT format('<sheetData><row r="1"><c r="A1" t="str"><v>name</v></c><c r="B1" t="str"><v>amount</v></c></row>%s</sheetData>', rows) $$;
\set row '<row r="2"><c r="A2" t="str"><v>Ann</v></c><c r="B2"><v>5</v></c></row>'
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
SELECT fact, preview -> 'warnings' AS warnings
FROM (VALUES
    (1, 'nothing', pg_temp.workbook(pg_temp.sheet(:'row'))),
    (2, 'merged', pg_temp.workbook(pg_temp.sheet(:'row') || '<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B2:C2"/></mergeCells>')),
    (3, '1904', pg_temp.workbook(pg_temp.sheet('<row r="2"><c r="A2" t="str"><v>Ann</v></c><c r="B2" s="1"><v>43830</v></c></row>'), '<workbookPr date1904="1"/>')),
    (4, 'not recalculated', pg_temp.workbook(pg_temp.sheet('<row r="2"><c r="A2" t="str"><v>Ann</v></c><c r="B2"><f>1+1</f><v>0</v></c></row>'), calculation => '<calcPr fullCalcOnLoad="1"/>')),
    (5, 'without value', pg_temp.workbook(pg_temp.sheet('<row r="2"><c r="A2" t="str"><v>Ann</v></c><c r="B2"><f>1+1</f></c></row>'))),
    (6, 'hidden rows', pg_temp.workbook(pg_temp.sheet(:'row' || '<row r="3" hidden="1"><c r="A3"><v>1</v></c></row>'))),
    (7, 'hidden columns', pg_temp.workbook('<cols><col min="2" max="3" hidden="1"/></cols>' || pg_temp.sheet(:'row'))),
    (8, 'hidden sheets', pg_temp.workbook(pg_temp.sheet(:'row'), more_sheets => '<sheet name="Notes" sheetId="2" state="hidden" r:id="r1"/>'))) AS given(place, fact, file),
    preview_import(:plain::uuid, file) AS preview
ORDER BY place;
SELECT preview_import(:plain::uuid, convert_to(E'name\nAnn\n', 'UTF8')) -> 'warnings' AS warnings;
SELECT file_column ->> 'name' AS name, file_column -> 'warnings' AS warnings
FROM jsonb_array_elements(preview_import(:plain::uuid, pg_temp.workbook(pg_temp.sheet('<row r="2"><c r="A2" t="str"><v>Ann</v></c><c r="B2"><f>1+1</f></c></row>'))) -> 'columns') AS file_column;
-- A workbook makes a table as any file does.
SELECT made -> 'columns' AS columns, made ->> 'created' AS created FROM create_table_from_file(:org, 'Workbook', pg_temp.workbook(
    pg_temp.sheet('<row r="2"><c r="A2" t="str"><v>Ann</v></c><c r="B2" s="1"><v>43830</v></c></row>'), '<workbookPr date1904="1"/>')) AS made;
SELECT name, data FROM records WHERE table_id = (SELECT id FROM tables WHERE name = 'Workbook');
-- A column of dates keeps the day alone, and the preview says which times would be lost.
SELECT file_column ->> 'name' AS name, file_column -> 'warnings' AS warnings, file_column ->> 'followed' AS followed
FROM jsonb_array_elements(preview_import((SELECT id FROM tables WHERE name = 'Workbook'), convert_to(E'name,amount,seen\nAnn,2024-01-05 10:30Z,2024-01-05 10:30Z\nBob,2024-01-06 00:00Z,2024-01-06 00:00Z\n', 'UTF8')) -> 'columns') AS file_column;
RESET ROLE;
SET client_min_messages = error;
DROP OWNED BY authenticated, service_role;
DROP ROLE authenticated, service_role;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
