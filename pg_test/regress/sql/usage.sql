SET client_min_messages = warning;
SET search_path = public, rowkit;
\set a '''00000000-0000-4000-8000-0000000000a1'''
\set b '''00000000-0000-4000-8000-0000000000a2'''
\set c '''00000000-0000-4000-8000-0000000000a3'''
CREATE TABLE accounts (
    id uuid PRIMARY KEY, name text NOT NULL, subscription_tier text NOT NULL DEFAULT 'free', deleted_at timestamptz,
    current_user_count integer NOT NULL DEFAULT 0, max_users integer,
    current_project_count integer NOT NULL DEFAULT 0, max_projects integer,
    current_dataset_count integer NOT NULL DEFAULT 0, max_datasets integer,
    current_monthly_ai_requests integer NOT NULL DEFAULT 0, max_monthly_ai_requests integer,
    current_storage_mb bigint NOT NULL DEFAULT 0);
CREATE TABLE projects (id integer PRIMARY KEY, account_id uuid REFERENCES accounts ON DELETE CASCADE, status text NOT NULL DEFAULT 'open', size bigint, deleted_at timestamptz);
CREATE FUNCTION counts() RETURNS TABLE(name text, projects integer, storage bigint) LANGUAGE sql
    AS 'SELECT name, current_project_count, current_storage_mb FROM public.accounts ORDER BY name';
INSERT INTO accounts (id, name, max_projects, max_users) VALUES (:a, 'Acme', 3, 2), (:b, 'Beta', NULL, NULL), (:c, 'Core', 1, 1);
INSERT INTO projects VALUES (1, :a);

-- What enable_usage_counter does; done again it changes the settings; what is there is counted.
SELECT command FROM enable_usage_counter('projects', 'accounts', 'current_project_count', plan_column => 'subscription_tier', dry_run => true);
SELECT count(*) FROM enable_usage_counter('projects', 'accounts', 'current_project_count', plan_column => 'subscription_tier');
SELECT count(*) FROM enable_usage_counter('projects', 'accounts', 'current_storage_mb', sum_column => 'size', condition => 'status <> ''closed''');
SELECT * FROM counts();

-- Every event: insert, moved owner, deleted, restored, condition and sum changed, no owner, no change.
INSERT INTO projects VALUES (2, :a, 'open', 10), (3, :b, 'open', 5), (4, NULL, 'open', 7), (5, :b, 'closed', 100);
SELECT * FROM counts();
UPDATE projects SET account_id = :b WHERE id = 2;
UPDATE projects SET account_id = :a WHERE id = 4;
UPDATE projects SET status = 'open', size = 50 WHERE id = 5;
SELECT * FROM counts();
UPDATE projects SET deleted_at = now() WHERE id IN (3, 5);
SELECT * FROM counts();
UPDATE projects SET deleted_at = NULL WHERE id = 5;
UPDATE projects SET id = id;
DELETE FROM projects WHERE id = 5;
DELETE FROM projects WHERE id = 3;
SELECT * FROM counts();
INSERT INTO projects VALUES (2, :a) ON CONFLICT (id) DO UPDATE SET account_id = EXCLUDED.account_id;
SELECT * FROM counts();
WITH moved AS (UPDATE projects SET account_id = :b WHERE id = 2 RETURNING 1) INSERT INTO projects SELECT 9, :b FROM moved;
SELECT * FROM counts();
BEGIN;
TRUNCATE projects;
SELECT * FROM counts();
ROLLBACK;
BEGIN;
INSERT INTO projects VALUES (6, :b);
SAVEPOINT s;
INSERT INTO projects VALUES (7, :b);
ROLLBACK TO s;
COMMIT;
SELECT * FROM counts();
SELECT * FROM usage_drift();

-- Limits: refused at once for all rows of a statement, by COPY, by a move, by a restore; lowered, only new rows are refused.
INSERT INTO projects VALUES (10, :a), (11, :a);
COPY projects (id, account_id) FROM STDIN;
12	00000000-0000-4000-8000-0000000000a3
13	00000000-0000-4000-8000-0000000000a3
\.
UPDATE projects SET account_id = :c WHERE account_id = :b;
SELECT * FROM counts();
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('projects');
INSERT INTO projects VALUES (12, :c);
SELECT soft_delete('projects', 12);
INSERT INTO projects VALUES (13, :c);
SELECT restore_deleted('projects', 12);
SELECT permanent_delete('projects', 13), soft_delete('projects', 13), restore_deleted('projects', 12);
SELECT * FROM counts();
UPDATE accounts SET max_projects = 1 WHERE id = :a;
UPDATE projects SET size = 3 WHERE account_id = :a;
INSERT INTO projects VALUES (14, :a);
DELETE FROM projects WHERE id = 4;
SELECT * FROM counts();

-- Plans: the limit is the plan's.
CREATE TABLE plans (name text PRIMARY KEY, max_projects integer);
INSERT INTO plans VALUES ('free', 4), ('pro', NULL);
SELECT command ~ 'plans=plans' AS has_plan FROM enable_usage_counter('projects', 'accounts', 'current_project_count', limit_column => 'max_projects',
    plan_column => 'subscription_tier', plans => 'plans(name)') WHERE command ~ 'AFTER INSERT';
INSERT INTO projects SELECT n, :b FROM generate_series(20, 22) AS n;
UPDATE accounts SET subscription_tier = 'pro' WHERE id = :b;
INSERT INTO projects SELECT n, :b FROM generate_series(20, 22) AS n;
SELECT * FROM account_usage(:b) ORDER BY 1;

-- The functions of the seed.
SELECT increment_usage_counter(:a::uuid, 'users', 2), increment_usage_counter(:a::uuid, 'ai_requests', 7), increment_usage_counter('00000000-0000-4000-8000-0000000000ff'::uuid, 'users');
SELECT increment_usage_counter(:a::uuid, 'user', 1);
SELECT increment_usage_counter(:a::uuid, 'cows', 1);
SELECT decrement_usage_counter(:a::uuid, 'users'), decrement_usage_counter(:a::uuid, 'monthly_ai_requests', 3);
SELECT * FROM rowkit_internal._calculate_account_usage(:a, 'accounts');
SELECT rowkit_internal._calculate_account_usage(:b, 'accounts');
SELECT kind, identity, command FROM create_usage_summary_view('accounts');
SELECT * FROM account_usage_summary;
UPDATE accounts SET current_project_count = 77 WHERE id = :b;
SELECT record_key, resource_type, stored, counted FROM usage_drift();
SELECT sync_usage_counters(:b::uuid);
SELECT sync_usage_counters(:b::uuid), sync_usage_counters(:a::uuid);
SELECT * FROM counts();

-- The triggers of data_catalog, on tables of one's own.
CREATE TABLE account_users (account_id uuid REFERENCES accounts ON DELETE CASCADE, user_id integer, PRIMARY KEY (account_id, user_id));
CREATE TRIGGER count_insert AFTER INSERT ON account_users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count();
CREATE TRIGGER count_delete AFTER DELETE ON account_users REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit_internal._update_account_user_count();
SELECT sync_usage_counters(:a::uuid);
INSERT INTO account_users SELECT :a, n FROM generate_series(1, 2) AS n;
INSERT INTO account_users VALUES (:a, 3);
DELETE FROM account_users WHERE user_id = 1;
SELECT current_user_count FROM accounts WHERE id = :a;
DELETE FROM accounts WHERE id = :a;
SELECT count(*) FROM account_users;

-- Sharded: the same meaning; the number is read by function, and the limit holds.
INSERT INTO accounts (id, name, max_projects) VALUES (:a, 'Acme', 3);
SELECT count(*) > 0 AS enabled FROM enable_usage_counter('projects', 'accounts', 'current_project_count', mode => 'sharded', slots => 2);
INSERT INTO projects VALUES (30, :a);
INSERT INTO projects VALUES (31, :a);
SELECT slot, used, room, capacity FROM usage_slots ORDER BY owner_key, slot;
INSERT INTO projects VALUES (32, :a), (33, :a);
INSERT INTO projects VALUES (32, :a);
INSERT INTO projects VALUES (33, :a);
SELECT read_usage_counter(:a, 'projects'), read_usage_counter(:b, 'projects');
UPDATE accounts SET max_projects = 1 WHERE id = :a;
INSERT INTO projects VALUES (33, :a);
DELETE FROM projects WHERE id = 30;
SELECT slot, room, capacity FROM usage_slots WHERE owner_key = :a ORDER BY slot;
DELETE FROM projects WHERE id = 31;
INSERT INTO projects VALUES (33, :a);
DELETE FROM projects WHERE id = 32;
INSERT INTO projects VALUES (33, :a);
UPDATE accounts SET max_projects = 100 WHERE id = :a;
INSERT INTO projects SELECT n, :a FROM generate_series(40, 79) AS n;
SELECT read_usage_counter(:a, 'projects'), increment_usage_counter(:a, 'projects', 59), decrement_usage_counter(:a, 'projects', 59);
SELECT increment_usage_counter(:a, 'projects', 60);
UPDATE accounts SET max_projects = NULL WHERE id = :a;
INSERT INTO projects SELECT n, :a FROM generate_series(100, 199) AS n;
UPDATE projects SET account_id = :b WHERE id >= 150;
SELECT read_usage_counter(:a, 'projects'), read_usage_counter(:b, 'projects');
SELECT * FROM usage_drift();
SELECT projects FROM account_usage_summary ORDER BY 1;
UPDATE usage_slots SET used = used + 1 WHERE owner_key = :a AND slot = 1;
SELECT sync_usage_counters(:a::uuid);
SELECT read_usage_counter(:a, 'projects');
BEGIN;
TRUNCATE projects;
SELECT read_usage_counter(:a, 'projects'), read_usage_counter(:b, 'projects');
ROLLBACK;
-- Back to immediate: the slots go into the column.
SELECT count(*) > 0 AS enabled FROM enable_usage_counter('projects', 'accounts', 'current_project_count');
SELECT (SELECT count(*) FROM usage_slots) AS slots, current_project_count = read_usage_counter(:a, 'projects') AS same FROM accounts WHERE id = :a;
SELECT * FROM usage_drift();

-- Partitions, directly and through their table.
CREATE TABLE events (id integer, account_id uuid, kind integer) PARTITION BY LIST (kind);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2);
SELECT count(*) FROM enable_usage_counter('events', 'accounts', 'event_count', foreign_key_column => 'account_id');
INSERT INTO events VALUES (1, :a, 1), (2, :a, 2);
INSERT INTO events_1 VALUES (3, :a, 1);
UPDATE events SET kind = 2 WHERE id = 1;
SELECT event_count FROM accounts WHERE id = :a;
TRUNCATE events_1;
SELECT event_count FROM accounts WHERE id = :a;
TRUNCATE events;
SELECT event_count FROM accounts WHERE id = :a;

-- An end user writes projects, cannot touch accounts, and still counts; the summary and the functions show what row security shows.
CREATE ROLE usage_user;
GRANT USAGE ON SCHEMA public TO usage_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON projects TO usage_user;
GRANT SELECT ON accounts, account_usage_summary TO usage_user;
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON accounts USING (id::text = current_setting('app.account', true));
SET app.account = '00000000-0000-4000-8000-0000000000a2';
SET ROLE usage_user;
INSERT INTO projects VALUES (500, :b), (501, :a);
SELECT name, projects FROM account_usage_summary;
SELECT count(*) FROM account_usage(:a);
SELECT read_usage_counter(:a, 'projects') AS hidden;
SELECT increment_usage_counter(:b::uuid, 'projects');
SELECT sync_usage_counters(:b::uuid);
SELECT * FROM usage_drift();
UPDATE accounts SET max_projects = 1000;
SET search_path = '';
INSERT INTO public.projects VALUES (502, '00000000-0000-4000-8000-0000000000a2');
SET search_path = public, rowkit;
BEGIN READ ONLY;
SELECT read_usage_counter(:b, 'projects') > 0 AS read;
COMMIT;
RESET ROLE;
SELECT * FROM usage_drift();
DROP OWNED BY usage_user;
DROP ROLE usage_user;
ALTER TABLE accounts DISABLE ROW LEVEL SECURITY;

-- Whom row security holds writes no counter that rows keep, in either mode, however the row may be written; the rows do, and syncing does.
CREATE ROLE usage_user;
CREATE ROLE usage_owner;
GRANT USAGE ON SCHEMA public TO usage_user, usage_owner;
CREATE TABLE forms (id integer, kind integer, title text, answer_count integer NOT NULL DEFAULT 0, sent_count bigint NOT NULL DEFAULT 0, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
CREATE TABLE forms_1 PARTITION OF forms DEFAULT;
CREATE TABLE answers (form_id integer, is_sent boolean);
CREATE FUNCTION count_by_hand() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'UPDATE public.forms SET answer_count = answer_count + 10';
ALTER TABLE forms OWNER TO usage_owner;
ALTER TABLE forms_1 OWNER TO usage_owner;
ALTER TABLE answers OWNER TO usage_owner;
ALTER TABLE usage_slots OWNER TO usage_owner;
ALTER FUNCTION count_by_hand() OWNER TO usage_owner;
ALTER TABLE forms ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON forms USING (true);
CREATE POLICY everything ON forms_1 USING (true);
ALTER TABLE forms_1 ENABLE ROW LEVEL SECURITY;
GRANT ALL ON forms, forms_1, answers TO usage_user;
SET ROLE usage_owner;
SELECT count(*) FROM enable_usage_counter('answers', 'forms', 'answer_count', foreign_key_column => 'form_id');
SELECT count(*) FROM enable_usage_counter('answers', 'forms', 'sent_count', foreign_key_column => 'form_id', condition => 'is_sent', mode => 'sharded', slots => 2);
RESET ROLE;
SET ROLE usage_user;
INSERT INTO forms VALUES (1, 1, 'One', 77, 88), (2, 1, 'Two', 0, 0);
INSERT INTO answers VALUES (1, true), (1, false);
SELECT id, answer_count, read_usage_counter(id::text, 'sent', 'forms') FROM forms ORDER BY id;
UPDATE forms SET answer_count = 77;
UPDATE forms SET sent_count = 1;
UPDATE forms_1 SET answer_count = 0;
INSERT INTO forms VALUES (1, 1, 'Again', 5) ON CONFLICT (id, kind) DO UPDATE SET answer_count = 5;
SET row_security = off;
UPDATE forms SET answer_count = 77;
RESET row_security;
SELECT increment_usage_counter('1', 'answer', accounts => 'forms');
SELECT decrement_usage_counter('1', 'sent', accounts => 'forms');
UPDATE forms SET title = 'Won', answer_count = answer_count WHERE id = 1;
SELECT id, title, answer_count FROM forms ORDER BY id;
-- A function of the owner's may, and whom row security does not hold; then syncing tells what is right.
SELECT count_by_hand();
SELECT sync_usage_counters('1', 'forms'), sync_usage_counters('2', 'forms');
RESET ROLE;
UPDATE forms SET answer_count = 3 WHERE id = 1;
INSERT INTO forms VALUES (3, 1, 'Three', 9) RETURNING answer_count;
SELECT * FROM usage_drift('forms');
-- Disabled, the column is anybody's who may write the row; a counter of two tables keeps its guard until the last.
CREATE TABLE replies (form_id integer);
ALTER TABLE replies OWNER TO usage_owner;
SET ROLE usage_owner;
SELECT count(*) FROM enable_usage_counter('replies', 'forms', 'answer_count', foreign_key_column => 'form_id');
SELECT count(*) AS dry_run FROM disable_usage_counter('replies', 'answer_count', dry_run => true);
SELECT kind, identity, command FROM disable_usage_counter('replies', 'answer_count');
SELECT command FROM disable_usage_counter('answers', 'answer_count');
RESET ROLE;
SET ROLE usage_user;
UPDATE forms SET answer_count = 77 WHERE id = 1;
UPDATE forms SET sent_count = 1;
RESET ROLE;
DROP FUNCTION count_by_hand();
ALTER TABLE usage_slots OWNER TO CURRENT_USER;
DROP TABLE forms, answers, replies;
DROP OWNED BY usage_user, usage_owner;
DROP ROLE usage_user, usage_owner;

-- What somebody's search_path would make of a condition does not count.
CREATE SCHEMA evil;
CREATE FUNCTION evil.differs(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.differs);
SET search_path = evil, pg_catalog;
INSERT INTO public.projects VALUES (600, '00000000-0000-4000-8000-0000000000a2', 'open', 11);
SET search_path = public, rowkit;
SELECT * FROM usage_drift();

-- Nor does what somebody else's trigger says run with the rights of who asks.
CREATE ROLE usage_other;
CREATE SCHEMA other AUTHORIZATION usage_other;
SET ROLE usage_other;
CREATE FUNCTION other.steal() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'run by %', current_user; RETURN true; END $$;
CREATE TABLE other.lure (account_id uuid);
CREATE TRIGGER lure AFTER INSERT ON other.lure REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION rowkit.maintain_usage_counter('public.accounts', 'account_id', 'current_project_count', 'where=other.steal()');
INSERT INTO other.lure VALUES (NULL);
INSERT INTO other.lure VALUES (:a);
RESET ROLE;
SELECT * FROM usage_drift();
SELECT sync_usage_counters(:a::uuid);
DROP OWNED BY usage_other;
DROP ROLE usage_other;

-- Without a name all tables with counters are looked at, wherever they are, of which one is the owner.
CREATE ROLE usage_keeper;
CREATE ROLE usage_nobody;
CREATE SCHEMA kept AUTHORIZATION usage_keeper;
SET ROLE usage_keeper;
CREATE TABLE kept.teams (id integer PRIMARY KEY, player_count integer NOT NULL DEFAULT 0);
CREATE TABLE kept.players (team_id integer REFERENCES kept.teams);
SELECT count(*) > 0 AS made FROM enable_usage_counter('kept.players', 'kept.teams', 'player_count');
INSERT INTO kept.teams VALUES (1), (2);
INSERT INTO kept.players VALUES (1), (1), (2);
UPDATE kept.teams SET player_count = 5 WHERE id = 2;
SELECT * FROM usage_drift();
SELECT * FROM usage_drift('accounts');
RESET ROLE;
UPDATE accounts SET current_project_count = current_project_count + 1 WHERE id = :b;
SET search_path = '';
BEGIN READ ONLY;
SELECT table_name, record_key, resource_type, stored - counted AS difference FROM rowkit.usage_drift();
SELECT * FROM rowkit.usage_drift('kept.teams');
COMMIT;
SET search_path = public, rowkit;
SET ROLE usage_nobody;
SELECT * FROM usage_drift();
RESET ROLE;
UPDATE accounts SET current_project_count = current_project_count - 1 WHERE id = :b;
-- What others' conditions do is neither kept for whoever asks nor done in their name.
SET ROLE usage_keeper;
CREATE FUNCTION kept.bad() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('search_path', 'kept', false), set_config('app.bad', 'yes', false); RETURN true; END $$;
CREATE FUNCTION kept.run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'run by %', current_user; RETURN NULL; END $$;
CREATE TABLE kept.bait (id integer);
CREATE CONSTRAINT TRIGGER run AFTER INSERT ON kept.bait DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION kept.run();
SELECT count(*) > 0 AS made FROM disable_usage_counter('kept.players', 'player_count'), enable_usage_counter('kept.players', 'kept.teams', 'player_count', condition => 'kept.bad()');
RESET ROLE;
SELECT table_name, stored FROM usage_drift();
SELECT current_setting('search_path'), current_setting('app.bad', true);
CREATE OR REPLACE FUNCTION kept.bad() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO kept.bait VALUES (1); RETURN true; END $$;
SELECT table_name, stored FROM usage_drift();
DROP OWNED BY usage_keeper;
DROP ROLE usage_keeper, usage_nobody;
SELECT * FROM usage_drift();

-- Bad input.
SELECT * FROM enable_usage_counter('projects', 'accounts', 'current_project_count', mode => 'fast');
SELECT * FROM enable_usage_counter('projects', 'account_usage_summary', 'current_project_count');
SELECT * FROM enable_usage_counter('plans', 'accounts', 'plan_count');
SELECT * FROM enable_usage_counter('projects', 'accounts', 'name');
SELECT * FROM enable_usage_counter('projects', 'accounts', 'current_project_count', sum_column => 'status');
SELECT * FROM enable_usage_counter('projects', 'accounts', 'current_project_count', condition => 'no_such_column > 1');
CREATE TRIGGER wrong AFTER INSERT ON plans FOR EACH ROW EXECUTE FUNCTION maintain_usage_counter('accounts', 'name', 'x');
INSERT INTO plans VALUES ('x');
DROP TRIGGER wrong ON plans;
CREATE TRIGGER wrong AFTER INSERT ON plans FOR EACH STATEMENT EXECUTE FUNCTION maintain_usage_counter('accounts', 'name', 'x', 'y');
INSERT INTO plans VALUES ('x');
DROP TRIGGER wrong ON plans;
-- Names of any script; whoever asks finds the counter by its trigger's arguments.
CREATE TABLE "口座" (id uuid PRIMARY KEY, "件数" integer NOT NULL DEFAULT 0);
CREATE TABLE "案件" (id integer PRIMARY KEY, "口座" uuid REFERENCES "口座", "状態" text);
INSERT INTO "口座" VALUES (:a);
SELECT count(*) FROM enable_usage_counter('"案件"', '"口座"', '件数', condition => $$"状態" <> E'終\\000'$$);
INSERT INTO "案件" VALUES (1, :a, '開'), (2, :a, E'終\\000'), (3, :a, '終');
SELECT "件数" FROM "口座";
UPDATE "口座" SET "件数" = 9;
SELECT resource_type, stored, counted FROM usage_drift('"口座"');
SELECT sync_usage_counters(:a::uuid, '"口座"');
SELECT "件数" FROM "口座";
DROP TABLE "案件", "口座";
SELECT sync_usage_counters('00000000-0000-4000-8000-0000000000ff'::uuid);
SELECT sync_usage_counters(NULL::uuid), increment_usage_counter(NULL::uuid, 'users');
SELECT create_usage_summary_view('plans');
SELECT command FROM disable_usage_counter('projects', 'current_project_count');
