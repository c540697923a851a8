-- What the proof of isolation must see: rows that one writes unseen, copies, errors that hide a hole; one's own rows, shared ones, a membership without roles.
\set SHOW_CONTEXT never
CREATE SCHEMA app;
SET search_path = app, rowkit, public;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
-- Only users get into the schema.
GRANT USAGE ON SCHEMA app TO authenticated;
CREATE TABLE members (account_id uuid NOT NULL, user_id uuid NOT NULL, role text NOT NULL, is_active boolean NOT NULL DEFAULT true, PRIMARY KEY (account_id, user_id));
CREATE TABLE projects (id uuid PRIMARY KEY, account_id uuid NOT NULL, name text);
CREATE TABLE diagrams (id uuid PRIMARY KEY, account_id uuid NOT NULL, owner_id uuid, visibility text NOT NULL DEFAULT 'account');
CREATE TABLE shapes (id uuid PRIMARY KEY, diagram_id uuid NOT NULL REFERENCES diagrams, is_draft boolean NOT NULL DEFAULT false);
SELECT count(*) > 0 AS done FROM register_membership('members', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}');
SELECT count(*) > 0 AS done FROM enable_tenant_isolation('members');
SELECT count(*) > 0 AS done FROM enable_tenant_isolation('projects', write_role => 'member', delete_role => 'admin');
SELECT count(*) > 0 AS done FROM enable_tenant_isolation('diagrams', read_condition => $$visibility <> 'private' OR owner_id = rowkit.current_user_id()$$);
SELECT command FROM enable_derived_isolation('shapes', 'diagram_id', read_condition => 'NOT is_draft') WHERE command ~ 'FOR (UPDATE|DELETE)';

-- Who is not to get in is refused: that is right, and nothing else is said.
SELECT actor, operation, outcome, is_right FROM prove_isolation('projects') WHERE actor = 'service' OR (actor = 'anon' AND operation IN ('SELECT', 'COPY'));
SELECT * FROM prove_isolation('projects') WHERE NOT is_right;
GRANT USAGE ON SCHEMA app TO anon, service_role;
SELECT actor, operation, outcome, is_right FROM prove_isolation('projects') WHERE actor = 'service' OR (actor = 'anon' AND operation IN ('SELECT', 'COPY'));

-- What one does not see one does not write, with or without a WHERE.
INSERT INTO members VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1', 'owner'),
    ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a2', 'member');
INSERT INTO diagrams VALUES ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1', 'private');
INSERT INTO shapes VALUES ('00000000-0000-4000-8000-0000000000e1', '00000000-0000-4000-8000-0000000000d1');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a2"}';
SELECT count(*) FROM diagrams;
UPDATE diagrams SET visibility = 'public';
DELETE FROM shapes;
DELETE FROM diagrams;
SELECT count(*) FROM diagrams;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
UPDATE shapes SET is_draft = true;
UPDATE shapes SET is_draft = false;
UPDATE diagrams SET visibility = 'public';
SELECT visibility FROM diagrams;
RESET ROLE;
RESET request.jwt.claims;
-- Nor by a role that may write and not read.
SELECT command FROM enable_tenant_isolation('projects', read_role => 'admin', write_role => 'member', dry_run => true) WHERE command ~ 'CREATE POLICY';

-- Each fault is told of.
CREATE FUNCTION fault(relation regclass, fault text) RETURNS TABLE(proof text[], report text[]) LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE fault;
        proof := ARRAY(SELECT concat_ws(' ', actor, operation, target, outcome) FROM rowkit.prove_isolation(fault.relation) WHERE NOT is_right);
        report := ARRAY(SELECT concat(problem.object_name, ': ', problem.problem) FROM rowkit.isolation_report() AS problem);
        RAISE EXCEPTION USING ERRCODE = 'RK002';
    EXCEPTION WHEN SQLSTATE 'RK002' THEN NULL;
    END;
    RETURN NEXT;
END
$$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
SELECT relation, fault, made.* FROM (VALUES
    ('diagrams', 'SELECT'),
    ('diagrams', $$ALTER POLICY tenant_update ON app.diagrams USING (account_id = ANY (rowkit.current_tenant_ids('app.members')))$$),
    ('diagrams', $$ALTER POLICY tenant_delete ON app.diagrams USING (account_id = ANY (rowkit.current_tenant_ids('app.members')))$$),
    ('shapes', 'SELECT'),
    ('shapes', $$ALTER POLICY derived_delete ON app.shapes USING (EXISTS (SELECT FROM app.diagrams AS parent WHERE parent.id = diagram_id))$$),
    ('projects', 'ALTER POLICY tenant_update ON app.projects USING (true) WITH CHECK (true)'),
    -- A copy, and what shows one; a right on a column is enough.
    ('projects', 'CREATE MATERIALIZED VIEW app.copied AS SELECT * FROM app.projects'),
    ('projects', 'CREATE MATERIALIZED VIEW app.copied AS SELECT * FROM app.projects; GRANT SELECT (name) ON app.copied TO authenticated'),
    ('projects', 'CREATE VIEW app.seen WITH (security_invoker = true) AS SELECT * FROM app.projects; CREATE MATERIALIZED VIEW app.copied AS SELECT count(*) FROM app.seen; GRANT SELECT ON app.copied TO PUBLIC'),
    ('projects', 'CREATE MATERIALIZED VIEW app.copied AS SELECT * FROM app.projects; CREATE VIEW app.shown AS SELECT name FROM app.copied; GRANT SELECT ON app.shown TO anon'),
    ('projects', 'CREATE MATERIALIZED VIEW app.copied AS SELECT * FROM app.projects; CREATE VIEW app.shown WITH (security_invoker = true) AS SELECT name FROM app.copied; GRANT SELECT ON app.shown TO anon'),
    -- An error that is no refusal.
    ('projects', 'CREATE TRIGGER refuse BEFORE INSERT ON app.projects FOR EACH ROW WHEN (current_setting(''role'') = ''authenticated'') EXECUTE FUNCTION app.refuse()'),
    ('projects', 'CREATE TRIGGER refuse BEFORE DELETE ON app.projects FOR EACH STATEMENT EXECUTE FUNCTION app.refuse()'),
    -- Only who means to open the schema to the service is told that it is shut out.
    ('projects', 'REVOKE USAGE ON SCHEMA app FROM service_role'),
    ('projects', 'CREATE POLICY everyone ON app.projects FOR SELECT TO service_role USING (false); ALTER ROLE service_role NOBYPASSRLS')
) AS each(relation, fault) CROSS JOIN LATERAL fault(relation::regclass, fault) AS made \gx

-- A membership without roles, from end to end.
CREATE TABLE club (tenant_id uuid, user_id uuid, PRIMARY KEY (tenant_id, user_id));
CREATE TABLE games (id uuid PRIMARY KEY DEFAULT rowkit.uuidv7(), tenant_id uuid NOT NULL);
SELECT command FROM register_membership('club');
SELECT command FROM enable_tenant_isolation('games', membership => 'club') WHERE command ~ 'CREATE POLICY|TRIGGER';
SELECT count(*) > 0 AS done FROM enable_tenant_isolation('club', membership => 'club');
SELECT * FROM enable_tenant_isolation('games', membership => 'club', write_role => 'member');
INSERT INTO club VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT current_tenant_ids('club');
INSERT INTO games (tenant_id) VALUES ('00000000-0000-4000-8000-000000000001');
INSERT INTO games (tenant_id) VALUES ('00000000-0000-4000-8000-000000000002');
SELECT current_tenant_ids('club', 'member');
RESET ROLE;
RESET request.jwt.claims;
SELECT relation, count(*) AS attempts, count(*) FILTER (WHERE NOT is_right) AS wrong
FROM unnest(ARRAY['club', 'games']) AS relation CROSS JOIN LATERAL prove_isolation(relation::regclass) GROUP BY relation ORDER BY relation;
SELECT * FROM isolation_report();

-- Rows of one's own, what hangs on them, and what all share.
CREATE TABLE cards (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, made_by uuid, changed_by uuid, title text);
CREATE TABLE stickers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, card_id bigint NOT NULL REFERENCES cards ON DELETE CASCADE);
CREATE TABLE portal (id uuid PRIMARY KEY, account_id uuid NOT NULL, email text, token bytea);
CREATE TABLE plans (id uuid PRIMARY KEY, name text);
SELECT kind, identity, command FROM enable_claim_isolation('cards', '{"made_by": "sub"}', '{select,insert,update,delete}', policy_prefix => 'made') WHERE command ~ 'seal';
SELECT kind, identity, command FROM enable_claim_isolation('cards', '{"changed_by": "sub"}', '{select,update}', policy_prefix => 'changed') WHERE command ~ 'seal';
SELECT count(*) > 0 AS done FROM enable_claim_isolation('stickers', '{}', '{select,insert,update,delete}', 'EXISTS (SELECT FROM app.cards WHERE cards.id = card_id)');
SELECT count(*) > 0 AS done FROM enable_claim_isolation('portal', '{"email": "email", "account_id": "account", "token": "secret"}', '{select,update}');
SELECT count(*) > 0 AS done FROM enable_claim_isolation('plans', '{}', '{select}', 'true', policy_prefix => 'shared');
SELECT * FROM prove_isolation('cards');
SELECT relation, count(*) AS attempts, count(*) FILTER (WHERE NOT is_right) AS wrong, count(*) FILTER (WHERE actor = 'user' AND outcome = '1 row') AS rows
FROM unnest(ARRAY['cards', 'stickers', 'portal', 'plans']) AS relation CROSS JOIN LATERAL prove_isolation(relation::regclass) GROUP BY relation ORDER BY relation;
SELECT relation, fault, made.proof FROM (VALUES
    ('cards', 'SELECT'),
    ('cards', 'DROP POLICY made_insert ON app.cards'),
    ('cards', 'ALTER POLICY made_select ON app.cards USING (true)'),
    ('cards', 'ALTER POLICY made_insert ON app.cards WITH CHECK (true)'),
    ('cards', 'ALTER POLICY changed_update ON app.cards USING (changed_by = rowkit.current_user_id()) WITH CHECK (true)'),
    ('cards', 'ALTER POLICY changed_update ON app.cards USING (true)'),
    ('cards', 'ALTER TABLE app.cards DISABLE ROW LEVEL SECURITY'),
    ('stickers', 'ALTER POLICY claim_insert ON app.stickers WITH CHECK (card_id IS NOT NULL)'),
    ('portal', 'ALTER POLICY claim_select ON app.portal USING (account_id = rowkit.current_claim_uuid(''account'') OR email IS NOT NULL)'),
    ('plans', 'CREATE POLICY anyone ON app.plans FOR INSERT TO authenticated WITH CHECK (true); GRANT INSERT ON app.plans TO authenticated'),
    ('plans', 'CREATE POLICY anyone ON app.plans TO authenticated USING (true); GRANT UPDATE, DELETE ON app.plans TO authenticated'),
    ('plans', 'ALTER POLICY shared_select ON app.plans TO PUBLIC; GRANT SELECT ON app.plans TO anon'),
    ('plans', 'ALTER POLICY shared_select ON app.plans USING (name <> '''')')
) AS each(relation, fault) CROSS JOIN LATERAL fault(relation::regclass, fault) AS made \gx

-- A plain role's table: its triggers run as the table's owner and as end users, and become nobody else, whoever asks for the proof.
CREATE ROLE plain NOLOGIN;
CREATE SCHEMA plainhome AUTHORIZATION plain;
SET ROLE plain;
CREATE TABLE plainhome.members (account_id uuid NOT NULL, user_id uuid NOT NULL, PRIMARY KEY (account_id, user_id));
CREATE TABLE plainhome.parents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE plainhome.notes (id uuid PRIMARY KEY, account_id uuid NOT NULL, parent_id uuid NOT NULL REFERENCES plainhome.parents DEFERRABLE INITIALLY DEFERRED, body text);
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON plainhome.notes TO authenticated;
SELECT count(*) > 0 AS done FROM rowkit.register_membership('plainhome.members', tenant_column => 'account_id');
SELECT count(*) > 0 AS done FROM rowkit.enable_tenant_isolation('plainhome.notes', membership => 'plainhome.members');
-- What a sequence counted stays when everything is rolled back.
CREATE SEQUENCE plainhome.as_owner;
CREATE SEQUENCE plainhome.as_user;
CREATE SEQUENCE plainhome.as_prover;
CREATE SEQUENCE plainhome.as_superuser;
CREATE SEQUENCE plainhome.became_another;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA plainhome TO PUBLIC;
CREATE FUNCTION plainhome.seize() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    way text;
BEGIN
    FOREACH way IN ARRAY ARRAY['RESET ROLE', 'SET ROLE NONE', 'SET LOCAL ROLE NONE', 'RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION DEFAULT',
        'SELECT set_config(''role'', ''none'', true)', 'SELECT set_config(''session_authorization'', session_user, false)', 'SET ROLE plain', 'RESET ALL'] LOOP
        BEGIN
            EXECUTE way;
            IF way <> 'RESET ALL' THEN
                PERFORM nextval('plainhome.became_another');
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END;
        IF (SELECT role.rolsuper FROM pg_roles AS role WHERE role.rolname = current_user) THEN
            PERFORM nextval('plainhome.as_superuser');
            CREATE ROLE seized SUPERUSER;
        END IF;
    END LOOP;
    PERFORM nextval(CASE current_user WHEN 'plain' THEN 'plainhome.as_owner' WHEN 'authenticated' THEN 'plainhome.as_user' WHEN 'prover' THEN 'plainhome.as_prover' END);
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER seize BEFORE INSERT OR UPDATE OR DELETE ON plainhome.notes FOR EACH ROW EXECUTE FUNCTION plainhome.seize();
CREATE TRIGGER seize BEFORE INSERT OR UPDATE OR DELETE ON plainhome.parents FOR EACH ROW EXECUTE FUNCTION plainhome.seize();
CREATE TRIGGER seize BEFORE INSERT OR UPDATE OR DELETE ON plainhome.members FOR EACH ROW EXECUTE FUNCTION plainhome.seize();
ALTER TABLE plainhome.notes ENABLE ALWAYS TRIGGER seize;
RESET ROLE;
-- RESET ALL does away with the claims: whoever asks is nobody then, and cannot write.
SELECT count(*) > 30 AS tried, array_agg(concat_ws(' ', actor, operation, target, outcome)) FILTER (WHERE NOT is_right) AS wrong FROM prove_isolation('plainhome.notes');
SELECT sequencename, last_value IS NOT NULL AS happened FROM pg_sequences WHERE schemaname = 'plainhome' ORDER BY sequencename;
SELECT count(*) AS seized FROM pg_roles WHERE rolname = 'seized';
SELECT current_user = session_user AS is_itself, current_setting('role') AS role, current_setting('request.jwt.claims', true) AS claims, (SELECT count(*) FROM plainhome.notes) AS rows;
-- Where the trigger stops at the refusal, the proof says that this is no refusal of the user's.
CREATE OR REPLACE FUNCTION plainhome.seize() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'authenticated' THEN
        RESET ROLE;
        CREATE ROLE seized SUPERUSER;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
SELECT actor, operation, target, outcome FROM prove_isolation('plainhome.notes') WHERE NOT is_right;
CREATE OR REPLACE FUNCTION plainhome.seize() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; RETURN NEW; END $$;
SELECT * FROM prove_isolation('plainhome.notes');
CREATE OR REPLACE FUNCTION plainhome.seize() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
SELECT * FROM prove_isolation('plainhome.notes');
-- A caller who is no superuser needs the rights of the tables' owner and of the users' roles, and works as these.
SET ROLE plain;
CREATE OR REPLACE FUNCTION plainhome.seize() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        RESET ROLE;
        PERFORM nextval('plainhome.became_another');
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    PERFORM nextval(CASE current_user WHEN 'plain' THEN 'plainhome.as_owner' WHEN 'authenticated' THEN 'plainhome.as_user' WHEN 'prover' THEN 'plainhome.as_prover' END);
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
RESET ROLE;
CREATE ROLE prover NOLOGIN BYPASSRLS;
SET ROLE prover;
SELECT * FROM prove_isolation('plainhome.notes');
RESET ROLE;
GRANT SELECT, INSERT, UPDATE, DELETE ON plainhome.notes, plainhome.parents, plainhome.members TO prover;
SET ROLE prover;
SELECT * FROM prove_isolation('plainhome.notes');
RESET ROLE;
GRANT plain TO prover;
SET ROLE prover;
SELECT * FROM prove_isolation('plainhome.notes');
RESET ROLE;
GRANT authenticated, anon, service_role TO prover;
SET ROLE prover;
SELECT count(*) > 30 AS tried, count(*) FILTER (WHERE NOT is_right) AS wrong FROM prove_isolation('plainhome.notes');
RESET ROLE;
SELECT sequencename, last_value IS NOT NULL AS happened FROM pg_sequences WHERE schemaname = 'plainhome' ORDER BY sequencename;
-- A policy may name any role. Triggers of the table get no rights that its owner could not have: not those of that role, nor the service's.
SET ROLE plain;
ALTER POLICY tenant_select ON plainhome.notes TO prover;
RESET ROLE;
SELECT actor, operation, target, outcome, is_right FROM prove_isolation('plainhome.notes') WHERE actor = 'service' OR (actor = 'admin' AND operation = 'SELECT');
SELECT * FROM prove_isolation('plainhome.notes', as_database_role => 'prover');
SELECT sequencename, last_value IS NOT NULL AS happened FROM pg_sequences WHERE schemaname = 'plainhome' AND sequencename IN ('as_prover', 'as_superuser');
-- Users do not come as a superuser, whose rights the triggers would have.
CREATE ROLE almighty NOLOGIN SUPERUSER;
SELECT * FROM prove_isolation('plainhome.notes', as_database_role => 'almighty');
SELECT * FROM prove_isolation('plainhome.notes', as_database_role => 'nobody at all');
-- What the proof is made of is nobody's way around row security.
SET ROLE plain;
SELECT rowkit_internal._canary_row('plainhome.parents', '{"name": "x"}');
SELECT rowkit_internal._canary_parent('plainhome.parents', '{id}', '{"id": "00000000-0000-4000-8000-000000000001"}');
SELECT * FROM rowkit_internal._attempts('plainhome.notes', '{account_id}', '{}', '{}', 'member', 'authenticated', NULL, false, false);
RESET ROLE;
SELECT rowkit_internal._canary_row('plainhome.parents', NULL);
SELECT rowkit_internal._canary_row(0::oid::regclass, '{}');
SELECT rowkit_internal._canary_row('pg_roles', '{}');

SET client_min_messages = warning;
DROP SCHEMA app, plainhome CASCADE;
DROP ROLE anon, authenticated, service_role, plain, prover, almighty;
