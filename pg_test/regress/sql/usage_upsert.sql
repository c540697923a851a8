-- A new owner begins with nothing, whatever is given; an upsert that writes back the count it read changes nothing (case B25).
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit, public;
CREATE TABLE accounts (id bigint PRIMARY KEY, name text, max_projects integer);
CREATE TABLE projects (id bigint PRIMARY KEY, account_id bigint REFERENCES accounts ON DELETE CASCADE, name text, size integer, deleted_at timestamptz);
SELECT command FROM enable_usage_counter('projects', 'accounts', 'current_project_count') WHERE command ~ 'ON app.accounts';
SELECT count(*) > 0 AS done FROM enable_usage_counter('projects', 'accounts', 'current_size', sum_column => 'size', mode => 'sharded', slots => 2);
INSERT INTO accounts (id, name) VALUES (1, 'A'), (2, 'B');
UPDATE accounts SET max_projects = 2 WHERE id = 1;
INSERT INTO projects (id, account_id, size) VALUES (1, 1, 5), (2, 1, 7);
INSERT INTO accounts (id, name, current_project_count) VALUES (1, 'A again', 2)
    ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, current_project_count = EXCLUDED.current_project_count;
INSERT INTO accounts SELECT * FROM accounts WHERE id = 1
    ON CONFLICT (id) DO UPDATE SET current_project_count = EXCLUDED.current_project_count, current_size = EXCLUDED.current_size;
SELECT id, name, current_project_count, read_usage_counter('1', 'size', 'accounts') AS size FROM accounts WHERE id = 1;
SELECT * FROM usage_drift('accounts');
INSERT INTO projects (id, account_id) VALUES (3, 1);
-- New owners, in one statement with what is theirs; NULL as well.
INSERT INTO accounts (id, name, current_project_count, current_size) VALUES (3, 'C', 9, 9), (4, 'D', -9, 4)
    ON CONFLICT (id) DO UPDATE SET current_project_count = EXCLUDED.current_project_count;
WITH made AS (INSERT INTO accounts (id, max_projects, current_project_count) VALUES (5, 3, 1) RETURNING id)
INSERT INTO projects (id, account_id) SELECT 50 + n, made.id FROM made, generate_series(1, 2) AS n;
SELECT id, current_project_count, current_size FROM accounts ORDER BY id;
SELECT * FROM usage_drift('accounts');

-- The same for a service; whoever row security holds writes no counter, and the owner whom it is forced upon does.
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE usage_user NOLOGIN;
GRANT USAGE ON SCHEMA app TO service_role, usage_user;
GRANT SELECT, INSERT, UPDATE ON accounts TO service_role, usage_user;
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY every ON accounts USING (true);
SET ROLE service_role;
INSERT INTO accounts (id, current_project_count) VALUES (1, 2), (6, 6) ON CONFLICT (id) DO UPDATE SET current_project_count = EXCLUDED.current_project_count;
SET ROLE usage_user;
INSERT INTO accounts (id, current_project_count) VALUES (7, 7);
INSERT INTO accounts (id, current_project_count) VALUES (7, 0) ON CONFLICT (id) DO UPDATE SET current_project_count = EXCLUDED.current_project_count;
INSERT INTO accounts (id, name, current_project_count) VALUES (1, 'mine', 2) ON CONFLICT (id) DO UPDATE SET current_project_count = EXCLUDED.current_project_count;
RESET ROLE;
CREATE ROLE owner_of_all NOLOGIN;
GRANT USAGE, CREATE ON SCHEMA app TO owner_of_all;
ALTER TABLE accounts OWNER TO owner_of_all;
ALTER TABLE projects OWNER TO owner_of_all;
ALTER TABLE usage_slots OWNER TO owner_of_all;
SET ROLE owner_of_all;
INSERT INTO accounts (id, name, current_project_count) VALUES (1, 'A', 2), (8, 'H', 8) ON CONFLICT (id) DO UPDATE SET current_project_count = EXCLUDED.current_project_count;
RESET ROLE;
SELECT id, current_project_count FROM accounts WHERE id IN (1, 6, 7, 8) ORDER BY id;
SELECT * FROM usage_drift('accounts');
-- A key of several columns, and none at all.
CREATE TABLE shops (region text, number integer, things integer NOT NULL DEFAULT 0, PRIMARY KEY (number, region));
CREATE TABLE loose (id integer UNIQUE, things bigint);
CREATE TRIGGER begins AFTER INSERT ON shops FOR EACH ROW WHEN (NEW.things <> 0) EXECUTE FUNCTION rowkit.keep_usage_counter('things');
INSERT INTO shops VALUES ('a', 1, 5), ('b', 1, 6) ON CONFLICT (number, region) DO UPDATE SET things = EXCLUDED.things;
SELECT region, number, things FROM shops ORDER BY 1;
CREATE TRIGGER begins AFTER INSERT ON loose FOR EACH ROW WHEN (NEW.things <> 0) EXECUTE FUNCTION rowkit.keep_usage_counter('things');
INSERT INTO loose VALUES (1, 5), (2, NULL);
SELECT * FROM loose ORDER BY id;
CREATE TRIGGER wrong AFTER INSERT ON loose FOR EACH ROW EXECUTE FUNCTION rowkit.keep_usage_counter();
INSERT INTO loose VALUES (3, 5);
SET ROLE owner_of_all;
SELECT command FROM disable_usage_counter('projects', 'current_project_count') WHERE command ~ 'ON (app.)?accounts' ORDER BY 1;
RESET ROLE;
DROP SCHEMA app CASCADE;
DROP ROLE service_role, usage_user, owner_of_all;
