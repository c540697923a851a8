-- Columns that name a person or a token: an end user writes their own name there, or a member's, and changes none. Each line is one request.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
SELECT blueprint, (SELECT count(*) > 0 FROM rowkit.install_blueprint(blueprint, blueprint)) AS installed FROM rowkit.blueprints();
SELECT format('GRANT USAGE ON SCHEMA %I TO anon, authenticated, service_role', blueprint) FROM rowkit.blueprints() \gexec
-- Tenants a and b; people a1 and b1 are owners, a2 and b2 admins, a3 and b3 members.
CREATE FUNCTION public.id(word text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT (rpad(replace(word, '_', ''), 8, right(word, 1)) || '-0000-4000-8000-000000000000')::uuid $$;
CREATE TABLE public.person AS
SELECT word, public.id(word) AS id, word || '@example.com' AS email, public.id(left(word, 1) || '0') AS tenant, role
FROM (VALUES ('a1', 'owner'), ('a2', 'admin'), ('a3', 'member'), ('b1', 'owner'), ('b2', 'admin'), ('b3', 'member')) AS given(word, role);
CREATE FUNCTION public.ask(word text, command text, claims jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text;
    rows bigint;
BEGIN
    claims := coalesce((SELECT jsonb_build_object('sub', person.id, 'email', person.email, 'email_verified', true) FROM public.person WHERE person.word = ask.word), '{}') || claims;
    PERFORM set_config('request.jwt.claims', claims::text, true);
    SET LOCAL ROLE authenticated;
    BEGIN
        IF command ~ '^SELECT| RETURNING ' THEN
            EXECUTE command INTO told;
        ELSE
            EXECUTE command;
        END IF;
        GET DIAGNOSTICS rows = ROW_COUNT;
        told := coalesce(told, rows || CASE rows WHEN 1 THEN ' row' ELSE ' rows' END);
    EXCEPTION WHEN OTHERS THEN
        told := SQLSTATE || ' ' || SQLERRM;
    END;
    RESET ROLE;
    PERFORM set_config('request.jwt.claims', '', true);
    RETURN told;
END
$$;

SET search_path = data_catalog, rowkit, public;
INSERT INTO accounts (id, name, max_users, max_projects) VALUES (id('a0'), 'A', 10, 10), (id('b0'), 'B', 10, 10);
INSERT INTO users (id, email) SELECT id, email FROM person;
INSERT INTO account_users (account_id, user_id, role) SELECT tenant, id, role FROM person;
INSERT INTO connections (id, account_id, name, connection_type, database_name) VALUES (id('ca'), id('a0'), 'CA', 'pg', 'own'), (id('cb'), id('b0'), 'CB', 'pg', 'secret_of_b');
INSERT INTO projects (id, account_id, name) VALUES (id('fa'), id('a0'), 'PA');

-- API tokens: one's own, now and later.
SELECT ask('a2', $$SELECT token FROM create_api_token(id('a0'), 'mine', '{*}')$$) AS token \gset
SELECT token_id AS mine FROM validate_api_token(:'token') \gset
SELECT ask('a2', format($$UPDATE api_tokens SET user_id = id('a1') WHERE id = %L$$, :'mine'));
SELECT ask('a2', format($$UPDATE api_tokens SET user_id = NULL WHERE id = %L$$, :'mine'));
SELECT ask('a2', format($$UPDATE api_tokens SET created_by = id('a1') WHERE id = %L RETURNING created_by = id('a2')$$, :'mine'));
SELECT ask('a2', format($$UPDATE api_tokens SET token_hash = '\x00' WHERE id = %L$$, :'mine'));
SELECT ask('a2', format($$UPDATE api_tokens SET key_id = 'k', rotated_from_id = id WHERE id = %L$$, :'mine'));
SELECT ask('a2', format($$UPDATE api_tokens SET name = 'renamed', scopes = '["read:*"]' WHERE id = %L$$, :'mine'));
SELECT ask('a2', $$INSERT INTO api_tokens (account_id, user_id, name, key_id, token_hash) VALUES (id('a0'), id('a1'), 'x', 'k1', '\x00')$$);
SELECT ask('a2', $$INSERT INTO api_tokens (account_id, user_id, name, key_id, token_hash) VALUES (id('a0'), NULL, 'x', 'k1', '\x00')$$);
SELECT ask('a1', format($$INSERT INTO api_tokens (account_id, user_id, name, key_id, token_hash, rotated_from_id) VALUES (id('a0'), id('a1'), 'x', 'k1', '\x00', %L)$$, :'mine'));
SELECT ask('a2', format($$SELECT count(*) FROM rotate_api_token(%L, '1 hour')$$, :'mine'));
-- It is worth what its user is at that moment, by the table that says who belongs to the account.
INSERT INTO project_users (account_id, project_id, user_id, role) VALUES (id('a0'), id('fa'), id('a2'), 'owner');
UPDATE account_users SET role = 'viewer' WHERE user_id = id('a2');
SELECT scopes, is_valid FROM validate_api_token(:'token');
SELECT scopes, is_valid FROM validate_api_token(:'token', membership => 'project_users');
UPDATE account_users SET is_active = false WHERE user_id = id('a2');
SELECT scopes, is_valid FROM validate_api_token(:'token');
UPDATE account_users SET is_active = true, role = 'admin' WHERE user_id = id('a2');

-- Invitations: by the function alone, and only as long as who invited belongs to the account.
SELECT generate_api_token() AS own \gset
SELECT ask('a2', format($$INSERT INTO invitations (account_id, email, role, token_hash) VALUES (id('a0'), 'a2@example.com', 'admin', decode(hash_api_token(%L), 'hex'))$$, :'own'));
SELECT ask('a2', format($$INSERT INTO invitations (account_id, email, role, token_hash, invited_by) VALUES (id('a0'), 'a2@example.com', 'admin', decode(hash_api_token(%L), 'hex'), id('a2'))$$, :'own'));
SELECT ask('a3', $$SELECT token FROM create_invitation(id('a0'), 'x@example.com', 'viewer')$$);
SELECT ask('a2', $$SELECT token FROM create_invitation(id('a0'), 'b3@example.com', 'admin')$$) AS token \gset
SELECT ask('a2', format($$UPDATE invitations SET token_hash = decode(hash_api_token(%L), 'hex')$$, :'own'));
SELECT ask('a2', $$UPDATE invitations SET invited_by = id('a1')$$);
SELECT ask('a2', $$UPDATE invitations SET accepted_at = NULL, accepted_by = id('a1')$$);
SELECT ask('b3', format($$SELECT role FROM accept_invitation(%L)$$, :'token'), '{"email": "other@example.com", "email_verified": false}');
SELECT ask('b3', format($$SELECT role FROM accept_invitation(%L)$$, :'token'), '{"email_verified": false}');
SELECT ask('b3', 'SELECT count(*) FROM invitations'), ask('b3', 'SELECT count(*) FROM invitations', '{"email_verified": false}');
UPDATE account_users SET is_active = false WHERE user_id = id('a2');
SELECT ask('b3', format($$SELECT role FROM accept_invitation(%L)$$, :'token'));
UPDATE account_users SET is_active = true WHERE user_id = id('a2');
SELECT ask('b3', format($$SELECT role FROM accept_invitation(%L)$$, :'token'));
DELETE FROM account_users WHERE user_id = id('b3') AND account_id = id('a0');
SELECT ask('a2', $$SELECT count(*) FROM create_invitation(id('a0'), 'c1@example.com', 'viewer')$$), ask('a2', $$SELECT count(*) FROM create_invitation(id('a0'), 'C1@example.com', 'member')$$);
SELECT ask('a2', $$SELECT soft_delete('invitations', id) FROM invitations WHERE email = 'C1@example.com'$$);

-- Memberships name others; whom they name stays. Who works on a project, or answers for something, belongs to the account.
SELECT ask('a1', $$UPDATE account_users SET user_id = id('b1') WHERE user_id = id('a3')$$);
SELECT ask('a1', $$UPDATE account_users SET invited_by = id('a2') WHERE user_id = id('a3')$$);
SELECT ask('a1', $$UPDATE account_users SET invitation_id = id WHERE user_id = id('a3')$$);
SELECT ask('a1', $$INSERT INTO account_users (account_id, user_id, invited_by) VALUES (id('a0'), id('b3'), id('a2'))$$);
SELECT ask('a1', $$INSERT INTO account_users (account_id, user_id, invited_by) VALUES (id('a0'), id('b3'), id('a1'))$$);
SELECT ask('a1', $$DELETE FROM account_users WHERE user_id = id('b3')$$);
SELECT ask('a1', $$INSERT INTO project_users (project_id, user_id) VALUES (id('fa'), id('b1'))$$);
SELECT ask('a1', $$INSERT INTO project_users (project_id, user_id) VALUES (id('fa'), id('99'))$$);
SELECT ask('a1', $$INSERT INTO project_users (project_id, user_id) VALUES (id('fa'), id('a3'))$$);
SELECT ask('a1', $$UPDATE project_users SET user_id = id('a1') WHERE user_id = id('a3')$$);
SELECT ask('a3', $$INSERT INTO projects (account_id, name, created_by) VALUES (id('a0'), 'made', id('a1')) RETURNING concat_ws(' ', owner_id = id('a3'), created_by = id('a3'))$$);
SELECT ask('a3', $$INSERT INTO projects (account_id, name, owner_id) VALUES (id('a0'), 'given', id('b1'))$$);
SELECT ask('a3', $$INSERT INTO projects (account_id, name, owner_id) VALUES (id('a0'), 'given', id('a2'))$$);
SELECT ask('a3', $$UPDATE projects SET owner_id = id('b1') WHERE name = 'made'$$);
SELECT ask('a3', $$UPDATE projects SET owner_id = id('a2') WHERE name = 'made'$$);
SELECT ask('a3', $$UPDATE diagrams SET owner_id = id('b1')$$), ask('a3', $$INSERT INTO diagrams (account_id, name, owner_id) VALUES (id('a0'), 'D', id('b1'))$$);
-- Who deleted something stays who deleted it.
SELECT ask('a3', $$SELECT soft_delete('projects', id('fa'))$$);
SELECT ask('a3', $$UPDATE projects SET deleted_by = id('a1') WHERE id = id('fa')$$);
SELECT ask('a3', $$UPDATE projects SET deleted_by = id('a1') WHERE name = 'made'$$);
SELECT ask('a3', $$INSERT INTO projects (account_id, name, deleted_by) VALUES (id('a0'), 'x', id('a1'))$$);
SELECT name, deleted_by = id('a3') AS by_a3 FROM projects WHERE deleted_by IS NOT NULL;
-- What is told of another tenant's connection: nothing, not even before the foreign key refuses.
SELECT ask('a3', $$INSERT INTO datasets (account_id, connection_id, name) VALUES (id('a0'), id('ca'), 'd') RETURNING fqn$$);
SELECT ask('a3', $$INSERT INTO datasets (account_id, connection_id, name) VALUES (id('a0'), id('cb'), 'd') RETURNING fqn$$);
SELECT ask('a3', $$UPDATE datasets SET connection_id = id('cb') RETURNING fqn$$);
ALTER TABLE datasets DROP CONSTRAINT datasets_connection_id_account_id_fkey;
SELECT ask('a3', $$INSERT INTO datasets (account_id, connection_id, name) VALUES (id('a0'), id('cb'), 'd') RETURNING coalesce(fqn, 'no name')$$);

SET search_path = lead_intelligence, rowkit, public;
INSERT INTO workspaces (id, name) VALUES (id('a0'), 'A'), (id('b0'), 'B');
INSERT INTO users (id, workspace_id, auth_user_id, email, role) SELECT id('e' || left(word, 1) || right(word, 1)), tenant, id, email, role FROM person;
SELECT ask('a3', $$INSERT INTO saved_searches (user_id, name) VALUES (id('ea3'), 'mine')$$);
SELECT ask('a3', $$INSERT INTO saved_searches (user_id, name) VALUES (id('ea1'), 'yours')$$);
SELECT ask('a3', $$UPDATE saved_searches SET user_id = id('ea1')$$), ask('a2', $$UPDATE saved_searches SET name = 'ours'$$), ask('a2', $$UPDATE saved_searches SET user_id = id('ea2')$$);
SELECT ask('a3', $$INSERT INTO export_jobs (user_id) VALUES (id('ea1'))$$), ask('a3', $$INSERT INTO saved_people_searches (user_id, name) VALUES (id('ea1'), 'x')$$);
SELECT ask('a3', $$INSERT INTO people_search_results (user_id) VALUES (id('ea1'))$$), ask('a3', $$INSERT INTO people_search_results (user_id) VALUES (id('ea3'))$$);
SELECT ask('a3', $$INSERT INTO notification_preferences (user_id) VALUES (id('ea1'))$$), ask('a3', $$INSERT INTO notification_preferences (user_id) VALUES (id('ea3'))$$);
SELECT ask('a3', $$INSERT INTO queries (workspace_id, name, created_by) VALUES (id('a0'), 'Q', id('ea1')) RETURNING created_by = id('ea3')$$);
SELECT ask('a1', $$UPDATE users SET auth_user_id = id('99') WHERE id = id('ea3')$$), ask('a1', $$UPDATE users SET full_name = 'A' WHERE id = id('ea3')$$);

SET search_path = custom_tables, rowkit, public;
SELECT ask('a1', $$INSERT INTO users (id, email) VALUES (id('a1'), 'b1@example.com')$$);
SELECT ask('a1', $$INSERT INTO users (id, email) VALUES (id('a1'), 'a1@example.com')$$, '{"email_verified": false}');
SELECT ask('a1', $$INSERT INTO users (id) VALUES (id('a1'))$$), ask('a1', $$UPDATE users SET email = 'b1@example.com'$$), ask('a1', $$UPDATE users SET email = 'A1@example.com'$$);
SELECT ask('a1', $$UPDATE users SET name = 'Ann'$$, '{"email": "new@example.com"}'), ask('a1', $$UPDATE users SET email = 'new@example.com'$$, '{"email": "new@example.com"}');
INSERT INTO organizations (id, name) VALUES (id('a0'), 'A');
INSERT INTO users (id, email) SELECT id, email FROM person WHERE word <> 'a1';
INSERT INTO user_organizations (organization_id, user_id, role) SELECT tenant, id, role FROM person WHERE tenant = id('a0');
SELECT ask('a1', $$UPDATE user_organizations SET user_id = id('b1') WHERE user_id = id('a3')$$), ask('a1', $$UPDATE user_organizations SET role = 'viewer' WHERE user_id = id('a3')$$);

SET search_path = studio_crm, rowkit, public;
INSERT INTO organizations (id, name) VALUES (id('a0'), 'A'), (id('b0'), 'B');
INSERT INTO auth_users (id, auth_id, email, organization_id, role) SELECT id('d' || left(word, 1) || right(word, 1)), id, email, tenant, role FROM person;
INSERT INTO clients (organization_id, email, password_hash) VALUES (id('a0'), 'kim@example.com', 'kept'), (id('a0'), 'lee@example.com', NULL);
SELECT ask('a1', $$UPDATE auth_users SET auth_id = id('99') WHERE id = id('da3')$$), ask('a1', $$UPDATE auth_users SET full_name = 'Al' WHERE id = id('da3')$$);
-- A login belongs to one studio: admins do not bind one, owners do.
SELECT ask('a2', $$INSERT INTO auth_users (auth_id, email, organization_id) VALUES (id('c1'), 'c1@example.com', id('a0'))$$);
SELECT ask('a1', $$INSERT INTO auth_users (auth_id, email, organization_id) VALUES (id('c1'), 'c1@example.com', id('a0'))$$), ask('a2', $$UPDATE auth_users SET is_active = false WHERE auth_id = id('c1')$$);
-- Invitations: by the function alone. A client who has a password keeps it, and proves no address by a token that staff know.
SELECT ask('a3', $$INSERT INTO client_invitations (organization_id, email, invitation_token) VALUES (id('a0'), 'x@example.com', rowkit.hash_api_token('mine'))$$);
SELECT ask('a3', $$INSERT INTO client_invitations (organization_id, email, invitation_token) SELECT id('a0'), 'x@example.com', rowkit.hash_api_token(rowkit_internal._new_invitation_token('client_invitations'))$$);
SELECT ask('a3', $$INSERT INTO client_invitations (organization_id, email, invitation_token, invited_by) SELECT id('a0'), 'x@example.com', rowkit.hash_api_token(rowkit_internal._new_invitation_token('client_invitations')), id('da1')$$);
SELECT ask('b3', $$SELECT token FROM invite_client('kim@example.com', organization_id => id('a0'))$$);
SELECT ask('nobody', $$SELECT token FROM invite_client('kim@example.com', organization_id => id('a0'))$$);
SELECT ask('a3', $$SELECT token FROM invite_client('Kim@example.com')$$) AS token \gset
SELECT ask('a3', $$UPDATE client_invitations SET invited_by = NULL$$), ask('a3', $$SELECT invited_by = id('da3') FROM client_invitations$$);
SELECT ask('a3', format($$SELECT email FROM claim_invitation(%L, 'stolen')$$, :'token'));
SELECT ask('a3', $$SELECT token FROM invite_client('lee@example.com')$$) AS token \gset
SELECT ask('nobody', format($$SELECT email FROM claim_invitation(%L, 'first')$$, :'token'));
SELECT email, password_hash, password_set_at IS NOT NULL AS set, email_verified, invitation_id IS NOT NULL AS invited FROM clients ORDER BY email;
SELECT ask('a3', $$UPDATE clients SET email_verified = true$$), ask('a3', $$UPDATE clients SET notes = 'x'$$);
SELECT ask('a3', $$SELECT token FROM invite_client('new@example.com')$$) AS token \gset
UPDATE auth_users SET is_active = false WHERE id = id('da3');
SELECT ask('nobody', format($$SELECT coalesce(max(email), 'nothing') FROM claim_invitation(%L)$$, :'token'));
UPDATE auth_users SET is_active = true WHERE id = id('da3');
SELECT ask('nobody', format($$SELECT coalesce(max(email), 'nothing') FROM claim_invitation(%L)$$, :'token'));
-- A form of another organization says nothing of itself, open or closed; nor does one's own take more when it is closed.
INSERT INTO forms (id, organization_id, name, fields, is_active) VALUES (id('fb'), id('b0'), 'secret', '[{"name": "topic", "type": "select", "required": true, "options": {"choices": ["mergers"]}}]', false),
    (id('fa'), id('a0'), 'open', '[]', true), (id('fc'), id('a0'), 'closed', '[]', false);
SELECT ask('a3', $$INSERT INTO form_submissions (organization_id, form_id, data) VALUES (id('a0'), id('fb'), '{}')$$);
SELECT ask('a3', $$INSERT INTO form_submissions (organization_id, form_id, data) VALUES (id('a0'), id('99'), '{}')$$);
SELECT ask('a3', $$INSERT INTO form_submissions (form_id, data) VALUES (id('fa'), '{}')$$);
SELECT ask('a3', $$UPDATE form_submissions SET form_id = id('fb')$$);
SELECT ask('a3', $$UPDATE form_submissions SET form_id = id('99')$$);
SELECT ask('a3', $$UPDATE form_submissions SET form_id = id('fc')$$), ask('a3', $$UPDATE form_submissions SET data = '{}'$$);

SET search_path = customer_accounts, rowkit, public;
SELECT ask('b3', $$INSERT INTO customer_accounts (company_name, customer_type, account_notes) VALUES ('B', 'Commercial', 'secret') RETURNING id$$);
SELECT ask('a3', $$INSERT INTO customer_accounts (company_name, customer_type) VALUES ('A', 'Commercial') RETURNING id$$);
SELECT ask('a3', $$INSERT INTO customer_contacts (customer_account_id, contact_name) VALUES (2, 'kept') RETURNING id$$);
SELECT ask('a3', $$SELECT import_customer('{"account": {"id": 1, "company_name": "evil", "customer_type": "Commercial"}, "contacts": []}')$$);
SELECT ask('b3', $$INSERT INTO customer_contacts (customer_account_id, contact_name) VALUES (1, 'of b') RETURNING id$$);
SELECT ask('a3', $$SELECT import_customer('{"account": {"id": 2, "company_name": "A", "customer_type": "Commercial"}, "contacts": [{"id": 2, "contact_name": "stolen"}]}')$$);
SELECT ask('b3', $$DELETE FROM customer_accounts$$);
-- Nobody gets the past of a number that was somebody else's, by an import or by hand, nor takes one that was not given out.
SELECT ask('a3', $$SELECT import_customer('{"account": {"id": 1, "company_name": "evil", "customer_type": "Commercial"}, "contacts": [{"id": 9223372036854775807, "contact_name": "c"}]}')$$);
SELECT ask('a3', $$SELECT import_customer('{"account": {"id": 9223372036854775807, "company_name": "evil", "customer_type": "Commercial"}, "contacts": []}')$$);
SELECT ask('a3', $$INSERT INTO customer_accounts (id, company_name, customer_type) OVERRIDING SYSTEM VALUE VALUES (1, 'evil', 'Commercial')$$);
SELECT ask('a3', $$INSERT INTO customer_accounts (id, company_name, customer_type) OVERRIDING SYSTEM VALUE VALUES (9223372036854775807, 'evil', 'Commercial')$$);
SELECT ask('a3', $$INSERT INTO customer_contacts (id, customer_account_id, contact_name) OVERRIDING SYSTEM VALUE VALUES (9223372036854775807, 2, 'evil')$$);
SELECT ask('a3', $$SELECT count(*) FROM audit_logs WHERE customer_account_id = 1$$);
SELECT id, company_name FROM customer_accounts ORDER BY id;
SELECT id, customer_account_id, contact_name FROM customer_contacts ORDER BY id;
-- What one deleted oneself comes back as it was, its contacts too.
SELECT ask('a3', 'SELECT export_customer(2)') AS export \gset
SELECT ask('a3', 'DELETE FROM customer_accounts WHERE id = 2'), ask('b3', format('SELECT import_customer(%L)', :'export'::jsonb #- '{account,created_by}'));
SELECT ask('a3', format('SELECT import_customer(%L)', :'export')), ask('a3', 'SELECT string_agg(contact_name || id, $$ $$) FROM customer_contacts WHERE customer_account_id = 2');
SELECT ask('a3', $$INSERT INTO customer_accounts (company_name, customer_type) VALUES ('Next', 'Commercial') RETURNING id$$);
SELECT ask('a3', $$UPDATE customer_accounts SET created_by = id('b3') RETURNING created_by = id('a3')$$);

RESET search_path;
-- The triggers, used otherwise.
CREATE TABLE public.thing (id uuid, owner uuid, number integer, email text);
CREATE TRIGGER wrong BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns();
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('number');
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('owner:person');
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('owner:person.word');
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong AFTER INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_member_columns('person');
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong AFTER INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_member_columns('person', 'id', 'owner');
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_email_column('number');
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_record_number('number', 'owner');
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_invitations();
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong AFTER INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_email_column('email');
INSERT INTO thing DEFAULT VALUES;
-- A trigger on a table of one's own does not read the tables of others.
CREATE ROLE regress_other;
GRANT USAGE ON SCHEMA data_catalog TO regress_other;
ALTER TABLE thing OWNER TO regress_other;
CREATE OR REPLACE TRIGGER wrong BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('owner:data_catalog.users.id');
INSERT INTO thing DEFAULT VALUES;
CREATE OR REPLACE TRIGGER wrong AFTER INSERT ON thing FOR EACH ROW EXECUTE FUNCTION rowkit.guard_member_columns('data_catalog.account_users', 'id', 'owner');
INSERT INTO thing DEFAULT VALUES;

DROP TABLE thing, person;
SELECT format('DROP SCHEMA %I CASCADE', blueprint) FROM rowkit.blueprints() \gexec
DROP FUNCTION public.ask, public.id;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM anon, authenticated, service_role;
DROP ROLE anon, authenticated, service_role, regress_other;
