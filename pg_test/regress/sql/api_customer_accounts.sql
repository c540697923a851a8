-- What applications of customer_accounts call, as PostgREST calls it: an end user, named arguments, and nothing but the blueprint's schema on the search_path.
\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('customer_accounts', 'app');
GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;
SET search_path = app;

-- Ann and her customers.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT id AS acme, company_name, billing_address, tags, phone_region, created_by FROM create_customer(
    account => '{"company_name": "Acme Roofing", "customer_type": "Commercial", "billing_address": {"city": "Anytown"}, "tags": ["vip"]}',
    contacts => '[{"contact_name": "Kim Lee", "email": "kim@acme.example", "phone": "(202) 555-0123", "is_primary_contact": true}, {"contact_name": "Lou"}]') \gset
SELECT :'company_name' AS company_name, :'billing_address' AS billing_address, :'tags' AS tags, :'phone_region' AS phone_region, :'created_by' AS created_by;
SELECT company_name, account_notes FROM create_customer_account(account => '{"company_name": "Baker", "customer_type": "Residential", "account_notes": "likes roofs"}');
SELECT contact_name, is_primary_contact, phone_e164 FROM create_customer_contacts(
    customer_account_id => :acme, contacts => '[{"contact_name": "Max", "phone": "202-555-0199"}, {"contact_name": "Ned", "email": "ned@acme.example"}]');
-- All or none.
SELECT * FROM create_customer(account => '{"company_name": "None", "customer_type": "Commercial"}', contacts => '[{"contact_name": "A"}, {"contact_name": ""}]');
SELECT * FROM create_customer(account => '{"company_name": "None", "customer_type": "Other"}');
SELECT * FROM create_customer_contacts(customer_account_id => :acme, contacts => '[{"contact_name": "Again", "email": "KIM@acme.example"}]');
SELECT company_name, (SELECT count(*) FROM customer_contacts WHERE customer_account_id = account.id) AS contacts FROM customer_accounts AS account ORDER BY id;
SELECT company_name FROM search_customers(query => 'roof');
SELECT company_name FROM search_customers(query => 'roof', max_rows => 1);
SELECT count(*) FROM search_customers(query => '');
SELECT contact_name FROM search_contacts(query => '555 0199');
SELECT contact_name FROM search_contacts(query => 'ki');
SELECT contact_name FROM find_contacts_by_phone(phone => '+1 202 555 0123');
SELECT contact_name FROM find_contacts_by_phone(phone => '2025550123', phone_region => 'US');
SELECT count(*) FROM find_contacts_by_phone(phone => 'none');
SELECT customer_type, customer_count, archived_count, contact_count, last_created_at IS NOT NULL AS is_dated FROM customer_statistics();
SELECT archive_customer(customer_account_id => :acme), unarchive_customer(customer_account_id => :acme);
SELECT set_primary_contact(contact_id => (SELECT id FROM customer_contacts WHERE contact_name = 'Lou'));
SELECT action, user_id IS NOT NULL AS signed FROM customer_history(customer_account_id => :acme) LIMIT 1;
UPDATE customer_accounts SET company_name = 'Oops' WHERE id = :acme;
SELECT undo_transaction(transaction => (SELECT transaction FROM customer_history(customer_account_id => :acme) ORDER BY created_at DESC LIMIT 1));
SELECT company_name FROM customer_accounts WHERE id = :acme;

-- A stranger gets nothing.
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT count(*) FROM search_customers(query => 'roof');
SELECT count(*) FROM search_contacts(query => 'kim');
SELECT count(*) FROM find_contacts_by_phone(phone => '+12025550123');
SELECT count(*) FROM customer_statistics();
SELECT * FROM create_customer_contacts(customer_account_id => :acme, contacts => '[{"contact_name": "Mine"}]');
SELECT archive_customer(customer_account_id => :acme), unarchive_customer(customer_account_id => :acme);
SELECT count(*) FROM customer_history(customer_account_id => :acme);
RESET ROLE;
SELECT transaction FROM audit_logs WHERE action = 'UPDATE' ORDER BY id DESC LIMIT 1 \gset
SET ROLE authenticated;
SELECT undo_transaction(transaction => :'transaction');
-- Visitors have no rights on the tables.
SET ROLE anon;
SELECT count(*) FROM search_customers(query => 'roof');
RESET ROLE;
ALTER TABLE customer_accounts ADD COLUMN region text DEFAULT 'north';
SELECT company_name, region FROM search_customers(query => 'baker');

SELECT one.oid::regprocedure AS one, other.oid::regprocedure AS other
FROM pg_proc AS one JOIN pg_proc AS other ON other.pronamespace = one.pronamespace AND other.proname = one.proname AND other.oid > one.oid
WHERE one.pronamespace = 'app'::regnamespace AND one.proargnames[1:one.pronargs] IS NOT DISTINCT FROM other.proargnames[1:other.pronargs];
SELECT oid::regprocedure AS takes_a_relation FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND 'regclass'::regtype = ANY (proargtypes::oid[]);
SELECT oid::regprocedure AS without_a_summary FROM pg_proc
WHERE pronamespace = 'app'::regnamespace AND prorettype <> 'trigger'::regtype AND obj_description(oid, 'pg_proc') !~ '^[^\n]{10,160}\.\n[^\n]'
ORDER BY 1;
RESET search_path;
DROP SCHEMA app CASCADE;
DROP ROLE anon, authenticated, service_role;
