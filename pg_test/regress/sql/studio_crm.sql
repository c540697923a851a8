\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
\set a '''00000000-0000-7000-8000-00000000000a'''
\set b '''00000000-0000-7000-8000-00000000000b'''
\set ann '''00000000-0000-7000-8000-0000000000a1'''
\set amy '''00000000-0000-7000-8000-0000000000a2'''
\set bob '''00000000-0000-7000-8000-0000000000b1'''
-- What it makes; again nothing.
SELECT kind, count(*) FROM install_blueprint('studio_crm', 'studio') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT * FROM install_blueprint('studio_crm', 'studio');
SELECT kind, identity FROM blueprint_objects('studio_crm', 'studio') WHERE kind NOT IN ('constraint', 'index', 'trigger', 'default value');

-- The seed's columns, as its DDL has them. What stands here is the seed; what the query answers is where rowkit differs.
CREATE TABLE seed_column (relation text, field text, type text, not_null boolean, preset text, PRIMARY KEY (relation, field));
INSERT INTO seed_column
SELECT split_part(listed.columns, ':', 1), split_part(part.text, ' ', 1),
    CASE split_part(part.text, ' ', 2) WHEN 'tstz' THEN 'timestamp with time zone' WHEN 'float8' THEN 'double precision' ELSE split_part(part.text, ' ', 2) END,
    part.text ~ ' !', nullif(substring(part.text FROM '=(.*)$'), '')
FROM (VALUES
    ('organizations: id uuid !=uuid_generate_v4()|name text !|slug text|settings jsonb ={}|subscription_status text =trial|subscription_tier text =starter|'
        'trial_ends_at tstz|created_at tstz =now()|updated_at tstz =now()'),
    ('auth_users: id uuid !=uuid_generate_v4()|auth_id uuid !|email text !|full_name text|organization_id uuid|role text =member|is_active boolean =true|'
        'created_at tstz =now()|updated_at tstz =now()'),
    ('client_invitations: id uuid !=uuid_generate_v4()|organization_id uuid !|email text !|first_name text|last_name text|phone text|invitation_token text !|'
        'is_claimed boolean =false|claimed_at tstz|invited_by uuid|custom_message text|metadata jsonb ={}|created_at tstz =now()|updated_at tstz =now()|'
        'expires_at tstz'),
    ('clients: id uuid !=uuid_generate_v4()|organization_id uuid !|first_name text|last_name text|'
        'name text =COALESCE(first_name || '' '' || last_name, first_name, last_name, ''Unknown'')|email text !|phone text|password_hash text|'
        'password_set_at tstz|last_login_at tstz|is_active boolean =true|email_verified boolean =false|date_of_birth date|gender text|'
        'emergency_contact_name text|emergency_contact_phone text|membership_status text =active|membership_start_date date|membership_end_date date|'
        'invitation_id uuid|custom_fields jsonb ={}|notes text|created_at tstz =now()|updated_at tstz =now()'),
    ('leads: id uuid !=uuid_generate_v4()|organization_id uuid !|first_name text|last_name text|'
        'name text =COALESCE(first_name || '' '' || last_name, first_name, last_name, ''Unknown'')|email text|phone text|source text =manual|'
        'source_details jsonb ={}|utm_source text|utm_medium text|utm_campaign text|status text =new|tags text[] ={}|lead_score integer =0|ai_score float8|'
        'assigned_to uuid|custom_fields jsonb ={}|notes text|last_contacted_at tstz|converted_at tstz|created_at tstz =now()|updated_at tstz =now()'),
    ('workflows: id uuid !=uuid_generate_v4()|organization_id uuid !|name text !|description text|trigger_type text !|trigger_config jsonb ={}|'
        'nodes jsonb !=[]|edges jsonb !=[]|status text =draft|version integer =1|'
        'settings jsonb ={"errorHandling": "continue", "maxExecutionTime": 300, "timezone": "Europe/London"}|total_executions integer =0|'
        'successful_executions integer =0|failed_executions integer =0|last_run_at tstz|created_at tstz =now()|updated_at tstz =now()'),
    ('workflow_executions: id uuid !=uuid_generate_v4()|workflow_id uuid !|organization_id uuid !|status text !=pending|triggered_by text|trigger_data jsonb|'
        'input_data jsonb|output_data jsonb|execution_steps jsonb =[]|error_message text|error_details jsonb|started_at tstz =now()|completed_at tstz|'
        'created_at tstz =now()|updated_at tstz =now()'),
    ('messages: id uuid !=uuid_generate_v4()|organization_id uuid !|channel text !|direction text !|from_address text !|to_address text !|lead_id uuid|'
        'subject text|body text !|html_body text|attachments jsonb =[]|status text =pending|sent_at tstz|delivered_at tstz|read_at tstz|failed_at tstz|'
        'error_message text|external_id text|metadata jsonb ={}|created_at tstz =now()|updated_at tstz =now()'),
    ('forms: id uuid !=uuid_generate_v4()|organization_id uuid !|name text !|description text|type text =embed|fields jsonb !=[]|'
        'settings jsonb ={"submitButton": "Submit", "successMessage": "Thank you for your submission!", "redirectUrl": null}|styles jsonb ={}|'
        'is_active boolean =true|external_id text|external_data jsonb|submission_count integer =0|last_submission_at tstz|created_at tstz =now()|'
        'updated_at tstz =now()'),
    ('message_templates: id uuid !=uuid_generate_v4()|organization_id uuid !|name text !|description text|type text !|category text|subject text|'
        'content text !|variables text[] ={}|is_active boolean =true|tags text[] ={}|usage_count integer =0|last_used_at tstz|created_at tstz =now()|'
        'updated_at tstz =now()')
) AS listed(columns), regexp_split_to_table(substr(listed.columns, strpos(listed.columns, ': ') + 2), '(?<!\|)\|(?!\|)') AS part(text);
SELECT count(DISTINCT relation) AS tables, count(*) AS columns FROM seed_column;
CREATE VIEW made_column AS
SELECT relname::text AS relation, attname::text AS field, format_type(atttypid, atttypmod) AS type, attnotnull AS not_null, attgenerated,
    regexp_replace(replace(pg_get_expr(adbin, adrelid), 'rowkit.uuidv7', 'uuidv7'), '^''(.*)''::(text|jsonb|text\[\])$', '\1') AS preset
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'studio'::regnamespace AND relkind = 'r' AND NOT relispartition AND attnum > 0 AND NOT attisdropped AND relname <> 'rowkit_objects';
SELECT relation, field, seed.type, made.type AS made_type, seed.not_null, made.not_null AS made_not_null
FROM seed_column AS seed LEFT JOIN made_column AS made USING (relation, field)
WHERE (seed.type, seed.not_null) IS DISTINCT FROM (made.type, made.not_null) ORDER BY 1, 2;
SELECT relation, field, seed.preset, made.preset AS made_preset
FROM seed_column AS seed JOIN made_column AS made USING (relation, field)
WHERE CASE seed.type WHEN 'jsonb' THEN seed.preset::jsonb IS DISTINCT FROM made.preset::jsonb
    ELSE lower(regexp_replace(seed.preset, '[()]|::text| ', '', 'g')) IS DISTINCT FROM lower(regexp_replace(made.preset, '[()]|::text| ', '', 'g')) END ORDER BY 1, 2;
SELECT relation, field FROM made_column WHERE attgenerated = 's' ORDER BY 1;
SELECT relation, string_agg(field, ', ' ORDER BY field) AS besides FROM made_column AS made
WHERE NOT EXISTS (SELECT FROM seed_column AS seed WHERE (seed.relation, seed.field) = (made.relation, made.field)) GROUP BY relation ORDER BY 1;
-- Its rules and references; with rowkit's, which hold the tenant.
SELECT conrelid::regclass AS relation, pg_get_constraintdef(oid) AS rule FROM pg_constraint
WHERE connamespace = 'studio'::regnamespace AND contype IN ('c', 'u', 'f') AND conrelid <> 'studio.rowkit_objects'::regclass ORDER BY conrelid::regclass::text COLLATE "C", pg_get_constraintdef(oid) COLLATE "C";
-- The seed's indexes, word for word.
SELECT definition AS missing FROM (VALUES
    ('idx_organizations_slug ON organizations USING btree (slug)'),
    ('idx_organizations_subscription_status ON organizations USING btree (subscription_status)'),
    ('idx_auth_users_auth_id ON auth_users USING btree (auth_id)'), ('idx_auth_users_organization_id ON auth_users USING btree (organization_id)'),
    ('idx_auth_users_email ON auth_users USING btree (email)'),
    ('idx_client_invitations_organization_id ON client_invitations USING btree (organization_id)'),
    ('idx_client_invitations_email ON client_invitations USING btree (email)'),
    ('idx_client_invitations_token ON client_invitations USING btree (invitation_token)'),
    ('idx_client_invitations_is_claimed ON client_invitations USING btree (is_claimed)'),
    ('idx_clients_organization_id ON clients USING btree (organization_id)'), ('idx_clients_email ON clients USING btree (email)'),
    ('idx_clients_phone ON clients USING btree (phone)'),
    ('idx_clients_membership_status ON clients USING btree (membership_status)'), ('idx_clients_is_active ON clients USING btree (is_active)'),
    ('idx_leads_organization_id ON leads USING btree (organization_id)'), ('idx_leads_email ON leads USING btree (email)'),
    ('idx_leads_phone ON leads USING btree (phone)'),
    ('idx_leads_status ON leads USING btree (status)'), ('idx_leads_source ON leads USING btree (source)'),
    ('idx_leads_created_at ON leads USING btree (created_at DESC)'),
    ('idx_leads_tags ON leads USING gin (tags)'), ('idx_leads_org_status_created ON leads USING btree (organization_id, status, created_at DESC)'),
    ('idx_workflows_organization_id ON workflows USING btree (organization_id)'), ('idx_workflows_status ON workflows USING btree (status)'),
    ('idx_workflows_trigger_type ON workflows USING btree (trigger_type)'),
    ('idx_workflows_org_status_trigger ON workflows USING btree (organization_id, status, trigger_type)'),
    ('idx_workflow_executions_workflow_id ON workflow_executions USING btree (workflow_id)'),
    ('idx_workflow_executions_organization_id ON workflow_executions USING btree (organization_id)'),
    ('idx_workflow_executions_status ON workflow_executions USING btree (status)'),
    ('idx_workflow_executions_created_at ON workflow_executions USING btree (created_at DESC)'),
    ('idx_messages_organization_id ON messages USING btree (organization_id)'), ('idx_messages_lead_id ON messages USING btree (lead_id)'),
    ('idx_messages_channel ON messages USING btree (channel)'),
    ('idx_messages_direction ON messages USING btree (direction)'), ('idx_messages_created_at ON messages USING btree (created_at DESC)'),
    ('idx_messages_external_id ON messages USING btree (external_id)'),
    ('idx_messages_org_lead_created ON messages USING btree (organization_id, lead_id, created_at DESC)'),
    ('idx_forms_organization_id ON forms USING btree (organization_id)'), ('idx_forms_is_active ON forms USING btree (is_active)'),
    ('idx_forms_external_id ON forms USING btree (external_id)'),
    ('idx_message_templates_organization_id ON message_templates USING btree (organization_id)'),
    ('idx_message_templates_type ON message_templates USING btree (type)'),
    ('idx_message_templates_is_active ON message_templates USING btree (is_active)')
) AS wanted(definition)
WHERE NOT EXISTS (SELECT FROM pg_indexes WHERE schemaname = 'studio' AND indexdef = 'CREATE INDEX ' || replace(definition, ' ON ', ' ON studio.'));
-- Its triggers: updated_at in every table.
SELECT relation AS without_updated_at FROM (SELECT DISTINCT relation FROM made_column) AS made
WHERE NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = ('studio.' || relation)::regclass AND tgname = 'update_' || relation || '_updated_at' AND tgfoid = 'update_updated_at_column()'::regprocedure);
-- Every foreign key is indexed; tenant tables are ready for isolation; everything has a comment.
SELECT conrelid::regclass AS relation, conname AS unindexed FROM pg_constraint AS rule
WHERE contype = 'f' AND connamespace = 'studio'::regnamespace AND NOT EXISTS (
    SELECT FROM pg_index WHERE indrelid = conrelid AND (indpred IS NULL OR pg_get_expr(indpred, indrelid) ~ '^\(\w+ IS NOT NULL\)$')
        AND ((indkey::int2[])[0:cardinality(conkey) - 1] @> conkey OR indkey[0] = conkey[1]));
SELECT conrelid::regclass AS relation, pg_get_constraintdef(oid) AS crosses_tenants FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'studio'::regnamespace AND cardinality(conkey) = 1 AND confrelid <> 'studio.organizations'::regclass;
SELECT relation AS without_tenant_key FROM made_column WHERE field = 'organization_id' AND NOT EXISTS (
    SELECT FROM pg_constraint WHERE conrelid = ('studio.' || relation)::regclass AND contype = 'u' AND pg_get_constraintdef(oid) = 'UNIQUE (organization_id, id)');
SELECT relname AS uncommented FROM pg_class WHERE relnamespace = 'studio'::regnamespace AND relkind = 'r' AND NOT relispartition AND obj_description(oid, 'pg_class') IS NULL;
SELECT proname AS uncommented FROM pg_proc WHERE pronamespace = 'studio'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL;
SELECT proname AS open_to_public FROM pg_proc WHERE pronamespace = 'studio'::regnamespace AND prosecdef AND has_function_privilege('public', oid, 'EXECUTE');

-- A day. Two studios; Ann and Amy work in the first.
SET search_path = studio, public, rowkit;
INSERT INTO organizations (id, name, slug) VALUES (:a, 'Acme Pilates', 'acme'), (:b, 'Beta Boxing', 'beta');
INSERT INTO auth_users (id, auth_id, email, organization_id, role) VALUES
    (:ann, '10000000-0000-4000-8000-0000000000a1', 'ann@acme.example', :a, 'owner'),
    (:amy, '10000000-0000-4000-8000-0000000000a2', 'amy@acme.example', :a, DEFAULT),
    (:bob, '10000000-0000-4000-8000-0000000000b1', 'bob@beta.example', :b, 'owner'),
    ('00000000-0000-7000-8000-0000000000f1', '10000000-0000-4000-8000-0000000000f1', 'new@nowhere.example', NULL, DEFAULT);
SELECT subscription_status, subscription_tier, settings FROM organizations WHERE id = :a;
SELECT get_user_organization_id();
SELECT set_config('request.jwt.claims', '{"sub": "10000000-0000-4000-8000-0000000000a1"}', false) <> '' AS signed_in;
SELECT get_user_organization_id() = :a AS is_acme;
-- Clients are invited; a token is told once, stored as a hash, and claimed once.
SELECT invitation_id, token FROM invite_client('peter@example.com', 'Peter', 'Parker', custom_message => 'See you') \gset
SELECT length(:'token') AS characters, organization_id = :a AS of_acme, invited_by = :ann AS by_ann, is_claimed, expires_at, invitation_token <> :'token' AS hashed,
    invitation_token = encode(sha256(:'token'), 'hex') AS as_sha256 FROM client_invitations WHERE id = :'invitation_id';
SELECT count(*) AS rows_with_the_token FROM client_invitations WHERE to_jsonb(client_invitations)::text LIKE '%' || :'token' || '%';
SELECT * FROM claim_invitation('nonsense');
SELECT organization_id = :a AS of_acme, email FROM claim_invitation(:'token', '$2b$12$hash');
SELECT * FROM claim_invitation(:'token');
SELECT name, email, email_verified, password_hash, password_set_at IS NOT NULL AS set, invitation_id = :'invitation_id' AS invited, membership_status FROM clients;
SELECT is_claimed, claimed_at IS NOT NULL AS claimed FROM client_invitations;
-- A claim that is rolled back is none; an invitation that has ended cannot be claimed, one without an end always.
SELECT token FROM invite_client('mary@example.com', last_name => 'Jane') \gset
BEGIN;
SELECT email FROM claim_invitation(:'token');
ROLLBACK;
UPDATE client_invitations SET expires_at = now() - interval '1 second' WHERE email = 'mary@example.com';
SELECT * FROM claim_invitation(:'token');
UPDATE client_invitations SET expires_at = now() + interval '1 day', created_at = '2001-01-01' WHERE email = 'mary@example.com';
SELECT email FROM claim_invitation(:'token');
-- Who is a client already is linked; a client of another studio is not taken.
SELECT token FROM invite_client('Mary@Example.com') \gset
SELECT email FROM claim_invitation(:'token');
INSERT INTO clients (organization_id, email) VALUES (:b, 'MARY@example.com');
SELECT token FROM invite_client('mary@example.com', organization_id => :b) \gset
SELECT * FROM claim_invitation(:'token');
SELECT email, is_claimed, invited_by FROM client_invitations WHERE organization_id = :b;
\set VERBOSITY sqlstate
SELECT * FROM invite_client('x@example.com', organization_id => NULL);
\set VERBOSITY verbose
INSERT INTO clients (organization_id, email, first_name) VALUES (:a, 'first@example.com', 'Only'), (:a, 'none@example.com', NULL);
SELECT name FROM clients ORDER BY name;
-- Leads.
INSERT INTO leads (id, organization_id, first_name, last_name, email, tags, assigned_to, custom_fields) VALUES
    ('00000000-0000-7000-8000-000000000301', :a, 'Gwen', 'Stacy', 'gwen@example.com', '{vip,trial}', :amy, '{"goal": "strength"}'),
    ('00000000-0000-7000-8000-000000000302', :a, NULL, 'Osborn', NULL, DEFAULT, NULL, DEFAULT);
SELECT name, status, source, tags, lead_score, source_details FROM leads ORDER BY id;
SELECT name FROM leads WHERE tags @> '{vip}' AND custom_fields @> '{"goal": "strength"}';
UPDATE leads SET status = 'contacted', last_contacted_at = now() WHERE name = 'Gwen Stacy';
SELECT name, updated_at > created_at AS touched FROM leads ORDER BY id;
-- Workflows are graphs.
INSERT INTO workflows (id, organization_id, name, trigger_type, nodes, edges, status) VALUES ('00000000-0000-7000-8000-000000000401', :a, 'Welcome', 'lead.created',
    '[{"id": "start", "type": "trigger"}, {"id": "mail", "type": "email", "data": {"template": "welcome"}}, {"id": "end", "type": "end"}]',
    '[{"id": "e1", "source": "start", "target": "mail"}, {"id": "e2", "source": "mail", "target": "end"}]', 'active');
INSERT INTO workflows (organization_id, name, trigger_type) VALUES (:a, 'Empty', 'manual');
SELECT name, status, version, settings FROM workflows ORDER BY name;
UPDATE workflows SET edges = edges || '[{"source": "end", "target": "nowhere"}]' WHERE name = 'Welcome';
UPDATE workflows SET nodes = nodes || '[{"id": "mail"}, {"type": "x"}]' WHERE name = 'Welcome';
UPDATE workflows SET edges = edges || '[{"source": "end", "target": "start"}]' WHERE name = 'Welcome';
UPDATE workflows SET nodes = '{}' WHERE name = 'Welcome';
SELECT validate_workflow('[{"id": "a"}, {"id": "a"}]', '[{"source": "a", "target": "b"}]');
SELECT validate_workflow('[]', '[]'), validate_workflow('[{"id": "a"}]', '[{"source": "a", "target": "a"}]');
SELECT validate_workflow(NULL, '[]');
-- Runs are counted by how they end.
INSERT INTO workflow_executions (id, workflow_id, status, started_at) VALUES
    ('00000000-0000-7000-8000-000000000501', '00000000-0000-7000-8000-000000000401', 'completed', '2026-01-05 10:00Z'),
    ('00000000-0000-7000-8000-000000000502', '00000000-0000-7000-8000-000000000401', 'failed', '2026-01-06 10:00Z'),
    ('00000000-0000-7000-8000-000000000503', '00000000-0000-7000-8000-000000000401', DEFAULT, '2026-01-04 10:00Z');
SELECT total_executions, successful_executions, failed_executions, last_run_at FROM workflows WHERE name = 'Welcome';
UPDATE workflow_executions SET status = 'running' WHERE status = 'pending';
UPDATE workflow_executions SET status = 'completed', completed_at = now() WHERE status = 'running';
DELETE FROM workflow_executions WHERE status = 'failed';
SELECT total_executions, successful_executions, failed_executions, last_run_at FROM workflows WHERE name = 'Welcome';
SELECT organization_id = :a AS of_acme FROM workflow_executions LIMIT 1;
-- An older run that is told later is not the last one.
INSERT INTO workflow_executions (workflow_id, started_at) VALUES ('00000000-0000-7000-8000-000000000401', '2025-01-01 10:00Z');
SELECT total_executions, last_run_at FROM workflows WHERE name = 'Welcome';
DELETE FROM workflow_executions WHERE started_at = '2025-01-01 10:00Z';
-- Forms: fields are columns of rowkit's types; submissions are validated by them. Money is whole cents.
INSERT INTO forms (id, organization_id, name, fields) VALUES ('00000000-0000-7000-8000-000000000601', :a, 'Trial', '[
    {"name": "name", "label": "Your name", "type": "text", "required": true}, {"name": "email", "type": "email", "required": true},
    {"name": "budget", "label": "Budget", "type": "currency", "options": {"currency": "GBP", "min": 0}},
    {"name": "goal", "type": "select", "options": {"choices": ["strength", "balance"]}}]');
SELECT type, settings, is_active, submission_count FROM forms;
SELECT validate_form_submission('00000000-0000-7000-8000-000000000601', '{"name": "Ned", "email": "ned@example.com", "budget": 4900}');
SELECT problem ->> 'path' AS path, problem ->> 'code' AS code, problem ->> 'message' AS message
FROM jsonb_array_elements(validate_form_submission('00000000-0000-7000-8000-000000000601', '{"email": "ned@", "budget": 49.5, "goal": "fame", "golf": 1}')) AS problem;
SELECT validate_form_submission('00000000-0000-7000-8000-0000000006ff', '{}');
SELECT submit_form('00000000-0000-7000-8000-000000000601', '{"name": "Ned", "email": "ned@example.com", "budget": 4900, "goal": "balance"}') IS NOT NULL AS submitted;
SELECT submit_form('00000000-0000-7000-8000-000000000601', '{"name": "", "email": "ned@", "budget": "49"}');
SELECT submit_form('00000000-0000-7000-8000-0000000006ff', '{}');
INSERT INTO form_submissions (form_id, data, created_at) VALUES ('00000000-0000-7000-8000-000000000601', '{"name": "May", "email": "may@example.com"}', '2031-01-01');
UPDATE form_submissions SET data = data || '{"goal": "money"}';
UPDATE form_submissions SET lead_id = '00000000-0000-7000-8000-000000000301' WHERE data ->> 'name' = 'May';
SELECT submission_count, last_submission_at FROM forms;
UPDATE forms SET is_active = false;
SELECT submit_form('00000000-0000-7000-8000-000000000601', '{"name": "Late", "email": "late@example.com"}');
UPDATE form_submissions SET data = data || '{"goal": "balance"}';
UPDATE forms SET fields = '[{"name": "a", "type": "txt"}]';
UPDATE forms SET fields = '{"name": "a"}';
DELETE FROM form_submissions WHERE data ->> 'name' = 'May';
SELECT submission_count FROM forms;
-- Templates: variables are found, checked and filled in.
INSERT INTO message_templates (id, organization_id, name, type, subject, content) VALUES ('00000000-0000-7000-8000-000000000701', :a, 'Welcome', 'email',
    'Hi {{first_name}}', '{{ first_name }}, your class is on {{class.date}} at {{studio}}.');
SELECT variables, usage_count FROM message_templates;
UPDATE message_templates SET content = '{{first_name}}: {{class.date}}';
SELECT variables FROM message_templates;
UPDATE message_templates SET variables = '{class.date,first_name}';
UPDATE message_templates SET variables = '{first_name}';
UPDATE message_templates SET content = '{{first name}}';
INSERT INTO message_templates (organization_id, name, type, content, variables) VALUES (:a, 'x', 'sms', 'no variables', '{name}');
SELECT * FROM render_template('00000000-0000-7000-8000-000000000701', '{"first_name": "{{studio}} & <Gwen>", "class": {"date": "2026-01-05"}, "more": 1}');
SELECT * FROM render_template('00000000-0000-7000-8000-000000000701', '{"first_name": null}');
SELECT * FROM render_template('00000000-0000-7000-8000-000000000701', '[]');
SELECT * FROM render_template('00000000-0000-7000-8000-0000000007ff', '{}');
-- Messages of all channels; what a template is used for is counted.
INSERT INTO messages (id, channel, direction, from_address, to_address, lead_id, template_id, subject, body, created_at)
SELECT '00000000-0000-7000-8000-000000000801', 'email', 'outbound', 'ann@acme.example', 'gwen@example.com', '00000000-0000-7000-8000-000000000301',
    '00000000-0000-7000-8000-000000000701', text.subject, text.content, '2026-01-05 10:00Z'
FROM render_template('00000000-0000-7000-8000-000000000701', '{"first_name": "Gwen", "class": {"date": "Monday"}}') AS text;
INSERT INTO messages (organization_id, channel, direction, from_address, to_address, body) VALUES (:a, 'sms', 'inbound', '+44 20 7946 0000', '+44 20 7946 0001', 'Hello');
SELECT channel, subject, body, status, attachments, organization_id = :a AS of_acme FROM messages ORDER BY channel;
SELECT usage_count, last_used_at FROM message_templates;
-- Deleted, restored: a message loses its lead and gets it back.
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('leads');
SELECT soft_delete('leads', '00000000-0000-7000-8000-000000000301'::uuid);
SELECT lead_id FROM messages WHERE channel = 'email';
SELECT restore_deleted('leads', '00000000-0000-7000-8000-000000000301'::uuid);
SELECT lead_id FROM messages WHERE channel = 'email';
SELECT count(*) > 0 AS disabled FROM disable_soft_delete('leads');
DROP TABLE deletion_references, deletions;
SELECT * FROM usage_drift();

-- Every rule refuses once. A rule that nothing here breaks is listed at the end.
CREATE TABLE public.refusal (state text, rule text, message text);
CREATE FUNCTION public.refuse(command text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state text; rule text; message text;
BEGIN
    EXECUTE command;
    RAISE WARNING 'accepted: %', command;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, rule = CONSTRAINT_NAME, message = MESSAGE_TEXT;
    INSERT INTO public.refusal VALUES (state, rule, message);
END $$;
INSERT INTO form_submissions (form_id, organization_id, data) SELECT id, organization_id, '{"name": "x", "email": "x@example.com"}' FROM forms WHERE is_active;
SELECT count(refuse('UPDATE ' || change)) AS tried FROM (VALUES
    ($$organizations SET slug = 'same'$$), ($$auth_users SET auth_id = '10000000-0000-4000-8000-0000000000a1'$$),
    ($$auth_users SET email = 'same@example.com'$$), ($$auth_users SET role = 'king'$$),
    ($$client_invitations SET invitation_token = 'plain'$$), ($$client_invitations SET invitation_token = repeat('a', 64)$$),
    ($$client_invitations SET invited_by = id$$),
    ($$clients SET email = 'same@example.com'$$), ($$clients SET invitation_id = id$$), ($$leads SET status = 'hot'$$),
    ($$leads SET assigned_to = '00000000-0000-7000-8000-0000000000b1'$$),
    ($$workflows SET status = 'running'$$), ($$workflow_executions SET status = 'done'$$), ($$workflow_executions SET workflow_id = id$$),
    ($$forms SET type = 'modal'$$), ($$form_submissions SET form_id = id$$), ($$form_submissions SET lead_id = id$$),
    ($$message_templates SET type = 'fax'$$), ($$messages SET channel = 'fax'$$), ($$messages SET direction = 'sideways'$$),
    ($$messages SET lead_id = id$$), ($$messages SET template_id = id$$)
) AS wrong(change);
-- What keeps rows with their tenant would refuse before the keys do.
SELECT format('ALTER TABLE %s DISABLE TRIGGER "0_guard_tenant"', tgrelid::regclass) FROM pg_trigger WHERE tgname = '0_guard_tenant' ORDER BY tgrelid \gexec
SELECT count(refuse(format('UPDATE %I SET organization_id = %L', relation, '00000000-0000-7000-8000-0000000000ff'))) AS tried FROM made_column WHERE field = 'organization_id';
SELECT format('ALTER TABLE %s ENABLE TRIGGER "0_guard_tenant"', tgrelid::regclass) FROM pg_trigger WHERE tgname = '0_guard_tenant' ORDER BY tgrelid \gexec
SELECT count(refuse('INSERT INTO ' || row)) AS tried FROM (VALUES
    ($$auth_users (organization_id, auth_id, email) VALUES (uuidv7(), uuidv7(), 'x')$$),
    ($$client_invitations (organization_id, email, invitation_token) VALUES (uuidv7(), 'x', repeat('0', 64))$$),
    ($$forms (organization_id, name) VALUES (uuidv7(), 'x')$$),
    ($$message_templates (organization_id, name, type, content) VALUES (uuidv7(), 'x', 'sms', 'x')$$)
) AS wrong(row);
SELECT state, rule FROM refusal WHERE rule <> '' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT state, message FROM refusal WHERE rule = '';
SELECT conrelid::regclass, conname AS never_refused FROM pg_constraint
WHERE connamespace = 'studio'::regnamespace AND contype IN ('c', 'u', 'f') AND conname !~ '_organization_id_id_key$' AND conname NOT IN (SELECT rule FROM refusal);

-- Visitors have no right but to claim and to submit; staff who may only add runs count them all the same. READ ONLY, without a search_path.
UPDATE forms SET is_active = true;
SELECT token FROM invite_client('visitor@example.com', 'Vi') \gset
CREATE ROLE regress_visitor;
CREATE ROLE regress_staff;
GRANT USAGE ON SCHEMA studio, rowkit TO regress_visitor, regress_staff;
GRANT SELECT ON ALL TABLES IN SCHEMA studio TO regress_staff;
GRANT INSERT ON workflow_executions TO regress_staff;
SET ROLE regress_visitor;
SET search_path = '';
SELECT email FROM studio.claim_invitation('x');
RESET ROLE;
GRANT EXECUTE ON FUNCTION studio.claim_invitation(text, text), studio.submit_form(uuid, jsonb) TO regress_visitor;
SET ROLE regress_visitor;
SELECT email FROM studio.claim_invitation(:'token');
SELECT email FROM studio.claim_invitation(:'token');
SELECT studio.submit_form('00000000-0000-7000-8000-000000000601', '{"name": "Vi", "email": "visitor@example.com"}') IS NOT NULL AS submitted;
SELECT count(*) FROM studio.clients;
SET ROLE regress_staff;
INSERT INTO studio.workflow_executions (workflow_id) VALUES ('00000000-0000-7000-8000-000000000401');
BEGIN TRANSACTION READ ONLY;
SELECT total_executions FROM studio.workflows WHERE name = 'Welcome';
SELECT content FROM studio.render_template('00000000-0000-7000-8000-000000000701', '{"first_name": "Gwen", "class": {"date": "Monday"}}');
SELECT studio.validate_form_submission('00000000-0000-7000-8000-000000000601', '{"name": "Ned", "email": "ned@example.com"}');
COMMIT;
RESET ROLE;
-- A client changes how they are reached, not what they are to the studio.
CREATE ROLE regress_client;
GRANT USAGE ON SCHEMA studio, rowkit TO regress_client;
GRANT SELECT, UPDATE ON studio.clients TO regress_client;
SELECT set_config('request.jwt.claims', jsonb_build_object('email', upper(email), 'email_verified', true, 'organization_id', organization_id)::text, false) <> '' AS signed_in
FROM studio.clients WHERE email = 'visitor@example.com';
SET ROLE regress_client;
UPDATE studio.clients SET phone = '020 7946 0000', first_name = 'Viola' RETURNING name, phone;
UPDATE studio.clients SET membership_status = 'gold', notes = NULL, password_hash = 'x';
RESET ROLE;
DROP OWNED BY regress_client;
DROP ROLE regress_client;
-- Renamed, it works on; DROP EXTENSION takes triggers, installing again brings them back.
RESET search_path;
DROP VIEW made_column;
DROP OWNED BY regress_visitor, regress_staff;
DROP ROLE regress_visitor, regress_staff;
ALTER SCHEMA studio RENAME TO salon;
SELECT salon.submit_form('00000000-0000-7000-8000-000000000601', '{"name": "Vi"}');
SELECT salon.submit_form('00000000-0000-7000-8000-000000000601', '{"name": "Vi", "email": "visitor@example.com"}') IS NOT NULL AS submitted;
INSERT INTO salon.workflow_executions (workflow_id) VALUES ('00000000-0000-7000-8000-000000000401');
SELECT total_executions, last_run_at > '2026-01-06 10:00Z' AS later FROM salon.workflows WHERE name = 'Welcome';
ALTER SCHEMA salon RENAME TO studio;
DROP EXTENSION rowkit CASCADE;
CREATE EXTENSION rowkit;
SELECT kind, count(*) FROM install_blueprint('studio_crm', 'studio') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT * FROM install_blueprint('studio_crm', 'studio');
SELECT studio.submit_form('00000000-0000-7000-8000-000000000601', '{"name": "Vi"}');
\set VERBOSITY terse
UPDATE studio.workflows SET nodes = '[{}]' WHERE name = 'Welcome';
-- A studio goes with all it has; uninstall drops everything.
DELETE FROM studio.organizations WHERE id = :a;
SELECT count(*) AS left_of_acme FROM studio.auth_users WHERE organization_id = :a;
SELECT * FROM uninstall_blueprint('studio_crm', 'studio');
\set VERBOSITY verbose
SELECT kind, count(*) FROM uninstall_blueprint('studio_crm', 'studio', 'studio') GROUP BY kind ORDER BY kind COLLATE "C";
SELECT to_regnamespace('studio') AS schema_left;
-- Beside another blueprint with tables of the same names, in a schema of its own.
SELECT count(*) > 0 AS made FROM install_blueprint('studio_crm', 'one') UNION ALL SELECT count(*) > 0 FROM install_blueprint('lead_intelligence', 'two');
SELECT count(*) > 0 AS dropped FROM uninstall_blueprint('studio_crm', 'one') UNION ALL SELECT count(*) > 0 FROM uninstall_blueprint('lead_intelligence', 'two');
