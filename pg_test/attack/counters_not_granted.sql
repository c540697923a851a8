-- Plain may change the name of an account, and so takes from its counter, whose limit holds nobody then. Slots are written with the owner's rights.
\connect - rowkit
CREATE SCHEMA counted;
GRANT USAGE ON SCHEMA counted TO plain;
CREATE TABLE counted.accounts (id uuid PRIMARY KEY, name text, used_now bigint NOT NULL DEFAULT 0, used_later bigint NOT NULL DEFAULT 0, max_used bigint NOT NULL DEFAULT 5);
CREATE TABLE counted.now (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account_id uuid NOT NULL REFERENCES counted.accounts);
CREATE TABLE counted.later (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account_id uuid NOT NULL REFERENCES counted.accounts);
SELECT count(*) FROM rowkit.enable_usage_counter('counted.now', 'counted.accounts', 'used_now', limit_column => 'max_used');
SELECT count(*) FROM rowkit.enable_usage_counter('counted.later', 'counted.accounts', 'used_later', limit_column => 'max_used', mode => 'sharded');
INSERT INTO counted.accounts (id, name) VALUES (attack.id('A'), 'A');
INSERT INTO counted.now (account_id) SELECT attack.id('A') FROM generate_series(1, 5);
INSERT INTO counted.later (account_id) SELECT attack.id('A') FROM generate_series(1, 5);
GRANT SELECT, UPDATE (name) ON counted.accounts TO plain;
\connect - plain
SELECT attack.refused(format('SELECT rowkit.%s(%L::uuid, %L, 1000000, ''counted.accounts'')', called, attack.id('A'), resource), '42501')
FROM unnest('{decrement_usage_counter,increment_usage_counter}'::text[]) AS called, unnest('{used_now,used_later}'::text[]) AS resource;
\connect - rowkit
SELECT attack.holds(count(*) = 0, 'the counters count right') FROM rowkit.usage_drift('counted.accounts');
SELECT attack.holds(used = 5, 'the counters say what there is') FROM rowkit.account_usage(attack.id('A'), 'counted.accounts');
DROP SCHEMA counted CASCADE;
