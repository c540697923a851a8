-- The blueprint's own functions: many records at once, and fields of an import by the names of columns.
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('custom_tables', 'public');
\set a '\'00000000-0000-4000-8000-0000000000a1\''
\set b '\'00000000-0000-4000-8000-0000000000a2\''
\set t '\'00000000-0000-4000-8000-0000000000b1\''
\set u '\'00000000-0000-4000-8000-0000000000b2\''
INSERT INTO organizations (id, name) VALUES (:a, 'Acme'), (:b, 'Beta');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :a, 'Deals'), (:u, :b, 'Deals');
INSERT INTO table_columns (id, table_id, name, type, is_unique, options) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'amount', 'integer', false, '{"min": 0}'), ('00000000-0000-4000-8000-0000000000c2', :t, 'code', 'text', true, '{}'),
    ('00000000-0000-4000-8000-0000000000c3', :t, 'note', 'text', false, '{}'), ('00000000-0000-4000-8000-0000000000c4', :u, 'amount', 'integer', false, '{}');
INSERT INTO table_statuses (table_id, name) VALUES (:t, 'open'), (:t, 'won');
INSERT INTO records (id, table_id, name, status, data)
SELECT ('00000000-0000-4000-8000-0000000000d' || n)::uuid, CASE WHEN n < 4 THEN :t ELSE :u END::uuid, 'r' || n, CASE WHEN n < 4 THEN 'open' END,
    CASE WHEN n < 4 THEN jsonb_build_object('amount', n, 'note', 'n') ELSE '{"amount": 4}' END
FROM generate_series(1, 4) AS n;
SELECT bulk_update_records(ARRAY(SELECT id FROM records WHERE table_id = :t), '{"status": "won", "amount": 5, "note": null}');
SELECT name, status, data FROM records ORDER BY name;
-- All or none.
SELECT bulk_update_records(ARRAY(SELECT id FROM records ORDER BY id), '{"amount": -1}');
SELECT bulk_update_records(ARRAY(SELECT id FROM records WHERE table_id = :t), '{"code": "same"}');
SELECT count(*) FROM records WHERE data ->> 'amount' = '-1' OR data ? 'code';
SELECT bulk_update_records('{}', '{"amount": 1}'), bulk_update_records(NULL, '{"amount": 1}'), bulk_update_records(ARRAY[:t]::uuid[], '{"amount": 1}');
-- Only what the caller may: a member of Acme, with an empty search_path.
CREATE ROLE custom_member;
GRANT USAGE ON SCHEMA public TO custom_member;
GRANT SELECT, INSERT, UPDATE, DELETE ON records TO custom_member;
GRANT SELECT ON tables TO custom_member;
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000f1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000f1', :a, 'member');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000f1"}';
SET ROLE custom_member;
SET search_path = '';
SELECT public.bulk_update_records(ARRAY(SELECT ('00000000-0000-4000-8000-0000000000d' || n)::uuid FROM generate_series(1, 4) AS n), '{"amount": 7}');
SELECT public.bulk_delete_records(ARRAY(SELECT ('00000000-0000-4000-8000-0000000000d' || n)::uuid FROM generate_series(3, 4) AS n));
RESET search_path;
RESET ROLE;
SELECT name, data -> 'amount' AS amount, deleted_at IS NOT NULL AS is_deleted FROM records ORDER BY name;
SELECT map_record_fields('{"Deal": "x", "Betrag": 5, "junk": 1, "note": "n"}', '{"Deal": "name", "Betrag": "amount", "junk": null}'), map_record_fields('{}', '{}');
DROP OWNED BY custom_member;
DROP ROLE custom_member;
