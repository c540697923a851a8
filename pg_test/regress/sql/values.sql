-- Values: the forms of a record, telephone numbers, choices, addresses, attachments, settings of a table, long values in messages.
\set SHOW_CONTEXT never
\set t '''00000000-0000-4000-8000-00000000000b'''
\pset format unaligned
\pset tuples_only on
SELECT count(*) > 0 FROM install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-00000000000a', 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, '00000000-0000-4000-8000-00000000000a', 'T');
CREATE FUNCTION col(name text, type text, options jsonb DEFAULT '{}', is_unique boolean DEFAULT false) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO table_columns (table_id, name, type, options, is_unique) VALUES ('00000000-0000-4000-8000-00000000000b', $1, $2, $3, $4) $$;
CREATE FUNCTION rec(data jsonb) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN
        INSERT INTO records (table_id, data) VALUES ('00000000-0000-4000-8000-00000000000b', $1);
        RETURN 'stored';
    EXCEPTION WHEN integrity_constraint_violation OR invalid_parameter_value THEN RETURN SQLSTATE;
    END $$;
CREATE FUNCTION said(data jsonb) RETURNS text LANGUAGE sql AS
    $$ SELECT coalesce(string_agg(path || ' ' || code, ', '), 'valid') FROM record_errors('00000000-0000-4000-8000-00000000000b', $1) $$;
CREATE FUNCTION casted(given jsonb) RETURNS text LANGUAGE sql AS
    $$ SELECT concat(c.data, '  ', jsonb_path_query_array(c.errors, '$[*].code')) FROM cast_record('00000000-0000-4000-8000-00000000000b', $1) AS c $$;

-- One line, one key: trunk prefixes in brackets, exit codes, no plus.
SELECT count(*) FROM (VALUES ('gb', 'GB'), ('jp', 'JP'), ('de', 'DE'), ('us', 'US')) AS r(name, region), LATERAL col(r.name, 'phone', jsonb_build_object('default_region', r.region), true);
SELECT col('tel', 'phone', '{}', true);
SELECT rec('{"gb": "020 7946 0123", "jp": "03-1234-5678", "de": "030 123456", "us": "+44 20 7946 0123", "tel": "+44 20 7946 0123"}');
SELECT name, number, rec(jsonb_build_object(name, number)) FROM (VALUES
    ('gb', '+44 20 7946 0123'), ('gb', '+44 (0)20 7946 0123'), ('gb', '44 20 7946 0123'), ('gb', '0044 20 7946 0123'), ('gb', '011 44 20 7946 0123'), ('gb', '２０ 7946 0123'),
    ('jp', '+81 (0)3-1234-5678'), ('jp', '010 81 3 1234 5678'), ('jp', '81 3 1234 5678'), ('jp', '0081312345678'),
    ('de', '+49 (0)30 123456'), ('de', '0049 (0)30 123456'), ('de', '49 30 123456'),
    ('us', '011 44 20 7946 0123'), ('us', '44 (0)20 7946 0123'), ('us', '0011 44 20 7946 0123'),
    ('tel', '0044 20 7946 0123'), ('tel', '+44 (0)20 7946 0123'), ('tel', '44 (0)20 7946 0123')) AS spelling(name, number);
SELECT name, number, rec(jsonb_build_object(name, number)) AS another FROM (VALUES ('gb', '020 7946 0124'), ('jp', '06-1234-5678'), ('us', '(212) 555-0123'), ('tel', '020 7946 0123')) AS spelling(name, number);
SELECT (SELECT name FROM table_columns WHERE id::text = column_id) AS column_name, key FROM record_keys ORDER BY 1, 2;
SELECT rec('{"us": "+1 212 555 0123"}'), rec('{"us": "1 (212) 555.0123"}');
UPDATE table_columns SET options = '{"default_region": "ZZ"}' WHERE name = 'gb';

-- Dashes, dots and labels of Japanese numbers; a number with an extension is none that can be dialled, and what is no number stays as it is.
SELECT number, standard_phone(number, 'JP'), casted(jsonb_build_object('jp', number)) FROM unnest(ARRAY['03−1234−5678', '03ー1234ー5678', '03ｰ1234ｰ5678', '03―1234―5678', '03—1234—5678', '03・1234・5678', '03･1234･5678',
    'TEL：０３（１２３４）５６７８', 'tel:+81-3-1234-5678', 'Tel. 03-1234-5678', '電話 03-1234-5678', 'TEL03-1234-5678', '03-1234-5678 内線12', 'ラーメン', 'tel:']) AS number;

-- Web addresses: https:// where it makes one, nothing changed that is one.
SELECT col('site', 'url'), col('old_site', 'url', '{"schemes": ["http"]}');
SELECT v, casted(jsonb_build_object('site', v)) FROM unnest(ARRAY['example.com', 'example.com:8080/a', 'example.com/a:b', 'example.com?t=12:30', '1.2.3.4:80', ' example.com ',
    '//example.com/a', 'localhost:3000', '[::1]:8080', 'ｅｘａｍｐｌｅ．ｃｏｍ／ａ', 'example.com/？ａ', 'https://example.com/？ａ＝１', 'HTTPS://EXAMPLE.COM', 'https://xn--r8jz45g.jp/',
    'mailto:a@example.com', 'javascript:alert(1)', 'ftp://example.com', 'hello', 'a@example.com', 'example.com:99999', 'https:///example.com', '3.14']) AS v;
SELECT casted('{"old_site": "example.com:8080"}');

-- Choices may have any character in their names.
SELECT col('tags', 'multi_select', '{"choices": ["Bed, breakfast", "Tokyo, Japan", "Other"]}'), col('ab', 'multi_select', '{"choices": ["a, b", "a", "b"]}'),
    col('city', 'multi_select', '{"choices": ["北海道、東京", {"id": "o", "name": "大阪; 京都"}, "say \"hi\", you", "[x]", "two\nlines"]}'),
    col('one', 'select', '{"choices": ["Bed, breakfast", "x;y"]}');
SELECT given, casted(given) FROM unnest(ARRAY['{"tags": "Bed, breakfast"}', '{"tags": "Tokyo, Japan; Other"}', '{"tags": "other, BED, BREAKFAST"}', '{"city": "北海道、東京"}', '{"city": "北海道、東京、大阪; 京都"}',
    '{"city": "o、[x]"}', '{"city": "[\"[x]\", \"say \\\"hi\\\", you\"]"}', '{"city": "\"say \"\"hi\"\", you\",\"北海道、東京\""}', '{"city": "two\nlines, [x]"}', '{"ab": "a, b"}', '{"ab": "b, a"}', '{"ab": "[\"a\", \"b\"]"}',
    '{"ab": "\"a\", \"b\""}', '{"ab": "a, c"}', '{"ab": ["A", "b"]}', '{"ab": " , "}', '{"one": "bed, breakfast"}', '{"one": "x;y"}']::jsonb[]) AS given;

-- Attachments: media types by RFC 2045, addresses by the URL standard.
SELECT col('f', 'attachment', '{"types": ["image/*", "text/csv"]}'), col('g', 'attachment', '{"types": ["Image/PNG"]}'), col('h', 'attachment');
CREATE FUNCTION file(type text, url text DEFAULT '/a') RETURNS jsonb LANGUAGE sql AS
    $$ SELECT jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('name', 'a', 'url', $2, 'type', $1))) $$;
SELECT type, said(jsonb_build_object('f', file(type))), said(jsonb_build_object('g', file(type)))
FROM unnest(ARRAY['image/png', 'IMAGE/PNG', 'text/csv; charset=utf-8', 'Text/CSV', 'text/csv;', 'image/', 'image', 'image/p ng', '', NULL]) AS type;
SELECT url, said(jsonb_build_object('h', file('x', url)))
FROM unnest(ARRAY['//evil.example/a.png', '/\evil.example/a.png', '///evil.example/a', E'/\t/evil.example', 'https:///evil.example/x', 'https://\evil.example', 'http://[', 'https://example.com:99999/', 'ftp://example.com/a', 'a.png',
    'HTTPS://EXAMPLE.COM/a.png', 'http://[::1]:8080/a', 'https://user@example.com:65535/?q', '/', '/ファイル.png', '/a//b']) AS url;
-- The exported JSON Schema says the same.
SELECT count(*) FILTER (WHERE (validate_against_schema(schema, data) = '[]') <> is_valid_json(schema_to_json_schema(schema), data)) AS differ, count(*)
FROM (SELECT '{"columns": [{"name": "f", "type": "attachment", "options": {"types": ["image/*", "text/csv"]}}, {"name": "h", "type": "attachment"}]}'::jsonb) AS s(schema),
    unnest(ARRAY['image/png', 'IMAGE/PNG', 'text/csv; charset=utf-8', 'Text/CSV', 'text/csv;', 'image/', 'image', 'image/p ng', '', NULL]) AS type,
    unnest(ARRAY['//evil.example/a.png', '/\evil.example/a.png', '///evil.example/a', E'/\t/x', 'https:///evil.example/x', 'http://[', 'https://example.com:99999/', 'ftp://example.com/a', 'a.png',
        'HTTPS://EXAMPLE.COM/a.png', 'http://[::1]:8080/a', 'https://user@example.com:65535/?q', '/', '/ファイル.png', '/a//b']) AS url,
    LATERAL (SELECT jsonb_build_object('f', file(type, url), 'h', file('x', url))) AS d(data);

-- A record in its flat form, and as transform_to_record gives it: nothing passes unseen.
SELECT col('amount', 'integer', '{"max": 100}'), col('zip', 'text');
UPDATE table_columns SET required = true WHERE name = 'zip';
SELECT given, said(given), is_valid_record(:t, given) FROM unnest(ARRAY['{"zip": "1", "amount": 5}', '{"data": {"zip": "1", "amount": 5}}', '{"amount": 500}', '{"data": {"amount": 500}}', '{"zip": "1", "data": {"amount": 500}}',
    '{"zip": "1", "amount": 5, "data": {"amount": 500}}', '{"zip": "1", "amount": 500, "data": {"amount": 5}}', '{"email": "x", "data": {"zip": "1"}}', '{"name": 5, "data": {"zip": "1"}}', '{"zip": "1", "data": [1]}', '{"zip": "1", "data": "x"}',
    '{"id": "x", "created_at": "2024-01-01", "deleted_at": null, "data": {"zip": "1"}}', '{"zip": "1", "data": null}']::jsonb[]) AS given;
SELECT said(transform_to_record('{"name": "a", "company_name": "c", "phone": "1", "custom_fields": {"amount": 500, "zip": "1"}}'));
SELECT transform_to_record('{"id": "i", "name": "a", "deleted_at": null, "deleted_by": null, "deletion_id": null, "data": {"zip": "1"}}');
SELECT given, casted(given) FROM unnest(ARRAY['{"zip": " 1 ", "amount": "１０"}', '{"data": {"zip": " 1 ", "amount": "１０"}}', '{"amount": "１０", "data": {"zip": "1"}}', '{"data": {"zip": "1", "amount": "ten"}}']::jsonb[]) AS given;
SELECT validate_against_schema('{"columns": [{"name": "a", "type": "integer"}]}', '{"data": {"a": "1"}}') -> 0 ->> 'code';

-- records.email is an address and records.status one of the statuses, whatever columns of these names say, unless the table's options do.
DELETE FROM table_columns WHERE name NOT IN ('amount');
SELECT said('{"email": "no address"}'), said('{"email": "a@example.com"}'), said('{"email": ""}'), said('{"status": "x"}');
INSERT INTO records (table_id, email) VALUES (:t, 'no address');
SELECT col('email', 'text', '{"max_length": 20}');
SELECT said('{"email": "no address"}'), said('{"email": "no address, and too long"}'), said('{"email": "a@example.com"}');
INSERT INTO table_statuses (table_id, name) VALUES (:t, 'new'), (:t, 'won');
SELECT said('{"status": "x"}'), said('{"status": "won"}');
SELECT col('status', 'text');
SELECT said('{"status": "x"}'), said('{"status": "won"}');
SELECT schema ->> 'version' AS version FROM tables;
UPDATE tables SET options = '{"check_email": false, "ui": {"icon": "x"}}';
SELECT schema -> 'options', schema ->> 'version', said('{"email": "no address"}'), said('{"status": "x"}') FROM tables;
UPDATE tables SET options = '{"check_status": false}';
SELECT schema -> 'options', said('{"email": "no address"}'), said('{"status": "x"}') FROM tables;
-- They take away what is checked beside the columns: a column of the type email, or status, is held to its type.
BEGIN;
UPDATE tables SET options = '{"check_email": false, "check_status": false}';
SELECT said('{"email": "no address"}'), said('{"status": "x"}');
UPDATE table_columns SET type = name, options = '{}' WHERE name IN ('email', 'status');
SELECT said('{"email": "no address"}'), said('{"status": "x"}');
ROLLBACK;
-- Another edit keeps them, and none goes back to the default.
UPDATE table_columns SET label = 'Status' WHERE name = 'status';
SELECT schema -> 'options' FROM tables;
UPDATE tables SET options = '{}';
SELECT schema ? 'options', said('{"status": "x"}') FROM tables;
INSERT INTO tables (id, organization_id, name, options) VALUES ('00000000-0000-4000-8000-00000000000c', '00000000-0000-4000-8000-00000000000a', 'U', '{"check_email": false}');
SELECT schema FROM tables WHERE name = 'U';
INSERT INTO records (table_id, email) VALUES ('00000000-0000-4000-8000-00000000000c', 'no address');
UPDATE tables SET options = '{"check_mail": false}';
UPDATE tables SET options = '{"check_email": "no"}';
UPDATE tables SET options = '[]';
-- Old values do not stand in the way of other edits.
UPDATE tables SET options = '{}';
UPDATE records SET data = '{"amount": 1}' WHERE email = 'no address' RETURNING data;
SELECT jsonb_path_query_array(errors, '$[*].code') FROM invalid_records('00000000-0000-4000-8000-00000000000c');
SELECT count(*) FROM sync_all_table_schemas();

-- Keys that strip drops are told once a statement.
UPDATE tables SET unknown_keys = 'strip' WHERE id = :t;
INSERT INTO records (table_id, data) VALUES (:t, '{"amount": 1, "amuont": 2}'), (:t, '{"amount": 1}'), (:t, '{"zip": "1", "amuont": 3}') RETURNING data;
UPDATE records SET data = data || '{"more": 1}' WHERE table_id = :t AND data ->> 'amount' = '1' RETURNING data;
INSERT INTO records (table_id, data) SELECT :t, jsonb_build_object('k' || n, 1) FROM generate_series(1, 25) AS n;
INSERT INTO records (table_id, data) VALUES (:t, jsonb_build_object(repeat('x', 10000), 1));
SELECT rec('{"lost": 1, "amount": 500}');
INSERT INTO records (table_id, data) VALUES (:t, '{"amount": 5}') RETURNING data;
-- Without the trigger that ends a statement each row tells of its own.
ALTER TABLE records DISABLE TRIGGER records_keys_insert, DISABLE TRIGGER records_keys_update;
INSERT INTO records (table_id, data) VALUES (:t, '{"one": 1}'), (:t, '{"one": 1, "two": 2}');
ALTER TABLE records ENABLE TRIGGER records_keys_insert, ENABLE TRIGGER records_keys_update;
UPDATE tables SET unknown_keys = 'strict' WHERE id = :t;
SELECT rec('{"amuont": 1}');

-- No message echoes more than the beginning of a value.
CREATE FUNCTION told(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text;
BEGIN
    EXECUTE command;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN format('%s, message %s, detail %s, hint %s', SQLSTATE, octet_length(message) <= 2003, octet_length(detail) <= 4000, octet_length(hint) <= 2003);
END $$;
SELECT col('choice', 'select', '{"choices": ["a"]}'), col('many', 'multi_select', '{"choices": ["a"]}'), col('home', 'address'), col('files', 'attachment', '{"types": ["image/*"]}'), col('js', 'json', '{"schema": {"items": {"const": 1}}}');
SELECT what, told(format(command, :t, repeat('x', 1000000))) FROM (VALUES
    ('choice', 'INSERT INTO records (table_id, data) VALUES (%L, jsonb_build_object(''choice'', %L))'),
    ('unknown key', 'INSERT INTO records (table_id, data) VALUES (%L, jsonb_build_object(%L, 1))'),
    ('choices', 'INSERT INTO records (table_id, data) SELECT %L, jsonb_build_object(''many'', jsonb_build_array(x, x)) FROM (SELECT %L) AS given(x)'),
    ('address', 'INSERT INTO records (table_id, data) VALUES (%L, jsonb_build_object(''home'', jsonb_build_object(%L, 1)))'),
    ('attachment', 'INSERT INTO records (table_id, data) VALUES (%L, jsonb_build_object(''files'', jsonb_build_array(jsonb_build_object(''name'', ''a'', ''url'', ''/a'', ''type'', %L))))'),
    ('json', 'INSERT INTO records (table_id, data) VALUES (%L, jsonb_build_object(''js'', jsonb_build_array(%L)))'),
    ('type', 'INSERT INTO table_columns (table_id, name, type) VALUES (%L, ''y'', %L)'),
    ('column', 'INSERT INTO table_columns (table_id, name) VALUES (%L, %L)'),
    ('default', 'INSERT INTO table_columns (table_id, name, type, default_value) SELECT %L, ''y'', ''integer'', to_jsonb(%L::text)'),
    ('region', 'INSERT INTO table_columns (table_id, name, type, options) SELECT %L, ''y'', ''phone'', jsonb_build_object(''default_region'', %L)'),
    ('option', 'INSERT INTO table_columns (table_id, name, type, options) SELECT %L, ''y'', ''phone'', jsonb_build_object(%L, 1)'),
    ('renamed', 'SELECT rename_column(%L, ''amount'', %L)'),
    ('blueprint', 'SELECT install_blueprint(%2$L)'),
    ('resource', 'SELECT read_usage_counter(%L, %L, ''organizations'')')) AS attempt(what, command);

-- A form's fields are no record's: its e-mail may be any text, and nothing hides below "data".
SELECT count(*) > 0 FROM install_blueprint('studio_crm', 'crm');
SELECT data, rowkit_internal._check_form_submission('[{"name": "email", "type": "text", "required": true}]', data) FROM unnest(ARRAY['{"email": "by telephone"}', '{"data": {"email": "x"}}', '{"email": "x", "data": 1}', '{}']::jsonb[]) AS data;
SELECT rowkit_internal._check_form_submission('[]', '5');
