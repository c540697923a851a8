-- With rowkit.http_errors on, limits and conflicts have an SQLSTATE from which PostgREST takes the HTTP status. Message, DETAIL and HINT stay the same.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
SELECT count(*) > 0 AS loaded FROM rowkit.blueprints();
SHOW rowkit.http_errors;
CREATE TABLE plans (id text PRIMARY KEY, max_projects integer);
CREATE TABLE accounts (id integer PRIMARY KEY, plan text NOT NULL DEFAULT 'free' REFERENCES plans, current_project_count integer NOT NULL DEFAULT 0, max_projects integer);
CREATE TABLE projects (id integer PRIMARY KEY, account_id integer REFERENCES accounts, parent_id integer REFERENCES projects ON DELETE CASCADE);
INSERT INTO plans VALUES ('free', 2);
INSERT INTO accounts (id, max_projects) VALUES (1, 2);
SELECT count(*) > 0 AS enabled FROM enable_usage_counter('projects', 'accounts', 'current_project_count');
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('projects');
SELECT count(*) > 0 AS enabled FROM enable_credits('accounts');
INSERT INTO projects VALUES (1, 1, NULL), (2, 1, 1), (4, NULL, NULL);
SELECT grant_credits(1::bigint, 5) -> 'balance' AS balance;
-- The kinds as clients see them.
SET rowkit.http_errors = on;
INSERT INTO projects VALUES (3, 1);
SELECT consume_credits(1::bigint, 6, 'export');
SELECT soft_delete('projects', 2::bigint), soft_delete('projects', 1::bigint);
SELECT restore_deleted('projects', 2::bigint);
UPDATE projects SET deleted_at = now(), deletion_id = gen_random_uuid() WHERE id = 4;
INSERT INTO projects VALUES (5, 1), (6, 1);
-- What is no limit and no conflict has the SQLSTATE that it always has.
SELECT consume_credits(1::bigint, -1, 'export');
SELECT soft_delete('plans', 'free');
-- Every field of each error, on and off: only the SQLSTATE differs.
CREATE FUNCTION failure(command text, OUT state text, OUT rest text[]) LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text; of_table text;
BEGIN
    EXECUTE command;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, of_table = TABLE_NAME;
    rest := ARRAY[message, detail, hint, of_table];
END $$;
CREATE TABLE commands (place integer PRIMARY KEY, command text NOT NULL);
INSERT INTO commands VALUES
    (1, 'INSERT INTO projects VALUES (7, 1)'), (2, 'SELECT consume_credits(1::bigint, 6, ''export'')'),
    (3, 'SELECT reserve_credits(1::bigint, 6, ''export'', ''1 hour'')'), (4, 'SELECT restore_deleted(''projects'', 2::bigint)'),
    (5, 'DELETE FROM credit_entries'), (6, 'SELECT consume_credits(1::bigint, 0, ''export'')');
CREATE TABLE found AS SELECT place, (failure(command)).* FROM commands;
SET rowkit.http_errors = off;
SELECT place, now.state AS off, found.state AS on, now.rest = found.rest AS is_same, cardinality(now.rest) AS fields
FROM commands CROSS JOIN failure(command) AS now JOIN found USING (place) ORDER BY place;
-- What a block of PL/pgSQL catches, and what a trigger of another table lets pass.
CREATE TABLE wishes (account_id integer);
CREATE FUNCTION grant_wish() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.projects VALUES (8, NEW.account_id); RETURN NEW; END $$;
CREATE TRIGGER grant_wish BEFORE INSERT ON wishes FOR EACH ROW EXECUTE FUNCTION grant_wish();
SET rowkit.http_errors = on;
INSERT INTO wishes VALUES (1);
DO $$ BEGIN
    INSERT INTO app.wishes VALUES (1);
EXCEPTION WHEN SQLSTATE 'PT429' THEN RAISE WARNING 'caught % and went on', SQLSTATE;
END $$;
INSERT INTO projects VALUES (9, NULL);
-- For functions written in PL/pgSQL, those of blueprints among them.
SELECT kind, rowkit_internal._error_sqlstate(kind) AS sqlstate FROM unnest('{credits,limit,conflict}'::text[]) AS kind;
SELECT rowkit_internal._error_sqlstate('other');
SELECT rowkit_internal._error_sqlstate(NULL);
RESET rowkit.http_errors;
SELECT kind, rowkit_internal._error_sqlstate(kind) AS sqlstate FROM unnest('{credits,limit,conflict}'::text[]) AS kind;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('studio_crm', 'studio');
INSERT INTO studio.organizations (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'One');
INSERT INTO studio.forms (id, organization_id, name, is_active) VALUES ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'Trial', false);
SET rowkit.http_errors = on;
INSERT INTO studio.form_submissions (form_id, organization_id, data) VALUES ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', '{}');
