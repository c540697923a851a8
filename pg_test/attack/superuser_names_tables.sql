-- A superuser names a table of plain's in a call that changes rows: a job by the clock, a token, a credit, an invitation, a login, a search vector. The table's triggers
-- are plain's code. They must run with plain's rights, not with the superuser's.
\connect - plain
CREATE FUNCTION plainhome.planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;
CREATE TABLE plainhome.accounts (id uuid PRIMARY KEY);
CREATE TABLE plainhome.users (id uuid PRIMARY KEY, email text);
CREATE TABLE plainhome.account_users (account_id uuid REFERENCES plainhome.accounts, user_id uuid REFERENCES plainhome.users, role text, PRIMARY KEY (account_id, user_id));
INSERT INTO plainhome.accounts VALUES (attack.id('P'));
INSERT INTO plainhome.users VALUES (attack.id('p1'), 'p1@p.example');
INSERT INTO plainhome.account_users VALUES (attack.id('P'), attack.id('p1'), 'owner');
SELECT count(*) FROM rowkit.enable_credits('plainhome.accounts');
SELECT count(*) FROM rowkit.enable_api_tokens('plainhome');
SELECT count(*) FROM rowkit.register_membership('plainhome.account_users', role_column => 'role', roles => '{viewer,owner}');
SELECT count(*) FROM rowkit.enable_invitations('plainhome');
SELECT count(*) FROM rowkit.enable_login_lockout('plainhome.users');
CREATE TABLE plainhome.queries (id integer, leads_this_week integer, leads_week date);
CREATE TABLE plainhome.export_jobs (id integer, expires_at timestamptz, status text);
CREATE TABLE plainhome.trends (topic_id uuid, week date, volume bigint, change_percent numeric);
CREATE TABLE plainhome.notes (id integer, body text, v tsvector);
CREATE TRIGGER v BEFORE INSERT OR UPDATE ON plainhome.notes FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('v', 'body:A');
INSERT INTO plainhome.queries VALUES (1, 5, '2020-01-06');
INSERT INTO plainhome.export_jobs VALUES (1, '2020-01-01', 'completed');
INSERT INTO plainhome.trends VALUES (attack.id('P'), '2020-01-06', 5, NULL), (attack.id('P'), '2020-01-13', 10, NULL);
INSERT INTO plainhome.notes VALUES (1, 'x');
ALTER TABLE plainhome.notes DISABLE TRIGGER v;
UPDATE plainhome.notes SET v = NULL;
ALTER TABLE plainhome.notes ENABLE TRIGGER v;
SELECT format('CREATE TRIGGER planted BEFORE INSERT OR UPDATE OR DELETE ON plainhome.%I FOR EACH ROW EXECUTE FUNCTION plainhome.planted()', relname)
FROM pg_class WHERE relnamespace = 'plainhome'::regnamespace AND relkind = 'r' AND relname NOT IN ('accounts', 'deletions') ORDER BY relname \gexec
\connect - rowkit
CREATE FUNCTION attack.visits_of(call text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint := nextval('attack.visits');
BEGIN
    PERFORM attack.shows_nothing(call);
    RETURN nextval('attack.visits') - before - 1;
END
$$;
-- Each of them runs code of plain's: else this would show nothing.
SELECT attack.holds(attack.visits_of(call) > 0, format('the trap is on the way of %s', call))
FROM unnest(ARRAY[
    $$SELECT rowkit_internal._reset_weekly_lead_counts('plainhome.queries')$$,
    $$SELECT rowkit_internal._cleanup_expired_exports('plainhome.export_jobs')$$,
    $$SELECT rowkit_internal._update_topic_trends('plainhome.trends')$$,
    $$SELECT rowkit.grant_credits(attack.id('P'), 5, credit_accounts => 'plainhome.credit_accounts')$$,
    $$SELECT rowkit.consume_credits(attack.id('P'), 1, 'x', credit_accounts => 'plainhome.credit_accounts')$$,
    $$SELECT rowkit.reserve_credits(attack.id('P'), 1, 'x', credit_accounts => 'plainhome.credit_accounts')$$,
    $$SELECT rowkit.release_credits((SELECT id FROM plainhome.credit_operations WHERE status = 'held'), credit_accounts => 'plainhome.credit_accounts')$$,
    $$SELECT rowkit.close_credit_account(attack.id('P'), 'plainhome.credit_accounts')$$,
    $$SELECT token_id FROM rowkit.create_api_token(attack.id('P'), 'x', user_id => attack.id('p1'), api_tokens => 'plainhome.api_tokens')$$,
    $$SELECT token_id FROM rowkit.rotate_api_token((SELECT id FROM plainhome.api_tokens), api_tokens => 'plainhome.api_tokens')$$,
    $$SELECT rowkit.revoke_api_token(id, 'plainhome.api_tokens') FROM plainhome.api_tokens$$,
    $$SELECT invitation_id FROM rowkit.create_invitation(attack.id('P'), 'n@p.example', 'viewer', invited_by => attack.id('p1'), invitations => 'plainhome.invitations')$$,
    $$SELECT rowkit.count_login_attempt('p1@p.example', false, users => 'plainhome.users')$$,
    $$SELECT rowkit.count_login_attempt('nobody@p.example', false, users => 'plainhome.users')$$,
    $$SELECT rowkit_internal._rebuild_search_vectors('plainhome.notes', 0, 10, 'v')$$
]) AS call;
-- What an audit log tells and takes back, a renamed column, counters, secrets, what a feature finds when it is enabled.
\connect - plain
CREATE DOMAIN plainhome.word AS text CHECK (attack.trap('plain'));
CREATE TABLE plainhome.words (id plainhome.word PRIMARY KEY, v text);
SELECT count(*) FROM rowkit.create_audit_log('plainhome', tenant_column => '', parts_schema => 'plainhome');
SELECT count(*) FROM rowkit.enable_audit('plainhome.words');
INSERT INTO plainhome.words VALUES ('a', 'x');
UPDATE plainhome.words SET v = 'y';
CREATE TRIGGER planted BEFORE INSERT OR UPDATE OR DELETE ON plainhome.words FOR EACH ROW EXECUTE FUNCTION plainhome.planted();
CREATE TRIGGER planted BEFORE INSERT OR UPDATE OR DELETE ON plainhome.audit_logs_default FOR EACH ROW EXECUTE FUNCTION plainhome.planted();
CREATE TABLE plainhome.soft (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), deleted_at timestamptz);
INSERT INTO plainhome.soft (deleted_at) VALUES (now());
CREATE TRIGGER planted BEFORE INSERT OR UPDATE OR DELETE ON plainhome.soft FOR EACH ROW EXECUTE FUNCTION plainhome.planted();
CREATE TABLE plainhome.keyed (id plainhome.word PRIMARY KEY, things_count bigint NOT NULL DEFAULT 0);
CREATE TABLE plainhome.things (id uuid PRIMARY KEY, keyed_id plainhome.word REFERENCES plainhome.keyed);
SELECT count(*) FROM rowkit.enable_usage_counter('plainhome.things', 'plainhome.keyed', 'things_count');
INSERT INTO plainhome.keyed (id) VALUES ('a');
CREATE TABLE plainhome.secrets (id uuid PRIMARY KEY, tenant uuid, secret text);
CREATE TRIGGER planted BEFORE INSERT OR UPDATE OR DELETE ON plainhome.secrets FOR EACH ROW EXECUTE FUNCTION plainhome.planted();
CREATE VIEW plainhome.keyed_usage_summary AS SELECT NULL::text AS things, NULL::text AS id WHERE attack.trap('plain');
\connect - rowkit
SELECT max(transaction_id) AS changed FROM plainhome.audit_logs WHERE action = 'UPDATE' \gset
SELECT attack.shows_nothing(call, '42501', '55000', '42704')
FROM unnest(ARRAY[
    $$SELECT * FROM rowkit.row_history('plainhome.words', 'a')$$,
    $$SELECT rowkit.row_as_of('plainhome.words', 'a', now())$$,
    format('SELECT rowkit.undo_transaction(%s, ''plainhome.audit_logs'')', :'changed'),
    $$SELECT rowkit.purge_audit_logs(10, 'plainhome.audit_logs')$$,
    $$SELECT rowkit.rebind_audit_events('plainhome.words', 'zzz')$$,
    $$SELECT rowkit.create_audit_partitions(audit_logs => 'plainhome.audit_logs')$$,
    $$SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.soft')$$,
    $$SELECT * FROM rowkit.account_usage('a'::text, 'plainhome.keyed')$$,
    $$SELECT rowkit.read_usage_counter('a'::text, 'things', 'plainhome.keyed')$$,
    $$SELECT rowkit.check_usage_available('a'::text, 'things', 1, 'plainhome.keyed')$$,
    $$SELECT count(*) FROM rowkit.enable_credits('plainhome.keyed')$$,
    $$SELECT rowkit.create_usage_summary_view('plainhome.keyed')$$,
    $$SELECT rowkit.reencrypt_secrets('plainhome.secrets', 'secret', 'tenant')$$
]) AS call;
SELECT attack.holds(v = 'x', 'the undo was done, as plain') FROM plainhome.words;
-- The same where the tables are only read. An index of each calls plain's function in its predicate, and the server evaluates it when it plans any query on the table. Every
-- function that takes a table or the name of a schema is called with each kind of table that rowkit knows, and a trap that is new to the session.
\connect - plain
CREATE SCHEMA plainct;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'plainct');
CREATE TABLE plainhome.everything (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), table_id uuid, tenant_id uuid, account_id uuid, user_id uuid, name text, email text, company text, status text, data jsonb,
    body text, secret text, is_active boolean, last_used_at timestamptz, created_at timestamptz, created_by uuid, updated_at timestamptz);
SELECT count(*) FROM rowkit.enable_search('plainhome.everything', ARRAY['name:A']);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.everything');
SELECT count(*) FROM rowkit.enable_audit('plainhome.everything');
INSERT INTO plainhome.everything (id, name) VALUES (attack.id('p1'), 'a');
INSERT INTO plainct.organizations (id, name) VALUES (attack.id('P'), 'P');
INSERT INTO plainct.tables (id, organization_id, name) VALUES (attack.id('p1'), attack.id('P'), 'x');
CREATE FUNCTION plainhome.trapped(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN true; END $$;
SELECT format('CREATE INDEX ON %s ((1)) WHERE plainhome.trapped(1)', oid::regclass)
FROM pg_class WHERE relnamespace IN ('plainhome'::regnamespace, 'plainct'::regnamespace) AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname \gexec
CREATE OR REPLACE FUNCTION plainhome.trapped(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN attack.trap('plain'); END $$;
\connect - rowkit
-- What a call is made of: each argument by its name and type.
CREATE FUNCTION attack.argument(name text, type regtype, relation regclass) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(format('%L::%s', CASE
        WHEN type = 'regclass'::regtype AND name IN ('users', 'membership', 'owner_table') THEN 'plainhome.' || CASE name WHEN 'users' THEN 'users' WHEN 'membership' THEN 'account_users' ELSE 'keyed' END
        WHEN type = 'regclass'::regtype THEN relation::text
        WHEN type = 'regnamespace'::regtype OR (type = 'text'::regtype AND name IN ('schema', 'schema_name', 'home', 'target_schema')) THEN (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = relation)
        WHEN type = 'text'::regtype THEN CASE WHEN name IN ('blueprint', 'blueprint_name') THEN 'custom_tables' WHEN name ~ 'key' THEN attack.id('p1')::text WHEN name ~ 'vector|search' THEN 'search_vector'
            WHEN name ~ 'policy|kind|mode' THEN 'refuse' WHEN name ~ 'tenant' THEN 'tenant_id' WHEN name ~ 'query' THEN 'a' ELSE 'name' END
        WHEN type = 'text[]'::regtype THEN CASE WHEN name = 'fields' THEN '{name:A}' WHEN name ~ 'key' THEN format('{%s}', attack.id('p1')) ELSE '{name}' END
        WHEN type = 'uuid'::regtype THEN attack.id('p1')::text
        WHEN type = 'uuid[]'::regtype THEN format('{%s}', attack.id('p1'))
        WHEN type = 'boolean'::regtype THEN 'false'
        WHEN type IN ('integer'::regtype, 'bigint'::regtype) THEN '1'
        WHEN type IN ('integer[]'::regtype, 'bigint[]'::regtype) THEN '{1}'
        WHEN type = 'jsonb'::regtype THEN CASE WHEN name ~ 'records|rows' THEN '[{"name": "a"}]' ELSE '{}' END
        WHEN type = 'interval'::regtype THEN '1 day'
        WHEN type IN ('timestamptz'::regtype, 'date'::regtype) THEN '2026-01-01'
        WHEN type = 'name[]'::regtype THEN '{plainhome}'
    END, type), 'NULL')
$$;
CREATE PROCEDURE attack.read_all() LANGUAGE plpgsql AS $$
DECLARE
    callee record;
    relation regclass;
    call text;
    found text[] := '{}';
    calls bigint := 0;
BEGIN
    FOR callee IN
        SELECT routine.oid::regproc AS name, routine.proargtypes::regtype[] AS types, routine.proargnames AS names
        FROM pg_proc AS routine
        WHERE routine.pronamespace IN ('rowkit'::regnamespace, 'rowkit_internal'::regnamespace) AND routine.prokind = 'f' AND routine.prorettype <> 'trigger'::regtype
            AND ('regclass'::regtype = ANY (routine.proargtypes) OR 'regnamespace'::regtype = ANY (routine.proargtypes) OR routine.proargnames && ARRAY['schema', 'schema_name', 'home', 'target_schema'])
        ORDER BY routine.oid::regprocedure::text
    LOOP
        FOR relation IN
            SELECT class.oid FROM pg_class AS class
            WHERE class.oid = ANY ('{plainhome.everything,plainct.tables,plainct.records,plainct.rowkit_objects,plainhome.keyed,plainhome.api_tokens,plainhome.credit_accounts,plainhome.audit_logs}'::regclass[])
            ORDER BY class.oid
        LOOP
            call := (SELECT format('SELECT * FROM %s(%s)', callee.name, string_agg(attack.argument(callee.names[place], callee.types[place - 1], relation), ', ' ORDER BY place))
                FROM generate_series(1, cardinality(callee.types)) AS place);
            calls := calls + 1;
            BEGIN
                EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = on)', relation);
                EXECUTE call;
                RAISE EXCEPTION 'enough' USING ERRCODE = 'ATK00';
            EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN NULL;
            END;
            IF (SELECT is_called FROM attack.alarm) THEN
                found := found || call;
                PERFORM setval('attack.alarm', 1, false);
                EXIT;
            END IF;
        END LOOP;
    END LOOP;
    PERFORM attack.holds(calls > 1000, 'many calls were tried');
    PERFORM attack.holds(found = '{}', format('nothing of plain''s ran as somebody else: %s', array_to_string(found, E'\n')));
END
$$;
SELECT last_value AS before FROM attack.visits \gset
SET client_min_messages = error;
CALL attack.read_all();
SELECT attack.holds(last_value > :before + 100, 'the traps were on the way') FROM attack.visits;
