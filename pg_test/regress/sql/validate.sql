\set t '''00000000-0000-4000-8000-0000000000b1'''
\set u '''00000000-0000-4000-8000-0000000000b2'''
SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme'), ('00000000-0000-4000-8000-0000000000a2', 'Other');
INSERT INTO tables (id, organization_id, name) VALUES (:t, '00000000-0000-4000-8000-0000000000a1', 'T'), (:u, '00000000-0000-4000-8000-0000000000a1', 'U');
INSERT INTO table_columns (id, table_id, name, label, type, required, is_unique, position, options, default_value)
SELECT ('00000000-0000-4000-8000-0000000000' || lpad(position::text, 2, '0'))::uuid, :t, name, label, type, required, is_unique, position, options::jsonb, default_value::jsonb
FROM (VALUES
    (1, 'name', '名前', 'text', true, false, '{"max_length": 5}', NULL),
    (2, 'email', 'E-mail', 'email', false, true, '{}', NULL),
    (3, 'code', 'Code', 'text', false, true, '{"pattern": "^[A-Z]+$"}', NULL),
    (4, 'memo', 'Memo', 'long_text', false, false, '{}', NULL),
    (5, 'amount', 'Amount', 'integer', false, false, '{"min": 0, "max": 100}', '5'),
    (6, 'price', 'Price', 'decimal', false, false, '{"precision": 38, "scale": 4, "multiple_of": 0.25}', NULL),
    (7, 'fee', 'Fee', 'currency', false, false, '{"currency": "USD"}', NULL),
    (8, 'rate', 'Rate', 'percent', false, false, '{"max": 1}', NULL),
    (9, 'active', 'Active', 'boolean', false, false, '{}', 'false'),
    (10, 'day', 'Day', 'date', false, false, '{"min": "2024-01-01"}', NULL),
    (11, 'clock', 'Clock', 'time', false, false, '{}', NULL),
    (12, 'moment', 'Moment', 'datetime', false, false, '{}', NULL),
    (13, 'took', 'Took', 'duration', false, false, '{}', NULL),
    (14, 'site', 'Site', 'url', false, false, '{}', NULL),
    (15, 'phone', 'Phone', 'phone', false, true, '{"default_region": "JP"}', NULL),
    (16, 'size', 'Size', 'select', false, false, '{"choices": ["Small", {"name": "Large", "id": "l"}, {"name": "Huge", "archived": true}]}', NULL),
    (17, 'tags', 'Tags', 'multi_select', false, false, '{"choices": ["a", "b"]}', NULL),
    (18, 'stars', 'Stars', 'rating', false, false, '{}', NULL),
    (19, 'friend', 'Friend', 'reference', false, false, '{"table_id": "00000000-0000-4000-8000-0000000000b1"}', NULL),
    (20, 'extra', 'Extra', 'json', false, false, '{"max_depth": 2, "schema": {"properties": {"n": {"type": "integer"}}}}', NULL),
    (21, 'files', 'Files', 'attachment', false, false, '{"max_files": 1, "types": ["image/*"], "max_size": 1000}', NULL),
    (22, 'home', 'Home', 'address', false, false, '{"required": ["city"]}', NULL),
    (23, 'number', 'Number', 'autonumber', false, false, '{}', NULL)
) AS given(position, name, label, type, required, is_unique, options, default_value);
INSERT INTO table_statuses (table_id, name) VALUES (:t, 'リード'), (:t, '受注');
-- A good record; defaults are filled in; digits stay.
INSERT INTO records (id, table_id, name, email, status, data) VALUES ('00000000-0000-4000-8000-0000000000c1', :t, '佐藤', 'sato@example.com', 'リード',
    '{"code": "ABC", "price": 1234567890123456789012345678901234.25, "fee": 1000000000000000000, "day": "2024-02-29", "phone": "03-1234-5678", "tags": ["a"], "free": 12345678901234567890123}')
RETURNING data;
-- Every field broken, every problem named.
SELECT path, code, params, message FROM record_errors(:t, '{"name": "toolong", "email": "a@b", "status": "りーど", "code": "abc", "memo": 5, "amount": 101, "price": 0.33333,
    "fee": 1.5, "rate": 1.01, "active": "yes", "day": "2023-02-29", "clock": "25:00", "moment": "2024-01-01T00:00:00", "took": "1h", "site": "javascript:alert(1)",
    "phone": "123", "size": "Smal", "tags": ["a", "a", "c"], "stars": 6, "friend": "x", "extra": {"n": "x"}, "files": [{"name": "a"}, {"name": "b", "url": "/b", "type": "text/plain", "size": 5000}],
    "home": {"town": "x"}, "number": 1, "unheard": 1}');
SELECT validate_record(:t, '{"name": "a", "extra": {"a": {"b": {}}}, "size": "Huge", "day": "2023-12-31", "email": "", "phone": null, "tags": []}');
SELECT is_valid_record(:t, '{"name": "a"}') AS valid, is_valid_record(:t, '{"name": ""}') AS empty_name, is_valid_record(:t, '{}') AS no_name;
-- Asking never raises for bad data, but for a bad question.
SELECT validate_record(:t, '[]');
SELECT validate_record(:t, NULL);
SELECT path, column_name, code, message FROM record_errors(:t, '5');
SELECT is_valid_record(:t, '[]') AS array, is_valid_record(:t, NULL) AS none, is_valid_record(:t, '"x"') AS text;
SELECT validate_against_schema('{}', 'null'), validate_against_schema('{}', NULL);
SELECT * FROM cast_record(:t, '[1]');
SELECT * FROM cast_record(:t, NULL);
SELECT is_valid_record('00000000-0000-4000-8000-0000000000ff', '[]');
SELECT validate_record(NULL, '{}');
SELECT validate_record('00000000-0000-4000-8000-0000000000ff', '{}');
SELECT validate_record(:t, '{}', 'organizations');
SELECT validate_against_schema('{"columns": [{"name": "a", "type": "integer"}]}', '{"a": "1"}');
SELECT validate_against_schema('{"columns": [{"name": "a", "type": "intger"}]}', '{"a": "1"}');
-- Writing raises once, with everything in DETAIL, and nothing is half done.
INSERT INTO records (table_id, name, email, data) VALUES (:t, 'a', 'x', '{"amount": -1}');
INSERT INTO records (table_id, name) VALUES (:t, 'good'), (:t, NULL);
INSERT INTO records (table_id, name, data) VALUES (:t, 'a', '[]');
INSERT INTO records (table_id, name, status) VALUES (:t, 'a', 'unheard');
SELECT count(*) FROM records;
-- Unique, by what is meant and not by how it is typed.
INSERT INTO records (table_id, name, email) VALUES (:t, 'b', 'SATO@example.com');
INSERT INTO records (table_id, name, data) VALUES (:t, 'b', '{"phone": "+81 3 1234 5678"}');
INSERT INTO records (id, table_id, name, data) VALUES ('00000000-0000-4000-8000-0000000000c2', :t, 'b', '{"code": "X"}'), ('00000000-0000-4000-8000-0000000000c3', :t, 'c', '{"code": "Y"}');
INSERT INTO records (table_id, name, data) VALUES (:t, 'd', '{"code": "Z"}'), (:t, 'e', '{"code": "Z"}');
-- Values swapped in one statement.
UPDATE records SET data = data || CASE data ->> 'code' WHEN 'X' THEN '{"code": "Y"}' ELSE '{"code": "X"}' END::jsonb WHERE data ->> 'code' IN ('X', 'Y');
UPDATE records SET data = data || '{"code": "X"}' WHERE name = 'b';
DELETE FROM records WHERE name = 'c';
UPDATE records SET data = data || '{"code": "X"}' WHERE name = 'b';
SELECT (SELECT name FROM table_columns WHERE id::text = column_id) AS column_name, key FROM record_keys ORDER BY 1, 2;
-- References: there, of this tenant, in this table.
UPDATE records SET data = data || '{"friend": "00000000-0000-4000-8000-0000000000c1"}' WHERE name = 'b';
UPDATE records SET data = data || '{"friend": "00000000-0000-4000-8000-0000000000c9"}' WHERE name = 'b';
-- An UPDATE answers only for what it changes.
ALTER TABLE records DISABLE TRIGGER records_enforce_schema;
UPDATE records SET data = data || '{"amount": 999}' WHERE name = 'b';
ALTER TABLE records ENABLE TRIGGER records_enforce_schema;
UPDATE records SET data = data || '{"memo": "fine"}' WHERE name = 'b';
UPDATE records SET data = data || '{"amount": 998}' WHERE name = 'b';
UPDATE records SET status = 'unheard' WHERE name = 'b';
UPDATE records SET name = NULL WHERE name = 'b';
SELECT record_id, jsonb_path_query_array(errors, '$[*].code') FROM invalid_records(:t);
SELECT * FROM invalid_records('00000000-0000-4000-8000-0000000000ff');
SELECT * FROM invalid_records(NULL);
-- Unknown keys.
UPDATE tables SET unknown_keys = 'strict' WHERE id = :t;
INSERT INTO records (table_id, name, data) VALUES (:t, 's', '{"amuont": 1, "name": "x"}');
UPDATE records SET data = data || '{"amount": 1}' WHERE id = '00000000-0000-4000-8000-0000000000c1';
UPDATE tables SET unknown_keys = 'strip' WHERE id = :t;
INSERT INTO records (table_id, name, data) VALUES (:t, 's', '{"amuont": 1, "amount": 2}') RETURNING data;
-- Casting.
SELECT * FROM cast_record(:t, '{"name": " 佐藤 ", "amount": "１０", "price": "1,234.50", "fee": "$12.34", "rate": "50%", "active": "はい", "day": "令和6年1月5日", "clock": "9:30",
    "took": "1:30", "site": "example.com", "phone": "０３－１２３４－５６７８", "size": "l", "tags": "A、b", "status": "受注", "memo": 12345678901234567890123.50, "free": "kept"}');
SELECT * FROM cast_record(:t, '{"name": "a", "amount": "about 5", "day": "01/02/2024"}');
-- Renaming a column takes its key along, in every record.
SELECT rename_column(:t, 'code', 'reference_code');
SELECT name, data ->> 'reference_code' AS code FROM records WHERE data ? 'reference_code' OR data ? 'code' ORDER BY name;
SELECT (SELECT name FROM table_columns WHERE id::text = column_id) AS column_name, count(*) FROM record_keys GROUP BY 1 ORDER BY 1;
SELECT rename_column(:t, 'unheard', 'x');
SELECT rename_column(:t, 'email', 'x');
SELECT rename_column(:t, 'memo', 'bad name');
-- A column made unique later looks at what is stored.
UPDATE table_columns SET is_unique = true WHERE table_id = :t AND name = 'memo';
INSERT INTO records (table_id, name, data) VALUES (:t, 'm1', '{"memo": "Same"}'), (:t, 'm2', '{"memo": "ＳＡＭＥ "}');
INSERT INTO records (table_id, name, data) VALUES (:t, 'm1', '{"memo": "Same"}');
UPDATE table_columns SET is_unique = false WHERE table_id = :t AND name = 'memo';
INSERT INTO records (table_id, name, data) VALUES (:t, 'm2', '{"memo": "ＳＡＭＥ "}');
DO $$ BEGIN
    UPDATE table_columns SET is_unique = true WHERE name = 'memo';
EXCEPTION WHEN unique_violation THEN RAISE NOTICE '%', SQLERRM;
END $$;
-- An end user: nothing but rights on records, and an empty search_path.
CREATE ROLE rowkit_user;
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000f1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000f1', '00000000-0000-4000-8000-0000000000a1', 'member');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000f1"}';
GRANT USAGE ON SCHEMA rowkit TO rowkit_user;
GRANT SELECT, INSERT, UPDATE ON records TO rowkit_user;
SET ROLE rowkit_user;
SET search_path = '';
INSERT INTO public.records (table_id, organization_id, name, email) VALUES (:t, '00000000-0000-4000-8000-0000000000a1', 'u', 'u@example.com') RETURNING name;
INSERT INTO public.records (table_id, organization_id, name, email) VALUES (:t, '00000000-0000-4000-8000-0000000000a1', 'u', 'U@example.com');
INSERT INTO public.records (table_id, organization_id, name, email) VALUES (:t, '00000000-0000-4000-8000-0000000000a1', 'u', 'u');
SELECT rowkit.validate_record(:t, '{}', 'public.tables');
RESET ROLE;
RESET search_path;
-- Row security on tables hides schemas from those who ask, not from the trigger.
ALTER TABLE tables ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON tables TO rowkit_user;
SELECT is_valid_record(:t, '{"name": "a"}');
SET ROLE rowkit_user;
SELECT is_valid_record(:t, '{"name": "a"}');
INSERT INTO public.records (table_id, organization_id, name, data) VALUES (:t, '00000000-0000-4000-8000-0000000000a1', 'u', '{"amount": 500}');
RESET ROLE;
DROP OWNED BY rowkit_user;
DROP ROLE rowkit_user;
-- Reading works where nothing can be written.
BEGIN READ ONLY;
SELECT validate_record(:t, '{"name": "a"}'), pg_current_xact_id_if_assigned() IS NULL AS without_xid;
COMMIT;
