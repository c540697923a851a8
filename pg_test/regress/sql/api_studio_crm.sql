-- What applications of studio_crm call, as PostgREST calls it: an end user, named arguments, and nothing but the blueprint's schema on the search_path.
\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
\pset null -
SET client_min_messages = warning;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('studio_crm', 'app');
GRANT USAGE ON SCHEMA app TO anon, authenticated, service_role;
SET search_path = app;
\set flow '\'00000000-0000-4000-8000-0000000000a0\''
\set beta '\'00000000-0000-4000-8000-0000000000b0\''
INSERT INTO organizations (id, name) VALUES (:flow, 'Flow'), (:beta, 'Beta');
INSERT INTO auth_users (auth_id, email, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000a1', 'ann@flow.example', :flow, 'owner'),
    ('00000000-0000-4000-8000-0000000000b1', 'bob@beta.example', :beta, 'owner');
INSERT INTO leads (id, organization_id, first_name, email) VALUES ('00000000-0000-4000-8000-0000000000d1', :flow, 'Gwen', 'gwen@example.com');
INSERT INTO forms (id, organization_id, name, fields) VALUES ('00000000-0000-4000-8000-0000000000f1', :flow, 'Trial', '[{"name": "city", "type": "text", "required": true}]');
INSERT INTO message_templates (id, organization_id, name, type, content) VALUES ('00000000-0000-4000-8000-0000000000e1', :flow, 'Hello', 'sms', 'Hello {{name}}');

SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT get_user_organization_id() = :flow AS own;
SELECT token FROM invite_client(email => 'kim@example.com', first_name => 'Kim') \gset
SELECT validate_form_submission(form_id => '00000000-0000-4000-8000-0000000000f1', data => '{}') #>> '{0,code}' AS code;
SELECT content FROM render_template(template_id => '00000000-0000-4000-8000-0000000000e1', variables => '{"name": "Kim"}');
SELECT template_variables(template => 'Hello {{name}}, {{ place }}');
SELECT validate_workflow(nodes => '[{"id": "a"}, {"id": "b"}]', edges => '[{"source": "a", "target": "b"}]') AS valid,
    validate_workflow(nodes => '[{"id": "a"}]', edges => '[{"source": "a", "target": "x"}]') #>> '{0,code}' AS code;
SELECT kind, name FROM search_studio(query => 'gwen');
UPDATE leads SET first_name = 'Oops';
SELECT action, user_id IS NOT NULL AS signed FROM row_history(table_name => 'leads', record_id => '00000000-0000-4000-8000-0000000000d1');
SELECT undo_transaction(transaction => (SELECT transaction FROM row_history(table_name => 'leads', record_id => '00000000-0000-4000-8000-0000000000d1') ORDER BY created_at DESC LIMIT 1));
SELECT first_name FROM leads;
SELECT * FROM row_history(table_name => 'no_such', record_id => '00000000-0000-4000-8000-0000000000d1');
-- Visitors.
RESET request.jwt.claims;
SET ROLE anon;
SELECT email FROM claim_invitation(token => :'token');
SELECT count(*) FROM claim_invitation(token => :'token');
SELECT submit_form(form_id => '00000000-0000-4000-8000-0000000000f1', data => '{"city": "Ghent"}') IS NOT NULL AS submitted;
SELECT submit_form(form_id => '00000000-0000-4000-8000-0000000000f1', data => '{}');

-- A stranger gets nothing.
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SELECT * FROM invite_client(email => 'lou@example.com', organization_id => :flow);
SELECT validate_form_submission(form_id => '00000000-0000-4000-8000-0000000000f1', data => '{}');
SELECT count(*) FROM render_template(template_id => '00000000-0000-4000-8000-0000000000e1', variables => '{"name": "Kim"}');
SELECT count(*) FROM search_studio(query => 'gwen');
SELECT count(*) FROM search_studio(query => 'gwen', organization_id => :flow);
SELECT count(*) FROM row_history(table_name => 'leads', record_id => '00000000-0000-4000-8000-0000000000d1');
RESET ROLE;
SELECT transaction FROM audit_logs WHERE action = 'UPDATE' AND table_name = 'leads' ORDER BY id DESC LIMIT 1 \gset
SET ROLE authenticated;
SELECT undo_transaction(transaction => :'transaction');
RESET ROLE;

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
