-- customer_accounts in operation: telephone numbers in one form, an archive, a check after a recovery; and all of it for an owner that is no superuser.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
SELECT phone, region, standard_phone(phone, region) FROM (VALUES
    ('(555) 123-4567', 'US'), ('1 555 123 4567', 'US'), ('+81 3-1234-5678', 'US'), ('03-1234-5678', 'JP'), ('(555) 123-4567', NULL), ('(555) 123-4567', 'XX'),
    ('123-4567', 'US'), ('call me', 'US'), ('', 'US'), (NULL, 'US')) AS typed(phone, region);
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
-- The owner: an ordinary role with a schema of its own. Default privileges give end users everything that it makes.
CREATE ROLE regress_owner NOLOGIN;
CREATE SCHEMA crm AUTHORIZATION regress_owner;
GRANT USAGE ON SCHEMA crm TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_owner IN SCHEMA crm GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_owner IN SCHEMA crm GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
SET ROLE regress_owner;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('customer_accounts', 'crm');
SELECT * FROM rowkit.install_blueprint('customer_accounts', 'crm');
SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'crm'::regnamespace;
SELECT * FROM rowkit.isolation_report();
RESET ROLE;
SET search_path = crm, rowkit, public;

-- A user's day on such tables.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
INSERT INTO customer_accounts (company_name, customer_type) VALUES ('Northwind', 'Commercial') RETURNING id, phone_region, created_by, updated_by;
INSERT INTO customer_accounts (company_name, customer_type, phone_region) VALUES ('Tokyo Trading', 'Commercial', 'JP');
INSERT INTO customer_contacts (customer_account_id, contact_name, phone, email) VALUES
    (1, 'Ann', '(555) 123-4567', 'ann@northwind.example'), (1, 'Bob', '+1 555.987.6543', NULL), (1, 'Cy', 'ask at the desk', NULL), (2, 'Sato', '03-1234-5678', NULL);
SELECT contact_name, phone, phone_e164 FROM customer_contacts ORDER BY id;
SELECT contact_name FROM customer_contacts WHERE phone_e164 = standard_phone('555 123 4567', 'US');
-- It follows the number, the customer and the region, and is nobody's to write.
UPDATE customer_contacts SET phone = '555-000-1111' WHERE contact_name = 'Bob' RETURNING phone_e164;
UPDATE customer_contacts SET phone_e164 = '+19999999999' WHERE contact_name = 'Bob' RETURNING phone_e164;
UPDATE customer_contacts SET contact_notes = 'x' WHERE contact_name = 'Bob' RETURNING phone_e164;
UPDATE customer_contacts SET phone = NULL WHERE contact_name = 'Cy' RETURNING phone_e164;
UPDATE customer_accounts SET phone_region = 'US' WHERE id = 2;
SELECT phone_e164 FROM customer_contacts WHERE contact_name = 'Sato';
UPDATE customer_accounts SET phone_region = 'JP' WHERE id = 2;
SELECT phone_e164 FROM customer_contacts WHERE contact_name = 'Sato';
\set VERBOSITY sqlstate
UPDATE customer_accounts SET phone_region = 'Japan' WHERE id = 2;
\set VERBOSITY default
SELECT set_primary_contact(1), set_primary_contact(2);
SELECT contact_name FROM customer_contacts WHERE is_primary_contact;
SELECT row_data ->> 'contact_name' AS found FROM search_rows('customer_contacts', '5551234567');

-- The archive: what is put aside stays readable, and is among the current ones no more.
SELECT archive_customer(2), archive_customer(2), archive_customer(99);
SELECT id, company_name FROM current_customer_accounts;
SELECT id, archived_at IS NOT NULL AS archived FROM customer_accounts ORDER BY id;
SELECT unarchive_customer(2), unarchive_customer(2);
SELECT count(*) FROM current_customer_accounts;
SELECT archive_old_customers(30) AS nothing_is_old;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000e1"}';
SELECT archive_customer(1) AS of_somebody_else, (SELECT count(*) FROM current_customer_accounts) AS seen;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
RESET ROLE;
-- Time passes for one of them; a contact that changed keeps its customer current.
ALTER TABLE customer_accounts DISABLE TRIGGER customer_accounts_updated_at;
ALTER TABLE customer_contacts DISABLE TRIGGER customer_contacts_updated_at;
UPDATE customer_accounts SET updated_at = now() - interval '3 years';
UPDATE customer_contacts SET updated_at = now() - interval '3 years' WHERE customer_account_id = 2;
ALTER TABLE customer_accounts ENABLE TRIGGER customer_accounts_updated_at;
ALTER TABLE customer_contacts ENABLE TRIGGER customer_contacts_updated_at;
SET ROLE authenticated;
SELECT archive_old_customers(730) AS archived, (SELECT string_agg(company_name, ', ') FROM current_customer_accounts) AS current_ones;
SELECT unarchive_customer(2);
-- Export and import carry both, and take exports from before.
SELECT export_customer(2) AS export \gset
SELECT (:'export'::jsonb -> 'account') ? 'phone_region' AS has_region, :'export'::jsonb -> 'contacts' -> 0 ->> 'phone_e164' AS number;
DELETE FROM customer_accounts WHERE id = 2;
SELECT import_customer(:'export');
SELECT phone_region, archived_at, (SELECT phone_e164 FROM customer_contacts WHERE customer_account_id = 2) AS number FROM customer_accounts WHERE id = 2;
DELETE FROM customer_accounts WHERE id = 2;
SELECT import_customer(:'export'::jsonb #- '{account,phone_region}' #- '{account,archived_at}' #- '{contacts,0,phone_e164}');
SELECT phone_region, (SELECT phone_e164 FROM customer_contacts WHERE customer_account_id = 2) AS number FROM customer_accounts WHERE id = 2;
UPDATE customer_accounts SET phone_region = 'JP' WHERE id = 2;
-- The audit tells, and takes back.
SELECT action, count(*) FROM audit_logs WHERE table_name = 'customer_accounts' GROUP BY action ORDER BY action;
DELETE FROM customer_accounts WHERE id = 1;
SELECT undo_transaction(max(transaction_id)) FROM audit_logs WHERE action = 'DELETE';
SELECT company_name, (SELECT count(*) FROM customer_contacts WHERE customer_account_id = 1) AS contacts FROM customer_accounts WHERE id = 1;
\set VERBOSITY sqlstate
DELETE FROM audit_logs;
SELECT nextval('customer_accounts_id_seq');
SELECT * FROM rowkit_objects;
\set VERBOSITY default
RESET ROLE;
RESET request.jwt.claims;
SET ROLE anon;
\set VERBOSITY sqlstate
SELECT count(*) FROM customer_accounts;
SELECT count(*) FROM current_customer_accounts;
\set VERBOSITY default
RESET ROLE;

-- The owner sees and writes all of it, as forced row security lets its policies pass, and signs for whom it says.
SET ROLE regress_owner;
SELECT count(*) AS customers FROM customer_accounts;
INSERT INTO customer_accounts (company_name, customer_type, created_by) VALUES ('By the owner', 'Residential', '00000000-0000-4000-8000-0000000000b1') RETURNING created_by;
UPDATE customer_accounts SET company_name = 'By its owner' WHERE company_name = 'By the owner' RETURNING created_by;
SELECT id AS own FROM customer_accounts WHERE company_name = 'By its owner' \gset
SELECT export_customer(:own) AS export \gset
DELETE FROM customer_accounts WHERE id = :own;
SELECT import_customer(:'export') = :own AS under_its_number;
SELECT created_by FROM customer_accounts WHERE id = :own;
SELECT count(*) > 0 AS parts FROM create_audit_partitions(4) AS made;
SELECT schedule, command FROM schedule_jobs('crm', dry_run => true);
RESET ROLE;
SELECT count(*) > 10 AS attempts, bool_and(is_right) AS all_right FROM prove_isolation('customer_accounts');
SELECT count(*) > 10 AS attempts, bool_and(is_right) AS all_right FROM prove_isolation('customer_contacts');
SET ROLE service_role;
SELECT count(*) AS customers FROM customer_accounts;
UPDATE customer_accounts SET created_by = '00000000-0000-4000-8000-0000000000b1' WHERE id = 1 RETURNING created_by;
RESET ROLE;

-- After a recovery that went wrong: each problem is told once, with what helps; helped, there is none.
SET ROLE regress_owner;
SELECT * FROM check_customer_integrity();
RESET ROLE;
SET session_replication_role = replica;
INSERT INTO customer_contacts (customer_account_id, contact_name, email, phone, is_primary_contact) OVERRIDING SYSTEM VALUE VALUES (777, 'Orphan', NULL, NULL, false);
UPDATE customer_accounts SET billing_address = '{"town": "X"}' WHERE id = 1;
UPDATE customer_accounts SET service_address = '[]' WHERE id = 1;
UPDATE customer_accounts SET search_vector = NULL WHERE id = 2;
UPDATE customer_contacts SET phone_e164 = '+15550000000' WHERE contact_name = 'Ann';
INSERT INTO customer_accounts (id, company_name, customer_type, search_vector) OVERRIDING SYSTEM VALUE VALUES (5000, 'High', 'Residential', '');
RESET session_replication_role;
DROP INDEX idx_customer_contacts_primary;
UPDATE customer_contacts SET is_primary_contact = true WHERE customer_account_id = 1;
ALTER TABLE customer_accounts DISABLE TRIGGER customer_accounts_billing_address;
ALTER TABLE customer_accounts ADD CONSTRAINT late CHECK (company_name <> 'x') NOT VALID;
SET ROLE regress_owner;
SELECT severity, object_name, problem, remedy FROM check_customer_integrity();
ALTER TABLE customer_accounts ENABLE TRIGGER customer_accounts_billing_address;
ALTER TABLE customer_accounts VALIDATE CONSTRAINT late;
UPDATE customer_accounts SET billing_address = '{}', service_address = '{}' WHERE id = 1;
DELETE FROM customer_contacts WHERE customer_account_id = 777;
SELECT setval('crm.customer_accounts_id_seq', 5000);
UPDATE customer_contacts SET phone = phone;
SELECT set_primary_contact(1);
RESET ROLE;
CALL rebuild_search_vectors_in_batches('customer_accounts');
SET ROLE regress_owner;
SELECT * FROM check_customer_integrity();
SELECT kind, identity FROM install_blueprint('customer_accounts', 'crm');
-- An extension that went and came back, and the end.
RESET ROLE;
DROP EXTENSION rowkit CASCADE;
CREATE EXTENSION rowkit;
SET ROLE regress_owner;
SELECT count(*) > 0 AS repaired FROM install_blueprint('customer_accounts', 'crm');
SELECT * FROM check_customer_integrity();
SELECT * FROM isolation_report();
SELECT count(*) > 0 AS gone FROM uninstall_blueprint('customer_accounts', 'crm', 'crm');
RESET ROLE;
SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace;
SET search_path = public, rowkit;
DROP OWNED BY regress_owner;
DROP ROLE anon, authenticated, service_role, regress_owner;
