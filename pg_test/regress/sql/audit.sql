SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
\set org '''00000000-0000-4000-8000-0000000000a1'''
\set other_org '''00000000-0000-4000-8000-0000000000a2'''
\set ann '''00000000-0000-4000-8000-0000000000b1'''
CREATE TABLE things (
    id integer PRIMARY KEY, organization_id uuid, name text, data jsonb, amount numeric, updated_at timestamptz, double numeric GENERATED ALWAYS AS (amount * 2) STORED);

-- Nothing can be audited before there is a log.
SELECT * FROM enable_audit('things');
CREATE TRIGGER by_hand AFTER INSERT OR UPDATE OR DELETE ON things FOR EACH ROW EXECUTE FUNCTION log_audit_trail();
INSERT INTO things (id) VALUES (1);
SELECT count(*) FROM things;

-- What the functions do; done again they do nothing, or the rest.
SELECT * FROM create_audit_log(dry_run => true);
SELECT kind, identity, command FROM create_audit_log('app', 'organization_id', dry_run => true);
SELECT count(*) FROM create_audit_log(tenant_column => 'organization_id');
SELECT * FROM create_audit_log(tenant_column => 'organization_id');
SELECT count(*) FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass;
SELECT count(*) FROM create_audit_partitions();
SELECT count(*) FROM create_audit_partitions(5, dry_run => true);
SELECT kind, identity ~ '^app_parts\.audit_logs_\d{4}_\d\d$' AS is_part FROM create_audit_partitions(5, 'audit_logs');
SELECT count(*) FROM create_audit_partitions(5);
DROP TRIGGER by_hand ON things;
SELECT * FROM enable_audit('things', dry_run => true);
SELECT count(*) FROM enable_audit('things');
-- What was logged since this was asked the last time.
CREATE TABLE asked (until bigint);
INSERT INTO asked VALUES (0);
CREATE FUNCTION news() RETURNS TABLE(action text, of text, id text, new_id text, n bigint, old_data jsonb, new_data jsonb) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT log.action, log.table_name, log.record_id, log.new_record_id, log.row_count, log.old_data, log.new_data
        FROM app.audit_logs AS log, app.asked WHERE log.transaction_id > until ORDER BY log.transaction_id, log.statement, log.id;
    UPDATE app.asked SET until = (SELECT max(transaction_id) FROM app.audit_logs);
END $$;
SELECT * FROM news();

-- INSERT, UPDATE, DELETE; only what changed; nothing for what did not; generated columns are told.
INSERT INTO things VALUES (1, :org, 'a', '{"k": 1}', 1.50), (2, :org, 'b', NULL, NULL);
UPDATE things SET amount = 2.5, updated_at = '2026-01-01' WHERE id = 1;
UPDATE things SET updated_at = '2026-01-02', name = name;
UPDATE things SET name = 'z' WHERE id = 99;
UPDATE things SET data = '{"k": 1, "l": [12345678901234567890123, 1e30, null]}', name = NULL WHERE id = 1;
DELETE FROM things WHERE id = 2;
SELECT * FROM news();
SELECT count(*) AS events, count(DISTINCT transaction_id) AS transactions, bool_and(organization_id = :org) AS of_tenant, bool_and(user_id IS NULL) AS by_nobody,
    min(database_role), bool_and(ip_address IS NULL) AS local, bool_and(created_at > now() - interval '1 minute') AS lately
FROM audit_logs WHERE table_name = 'things' AND record_id IS NOT NULL;

-- The actor and the address come from the request; malformed ones are none.
BEGIN;
SET LOCAL request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
SET LOCAL rowkit.trusted_proxies = '10.0.0.0/8';
SET LOCAL request.headers = '{"x-forwarded-for": "203.0.113.7, 10.0.0.1"}';
UPDATE things SET name = 'by ann' WHERE id = 1;
SET LOCAL request.headers = '{"x-forwarded-for": "nowhere"}';
SET LOCAL request.jwt.claims = '{"sub": "ann"}';
UPDATE things SET name = 'by nobody' WHERE id = 1;
COMMIT;
SELECT new_data, user_id, ip_address FROM audit_logs ORDER BY created_at DESC LIMIT 2;

-- A key changes; the row's history follows it both ways, also when another row takes the old key.
UPDATE things SET id = 10 WHERE id = 1;
INSERT INTO things (id, name) VALUES (1, 'another');
UPDATE things SET id = 11, name = 'k' WHERE id = 10;
SELECT * FROM news();
SELECT action, record_key, old_data, new_data FROM row_history('things', 11);
SELECT count(*) FROM row_history('things', 10);
SELECT action, record_key FROM row_history('things', '1');
SELECT * FROM row_history('things', '77');
SELECT * FROM row_history('things', 'x');

-- ON CONFLICT, COPY, statements in statements, TRUNCATE, savepoints.
INSERT INTO things (id, name) VALUES (1, 'upsert'), (3, 'new') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name;
COPY things (id, name) FROM STDIN;
4	copied
5	copied
\.
WITH gone AS (DELETE FROM things WHERE id = 4 RETURNING *), moved AS (UPDATE things SET name = 'cte' WHERE id = 5) INSERT INTO things (id, name) SELECT 6, name FROM gone;
BEGIN;
UPDATE things SET name = 'kept' WHERE id = 3;
SAVEPOINT s;
UPDATE things SET name = 'lost' WHERE id = 3;
ROLLBACK TO s;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE things SET name = 'rr' WHERE id = 3;
COMMIT;
SELECT * FROM news();
TRUNCATE things;
SELECT * FROM news();
-- 2,500 rows are 2,500 events of one statement.
INSERT INTO things (id, name) SELECT n, 'many' FROM generate_series(1001, 3500) AS n;
UPDATE things SET amount = id;
SELECT action, count(*), count(DISTINCT record_id), count(DISTINCT statement), min(new_data ->> 'amount'), max(new_data ->> 'amount') FROM audit_logs
WHERE transaction_id > (SELECT until FROM asked) GROUP BY 1;
TRUNCATE things;
SELECT count(*) FROM news();

-- MERGE, where the server has it.
SELECT current_setting('server_version_num')::integer < 150000 AS is_old \gset
\if :is_old
INSERT INTO things (id, name) VALUES (8, 'merged');
\else
INSERT INTO things (id, name) VALUES (7, 'seven'), (9, 'nine');
MERGE INTO things USING (VALUES (7), (8), (9)) AS given(id) ON things.id = given.id
    WHEN MATCHED AND given.id = 9 THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'matched' WHEN NOT MATCHED THEN INSERT (id, name) VALUES (given.id, 'merged');
\endif
SELECT action, id, old_data -> 'name' AS was, new_data -> 'name' AS is FROM news() WHERE id <> '9' OR action <> 'INSERT';

-- Statements inside statements: a trigger's own are told after what called it.
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE app.things SET amount = 1 WHERE id = NEW.id; RETURN NULL; END $$;
CREATE TRIGGER again AFTER INSERT ON things FOR EACH ROW EXECUTE FUNCTION again();
INSERT INTO things (id, name) VALUES (20, 'twice');
SELECT action, record_key, new_data FROM row_history('things', 20);
DROP TRIGGER again ON things;
SELECT count(*) FROM news();

-- mode full, secrets, ignored columns; other names of the tenant; a log in another schema.
CREATE SCHEMA logs;
SELECT count(*) FROM create_audit_log('logs', 'account_id', 'bigint');
CREATE TABLE people (no bigint PRIMARY KEY, account bigint, name text, password text, settings jsonb, seen integer, updated_at timestamptz);
SELECT command FROM enable_audit('people', ARRAY['seen'], ARRAY['password', 'settings.token', 'settings.key'], 'full', 'account', 'logs.audit_logs') WHERE command ~ 'INSERT';
CREATE FUNCTION told() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', action, table_name, record_id, account_id, old_data, '>', new_data) FROM logs.audit_logs WHERE record_id IS NOT NULL ORDER BY created_at, id $$;
INSERT INTO people VALUES (1, 7, 'Ann', 'geheim1', '{"token": "geheim2", "theme": "dark"}', 1);
UPDATE people SET seen = 2;
UPDATE people SET password = 'geheim3';
UPDATE people SET settings = '{"token": "geheim4", "theme": "dark", "key": null}';
UPDATE people SET settings = '{"token": "geheim4", "theme": "light", "key": "geheim5"}', account = 8;
UPDATE people SET settings = '"none"', password = NULL;
SELECT * FROM told();
SELECT count(*) FROM logs.audit_logs WHERE concat(old_data, new_data) ~ 'geheim';
SELECT row_as_of('people', 1, clock_timestamp());
UPDATE people SET password = 'geheim';
SELECT row_as_of('people', 1, clock_timestamp());
-- What is redacted cannot be taken back.
SELECT max(transaction_id) AS txid FROM logs.audit_logs \gset
SELECT undo_transaction(:txid, 'logs.audit_logs') < 0 AS refused;
DELETE FROM people;
SELECT max(transaction_id) AS txid FROM logs.audit_logs \gset
SELECT undo_transaction(:txid, 'logs.audit_logs');

-- Composite keys, and one that holds a time: the session's clocks have no part in it.
CREATE TABLE pairs (b text, at timestamptz, "A b" integer, v integer, PRIMARY KEY (b, at, "A b"));
SELECT count(*) FROM enable_audit('pairs', mode => 'diff');
SET timezone = 'Asia/Tokyo';
INSERT INTO pairs VALUES ('x"y', '2026-01-01 00:00:00+00', 1, 1);
SET timezone = 'UTC';
UPDATE pairs SET v = 2;
UPDATE pairs SET "A b" = 2;
SELECT action, id, new_id FROM news();
SELECT action, record_key FROM row_history('pairs', '{"b": "x\"y", "at": "2026-01-01 09:00:00+09", "A b": 2}');
SELECT row_as_of('pairs', '{"b": "x\"y", "at": "2026-01-01 09:00:00+09", "A b": 2}', 'infinity');
SELECT * FROM row_history('pairs', '{"b": "x"}');
SELECT * FROM row_history('pairs', 'x');

-- Partitioned tables, written through the table and directly; a row moves; TRUNCATE is one event.
CREATE TABLE parted (id integer, region text, v integer, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE parted_a (v integer, region text NOT NULL, id integer NOT NULL);
ALTER TABLE parted ATTACH PARTITION parted_a FOR VALUES IN ('a');
CREATE TABLE parted_b PARTITION OF parted FOR VALUES IN ('b');
SELECT count(*) FROM enable_audit('parted');
INSERT INTO parted VALUES (1, 'a', 1), (2, 'b', 1);
INSERT INTO parted_a VALUES (3, 'a', 3);
UPDATE parted_a SET v = 4 WHERE id = 3;
UPDATE parted SET region = 'b', v = 5 WHERE id = 1;
DELETE FROM parted_b WHERE id = 2;
SELECT * FROM news();
TRUNCATE parted;
TRUNCATE parted_b;
SELECT action, of, count(*) FROM news() GROUP BY 1, 2;
-- A partition made later is covered when it is enabled again.
CREATE TABLE parted_c PARTITION OF parted FOR VALUES IN ('c');
SELECT count(*) FROM enable_audit('parted');
INSERT INTO parted_c VALUES (9, 'c', 9);
SELECT * FROM news();

-- A soft delete is one event for each table, its restore too; what the row was is still known.
CREATE TABLE folder (id integer PRIMARY KEY, organization_id uuid, name text);
CREATE TABLE file (id integer PRIMARY KEY, organization_id uuid, folder_id integer REFERENCES folder ON DELETE CASCADE, name text);
SELECT count(*) > 0 FROM enable_soft_delete('folder');
SELECT count(*) > 0 FROM enable_soft_delete('file');
SELECT count(*) FROM enable_audit('folder');
SELECT count(*) FROM enable_audit('file');
INSERT INTO folder VALUES (1, :org, 'f');
INSERT INTO file SELECT n, :org, 1, 'file ' || n FROM generate_series(1, 500) AS n;
SELECT count(*) FROM news();
SELECT clock_timestamp() AS before_delete \gset
SELECT soft_delete_with_counts('folder', '1');
SELECT clock_timestamp() AS after_delete \gset
SELECT action, table_name, record_id, row_count, cardinality(record_ids) AS ids, deletion_id = (SELECT id FROM deletions) AS of_deletion, old_data, new_data - 'deleted_at' - 'deletion_id' AS new_data
FROM audit_logs WHERE transaction_id > (SELECT until FROM asked) ORDER BY statement, id;
SELECT restore_deleted('folder', 1);
SELECT action, of, id, n, new_data FROM news() WHERE action = 'RESTORE';
SELECT row_as_of('file', 77, :'before_delete') ->> 'deleted_at' IS NULL AS live, row_as_of('file', 77, :'after_delete') ->> 'deleted_at' IS NULL AS live, row_as_of('file', 77, 'infinity') ->> 'deleted_at' IS NULL AS live;
SELECT action FROM row_history('file', 77);
SELECT max(transaction_id) AS txid FROM audit_logs \gset
SELECT undo_transaction(:txid);

-- Undo: all of it, the last first, with what triggers and foreign keys did.
CREATE TABLE account (id integer PRIMARY KEY, orders integer NOT NULL DEFAULT 0);
CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id integer REFERENCES account ON DELETE CASCADE ON UPDATE CASCADE, name text UNIQUE, updated_at timestamptz, updated_by uuid);
CREATE FUNCTION count_orders() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE app.account SET orders = orders + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END WHERE id = coalesce(NEW.account_id, OLD.account_id); RETURN NULL; END $$;
CREATE TRIGGER count_orders AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION count_orders();
SELECT count(*) FROM enable_audit('account');
SELECT count(*) FROM enable_audit('orders');
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' / ', (SELECT string_agg(concat(a.id, ':', a.orders), ' ' ORDER BY a.id) FROM app.account AS a),
    (SELECT string_agg(concat(o.id, '>', o.account_id, ':', o.name), ' ' ORDER BY o.id) FROM app.orders AS o)) $$;
CREATE FUNCTION last() RETURNS bigint LANGUAGE sql AS $$ SELECT max(transaction_id) FROM app.audit_logs $$;
INSERT INTO account VALUES (1), (2);
BEGIN;
INSERT INTO orders (account_id, name) VALUES (1, 'a'), (1, 'b');
UPDATE orders SET name = 'c' WHERE name = 'a';
COMMIT;
SELECT state();
SELECT last() AS txid \gset
SELECT undo_transaction(:txid);
SELECT state();
-- An undo is taken back like anything else.
SELECT last() AS undone \gset
SELECT undo_transaction(:undone);
SELECT state();
-- A cascade, and a key that cascades.
BEGIN;
UPDATE account SET id = 5 WHERE id = 1;
DELETE FROM account WHERE id = 5;
COMMIT;
SELECT state();
SELECT last() AS txid \gset
SELECT undo_transaction(:txid);
SELECT state();
-- Newer changes are not overwritten; those of other columns do no harm.
UPDATE orders SET name = 'mine' WHERE name = 'b';
SELECT last() AS txid \gset
UPDATE orders SET name = 'theirs' WHERE name = 'mine';
SELECT undo_transaction(:txid);
SELECT state();
UPDATE orders SET name = 'mine' WHERE name = 'theirs';
UPDATE orders SET account_id = 2 WHERE name = 'mine';
SELECT undo_transaction(:txid);
SELECT state();
SELECT undo_transaction(1);
SELECT undo_transaction(NULL);
BEGIN;
UPDATE orders SET name = 'x' WHERE name = 'b';
SELECT undo_transaction(pg_current_xact_id()::text::bigint);
ROLLBACK;
TRUNCATE orders;
SELECT last() AS txid \gset
SELECT undo_transaction(:txid) > 0 AS truncated;
SELECT count(*) FROM news();

-- End users: no right on the log, and row security on both; what they see of it is for a policy to say.
CREATE ROLE audit_user;
GRANT USAGE ON SCHEMA app TO audit_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON things, account TO audit_user;
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
ALTER TABLE things FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON things USING (organization_id = :org) WITH CHECK (organization_id = :org);
SET ROLE audit_user;
INSERT INTO things (id, organization_id, name) VALUES (100, :org, 'by a user');
SELECT count(*) FROM audit_logs;
INSERT INTO audit_logs (action, table_name) VALUES ('INSERT', 'forged');
SELECT * FROM row_history('things', 100);
RESET ROLE;
CREATE POLICY tenant ON audit_logs FOR SELECT TO audit_user USING (organization_id = :org);
GRANT SELECT ON audit_logs TO audit_user;
SET ROLE audit_user;
UPDATE things SET name = 'changed' WHERE id = 100;
SELECT action, record_key, new_data -> 'name' AS name, database_role FROM row_history('things', 100);
UPDATE audit_logs SET action = 'X';
DELETE FROM audit_logs;
SELECT transaction_id AS txid FROM row_history('things', 100) WHERE action = 'UPDATE' \gset
SELECT undo_transaction(:txid);
SELECT name FROM things WHERE id = 100;
RESET ROLE;
-- A transaction of which somebody sees a part is not theirs to take back; nor rows that they do not see.
ALTER TABLE things NO FORCE ROW LEVEL SECURITY;
BEGIN;
UPDATE things SET name = 'both' WHERE id = 100;
INSERT INTO things (id, organization_id, name) VALUES (101, :other_org, 'hidden');
COMMIT;
ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY;
SELECT last() AS txid \gset
SET ROLE audit_user;
SELECT undo_transaction(:txid);
RESET ROLE;
ALTER POLICY tenant ON audit_logs USING (true);
SET ROLE audit_user;
SELECT undo_transaction(:txid);
RESET ROLE;
-- No table of somebody else's fills the log.
CREATE SCHEMA mine AUTHORIZATION audit_user;
SET ROLE audit_user;
CREATE TABLE mine.things (id integer PRIMARY KEY);
SELECT * FROM enable_audit('mine.things', audit_logs => 'app.audit_logs');
CREATE TRIGGER forge AFTER INSERT ON mine.things FOR EACH ROW EXECUTE FUNCTION rowkit.log_audit_trail('audit_logs=app.audit_logs');
INSERT INTO mine.things VALUES (1);
SELECT rowkit_internal._note_audit('app.things', 'DISABLE');
RESET ROLE;
GRANT INSERT ON audit_logs TO audit_user;
SET ROLE audit_user;
INSERT INTO mine.things VALUES (1);
RESET ROLE;
SELECT action, of, id FROM news() WHERE of ~ 'mine';

-- Nor does a log of one's own say what others did.
CREATE TABLE mine.forged (LIKE audit_logs INCLUDING DEFAULTS);
INSERT INTO mine.forged (action, table_name, record_id, old_data, transaction, transaction_id, statement) VALUES ('DELETE', 'app.things', '5', '{"id": 5}', '00000000-0000-8000-8000-000000000007', 7, 0);
SELECT undo_transaction(7, 'mine.forged');
SELECT undo_transaction('00000000-0000-8000-8000-000000000007', 'mine.forged');
DROP TABLE mine.forged;

-- An empty search_path, a read-only transaction, and a role that made operators of its own.
BEGIN READ ONLY;
SET LOCAL search_path = '';
SELECT count(*) FROM rowkit.row_history('app.things', 100);
SELECT rowkit.row_as_of('app.things', 100, 'infinity') -> 'name' AS name;
COMMIT;
SET search_path = '';
UPDATE app.things SET name = 'empty path' WHERE id = 100;
SET search_path = app, rowkit;
SELECT new_data FROM news();

-- created_by and updated_by.
CREATE TABLE notes (id integer PRIMARY KEY, body text, created_by uuid, updated_by uuid, updated_at timestamptz);
CREATE TRIGGER actor BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION set_row_actor();
INSERT INTO notes VALUES (1, 'job', :org, NULL);
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b1"}';
INSERT INTO notes VALUES (2, 'ann', :org, :org);
UPDATE notes SET body = 'ann', created_by = :other_org WHERE id = 1;
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b2"}';
UPDATE notes SET updated_at = now(), updated_by = NULL WHERE id = 2;
SELECT id, body, created_by, updated_by FROM notes ORDER BY id;
UPDATE notes SET body = 'bob' WHERE id = 2;
RESET request.jwt.claims;
UPDATE notes SET created_by = NULL WHERE id = 1;
SELECT id, body, created_by, updated_by FROM notes ORDER BY id;
-- What is brought back has its author again.
SELECT count(*) FROM enable_audit('notes');
DELETE FROM notes WHERE id = 2;
SELECT last() AS txid \gset
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000b3"}';
SELECT undo_transaction(:txid);
RESET request.jwt.claims;
SELECT id, body, created_by, updated_by FROM notes ORDER BY id;
CREATE TRIGGER wrong BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION set_row_actor();
INSERT INTO account VALUES (9);
DROP TRIGGER wrong ON account;
CREATE TRIGGER wrong BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION set_row_actor('orders', 'orders');
INSERT INTO account VALUES (9);
DROP TRIGGER wrong ON account;
CREATE TRIGGER wrong AFTER INSERT ON account FOR EACH ROW EXECUTE FUNCTION set_row_actor();
INSERT INTO account VALUES (9);
DROP TRIGGER wrong ON account;

-- When audit ends and begins is in the log; what was then is not told.
CREATE TABLE gaps (id integer PRIMARY KEY, v integer);
INSERT INTO gaps VALUES (1, 1);
SELECT clock_timestamp() AS before_audit \gset
SELECT count(*) FROM enable_audit('gaps');
UPDATE gaps SET v = 2;
SELECT clock_timestamp() AS audited \gset
SELECT command FROM disable_audit('gaps');
SELECT * FROM disable_audit('gaps');
UPDATE gaps SET v = 3;
SELECT count(*) FROM enable_audit('gaps');
UPDATE gaps SET v = 4;
SELECT action, new_data FROM row_history('gaps', 1);
SELECT row_as_of('gaps', 1, 'infinity');
SELECT row_as_of('gaps', 1, :'audited') IS NOT NULL AS known;
SELECT row_as_of('gaps', 1, :'before_audit') IS NOT NULL AS known;
SELECT row_as_of('gaps', NULL::text, now()), row_as_of('gaps', 1, NULL);

-- Retention: parts go whole, and that they went is logged; events find their month when its part came late.
SELECT date_trunc('month', now() AT TIME ZONE 'UTC') - interval '13 months' AS old \gset
INSERT INTO audit_logs (action, table_name, record_id, created_at) VALUES ('INSERT', 'gaps', '7', :'old'::timestamp AT TIME ZONE 'UTC' + interval '3 days');
SELECT count(*) FROM app_parts.audit_logs_default;
SELECT kind, identity ~ '^app_parts\.audit_logs_' AS is_of_parts FROM create_audit_partitions();
SELECT count(*) FROM app_parts.audit_logs_default;
SELECT purge_audit_logs(5000), purge_audit_logs(365, 'audit_logs');
SELECT action, table_name, new_data - 'before' AS new_data, (new_data ->> 'before')::timestamptz = :'old'::timestamp AT TIME ZONE 'UTC' + interval '1 month' AS until FROM audit_logs WHERE action = 'PURGE';
SELECT row_as_of('gaps', 1, now() - interval '2 years') IS NULL AS told;
SELECT job_name, schedule, command FROM schedule_jobs('app', dry_run => true) WHERE job_name ~ 'audit';
SELECT purge_audit_logs(1, 'gaps');
SELECT create_audit_partitions(-1);
-- No part can be read or written around the log, whatever default privileges give.
ALTER DEFAULT PRIVILEGES IN SCHEMA logs, logs_parts GRANT ALL ON TABLES TO audit_user;
DROP TABLE people, logs.audit_logs;
SELECT count(*) FROM create_audit_log('logs', '');
SELECT count(*) AS parts, count(*) FILTER (WHERE has_table_privilege('audit_user', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')) AS open, bool_and(relrowsecurity) AS secured
FROM pg_class WHERE relnamespace IN ('logs'::regnamespace, 'logs_parts'::regnamespace) AND relkind IN ('r', 'p');

-- By hand as the seed does it, FOR EACH ROW.
CREATE TABLE by_hand (id integer PRIMARY KEY, organization_id uuid, v integer);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON by_hand FOR EACH ROW EXECUTE FUNCTION log_audit_trail();
SELECT count(*) >= 0 FROM news();
INSERT INTO by_hand VALUES (1, :org, 1), (2, NULL, 2);
UPDATE by_hand SET v = v + 1 WHERE id = 1;
UPDATE by_hand SET v = v;
DELETE FROM by_hand;
SELECT * FROM news();

-- Taking back a DELETE leaves counters to the rows that they count, those that cascaded away included.
CREATE TABLE owners (id bigint PRIMARY KEY, name text);
CREATE TABLE owned (id bigint PRIMARY KEY, owner_id bigint REFERENCES owners ON DELETE CASCADE);
CREATE TABLE unlogged (id bigint PRIMARY KEY, owner_id bigint REFERENCES owners ON DELETE CASCADE);
SELECT count(*) FROM enable_usage_counter('owned', 'owners', 'owned_count');
SELECT count(*) FROM enable_usage_counter('unlogged', 'owners', 'unlogged_count');
SELECT count(*) FROM enable_audit('owners', ignore => '{owned_count,unlogged_count}') AS owners, enable_audit('owned') AS owned;
INSERT INTO owners (id, name) VALUES (1, 'one');
INSERT INTO owned VALUES (1, 1), (2, 1);
INSERT INTO unlogged VALUES (1, 1);
SELECT * FROM owners;
BEGIN;
DELETE FROM owners;
SELECT pg_current_xact_id()::text AS gone \gset
COMMIT;
SELECT undo_transaction(:gone);
SELECT owners.*, (SELECT count(*) FROM owned) AS owned, (SELECT count(*) FROM unlogged) AS unlogged FROM owners;
SELECT * FROM usage_drift('owners');

-- What goes wrong fails the write.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the log is full'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION refuse();
UPDATE gaps SET v = 5;
SELECT v FROM gaps;
DROP TRIGGER refuse ON audit_logs;
ALTER TABLE audit_logs RENAME TO moved;
UPDATE gaps SET v = 5;
ALTER TABLE moved RENAME TO audit_logs;
-- Both in a schema of another name, in the session that knew the old one.
ALTER SCHEMA app RENAME TO renamed;
UPDATE renamed.gaps SET v = 6;
SELECT action, table_name FROM renamed.audit_logs ORDER BY transaction_id DESC, created_at DESC LIMIT 1;
ALTER SCHEMA renamed RENAME TO app;
-- Bad input.
SELECT * FROM enable_audit('seen_never');
CREATE VIEW seen AS SELECT 1 AS id;
CREATE TABLE keyless (v integer);
SELECT * FROM enable_audit('seen');
SELECT * FROM enable_audit('keyless');
SELECT * FROM enable_audit('audit_logs', audit_logs => 'audit_logs');
SELECT * FROM enable_audit('gaps', mode => 'half');
SELECT * FROM enable_audit('gaps', ignore => ARRAY['nothing']);
SELECT * FROM enable_audit('gaps', redact => ARRAY['nothing.at_all']);
SELECT * FROM create_audit_log('nowhere');
-- The tenant is the membership's; without one, or with two that differ, nothing is guessed.
CREATE SCHEMA members;
CREATE TABLE members.staff (user_id uuid, account_id uuid, team_id uuid);
SELECT * FROM create_audit_log('members');
SELECT count(*) > 0 AS registered FROM register_membership('members.staff', tenant_column => 'account_id');
SELECT command FROM create_audit_log('members', parts_schema => 'app_parts', dry_run => true) WHERE kind IN ('schema', 'table', 'index');
CREATE TABLE members.teams AS SELECT * FROM members.staff;
SELECT count(*) > 0 AS registered FROM register_membership('members.teams', tenant_column => 'team_id');
SELECT * FROM create_audit_log('members');
SELECT count(*) AS commands FROM create_audit_log('members', 'team_id');
SELECT obj_description('members_parts'::regnamespace, 'pg_namespace'), (SELECT string_agg(relname, ' ' ORDER BY relname COLLATE "C") FROM pg_class WHERE relnamespace = 'members'::regnamespace AND relkind IN ('r', 'p'));
-- The parts' schema is created by who may create one, and is nobody else's: its owner can drop what is in it.
CREATE SCHEMA own AUTHORIZATION audit_user;
SET ROLE audit_user;
SELECT kind, identity FROM create_audit_log('own', '', dry_run => true) WHERE kind = 'table';
SELECT * FROM create_audit_log('own', '', parts_schema => 'elsewhere');
RESET ROLE;
CREATE SCHEMA plain_parts AUTHORIZATION audit_user;
CREATE ROLE audit_owner;
CREATE SCHEMA owned AUTHORIZATION audit_owner;
GRANT ALL ON SCHEMA plain_parts TO audit_owner;
SET ROLE audit_owner;
SELECT * FROM create_audit_log('owned', '', parts_schema => 'plain_parts');
RESET ROLE;
DROP SCHEMA own, owned, plain_parts;
DROP ROLE audit_owner;
CREATE TRIGGER wrong AFTER INSERT ON keyless FOR EACH ROW EXECUTE FUNCTION log_audit_trail();
INSERT INTO keyless VALUES (1);
DROP TRIGGER wrong ON keyless;
CREATE TRIGGER wrong BEFORE INSERT ON keyless FOR EACH ROW EXECUTE FUNCTION log_audit_trail();
INSERT INTO keyless VALUES (1);
DROP TRIGGER wrong ON keyless;
SELECT count(*) FROM disable_audit('gaps');
CREATE TRIGGER wrong AFTER INSERT ON gaps FOR EACH STATEMENT EXECUTE FUNCTION log_audit_trail();
INSERT INTO gaps VALUES (2);
DROP TRIGGER wrong ON gaps;
CREATE TRIGGER wrong AFTER INSERT ON gaps FOR EACH ROW EXECUTE FUNCTION log_audit_trail('colour=red');
INSERT INTO gaps VALUES (2);
-- Names of any script: what is ignored and redacted is told by the trigger's arguments to those who ask, too.
CREATE TABLE "品" ("番" integer PRIMARY KEY, "名" text, "見た" text, "鍵\000" text);
SELECT count(*) FROM enable_audit('"品"', ARRAY['見た'], ARRAY['鍵\000']);
INSERT INTO "品" VALUES (1, 'あ', 'い', 'う');
UPDATE "品" SET "名" = 'え', "見た" = 'お';
UPDATE "品" SET "見た" = 'か';
SELECT action, old_data, new_data FROM row_history('"品"', '1');
SELECT row_as_of('"品"', '1', clock_timestamp());
-- Values of any type are logged as to_jsonb has them, but for what JSON does not hold exactly: a json column's text and a negative zero.
CREATE DOMAIN grade AS smallint CHECK (VALUE > 0);
CREATE TABLE kinds (
    id bigint PRIMARY KEY, truth boolean, small smallint, whole integer, big bigint, exact numeric, rough float8, name text, code varchar(9), fixed char(5), key uuid,
    on_day date, at timestamptz, for_long interval, raw bytea, list integer[], data jsonb, plain json, grade grade, of_catalog name, point point, large text);
SELECT count(*) FROM enable_audit('kinds', mode => 'full');
INSERT INTO kinds VALUES
    (1, true, -32768, -2147483648, -9223372036854775808, 1.50, 'NaN', E'a"\\\n名', 'é', 'ab', '00000000-0000-4000-8000-0000000000AB',
     '2026-01-02', '2026-01-02 03:04:05.6+00', '1 day 2 hours', '\xdead', '{1,NULL,3}', '{"a": 1.0}', '{"b" : 2}', 7, 'n', '(1,2)', repeat('long 長い ', 5000)),
    (2, false, 32767, 2147483647, 9223372036854775807, 'Infinity', -0.0, '', '', '', NULL, 'infinity', '-infinity', '0', '', '{}', 'null', 'null', 1, '', NULL, NULL),
    (10000, NULL, 0, 10000, 100000000, 0, 1e300, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT kinds.id, log.new_data - '{plain,rough}'::text[] = to_jsonb(kinds) - '{plain,rough}'::text[] AS is_same,
    (log.new_data - '{plain,rough}'::text[])::text = (to_jsonb(kinds) - '{plain,rough}'::text[])::text AS reads_the_same, log.new_data -> 'plain' AS plain, log.new_data ->> 'rough' = kinds.rough::text AS rough
FROM kinds JOIN audit_logs AS log ON log.table_name = 'kinds' AND log.record_id = kinds.id::text ORDER BY kinds.id;
SELECT count(*) FROM disable_audit('kinds');
SELECT count(*) FROM enable_audit('kinds', mode => 'diff');
UPDATE kinds SET truth = NOT truth, small = small / 2, whole = whole / 2, big = big / 2, exact = exact * 2, rough = 0, name = name || '!', code = 'c', fixed = 'f', large = large || '!' WHERE id < 3;
SELECT kinds.id, (SELECT string_agg(key, ' ') FROM jsonb_object_keys(log.new_data) AS key) AS changed, to_jsonb(kinds) @> log.new_data AS is_same
FROM kinds JOIN audit_logs AS log ON log.action = 'UPDATE' AND log.table_name = 'kinds' AND log.record_id = kinds.id::text ORDER BY kinds.id;
DROP OWNED BY audit_user;
DROP ROLE audit_user;
