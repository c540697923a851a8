-- An import brings ids of its own: a customer of B that was deleted, so that its past in the audit is A's to read; one that moves the sequence to its end, so
-- that nobody gets another; a contact or an account that is B's.
\connect - authenticator
SELECT attack.sign_in('b3');
BEGIN;
DELETE FROM ca.customer_accounts WHERE id = 2;
SELECT attack.sign_in('a3');
SELECT attack.holds(count(*) = 0, 'A does not see B''s past') FROM ca.audit_logs WHERE customer_account_id = 2;
SELECT attack.shows_nothing($$SELECT ca.import_customer(jsonb_build_object('account', jsonb_build_object('id', 2, 'company_name', 'evil', 'customer_type', 'Commercial', 'created_by', attack.id('a3')), 'contacts', '[]'::jsonb))$$, '42501', '23505', '22023', '23503', '23502', '55000');
SELECT attack.shows_nothing($$SELECT * FROM ca.audit_logs$$);
SELECT attack.shows_nothing($$SELECT * FROM rowkit.row_history('ca.customer_accounts', 2::bigint)$$, '42501', '55000', '42704', '02000');
SELECT attack.shows_nothing($$SELECT rowkit.row_as_of('ca.customer_accounts', 2::bigint, now() - interval '1 second')$$, '42501', '55000', '42704', '02000');
SELECT attack.shows_nothing($$INSERT INTO ca.customer_accounts (id, company_name, customer_type) OVERRIDING SYSTEM VALUE VALUES (2, 'evil', 'Commercial') RETURNING id$$, '42501', '23505', '22023', '428C9');
SELECT attack.shows_nothing($$SELECT * FROM ca.audit_logs$$);
ROLLBACK;
-- The end of the sequence, by both tables.
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.shows_nothing(format($$SELECT ca.import_customer(jsonb_build_object('account', jsonb_build_object('id', %s, 'company_name', 'evil', 'customer_type', 'Commercial', 'created_by', attack.id('a3')),
    'contacts', jsonb_build_array(jsonb_build_object('id', %s, 'contact_name', 'x'))))$$, id, id), '42501', '23505', '22023', '22003', '23503', '23502', '55000', '42P17', '2200H')
FROM unnest(ARRAY[9223372036854775807, 9223372036854775806]) AS id;
SELECT attack.refused(format('SELECT setval(%L, 9223372036854775807)', sequence), '42501') FROM unnest('{ca.customer_accounts_id_seq,ca.customer_contacts_id_seq}'::text[]) AS sequence;
SELECT attack.sign_in(NULL);
SELECT attack.refused(format('SELECT setval(%L, 9223372036854775807)', sequence), '42501') FROM unnest('{ca.customer_accounts_id_seq,ca.customer_contacts_id_seq}'::text[]) AS sequence;
SELECT attack.sign_in('b3');
INSERT INTO ca.customer_accounts (company_name, customer_type) VALUES ('BNew', 'Commercial') RETURNING id AS made \gset
INSERT INTO ca.customer_contacts (customer_account_id, contact_name) VALUES (:made, 'x');
-- What is B's.
SELECT attack.sign_in('a3');
SELECT attack.shows_nothing(format($$SELECT ca.import_customer('{"account": {"id": 1, "company_name": "ACo", "customer_type": "Commercial", "created_by": "%s"}, "contacts": [{"id": 2, "contact_name": "stolen"}]}')$$, attack.id('a3')), '42501', '23502', '23503', '23505', '22023');
SELECT attack.shows_nothing(format($$SELECT ca.import_customer('{"account": {"id": 2, "company_name": "ACo", "customer_type": "Commercial", "created_by": "%s"}, "contacts": []}')$$, attack.id('a3')), '42501', '23505', '22023');
SELECT attack.holds(count(*) = 0, 'A sees nothing of B''s customer') FROM ca.customer_accounts WHERE company_name LIKE '%bsecret%';
SELECT attack.refused('UPDATE ca.customer_contacts SET customer_account_id = 2', '42501', '23503');
SELECT attack.refused('INSERT INTO ca.customer_contacts (customer_account_id, contact_name) VALUES (2, ''x'')', '42501', '23503');
-- Somebody else's name under a row: refused, or signed with one's own.
DO $$
BEGIN
    UPDATE ca.customer_accounts SET created_by = attack.id('b3') WHERE id = 1;
    PERFORM attack.holds((SELECT created_by = attack.id('a3') FROM ca.customer_accounts WHERE id = 1), 'created_by stays');
EXCEPTION WHEN insufficient_privilege THEN NULL;
END
$$;
