-- A unique value that comes twice in a file is told alike whatever the size of the batches; one that a record has is told otherwise.
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
CREATE FUNCTION problems(rows_at_once integer, options jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE import_id CONSTANT uuid := begin_import('00000000-0000-4000-8000-00000000000b', 'a.csv'); progress jsonb;
BEGIN
    PERFORM append_import(import_id, 1, convert_to(E'name,sku,price\nOld,o1,5\nAnn,a,1\nBob,b,2\nAn2,A,3\nBo2,b,4\nOl2,o1,5\nOlder,O2,6\nEve,,7\nFay,,8\n', 'UTF8'));
    LOOP
        progress := continue_import(import_id, rows_at_once, options);
        EXIT WHEN (progress ->> 'is_done')::boolean;
    END LOOP;
    PERFORM undo_import(import_id);
    RETURN (SELECT jsonb_agg(format('%s %s: %s', problem.row_number, problem.column_name, problem.code) ORDER BY problem.row_number) FROM import_errors(import_id) AS problem);
END $$;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}';
SELECT options, rows_at_once, problem
FROM jsonb_array_elements('[{}, {"match_on": "sku", "on_match": "skip"}, {"match_on": "sku", "on_match": "replace"}, {"match_on": "name"}]') AS options
CROSS JOIN LATERAL unnest('{1,3,1000}'::integer[]) AS rows_at_once
CROSS JOIN LATERAL jsonb_array_elements_text(problems(rows_at_once, options)) WITH ORDINALITY AS problem(problem, place)
ORDER BY options, problem, rows_at_once;
RESET ROLE; RESET request.jwt.claims;
SET client_min_messages = error;
DROP OWNED BY authenticated, service_role;
DROP ROLE authenticated, service_role;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
