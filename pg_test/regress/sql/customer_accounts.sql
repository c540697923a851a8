\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
SELECT * FROM install_blueprint('customer_accounts', 'app');
SELECT * FROM install_blueprint('customer_accounts', 'app');

-- What the seed names: columns with type, default and whether they may be NULL; indexes.
SELECT seed.relation, seed.name AS missing_column, seed.type, seed.preset, seed.required
FROM (VALUES
    ('customer_accounts', 'id', 'bigint', NULL, true), ('customer_accounts', 'company_name', 'text', NULL, true),
    ('customer_accounts', 'customer_type', 'text', NULL, true), ('customer_accounts', 'billing_address', 'jsonb', '''{}''::jsonb', false),
    ('customer_accounts', 'service_address', 'jsonb', '''{}''::jsonb', false), ('customer_accounts', 'account_notes', 'text', NULL, false),
    ('customer_accounts', 'tags', 'text[]', '''{}''::text[]', false), ('customer_accounts', 'created_at', 'timestamp with time zone', 'now()', false),
    ('customer_accounts', 'updated_at', 'timestamp with time zone', 'now()', false), ('customer_accounts', 'created_by', 'uuid', NULL, false),
    ('customer_accounts', 'updated_by', 'uuid', NULL, false),
    ('customer_contacts', 'id', 'bigint', NULL, true), ('customer_contacts', 'customer_account_id', 'bigint', NULL, true),
    ('customer_contacts', 'contact_name', 'text', NULL, true), ('customer_contacts', 'email', 'text', NULL, false),
    ('customer_contacts', 'phone', 'text', NULL, false), ('customer_contacts', 'role', 'text', NULL, false),
    ('customer_contacts', 'is_primary_contact', 'boolean', 'false', false), ('customer_contacts', 'contact_notes', 'text', NULL, false),
    ('customer_contacts', 'created_at', 'timestamp with time zone', 'now()', false),
    ('customer_contacts', 'updated_at', 'timestamp with time zone', 'now()', false), ('customer_contacts', 'created_by', 'uuid', NULL, false),
    ('customer_contacts', 'updated_by', 'uuid', NULL, false)) AS seed(relation, name, type, preset, required)
LEFT JOIN pg_attribute AS held ON held.attrelid = to_regclass('app.' || seed.relation) AND held.attname = seed.name AND NOT held.attisdropped
LEFT JOIN pg_attrdef AS preset ON preset.adrelid = held.attrelid AND preset.adnum = held.attnum
WHERE format_type(held.atttypid, held.atttypmod) IS DISTINCT FROM seed.type OR pg_get_expr(preset.adbin, preset.adrelid) IS DISTINCT FROM seed.preset
    OR held.attnotnull IS DISTINCT FROM seed.required OR held.attidentity IS DISTINCT FROM CASE seed.name WHEN 'id' THEN 'a' ELSE '' END;
\pset format unaligned
SELECT seed.name, pg_get_indexdef(to_regclass('app.' || seed.name)) AS definition
FROM unnest(ARRAY['idx_customer_accounts_company_name', 'idx_customer_accounts_customer_type', 'idx_customer_accounts_created_at', 'idx_customer_accounts_tags',
    'idx_customer_contacts_account_id', 'idx_customer_contacts_name', 'idx_customer_contacts_email', 'idx_customer_contacts_primary']) AS seed(name);
\pset format aligned
SELECT relname AS uncommented FROM pg_class WHERE relnamespace = 'app'::regnamespace AND NOT relispartition AND (relkind IN ('r', 'p') OR relname LIKE 'idx%')
    AND obj_description(oid, 'pg_class') IS NULL;
CREATE VIEW public.unindexed AS
SELECT rule.conname FROM pg_constraint AS rule
WHERE rule.contype = 'f' AND rule.connamespace IN (to_regnamespace('app'), to_regnamespace('hosted'))
    AND NOT EXISTS (
        SELECT FROM pg_index AS entry
        WHERE entry.indrelid = rule.conrelid AND entry.indpred IS NULL AND (entry.indkey::int2[])[0:cardinality(rule.conkey) - 1] @> rule.conkey);
TABLE unindexed;

-- A day: customers, their people, the primary one, search, what is refused. As a role that owns nothing here.
-- A backend: row security is looked at below, and in the proof of isolation.
CREATE ROLE regress_clerk BYPASSRLS;
GRANT USAGE ON SCHEMA app, rowkit TO regress_clerk;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.customer_accounts, app.customer_contacts TO regress_clerk;
SET search_path = app, rowkit, public;
SET ROLE regress_clerk;
INSERT INTO customer_accounts (company_name, customer_type, billing_address, tags, account_notes) VALUES
    ('Northwind Plumbing', 'Commercial', '{"street": "123 Main Street", "city": "Anytown", "state": "CA", "zip": "12345", "country": "USA"}',
        '{vip,roof}', 'Pays late'),
    ('株式会社エムロック', 'Commercial', '{}', '{}', NULL), ('Jo Smith', 'Residential', NULL, NULL, NULL) RETURNING id, service_address;
INSERT INTO customer_contacts (customer_account_id, contact_name, email, phone, role, is_primary_contact) VALUES
    (1, 'Ann Lee', 'ann@northwind.example', '(555) 123-4567', 'Owner', true), (1, 'Bob Ray', 'bob@northwind.example', '+1 555.987.6543', 'Site', false),
    (1, 'Cy Doe', NULL, NULL, NULL, NULL), (2, '佐藤', 'ann@northwind.example', '０３－１２３４－５６７８', NULL, true);
SELECT phone FROM customer_contacts ORDER BY id;
SELECT query, (
    SELECT string_agg(row_data ->> 'contact_name', ', ' ORDER BY match_level, row_data ->> 'contact_name') FROM search_rows('customer_contacts', query)) AS found
FROM unnest(ARRAY['5551234567', '555-123-4567', '123 4567', '03-1234-5678', '0312345678', '+81 3 1234 5678', 'lee', 'bob@northwind.example', '佐藤',
    'nobody']) AS query;
SELECT query, (SELECT string_agg(row_data ->> 'company_name', ', ') FROM search_rows('customer_accounts', query)) AS found
FROM unnest(ARRAY['northwind', 'plumb', 'エムロック', '㈱エムロック', 'vip', 'late']) AS query;
SELECT company_name FROM customer_accounts WHERE to_tsvector('english', company_name) @@ to_tsquery('english', 'plumb');
SELECT company_name FROM customer_accounts WHERE tags @> '{roof}';
SELECT set_primary_contact(2), set_primary_contact(2), set_primary_contact(99);
SELECT id, is_primary_contact FROM customer_contacts ORDER BY id;
BEGIN;
SELECT set_primary_contact(3);
ROLLBACK;
SELECT id FROM customer_contacts WHERE is_primary_contact ORDER BY id;
UPDATE customer_accounts SET account_notes = 'Pays early' WHERE id = 1 RETURNING updated_at > created_at AS newer;

-- Every rule once.
CREATE FUNCTION pg_temp.refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text;
    rule text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, rule = CONSTRAINT_NAME;
    RETURN concat_ws(' ', state, nullif(rule, ''));
END
$$;
SELECT pg_temp.refused(statement), statement FROM (VALUES
    ($$INSERT INTO customer_accounts (company_name, customer_type) VALUES ('X', 'Industrial')$$),
    ($$INSERT INTO customer_accounts (company_name, customer_type) VALUES ('', 'Residential')$$),
    ($$INSERT INTO customer_accounts (company_name, customer_type) VALUES (NULL, 'Residential')$$),
    ($$INSERT INTO customer_accounts (company_name) VALUES ('X')$$),
    ($$INSERT INTO customer_accounts (id, company_name, customer_type) VALUES (9, 'X', 'Residential')$$),
    ($$INSERT INTO customer_contacts (customer_account_id, contact_name) VALUES (99, 'X')$$),
    ($$INSERT INTO customer_contacts (customer_account_id, contact_name) VALUES (1, '')$$),
    ($$INSERT INTO customer_contacts (customer_account_id) VALUES (1)$$),
    ($$INSERT INTO customer_contacts (contact_name) VALUES ('X')$$),
    ($$INSERT INTO customer_contacts (customer_account_id, contact_name, email) VALUES (1, 'X', 'ann at northwind')$$),
    ($$INSERT INTO customer_contacts (customer_account_id, contact_name, email) VALUES (1, 'X', 'ANN@northwind.example')$$),
    ($$INSERT INTO customer_contacts (customer_account_id, contact_name, is_primary_contact) VALUES (1, 'X', true)$$),
    ($$UPDATE customer_contacts SET is_primary_contact = true WHERE id = 3$$)) AS wrong(statement);
INSERT INTO customer_accounts (company_name, customer_type, billing_address) VALUES ('X', 'Residential', '{"street": 5, "town": "Y"}');
UPDATE customer_accounts SET service_address = '["street"]' WHERE id = 1;

-- Export and selective restore, in a READ ONLY transaction and with an empty search_path; what came since stays.
BEGIN READ ONLY;
SET LOCAL search_path = '';
SELECT jsonb_pretty(app.export_customer(1) #- '{account,created_at}' #- '{account,updated_at}' #- '{contacts,0}' #- '{contacts,1}' #- '{contacts,0,created_at}'
    #- '{contacts,0,updated_at}') AS part;
SELECT app.export_customer(99);
COMMIT;
CREATE TEMPORARY TABLE kept AS SELECT export_customer(1) AS customer;
DELETE FROM customer_accounts WHERE id = 1;
SELECT count(*) FROM customer_contacts WHERE customer_account_id = 1;
SELECT import_customer(customer) FROM kept;
SELECT export_customer(1) = customer AS same FROM kept;
UPDATE customer_accounts SET company_name = 'Oops', billing_address = NULL WHERE id = 1;
UPDATE customer_contacts SET contact_name = 'Oops' WHERE id = 1;
DELETE FROM customer_contacts WHERE id = 2;
INSERT INTO customer_contacts (customer_account_id, contact_name, is_primary_contact) VALUES (1, 'New', true);
SELECT import_customer(customer) FROM kept;
SELECT company_name, billing_address ->> 'city' AS city FROM customer_accounts WHERE id = 1;
SELECT contact_name, is_primary_contact, email FROM customer_contacts WHERE customer_account_id = 1 ORDER BY id;
-- All or nothing: an address that a newer contact has, a contact that is another customer's by now, what is no export.
DELETE FROM customer_contacts WHERE id = 1;
INSERT INTO customer_contacts (customer_account_id, contact_name, email) VALUES (1, 'Newer', 'Ann@Northwind.example');
SELECT import_customer(customer) FROM kept;
DELETE FROM customer_contacts WHERE contact_name = 'Newer';
UPDATE customer_contacts SET customer_account_id = 3 WHERE id = 3;
\set VERBOSITY terse
SELECT import_customer(customer) FROM kept;
SELECT count(*) FROM customer_contacts WHERE customer_account_id = 1;
SELECT import_customer('{"version": 1}');
SELECT import_customer('[]');
SELECT import_customer(NULL);
\set VERBOSITY verbose
-- In another database the identity columns go on behind what was imported; only for who may move them.
RESET ROLE;
TRUNCATE customer_accounts RESTART IDENTITY CASCADE;
ALTER TABLE customer_contacts ALTER COLUMN id RESTART;
SET ROLE regress_clerk;
SELECT import_customer(jsonb_set(customer, '{account,id}', '7')) FROM kept;
INSERT INTO customer_accounts (company_name, customer_type) VALUES ('Next', 'Residential') RETURNING id;
RESET ROLE;
SELECT import_customer(jsonb_set(customer, '{account,id}', '7')) FROM kept;
INSERT INTO customer_accounts (company_name, customer_type) VALUES ('Next', 'Residential') RETURNING id;
INSERT INTO customer_contacts (customer_account_id, contact_name) VALUES (7, 'Next') RETURNING id;

-- Row security: who does not see a customer cannot export it, nor choose its primary contact; search shows no more.
ALTER ROLE regress_clerk NOBYPASSRLS;
UPDATE customer_accounts SET created_by = '00000000-0000-4000-8000-0000000000a1' WHERE id = 7;
SET ROLE regress_clerk;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT export_customer(7) IS NOT NULL AS seen, set_primary_contact(3), (SELECT count(*) FROM search_rows('customer_contacts', 'northwind')) AS found;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2"}';
SELECT export_customer(7) IS NOT NULL AS seen, set_primary_contact(2), (SELECT count(*) FROM search_rows('customer_contacts', 'northwind')) AS found;
RESET ROLE;
-- The schema can be renamed.
ALTER SCHEMA app RENAME TO customers;
SET search_path = customers, rowkit, public;
SELECT set_primary_contact(2), export_customer(7) -> 'account' ->> 'company_name' AS name;
SELECT import_customer(export_customer(7));
ALTER SCHEMA customers RENAME TO app;
SET search_path = app, rowkit, public;

-- Where auth.users is, created_by and updated_by refer to it; also when it comes later and something is made again.
DROP OWNED BY regress_clerk;
DROP ROLE regress_clerk;
CREATE TABLE public.objects AS SELECT kind, name FROM rowkit_internal._schema_objects('app');
DROP EXTENSION rowkit CASCADE;
CREATE EXTENSION rowkit;
SELECT * FROM install_blueprint('customer_accounts', 'app');
SELECT * FROM install_blueprint('customer_accounts', 'app');
TABLE public.objects EXCEPT SELECT kind, name FROM rowkit_internal._schema_objects('app');
SELECT count(*) FROM search_rows('customer_contacts', '5551234567');
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY);
INSERT INTO auth.users VALUES ('00000000-0000-4000-8000-0000000000a1');
SELECT kind, identity FROM install_blueprint('customer_accounts', 'hosted') WHERE identity ~ '_by_fkey' ORDER BY identity;
INSERT INTO hosted.customer_accounts (company_name, customer_type, created_by) VALUES ('X', 'Residential', '00000000-0000-4000-8000-0000000000a1');
INSERT INTO hosted.customer_accounts (company_name, customer_type, updated_by) VALUES ('X', 'Residential', '00000000-0000-4000-8000-0000000000a2');
DELETE FROM auth.users;
TABLE unindexed;

-- Rollback: uninstall, refused while rows are there.
SELECT * FROM uninstall_blueprint('customer_accounts', 'app');
SELECT * FROM uninstall_blueprint('customer_accounts', 'app', 'app');
SELECT count(*) > 0 AS gone FROM uninstall_blueprint('customer_accounts', 'hosted', 'hosted');
SELECT nspname AS schemas_left FROM pg_namespace WHERE nspname IN ('app', 'hosted');
