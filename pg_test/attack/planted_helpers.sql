-- Helper tables are found by their name beside another table. Where somebody else may create objects in that schema, a view of that name is planted, whose code
-- then runs as whoever needs the helper: it must be the kind and the owner's that is expected.
\connect - rowkit
GRANT CREATE ON SCHEMA dc, ct, ca TO plain;
\connect - plain
CREATE FUNCTION plainhome.own() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$ BEGIN PERFORM attack.trap('plain'); RETURN 0; END $$;
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE VIEW dc.usage_slots AS SELECT 'accounts.current_project_count'::text AS counter, attack.id('A')::text AS owner_key, 0 AS slot, plainhome.own() AS used, NULL::bigint AS room, NULL::bigint AS of_limit;
CREATE VIEW ct.usage_slots AS SELECT 'organizations.x'::text AS counter, attack.id('A')::text AS owner_key, 0 AS slot, plainhome.own() AS used, NULL::bigint AS room, NULL::bigint AS of_limit;
GRANT ALL ON dc.usage_slots, ct.usage_slots TO PUBLIC;
-- Others that a blueprint does not have, with the columns that are read.
CREATE VIEW dc.token_scopes AS SELECT 'viewer'::text AS role, ('*' || plainhome.own())::text AS scope WHERE plainhome.own() = 0;
GRANT ALL ON dc.token_scopes TO PUBLIC;
DO $$
DECLARE
    made text;
BEGIN
    -- Whatever of these is not there is planted, as a view; whatever is there cannot be.
    FOREACH made IN ARRAY ARRAY['ct.deletions', 'ct.deletion_references', 'ct.login_failures', 'ct.api_tokens', 'ct.invitations', 'ct.credit_accounts', 'ca.deletions', 'ca.tables', 'ca.record_keys', 'ca.users', 'dc.tables', 'dc.credit_accounts', 'dc.global_topics'] LOOP
        IF to_regclass(made) IS NULL THEN
            EXECUTE format('CREATE VIEW %s AS SELECT attack.id(''A'') AS id, ''{}''::jsonb AS schema, attack.id(''A'') AS account_id, plainhome.own() AS balance, NULL::timestamptz AS deleted_at', made);
            EXECUTE format('GRANT ALL ON %s TO PUBLIC', made);
        END IF;
    END LOOP;
END
$$;
CREATE TABLE plainhome.loot (what text);
\connect - rowkit
CREATE FUNCTION attack.use_helpers() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    command text; used integer := 0;
BEGIN
    FOREACH command IN ARRAY ARRAY[
        'SELECT rowkit.read_usage_counter(attack.id(''A'')::text, ''projects'', ''dc.accounts'')', 'SELECT rowkit.account_usage(attack.id(''A'')::text, ''dc.accounts'')', 'SELECT rowkit.check_usage_available(attack.id(''A'')::text, ''projects'', 1, ''dc.accounts'')',
        'SELECT * FROM rowkit.usage_drift(''dc.accounts'')', 'SELECT rowkit.sync_usage_counters(attack.id(''A''), ''dc.accounts'')', 'SELECT rowkit.increment_usage_counter(attack.id(''A''), ''ai_requests'', 1, ''dc.accounts'')',
        'UPDATE dc.projects SET name = name || ''x'' WHERE account_id = attack.id(''A'')', 'INSERT INTO dc.projects (account_id, name) VALUES (attack.id(''A''), ''new'')', 'UPDATE ct.records SET name = name || ''x'' WHERE organization_id = attack.id(''A'')',
        'SELECT rowkit.validate_api_token(rowkit.generate_api_token(), api_tokens => ''dc.api_tokens'')', 'SELECT rowkit.create_api_token(attack.id(''A''), ''x'', ''{*}'', api_tokens => ''dc.api_tokens'')',
        'SELECT rowkit.soft_delete(''dc.projects'', attack.id(''A project''))', 'SELECT rowkit.restore_deleted(''dc.projects'', attack.id(''A project''))', 'SELECT rowkit.validate_record(attack.id(''A table''), ''{}'')',
        'SELECT rowkit.count_login_attempt(''x@a.example''::text, false, users => ''dc.users'')', 'SELECT rowkit.isolation_report()', 'SELECT rowkit.preview_delete(''ct.tables'', attack.id(''A table''))'] LOOP
        BEGIN
            EXECUTE command;
            used := used + 1;
        EXCEPTION WHEN OTHERS THEN
            IF SQLSTATE NOT IN ('42501', '42704', '55000', '22023', '42809', '42P01', '0A000', '23503', '53400', '42P17', '40001') THEN RAISE EXCEPTION 'ATTACK WENT WRONG with %: % [%]', SQLSTATE, SQLERRM, command; END IF;
        END;
    END LOOP;
    RETURN used;
END
$$;
BEGIN;
SELECT attack.use_helpers();
ROLLBACK;
\connect - authenticator
SELECT attack.sign_in('a3');
BEGIN;
SELECT attack.use_helpers();
ROLLBACK;
SELECT attack.sign_in('a1');
BEGIN;
SELECT attack.use_helpers();
ROLLBACK;
\connect - authenticator
SET ROLE service_role;
BEGIN;
SELECT attack.use_helpers();
ROLLBACK;
-- A helper of the right kind, made by plain, in a schema of somebody else's, is no better: its triggers would run.
\connect - plain
DROP VIEW dc.usage_slots;
CREATE TABLE dc.usage_slots (counter text, owner_key text, slot integer, used bigint, room bigint, of_limit bigint, PRIMARY KEY (counter, owner_key, slot));
CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON dc.usage_slots FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
ALTER TABLE dc.usage_slots ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON dc.usage_slots TO PUBLIC USING (attack.trap('plain'));
GRANT ALL ON dc.usage_slots TO PUBLIC;
INSERT INTO dc.usage_slots VALUES ('dc.accounts.current_project_count', attack.id('A')::text, 0, 5, 5, 5);
\connect - authenticator
SELECT attack.sign_in('a3');
BEGIN;
SELECT attack.use_helpers();
ROLLBACK;
\connect - rowkit
BEGIN;
SELECT attack.use_helpers();
ROLLBACK;
