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
SELECT command FROM enable_derived_isolation('shapes', 'diagram_id', read_condition => 'NOT is_draft') AS made(command) WHERE command ~ 'FOR (UPDATE|DELETE)';

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
SELECT command FROM enable_tenant_isolation('projects', read_role => 'admin', write_role => 'member', dry_run => true) AS made(command) WHERE command ~ 'CREATE POLICY';

-- Each fault is told of.
CREATE FUNCTION fault(relation regclass, fault text) RETURNS TABLE(proof text[], report text[]) LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE fault;
        proof := ARRAY(SELECT concat_ws(' ', actor, operation, target, outcome) FROM rowkit.prove_isolation(fault.relation) WHERE NOT is_right);
        report := ARRAY(SELECT concat(problem.relation, ': ', problem.problem) FROM rowkit.isolation_report() AS problem);
        RAISE EXCEPTION USING ERRCODE = 'RK002';
    EXCEPTION WHEN SQLSTATE 'RK002' THEN NULL;
    END;
    RETURN NEXT;
END
$$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
SELECT relation, fault, made.* FROM (VALUES
    ('diagrams', 'SELECT'),
    ('diagrams', $$ALTER POLICY tenant_update ON app.diagrams USING (account_id = ANY (rowkit.my_tenant_ids('app.members')))$$),
    ('diagrams', $$ALTER POLICY tenant_delete ON app.diagrams USING (account_id = ANY (rowkit.my_tenant_ids('app.members')))$$),
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
CREATE TABLE games (id uuid PRIMARY KEY DEFAULT rowkit.uuid_v7(), tenant_id uuid NOT NULL);
SELECT command FROM register_membership('club') AS made(command);
SELECT command FROM enable_tenant_isolation('games', membership => 'club') AS made(command) WHERE command ~ 'CREATE POLICY|TRIGGER';
SELECT count(*) > 0 AS done FROM enable_tenant_isolation('club', membership => 'club');
SELECT * FROM enable_tenant_isolation('games', membership => 'club', write_role => 'member');
INSERT INTO club VALUES ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000a1');
SET ROLE authenticated;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000a1"}';
SELECT my_tenant_ids('club');
INSERT INTO games (tenant_id) VALUES ('00000000-0000-4000-8000-000000000001');
INSERT INTO games (tenant_id) VALUES ('00000000-0000-4000-8000-000000000002');
SELECT my_tenant_ids('club', 'member');
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
SELECT * FROM enable_claim_isolation('cards', '{"made_by": "sub"}', '{select,insert,update,delete}', name => 'made') AS made(command) WHERE command ~ 'seal';
SELECT * FROM enable_claim_isolation('cards', '{"changed_by": "sub"}', '{select,update}', name => 'changed') AS made(command) WHERE command ~ 'seal';
SELECT count(*) > 0 AS done FROM enable_claim_isolation('stickers', '{}', '{select,insert,update,delete}', 'EXISTS (SELECT FROM app.cards WHERE cards.id = card_id)');
SELECT count(*) > 0 AS done FROM enable_claim_isolation('portal', '{"email": "email", "account_id": "account", "token": "secret"}', '{select,update}');
SELECT count(*) > 0 AS done FROM enable_claim_isolation('plans', '{}', '{select}', 'true', name => 'shared');
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

SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
DROP ROLE anon, authenticated, service_role;
