-- Views of custom tables: what they keep, whose they are, what a rename and a deleted column do to them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE authenticated NOLOGIN;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
SET search_path = public, rowkit;
GRANT USAGE ON SCHEMA public, rowkit TO authenticated;
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set ann '''00000000-0000-4000-8000-0000000000a1'''
\set bob '''00000000-0000-4000-8000-0000000000a2'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme'), ('00000000-0000-4000-8000-00000000000f', 'Other');
INSERT INTO users (id) VALUES (:ann), (:bob), ('00000000-0000-4000-8000-0000000000a3');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES
    (:ann, :org, 'member'), (:bob, :org, 'member'), ('00000000-0000-4000-8000-0000000000a3', '00000000-0000-4000-8000-00000000000f', 'member');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'T');
INSERT INTO table_columns (id, table_id, name, type, options) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'city', 'text', '{}'),
    ('00000000-0000-4000-8000-0000000000c2', :t, 'stage', 'select', '{"choices": [{"id": "w", "name": "won"}, {"id": "l", "name": "lost"}]}');
INSERT INTO records (id, table_id, name, data) VALUES ('00000000-0000-4000-8000-0000000000e1', :t, 'one', '{"city": "Osaka", "stage": "won"}'), ('00000000-0000-4000-8000-0000000000e2', :t, 'two', '{"city": "Kyoto", "stage": "won"}'), ('00000000-0000-4000-8000-0000000000e3', :t, 'three', '{"city": "Kyoto", "stage": "lost"}');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
INSERT INTO table_views (id, table_id, name, query, group_by) VALUES
    ('00000000-0000-4000-8000-0000000000d1', :t, 'Won', '{"filter": {"column": "stage", "op": "is", "value": "won"}, "sort": [{"column": "city"}], "fields": ["name"]}', '["city"]') RETURNING query, group_by;
INSERT INTO table_views (id, table_id, name, owner_id) VALUES ('00000000-0000-4000-8000-0000000000d2', :t, 'Mine', :ann);
INSERT INTO table_views (table_id, name, owner_id) VALUES (:t, 'Not mine', :bob);
INSERT INTO table_views (table_id, name, query) VALUES (:t, 'Wrong', '{"filter": {"column": "stge", "op": "is", "value": "won"}, "sort": 5}');
INSERT INTO table_views (table_id, name, query) VALUES (:t, 'Wrong', '{"after": "x"}');
INSERT INTO table_views (table_id, name, group_by) VALUES (:t, 'Wrong', '["stage", "gone"]');
SELECT record FROM query_view('00000000-0000-4000-8000-0000000000d1');
SELECT record ->> 'name' AS name FROM query_view('00000000-0000-4000-8000-0000000000d1', '{"filter": {"column": "city", "op": "is", "value": "kyoto"}, "fields": null, "limit": 5}');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2", "role": "authenticated"}';
SELECT name FROM table_views ORDER BY name;
SELECT * FROM query_view('00000000-0000-4000-8000-0000000000d2');
UPDATE table_views SET owner_id = :ann RETURNING name;
UPDATE table_views SET owner_id = :bob RETURNING name;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a3", "role": "authenticated"}';
SELECT name FROM table_views;
SELECT * FROM query_view('00000000-0000-4000-8000-0000000000d1');
RESET ROLE;
RESET request.jwt.claims;
-- Names are free to change.
UPDATE table_columns SET name = 'town' WHERE name = 'city';
UPDATE table_columns SET options = '{"choices": [{"id": "w", "name": "signed"}, {"id": "l", "name": "lost"}]}' WHERE name = 'stage';
SELECT record ->> 'name' AS name FROM query_view('00000000-0000-4000-8000-0000000000d1');
SELECT view_problems('00000000-0000-4000-8000-0000000000d1');
-- A column that is gone is told.
DELETE FROM table_columns WHERE name = 'stage';
SELECT view_problems('00000000-0000-4000-8000-0000000000d1');
SELECT * FROM query_view('00000000-0000-4000-8000-0000000000d1');
SELECT restore_column('00000000-0000-4000-8000-0000000000c2');
SELECT view_problems('00000000-0000-4000-8000-0000000000d1');
SELECT view_problems('00000000-0000-4000-8000-0000000000ff');
-- A call's filter beside a view without one; what null and {} say.
SELECT record ->> 'name' AS name FROM query_view('00000000-0000-4000-8000-0000000000d1', '{"filter": {}, "limit": null}');
UPDATE table_views SET query = '{"filter": null, "after": null}' WHERE id = '00000000-0000-4000-8000-0000000000d1';
SELECT count(*) FROM query_view('00000000-0000-4000-8000-0000000000d1', '{"filter": {"column": "town", "op": "is_not_empty"}}');
-- A table takes its views and indexes along when it is deleted, and brings them back.
INSERT INTO table_indexes (table_id, columns) VALUES (:t, '["town"]');
SELECT delete_table(:t);
SELECT count(*) FROM query_view('00000000-0000-4000-8000-0000000000d1');
SELECT restore_table(:t);
SELECT count(*) > 0 AS is_back FROM query_view('00000000-0000-4000-8000-0000000000d1');
SELECT (SELECT count(*) FROM table_views WHERE table_id = :t) AS views, (SELECT count(*) FROM table_indexes WHERE table_id = :t) AS indexes, count(*) AS drift FROM record_index_drift();
SET client_min_messages = error;
DROP OWNED BY authenticated;
DROP ROLE authenticated;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
