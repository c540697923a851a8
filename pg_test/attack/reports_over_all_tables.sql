-- Reports and jobs walk the tables of all roles. Plain's tables bear code: a policy, a view, a trigger, an index. Whoever asks for a report must not run it.
\connect - plain
CREATE TABLE plainhome.bait (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v text);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.bait');
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
INSERT INTO plainhome.bait (v) VALUES ('y');
SELECT rowkit.soft_delete('plainhome.bait', id) FROM plainhome.bait;
INSERT INTO plainhome.bait (v) VALUES ('z');
ALTER TABLE plainhome.bait ENABLE ROW LEVEL SECURITY;
ALTER TABLE plainhome.bait FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON plainhome.bait TO PUBLIC USING (attack.trap('plain'));
GRANT SELECT, UPDATE, DELETE, INSERT ON plainhome.bait TO PUBLIC;
GRANT SELECT, UPDATE, DELETE, INSERT ON plainhome.deletions, plainhome.deletion_references TO PUBLIC;
-- The book of deletions has a policy, too.
ALTER TABLE plainhome.deletions ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON plainhome.deletions TO PUBLIC USING (attack.trap('plain'));
-- A counter whose condition is plain's code, and whose owners have a policy.
CREATE TABLE plainhome.accounts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n bigint NOT NULL DEFAULT 0);
CREATE TABLE plainhome.things (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account_id uuid REFERENCES plainhome.accounts (id));
SELECT count(*) FROM rowkit.enable_usage_counter('plainhome.things', 'plainhome.accounts', 'n', condition => 'attack.trap(''plain'')');
INSERT INTO plainhome.accounts DEFAULT VALUES;
INSERT INTO plainhome.things (account_id) SELECT id FROM plainhome.accounts;
ALTER TABLE plainhome.accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON plainhome.accounts TO PUBLIC USING (attack.trap('plain'));
ALTER TABLE plainhome.things ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON plainhome.things TO PUBLIC USING (attack.trap('plain'));
GRANT SELECT, UPDATE ON plainhome.accounts, plainhome.things TO PUBLIC;
-- Keys whose type has a cast to text of plain's.
CREATE TYPE plainhome.colour AS ENUM ('red', 'green');
CREATE FUNCTION plainhome.shown(colour plainhome.colour) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); RETURN 'red'; END $$;
CREATE CAST (plainhome.colour AS text) WITH FUNCTION plainhome.shown(plainhome.colour) AS ASSIGNMENT;
CREATE TABLE plainhome.coloured (id plainhome.colour PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.coloured');
GRANT SELECT, UPDATE, DELETE, INSERT ON plainhome.coloured TO PUBLIC;
INSERT INTO plainhome.coloured VALUES ('red'), ('green');
SELECT rowkit.soft_delete('plainhome.coloured', record_key => 'red');
-- Keys of a domain whose CHECK is plain's code: it runs for whoever makes such a value, as of a key that is given as text.
CREATE DOMAIN plainhome.word AS text CHECK (attack.trap('plain'));
CREATE TABLE plainhome.worded (id plainhome.word PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.worded');
INSERT INTO plainhome.worded VALUES ('red'), ('green');
SELECT rowkit.soft_delete('plainhome.worded', record_key => 'red');
UPDATE plainhome.deletions SET deleted_at = now() - interval '200 days';
-- Wrong on purpose, so that a repair has something to do.
UPDATE plainhome.accounts SET n = 7;
SELECT attack.holds(attack.has_visits(), 'the traps are there');

CREATE FUNCTION plainhome.nothing() RETURNS void LANGUAGE sql AS '';
\connect - rowkit
CREATE FUNCTION attack.ask_everything() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    command text; asked integer := 0;
BEGIN
    FOREACH command IN ARRAY ARRAY[
        'SELECT * FROM rowkit.deleted_records_summary()', 'SELECT * FROM rowkit.isolation_report()', 'SELECT * FROM rowkit.usage_drift()', 'SELECT rowkit.schedule_jobs(''dc'', true)', 'SELECT rowkit.schema_cache()',
        'SELECT rowkit.validate_record(attack.id(''A table''), ''{}'')', 'SELECT * FROM rowkit.row_history(''ct.records'', attack.id(''A record''))',
        'SELECT rowkit.account_usage(attack.id(''A'')::text, ''dc.accounts'')', 'SELECT dc.calculate_account_usage(attack.id(''A''))',
        'SELECT rowkit.soft_delete(''dc.projects'', attack.id(''A project''))', 'SELECT rowkit.restore_deleted(''dc.projects'', attack.id(''A project''))', 'SELECT * FROM rowkit.preview_delete(''dc.projects'', attack.id(''A project''))',
        'SELECT rowkit.permanent_delete(''dc.projects'', attack.id(''nothing''))', 'SELECT rowkit.cleanup_soft_deleted_records(''dc.projects'', 9999)', 'SELECT rowkit.current_tenant_ids(''dc.account_users'')'] LOOP
        BEGIN
            EXECUTE command;
            asked := asked + 1;
        EXCEPTION WHEN OTHERS THEN
            IF SQLSTATE NOT IN ('42501', '42704', '55000', '22023') THEN RAISE EXCEPTION 'ATTACK WENT WRONG with %: % [%]', SQLSTATE, SQLERRM, command; END IF;
        END;
    END LOOP;
    RETURN asked;
END
$$;
SELECT attack.holds(attack.ask_everything() > 9, 'a superuser can ask');
CALL rowkit.purge_deleted_in_batches(90);
-- A superuser who names the table works as its owner.
SELECT attack.shows_nothing(call, '42501', '55000', '0A000', '23503')
FROM unnest(ARRAY['SELECT rowkit.cleanup_soft_deleted_records(''plainhome.coloured'', 0)', 'SELECT * FROM rowkit.preview_delete(''plainhome.coloured'', record_key => ''green'')',
    'SELECT rowkit.soft_delete(''plainhome.coloured'', record_key => ''green'')', 'SELECT rowkit.hold_deletion(''plainhome.coloured'', record_key => ''green'')',
    'SELECT * FROM rowkit.preview_delete(''plainhome.worded'', record_key => ''green'')', 'SELECT rowkit.soft_delete(''plainhome.worded'', record_key => ''green'')', 'SELECT rowkit.hold_deletion(''plainhome.worded'', record_key => ''green'')',
    'SELECT rowkit.restore_deleted(''plainhome.worded'', record_key => ''green'')', 'SELECT rowkit.permanent_delete(''plainhome.worded'', record_key => ''red'')', 'SELECT rowkit.restore_deleted(''plainhome.coloured'', record_key => ''green'')',
    'SELECT rowkit.sync_usage_counters((SELECT id FROM plainhome.accounts), ''plainhome.accounts'')', 'SELECT rowkit.increment_usage_counter((SELECT id FROM plainhome.accounts), ''n'', 1, ''plainhome.accounts'')']) AS call;
\connect - authenticator
SELECT attack.sign_in('b3');
SELECT attack.holds(attack.ask_everything() > 5, 'an end user can ask');
\connect - authenticator
SELECT attack.sign_in(NULL);
SELECT attack.holds(attack.ask_everything() > 3, 'anon can ask');
\connect - authenticator
SET ROLE service_role;
SELECT attack.holds(attack.ask_everything() > 5, 'a service can ask');
