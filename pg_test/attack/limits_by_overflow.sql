-- Amounts near the end of bigint: their sum passes beneath the limit, or the counter shows less than nothing. It must be refused, the limit held, and the
-- counter be the sum of its rows.
\connect - rowkit
CREATE SCHEMA tst;
CREATE TABLE tst.accounts (id uuid PRIMARY KEY, current_storage_mb bigint NOT NULL DEFAULT 0, max_storage_mb bigint);
CREATE TABLE tst.files (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account_id uuid REFERENCES tst.accounts (id), size_mb bigint NOT NULL CHECK (size_mb >= 0));
GRANT USAGE ON SCHEMA tst TO plain;
GRANT SELECT, INSERT, UPDATE, DELETE ON tst.files TO plain;
GRANT SELECT ON tst.accounts TO plain;
INSERT INTO tst.accounts (id, max_storage_mb) VALUES (attack.id('A'), 1024);
CREATE FUNCTION attack.used() RETURNS numeric LANGUAGE sql AS $$ SELECT rowkit.read_usage_counter(attack.id('A')::text, 'storage_mb', 'tst.accounts') $$;
CREATE FUNCTION attack.overflow() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    given text;
BEGIN
    FOREACH given IN ARRAY ARRAY['9223372036854775807), (9223372036854773000', '9223372036854775807), (1', '9223372036854775807', '4611686018427387904), (4611686018427387904', '1025',
        '9223372036854775807), (9223372036854775807), (3'] LOOP
        PERFORM attack.refused(format('INSERT INTO tst.files (account_id, size_mb) SELECT attack.id(''A''), given.size FROM (VALUES (%s)) AS given(size)', replace(given, '9223372036854775807', '9223372036854775807')),
            '53400', '22003', '23514');
    END LOOP;
    INSERT INTO tst.files (account_id, size_mb) VALUES (attack.id('A'), 1000);
    PERFORM attack.refused('UPDATE tst.files SET size_mb = 9223372036854775807', '53400', '22003', '23514');
    PERFORM attack.refused('INSERT INTO tst.files (account_id, size_mb) VALUES (attack.id(''A''), 9223372036854775807)', '53400', '22003', '23514');
    PERFORM attack.refused('INSERT INTO tst.files (account_id, size_mb) VALUES (attack.id(''A''), 9223372036854774808)', '53400', '22003', '23514');
    PERFORM attack.holds(attack.used() = 1000 AND (SELECT sum(size_mb) FROM tst.files) = 1000, 'the counter is the sum of its rows');
    DELETE FROM tst.files;
    PERFORM attack.holds(attack.used() = 0, 'the counter is the sum of its rows');
END
$$;
SELECT count(*) FROM rowkit.enable_usage_counter('tst.files', 'tst.accounts', 'current_storage_mb', sum_column => 'size_mb', limit_column => 'max_storage_mb');
\connect - plain
SELECT attack.overflow();
\connect - rowkit
SELECT count(*) FROM rowkit.disable_usage_counter('tst.files', 'current_storage_mb');
SELECT count(*) FROM rowkit.enable_usage_counter('tst.files', 'tst.accounts', 'current_storage_mb', sum_column => 'size_mb', limit_column => 'max_storage_mb', mode => 'sharded');
GRANT SELECT ON tst.usage_slots TO plain;
\connect - plain
SELECT attack.overflow();
\connect - rowkit
-- Without rows: by the functions, up and down, and without a limit.
SELECT attack.refused('SELECT rowkit.increment_usage_counter(attack.id(''A''), ''storage_mb'', 9223372036854775807, ''tst.accounts'')', '53400', '22003', '22023');
SELECT attack.refused('SELECT rowkit.decrement_usage_counter(attack.id(''A''), ''storage_mb'', (-9223372036854775808)::bigint, ''tst.accounts'')', '53400', '22003', '22023');
SELECT count(*) FROM rowkit.disable_usage_counter('tst.files', 'current_storage_mb');
UPDATE tst.accounts SET max_storage_mb = NULL, current_storage_mb = 9223372036854775800;
SELECT attack.refused('SELECT rowkit.increment_usage_counter(attack.id(''A''), ''storage_mb'', 100, ''tst.accounts'')', '22003', '53400', '22023');
SELECT attack.holds(current_storage_mb = 9223372036854775800, 'a counter at the end of its type stays there') FROM tst.accounts;
\if :is_15
-- Credits: grants that add up to more than a bigint, and a debit of less than nothing.
SELECT attack.refused('SELECT rowkit.grant_credits(attack.id(''A''), 9223372036854775807, credit_accounts => ''li.credit_accounts'')', '22003', '22023', '23514');
SELECT attack.refused(format('SELECT rowkit.consume_credits(attack.id(''A''), %s, ''x'', credit_accounts => ''li.credit_accounts'')', amount), '53400', '22003', '22023') FROM unnest(ARRAY[9223372036854775807, -1, 0, 101]) AS amount;
SELECT attack.refused('SELECT rowkit.consume_credits(attack.id(''A''), (-9223372036854775808)::bigint, ''x'', credit_accounts => ''li.credit_accounts'')', '53400', '22003', '22023');
SELECT attack.refused(format('SELECT rowkit.refund_credits((SELECT id FROM li.credit_operations WHERE account_id = attack.id(''A'') LIMIT 1), %s, credit_accounts => ''li.credit_accounts'')', amount), '53400', '22003', '22023', '55000', '42704') FROM unnest(ARRAY[9223372036854775807, -1]) AS amount;
SELECT attack.holds(rowkit.credit_balance(attack.id('A'), 'li.credit_accounts') = 100, 'A has its hundred credits');
\endif
-- Tables that inherit have rows that the parent's triggers do not see: neither counted nor audited.
CREATE TABLE tst.heirs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account_id uuid);
CREATE TABLE tst.heir () INHERITS (tst.heirs);
SELECT attack.refused($$SELECT count(*) FROM rowkit.enable_usage_counter('tst.heirs', 'tst.accounts', 'current_storage_mb', foreign_key_column => 'account_id')$$, '0A000');
SELECT attack.refused($$SELECT count(*) FROM rowkit.enable_audit('tst.heirs')$$, '0A000', '42704');
SELECT attack.refused($$SELECT count(*) FROM rowkit.enable_soft_delete('tst.heirs')$$, '0A000');
