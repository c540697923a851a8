-- Somebody who may create objects in a schema plants a table there under a name that rowkit makes, before the schema's owner enables the feature. The table must not be
-- adopted: its owner's triggers would run with the rights of whoever writes it, and its owner would read what is written.
\connect - rowkit
CREATE SCHEMA shop;
GRANT USAGE, CREATE ON SCHEMA shop TO plain;
CREATE TABLE shop.accounts (id uuid PRIMARY KEY);
CREATE TABLE shop.users (id uuid PRIMARY KEY, email text);
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
\connect - plain
CREATE FUNCTION plainhome.planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); RETURN COALESCE(NEW, OLD); END $$;
DO $$
DECLARE
    named text;
BEGIN
    FOREACH named IN ARRAY '{credit_accounts,credit_grants,credit_operations,credit_entries,audit_logs,api_tokens,token_scopes,invitations,login_failures,export_jobs,trends,queries}'::text[] LOOP
        EXECUTE format('CREATE TABLE shop.%I (id uuid, account_id uuid, expires_at timestamptz DEFAULT now() - interval ''1 year'', status text DEFAULT ''completed'')', named);
        EXECUTE format('CREATE TRIGGER planted BEFORE INSERT OR UPDATE OR DELETE ON shop.%I FOR EACH ROW EXECUTE FUNCTION plainhome.planted()', named);
        EXECUTE format('GRANT ALL ON shop.%I TO PUBLIC', named);
    END LOOP;
END
$$;
\connect - rowkit
SELECT attack.refused('SELECT count(*) FROM rowkit.enable_credits(''shop.accounts'')', '42501');
SELECT attack.refused('SELECT count(*) FROM rowkit.create_audit_log(''shop'')', '42501');
SELECT attack.refused('SELECT count(*) FROM rowkit.enable_api_tokens(''shop'')', '42501');
SELECT attack.refused('SELECT count(*) FROM rowkit.enable_invitations(''shop'')', '42501');
SELECT attack.refused('SELECT count(*) FROM rowkit.enable_login_lockout(''shop.users'')', '42501');
-- Nor is a log that nobody named.
CREATE TABLE shop.audited (id integer PRIMARY KEY);
SELECT attack.refused('SELECT count(*) FROM rowkit.enable_audit(''shop.audited'')', '42501');
-- Each of the four tables of credits, planted alone.
SELECT attack.refused(format('DO $do$ BEGIN EXECUTE ''DROP TABLE %s''; PERFORM rowkit.enable_credits(''shop.accounts''); END $do$',
    (SELECT string_agg('shop.' || other, ', ') FROM unnest('{credit_accounts,credit_grants,credit_operations,credit_entries}'::text[]) AS other WHERE other <> planted)), '42501')
FROM unnest('{credit_accounts,credit_grants,credit_operations,credit_entries}'::text[]) AS planted;
-- The nightly jobs leave them out.
SELECT attack.holds(count(*) = 0, format('no job is scheduled on plain''s table: %s', string_agg(command, '; '))) FROM rowkit.schedule_jobs('shop', true);
-- The owner's own are taken.
DROP SCHEMA shop CASCADE;
CREATE SCHEMA shop;
CREATE TABLE shop.accounts (id uuid PRIMARY KEY);
SELECT attack.holds(count(*) > 0, 'who owns the schema enables credits') FROM rowkit.enable_credits('shop.accounts');
SELECT attack.holds(count(*) = 0, 'and again') FROM rowkit.enable_credits('shop.accounts');
SELECT attack.holds(count(*) > 0, 'jobs of own tables are listed') FROM rowkit.schedule_jobs('shop', true);
-- A schema that is wholly plain's: a job would run plain's function with the rights of who has the job. So would one that plain can drop and make again.
\connect - plain
CREATE TABLE plainhome.credit_accounts (id uuid); CREATE TABLE plainhome.export_jobs (id uuid); CREATE TABLE plainhome.queries (id uuid); CREATE TABLE plainhome.trends (id uuid);
CREATE TABLE plainhome.accounts (id uuid); CREATE TABLE plainhome.usage_events (id uuid); CREATE TABLE plainhome.tables (id uuid);
CREATE FUNCTION plainhome.reset_daily_credits() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); END $$;
CREATE FUNCTION plainhome.cleanup_expired_exports() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); END $$;
CREATE FUNCTION plainhome.reset_weekly_lead_counts() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); END $$;
CREATE FUNCTION plainhome.update_topic_trends() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); END $$;
CREATE FUNCTION plainhome.reset_monthly_usage() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); END $$;
CREATE FUNCTION plainhome.create_usage_event_partitions(months integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); END $$;
CREATE FUNCTION plainhome.cleanup_usage_events(days integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); END $$;
\connect - rowkit
SELECT attack.holds(count(*) = 0, format('no function of plain''s is scheduled: %s', string_agg(command, '; '))) FROM rowkit.schedule_jobs('plainhome', true) WHERE command ~ 'plainhome"?\.[a-z_]+\(';
CREATE SCHEMA half AUTHORIZATION plain;
CREATE TABLE half.tables (id uuid);
CREATE FUNCTION half.refresh_table_statistics() RETURNS void LANGUAGE sql AS '';
SELECT attack.holds(count(*) = 0, 'nor a superuser''s where plain could put another in its place') FROM rowkit.schedule_jobs('half', true) WHERE command ~ 'half"?\.[a-z_]+\(';
ALTER SCHEMA half OWNER TO rowkit;
SELECT attack.holds(count(*) = 1, 'one that is wholly one''s own is') FROM rowkit.schedule_jobs('half', true) WHERE command ~ 'half"?\.[a-z_]+\(';
-- Nor does a removal of events run plain's code, whoever is asked to do it.
SELECT attack.refused('SELECT rowkit_internal._purge_events(''plainhome.usage_events'', 1)', '42501');
