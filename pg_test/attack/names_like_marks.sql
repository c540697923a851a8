-- Queries are templates with marks such as @table@. A role that may create a schema gives it, a table, a column and a type names that look like marks, with SQL in them; a superuser
-- calls rowkit's functions there. Names are names.
\connect - rowkit
GRANT CREATE ON DATABASE :DBNAME TO plain;
\connect - plain
CREATE SCHEMA ".t(i int);CREATE ROLE by_mark SUPERUSER;--@accounts@";
CREATE TABLE ".t(i int);CREATE ROLE by_mark SUPERUSER;--@accounts@".accounts (id uuid PRIMARY KEY);
CREATE SCHEMA ".t(i int);CREATE ROLE by_mark SUPERUSER;-- REFERENCES ";
CREATE SCHEMA "@accounts@";
CREATE TABLE "@accounts@".accounts (id uuid PRIMARY KEY);
CREATE TABLE "@accounts@".users (id uuid PRIMARY KEY, email text);
\connect - rowkit
-- Tables of plain's would be refused before their names are used.
SELECT format('ALTER TABLE %s OWNER TO CURRENT_USER', oid::regclass) FROM pg_class WHERE relkind = 'r' AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname ~ '@accounts@|by_mark') \gexec
SELECT attack.shows_nothing(format('SELECT * FROM rowkit.%s(%L%s)', function, nspname, CASE function WHEN 'create_audit_log' THEN ', ''''' END), '42601', '42501', '3F000')
FROM pg_namespace CROSS JOIN unnest('{enable_invitations,enable_api_tokens,create_audit_log}'::text[]) AS function WHERE nspname ~ '@accounts@|by_mark';
SELECT attack.holds(to_regrole('by_mark') IS NULL, 'a name is no command');
SELECT attack.holds(to_regclass('"@accounts@".invitations') IS NOT NULL AND to_regclass('"@accounts@".api_tokens') IS NOT NULL, 'the tables are where they were asked for');
-- The same through the native functions: each of the marks in the queries of rowkit, as a table, a column and a type.
CREATE SCHEMA "t@table@ u@relation@";
SET search_path = "t@table@ u@relation@", rowkit, public;
CREATE TYPE "k@type@" AS ENUM ('a', 'b');
CREATE TABLE "a@owner@" (id uuid PRIMARY KEY, "p@counter@_count" integer NOT NULL DEFAULT 0);
CREATE TABLE "p@set@ ""@deletions@" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "c" text UNIQUE, "n@is_held@ '" "k@type@", account_id uuid REFERENCES "a@owner@", deleted_at timestamptz);
CREATE TABLE child (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "f@key@" uuid REFERENCES "p@set@ ""@deletions@" ON DELETE CASCADE);
SELECT attack.holds(count(*) > 0, 'soft delete') FROM enable_soft_delete('"p@set@ ""@deletions@"');
SELECT attack.holds(count(*) > 0, 'soft delete below') FROM enable_soft_delete('child');
SELECT attack.holds(count(*) > 0, 'audit log') FROM create_audit_log(schema_name => 't@table@ u@relation@', tenant_column => '');
SELECT attack.holds(count(*) > 0, 'audit') FROM enable_audit('"p@set@ ""@deletions@"');
SELECT attack.holds(count(*) > 0, 'counter') FROM enable_usage_counter('"p@set@ ""@deletions@"', '"a@owner@"', 'p@counter@_count');
SELECT attack.holds(count(*) > 0, 'credits') FROM enable_credits('"a@owner@"');
INSERT INTO "a@owner@" (id) VALUES (attack.id('A'));
INSERT INTO "p@set@ ""@deletions@" (id, "c", "n@is_held@ '", account_id) VALUES (attack.id('P'), 'x', 'a', attack.id('A')), (attack.id('Q'), '@table@', 'b', attack.id('A'));
INSERT INTO child ("f@key@") VALUES (attack.id('P'));
SELECT attack.holds(soft_delete('"p@set@ ""@deletions@"', attack.id('P')), 'a soft delete works');
SELECT attack.holds("p@counter@_count" = 1, 'it is counted') FROM "a@owner@";
SELECT attack.holds(restore_deleted('"p@set@ ""@deletions@"', attack.id('P')) IS NOT NULL, 'a restore works');
SELECT attack.holds(count(*) = 2, 'both are back') FROM "p@set@ ""@deletions@" WHERE deleted_at IS NULL;
UPDATE "p@set@ ""@deletions@" SET "n@is_held@ '" = 'b' WHERE id = attack.id('P');
SELECT max(transaction_id) AS transaction FROM audit_logs \gset
SELECT attack.holds(undo_transaction(:transaction) = 1, 'an undo works');
SELECT attack.holds("n@is_held@ '" = 'a', 'the value is back') FROM "p@set@ ""@deletions@" WHERE id = attack.id('P');
SELECT attack.holds(grant_credits(attack.id('A'), 5) IS NOT NULL, 'credits are given');
SELECT attack.holds(credit_balance(attack.id('A')) = 5, 'credits are there');
SELECT attack.holds(count(*) = 0, 'no drift') FROM usage_drift('"a@owner@"');
SELECT attack.holds((permanent_delete('"p@set@ ""@deletions@"', attack.id('Q'))) IS NOT NULL, 'a permanent delete works');
