-- upsert_record and upsert_records: by a unique column, in one statement, with the caller's rights.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme'), ('00000000-0000-4000-8000-0000000000aa', 'Other');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'T'), ('00000000-0000-4000-8000-0000000000bb', '00000000-0000-4000-8000-0000000000aa', 'Theirs');
INSERT INTO table_columns (id, table_id, name, type, is_unique) VALUES
    ('00000000-0000-4000-8000-0000000000e1', :t, 'email', 'email', true), ('00000000-0000-4000-8000-0000000000e2', :t, 'code', 'text', true),
    ('00000000-0000-4000-8000-0000000000e3', :t, 'no', 'autonumber', false), ('00000000-0000-4000-8000-0000000000e4', :t, 'age', 'integer', false);
CREATE FUNCTION held() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', name, email, company, status, data) FROM public.records ORDER BY (data ->> 'no')::integer $$;
SELECT is_new FROM upsert_record(:t, 'email', '{"email": "Ann@example.com", "name": "Ann", "age": 30}');
SELECT is_new FROM upsert_record(:t, 'email', '{"email": "ann@EXAMPLE.com", "age": 31, "code": "A1"}');
SELECT is_new FROM upsert_record(:t, 'code', '{"code": "a1", "name": null, "company": "Acme"}');
SELECT held();
-- Many at once, in the order in which they are given.
SELECT place, is_new
FROM upsert_records(:t, 'email', '[{"email": "bob@example.com"}, {"email": "ann@example.com", "age": 32}, {"email": "eve@example.com", "name": "Eve"}]')
    WITH ORDINALITY AS upserted(record_id, is_new, place)
ORDER BY place;
SELECT held();
SELECT count(*) FROM upsert_records(:t, 'email', '[]');
-- A long value is kept as its digest.
SELECT is_new FROM upsert_record(:t, 'code', jsonb_build_object('code', repeat('long', 100)));
SELECT is_new FROM upsert_record(:t, 'code', jsonb_build_object('code', repeat('LONG', 100)));
-- All or none.
SELECT * FROM upsert_records(:t, 'email', '[{"email": "new@example.com"}, {"email": "ann@example.com", "age": "old"}]');
SELECT * FROM upsert_records(:t, 'email', '[{"email": "new@example.com", "code": "a1"}]');
SELECT * FROM upsert_records(:t, 'email', '[{"email": "same@example.com"}, {"email": "SAME@example.com"}]');
SELECT * FROM upsert_records(:t, 'email', '[{"name": "without"}]');
SELECT * FROM upsert_records(:t, 'email', '[{"email": ""}]');
SELECT * FROM upsert_records(:t, 'email', '[5]');
SELECT * FROM upsert_records(:t, 'email', '{"email": "an@object.example"}');
SELECT * FROM upsert_records(:t, 'email', NULL);
SELECT * FROM upsert_record(:t, 'age', '{"age": 1}');
SELECT * FROM upsert_record(:t, 'nope', '{"nope": 1}');
SELECT * FROM upsert_record('00000000-0000-4000-8000-0000000000ff', 'email', '{"email": "a@b.example"}');
SELECT count(*) FROM records;
-- A record may be flat, or nested as transform_to_record gives it: the fields in data are read, checked and written, too.
SELECT * FROM upsert_record(:t, 'email', '{"email": "ann@example.com", "data": {"age": "not a number"}}');
SELECT is_new FROM upsert_record(:t, 'email', '{"email": "ann@example.com", "data": {"age": 40}}');
SELECT is_new FROM upsert_record(:t, 'code', '{"data": {"code": "a1", "age": 41}, "company": "Acme KK", "id": "not taken"}');
SELECT is_new FROM upsert_record(:t, 'email', transform_to_record('{"email": "ann@example.com", "company_name": "Acme", "age": 42}'));
SELECT is_new FROM upsert_record(:t, 'code', '{"age": 43, "data": {"code": "A1", "age": null}}');
SELECT is_new FROM upsert_record(:t, 'code', transform_to_record('{"code": "n1", "custom_fields": {"age": 1}}'));
SELECT * FROM upsert_record(:t, 'code', '{"code": "a1", "age": 1, "data": {"age": 2}}');
SELECT * FROM upsert_record(:t, 'code', '{"code": "a1", "data": 5}');
SELECT * FROM upsert_record(:t, 'email', '{"code": "a1", "data": {"email": "ann@example.com"}}');
SELECT held();
DELETE FROM records WHERE data ->> 'code' = 'n1';
-- With the caller's rights: another organization's table is not there, and a record that policies let one only see is not changed.
CREATE ROLE rowkit_clerk;
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000f1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000f1', :org, 'member');
GRANT USAGE ON SCHEMA public TO rowkit_clerk;
GRANT SELECT ON tables TO rowkit_clerk;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000f1"}';
SET ROLE rowkit_clerk;
SELECT is_new FROM upsert_record(:t, 'email', '{"email": "ann@example.com"}', 'public.tables');
RESET ROLE;
GRANT SELECT, INSERT, UPDATE ON records TO rowkit_clerk;
SET ROLE rowkit_clerk;
SELECT is_new FROM upsert_record(:t, 'email', '{"email": "ann@example.com", "age": 33}', 'public.tables');
SELECT is_new FROM upsert_record(:t, 'email', '{"email": "clerk@example.com"}', 'public.tables');
SELECT is_new FROM upsert_record('00000000-0000-4000-8000-0000000000bb', 'email', '{"email": "ann@example.com"}', 'public.tables');
RESET ROLE;
CREATE POLICY mine ON records AS RESTRICTIVE FOR UPDATE TO rowkit_clerk USING (email = 'clerk@example.com');
SET ROLE rowkit_clerk;
SELECT is_new FROM upsert_record(:t, 'email', '{"email": "clerk@example.com", "age": 1}', 'public.tables');
SELECT is_new FROM upsert_record(:t, 'email', '{"email": "ann@example.com", "age": 1}', 'public.tables');
RESET ROLE;
DROP POLICY mine ON records;
CREATE POLICY hidden ON records AS RESTRICTIVE FOR SELECT TO rowkit_clerk USING (email = 'clerk@example.com');
SET ROLE rowkit_clerk;
SELECT is_new FROM upsert_record(:t, 'email', '{"email": "ann@example.com", "age": 1}', 'public.tables');
RESET ROLE;
DROP POLICY hidden ON records;
SELECT held();
DROP OWNED BY rowkit_clerk;
DROP ROLE rowkit_clerk;
