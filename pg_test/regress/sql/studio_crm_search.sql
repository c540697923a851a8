-- studio_crm: one search over leads, clients and messages, indexes for JSON and for what is newest, an audit of every table, and a portal that works with the
-- document's own settings.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('studio_crm', 'studio');
GRANT USAGE ON SCHEMA studio TO anon, authenticated, service_role;
SET search_path = studio, rowkit, public;
\set a '''00000000-0000-7000-8000-00000000000a'''
\set b '''00000000-0000-7000-8000-00000000000b'''
INSERT INTO organizations (id, name) VALUES (:a, 'Acme Pilates'), (:b, 'Beta Boxing');
INSERT INTO auth_users (auth_id, email, organization_id, role) VALUES
    ('10000000-0000-4000-8000-0000000000a1', 'ann@acme.example', :a, 'owner'), ('10000000-0000-4000-8000-0000000000b1', 'bob@beta.example', :b, 'owner');
INSERT INTO leads (id, organization_id, first_name, last_name, email, phone, tags, notes, source_details) VALUES
    ('00000000-0000-7000-8000-000000000101', :a, 'Gwen', 'Stacy', 'gwen@example.com', '03-1234-5678', '{vip}', 'Wants to box', '{"campaign": "spring"}'),
    ('00000000-0000-7000-8000-000000000102', :b, 'Gwen', 'Other', 'other@example.com', NULL, DEFAULT, NULL, DEFAULT);
INSERT INTO clients (organization_id, email, first_name, last_name, notes, custom_fields) VALUES
    (:a, 'peter@example.com', 'Peter', 'Parker', 'Friend of Gwen', '{"goal": "strength"}'), (:b, 'pete@example.com', 'Pete', 'Gwenson', NULL, DEFAULT);
INSERT INTO messages (lead_id, channel, direction, from_address, to_address, subject, body, metadata) VALUES
    ('00000000-0000-7000-8000-000000000101', 'email', 'inbound', 'gwen@example.com', 'hello@acme.example', 'A trial class', 'May I come on Monday?', '{"thread": "t1"}');
-- As staff.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "10000000-0000-4000-8000-0000000000a1"}';
SELECT kind, name, address, match_level FROM search_studio('gwen');
SELECT kind, name FROM search_studio('trial');
SELECT kind, name FROM search_studio('1234');
SELECT kind, name FROM search_studio('strength');
SELECT kind, name FROM search_studio('gwen', 1);
SELECT count(*) AS of_another_studio FROM search_studio('gwen', organization_id => :b);
SELECT count(*) AS nothing FROM search_studio('');
UPDATE leads SET notes = 'Moved to yoga' WHERE id = '00000000-0000-7000-8000-000000000101';
SELECT kind, name FROM search_studio('yoga');
RESET ROLE;
RESET request.jwt.claims;
CREATE FUNCTION public.uses(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
        RETURN QUERY SELECT (regexp_match(line, 'Bitmap Index Scan on (idx_\w+)'))[1] WHERE line ~ 'Bitmap Index Scan on idx_\w+(search|metadata|data|details|config)';
    END LOOP;
END
$$;
-- The index serves end users, whom row security holds.
INSERT INTO leads (organization_id, first_name) SELECT :a, 'Lead ' || n FROM generate_series(1, 1000) AS n;
INSERT INTO clients (organization_id, email, first_name) SELECT :a, 'client' || n || '@example.com', 'Client ' || n FROM generate_series(1, 1000) AS n;
INSERT INTO messages (organization_id, channel, direction, from_address, to_address, body) SELECT :a, 'sms', 'inbound', 'a', 'b', 'Message ' || n FROM generate_series(1, 1000) AS n;
ANALYZE leads, clients, messages;
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "10000000-0000-4000-8000-0000000000a1"}';
SET enable_seqscan = off;
SET enable_indexscan = off;
SELECT public.uses(format('SELECT FROM %I AS found WHERE found.organization_id = %L AND rowkit.search_scope(found.organization_id, found.search_vector) @~ rowkit.search_query(''monday'', scope => %L)', name, :a, :a))
FROM unnest(ARRAY['leads']) AS name;
RESET ROLE;
SELECT public.uses(format('SELECT FROM %I WHERE %I @> ''{"k": "v"}''', relation, name)) FROM (VALUES ('leads', 'source_details'), ('messages', 'metadata'),
    ('client_invitations', 'metadata'), ('workflows', 'trigger_config'), ('workflow_executions', 'trigger_data'), ('form_submissions', 'data')) AS filtered(relation, name);
RESET enable_seqscan;
RESET enable_indexscan;
SELECT relname AS without_an_index_of_the_newest FROM pg_class AS class
WHERE relnamespace = 'studio'::regnamespace AND relkind = 'r' AND NOT relispartition AND relname <> 'rowkit_objects'
    AND NOT EXISTS (SELECT FROM pg_indexes WHERE schemaname = 'studio' AND tablename = relname AND indexdef ~ '\((organization_id, )?created_at DESC\)');

-- Every table is audited: a message that was deleted is in the log, and comes back.
SELECT relname AS not_audited FROM pg_class AS class WHERE relnamespace = 'studio'::regnamespace AND relkind = 'r' AND NOT relispartition
    AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = class.oid AND tgfoid = 'rowkit.log_audit_trail'::regproc) ORDER BY relname COLLATE "C";
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "10000000-0000-4000-8000-0000000000a1"}';
INSERT INTO workflows (id, organization_id, name, trigger_type) VALUES ('00000000-0000-7000-8000-000000000201', :a, 'Welcome', 'manual');
INSERT INTO workflow_executions (workflow_id, status) VALUES ('00000000-0000-7000-8000-000000000201', 'running');
UPDATE workflow_executions SET status = 'completed';
DELETE FROM messages WHERE subject = 'A trial class';
SELECT table_name, action, old_data ->> 'subject' AS subject, old_data ->> 'status' AS old_status, new_data ->> 'status' AS new_status, new_data ? 'search_vector' AS has_vector
FROM audit_logs WHERE table_name IN ('messages', 'workflow_executions') AND user_id IS NOT NULL ORDER BY created_at, id;
SELECT undo_transaction(max(transaction_id)) FROM audit_logs WHERE table_name = 'messages' AND action = 'DELETE';
SELECT kind, name FROM search_studio('trial');

-- The portal signs its clients in by itself, and says who they are by the document's settings.
RESET request.jwt.claims;
SET jwt.claims.email = 'Peter@example.com';
SET jwt.claims.organization_id = '00000000-0000-7000-8000-00000000000a';
SELECT first_name, notes FROM clients;
UPDATE clients SET phone = '555 1234' RETURNING first_name, phone;
\set VERBOSITY sqlstate
UPDATE clients SET membership_status = 'vip';
UPDATE clients SET email = 'mole@example.com';
DELETE FROM clients;
INSERT INTO clients (organization_id, email) VALUES ('00000000-0000-7000-8000-00000000000a', 'mole@example.com');
SELECT password_hash FROM clients;
\set VERBOSITY default
SELECT (SELECT count(*) FROM leads) AS leads, (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM organizations) AS organizations;
SELECT count(*) AS left FROM clients;
SET jwt.claims.organization_id = '00000000-0000-7000-8000-00000000000b';
SELECT count(*) AS of_another_studio FROM clients;
SET jwt.claims.organization_id = 'nonsense';
SELECT count(*) AS malformed FROM clients;
SET jwt.claims.organization_id = '';
SELECT count(*) AS without_a_studio FROM clients;
SET jwt.claims.organization_id = '00000000-0000-7000-8000-00000000000a';
SET jwt.claims.email_verified = 'false';
SELECT count(*) AS said_to_be_unverified FROM clients;
SET jwt.claims.email_verified = '';
-- A token must say that somebody checked the address: as JSON, or one whose user PostGraphile tells.
SET jwt.claims.sub = '10000000-0000-4000-8000-0000000000f1';
SELECT count(*) AS user_of_a_token FROM clients;
SET jwt.claims.sub = '';
SET jwt.claims.user_id = '10000000-0000-4000-8000-0000000000f1';
SELECT count(*) AS user_of_a_token FROM clients;
SET jwt.claims.email_verified = 'true';
SELECT count(*) AS verified_user_of_a_token FROM clients;
SET jwt.claims.user_id = '';
SET jwt.claims.email_verified = '';
SET request.jwt.claims = '{"email": "peter@example.com", "organization_id": "00000000-0000-7000-8000-00000000000a"}';
SELECT count(*) AS by_json FROM clients;
SET request.jwt.claims = '{"email": "peter@example.com", "organization_id": "00000000-0000-7000-8000-00000000000a", "email_verified": true}';
SELECT count(*) AS by_json_verified FROM clients;
SET request.jwt.claims = '{}';
SELECT count(*) AS by_json_of_nobody FROM clients;
SET request.jwt.claims = '';
SET jwt.claims.email = '';
SELECT count(*) AS nobody FROM clients;
-- The third setting shows the invitation, to who holds its token.
RESET ROLE;
SELECT token FROM invite_client('mary@example.com', organization_id => :a) \gset
SELECT set_config('jwt.claims.invitation_token', :'token', false) = :'token' AS told;
SET ROLE authenticated;
SELECT email, is_claimed FROM client_invitations;
SET jwt.claims.invitation_token = 'nonsense';
SELECT count(*) FROM client_invitations;
RESET ROLE;

SET search_path = public, rowkit;
SELECT * FROM isolation_report();
DROP SCHEMA studio CASCADE;
DROP FUNCTION public.uses;
DROP ROLE anon, authenticated, service_role;
