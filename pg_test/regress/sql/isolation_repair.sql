\set VERBOSITY default
\set SHOW_CONTEXT never
-- isolation_report(): its remedies are statements that give back what was there, with all settings; a call that changes the settings says so.
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO authenticated;
CREATE TABLE app.accounts (id uuid PRIMARY KEY);
CREATE TABLE app.members (account_id uuid REFERENCES app.accounts, user_id uuid, role text, is_active boolean NOT NULL DEFAULT true, PRIMARY KEY (account_id, user_id));
CREATE TABLE app.projects (id uuid PRIMARY KEY, account_id uuid NOT NULL REFERENCES app.accounts, name text, is_private boolean, made_by uuid);
CREATE TABLE app.tasks (id uuid PRIMARY KEY, project_id uuid REFERENCES app.projects, title text);
SELECT count(*) FROM rowkit.register_membership('app.members', role_column => 'role', active_column => 'is_active', roles => '{viewer,member,admin,owner}');
SELECT count(*) FROM rowkit.enable_tenant_isolation('app.members');
SELECT count(*) FROM rowkit.enable_tenant_isolation('app.accounts', tenant_column => 'id', commands => '{select}');
SELECT count(*) FROM rowkit.enable_tenant_isolation('app.projects', write_role => 'member', delete_role => 'admin',
    read_condition => 'is_private IS NOT TRUE OR made_by = rowkit.current_user_id()');
SELECT count(*) FROM rowkit.enable_derived_isolation('app.tasks', 'project_id', write_condition => 'title <> ''it''''s''');
SELECT count(*) FROM rowkit.enable_claim_isolation('app.projects', '{"made_by": "sub"}', '{select,update}', policy_prefix => 'own');
CREATE VIEW policies AS
SELECT polrelid::regclass AS relation, polname, polcmd, pg_get_expr(polqual, polrelid) AS rows, pg_get_expr(polwithcheck, polrelid) AS checked, obj_description(oid, 'pg_policy') AS seal
FROM pg_policy WHERE polrelid::regclass::text LIKE 'app.%';
CREATE VIEW triggers AS SELECT tgrelid::regclass AS relation, tgname, pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'app.%';
CREATE TABLE policies_before AS TABLE policies;
CREATE TABLE triggers_before AS TABLE triggers;
CREATE FUNCTION changed() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM ((TABLE policies EXCEPT TABLE policies_before) UNION ALL (TABLE policies_before EXCEPT TABLE policies)) AS one
$$;
CREATE FUNCTION changed_triggers() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM ((TABLE triggers EXCEPT TABLE triggers_before) UNION ALL (TABLE triggers_before EXCEPT TABLE triggers)) AS one
$$;
SELECT * FROM rowkit.isolation_report();
-- Each of these is told, and its remedy, pasted, brings back exactly what was there.
CREATE PROCEDURE spoil_and_repair(damage text) LANGUAGE plpgsql AS $$
DECLARE
    told record;
    told_before bigint;
BEGIN
    EXECUTE damage;
    FOR told IN SELECT * FROM rowkit.isolation_report() LOOP
        RAISE NOTICE '% | % | %', told.object_name, told.problem, told.remedy;
        EXECUTE told.remedy;
    END LOOP;
    SELECT count(*) INTO told_before FROM rowkit.isolation_report();
    RAISE NOTICE 'now % problems, % policies and % triggers differ', told_before, changed(), changed_triggers();
END
$$;
CALL spoil_and_repair('DROP TRIGGER "0_guard_tenant" ON app.projects');
CALL spoil_and_repair('DROP POLICY tenant_delete ON app.projects');
CALL spoil_and_repair('ALTER POLICY tenant_select ON app.projects USING (true)');
CALL spoil_and_repair('ALTER POLICY own_update ON app.projects WITH CHECK (true)');
CALL spoil_and_repair('DROP POLICY derived_insert ON app.tasks');
CALL spoil_and_repair('ALTER TABLE app.accounts DISABLE ROW LEVEL SECURITY');
CALL spoil_and_repair('DROP TRIGGER membership_delete ON app.members');
CALL spoil_and_repair('DROP TRIGGER membership_update ON app.members');
-- What the catalog does not tell any more is said in words.
BEGIN;
DROP TRIGGER membership_update ON app.members;
DROP TRIGGER membership_delete ON app.members;
SELECT object_name, problem, remedy FROM rowkit.isolation_report();
ROLLBACK;
-- A table beside them that anybody reaches; rowkit's own tables.
BEGIN;
CREATE TABLE app.notes (id uuid PRIMARY KEY, project_id uuid, text text);
GRANT SELECT ON app.notes TO authenticated;
SELECT count(*) FROM rowkit.enable_api_tokens('app');
GRANT SELECT, INSERT ON app.api_tokens, app.token_scopes TO authenticated;
SELECT object_name, problem, remedy FROM rowkit.isolation_report();
SET ROLE authenticated;
INSERT INTO app.token_scopes VALUES ('member', '*');
ROLLBACK;
-- Other settings replace those that were there, and that is said.
SELECT count(*) FROM rowkit.enable_tenant_isolation('app.projects', write_role => 'member', delete_role => 'admin',
    read_condition => 'is_private IS NOT TRUE OR made_by = rowkit.current_user_id()');
BEGIN;
SELECT count(*) FROM rowkit.enable_tenant_isolation('app.projects');
SELECT count(*) FROM rowkit.register_membership('app.members');
ROLLBACK;
-- An invitation is not written by hand: the proof does not ask for that.
SELECT count(*) FROM rowkit.enable_invitations('app');
SELECT count(*) FROM rowkit.enable_tenant_isolation('app.invitations', write_role => 'admin');
INSERT INTO app.accounts VALUES (gen_random_uuid());
SELECT count(*) > 0 AS tried, bool_and(is_right) AS all_right FROM rowkit.prove_isolation('app.invitations');
SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
DROP ROLE authenticated, service_role;
