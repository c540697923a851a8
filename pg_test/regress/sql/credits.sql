SET client_min_messages = warning;
SET search_path = public, rowkit;
\set a '''00000000-0000-4000-8000-0000000000a1'''
\set b '''00000000-0000-4000-8000-0000000000a2'''
CREATE TABLE accounts (id uuid PRIMARY KEY, name text);
INSERT INTO accounts VALUES (:a, 'Acme'), (:b, 'Beta');
-- What a test may know: answers without their ids.
CREATE FUNCTION told(answer jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT answer - 'operation_id' - 'grant_id' - 'reservation_id' $$;
SELECT count(*) FROM enable_credits('accounts', dry_run => true);
SELECT count(*) FROM enable_credits('accounts');
SELECT count(*) FROM enable_credits('accounts');
CREATE VIEW sums AS SELECT account.account_id, account.balance::integer,
    account.balance = (SELECT coalesce(sum(amount), 0) FROM public.credit_entries AS entry WHERE entry.account_id = account.account_id) AS is_ledger,
    account.balance = (SELECT coalesce(sum(remaining), 0) FROM public.credit_grants AS held WHERE held.account_id = account.account_id) AS is_grants
    FROM public.credit_accounts AS account;
SELECT credit_balance(:a::uuid);
SELECT consume_credits(:a::uuid, 1, 'email_reveal');

-- Grants are spent by priority, then what ends soonest; all or nothing.
SELECT told(grant_credits(:a::uuid, 10, source => 'bought'));
SELECT told(grant_credits(:a::uuid, 5, priority => 10, source => 'gift'));
SELECT told(grant_credits(:a::uuid, 3, expires_at => now() + interval '1 hour', source => 'trial'));
SELECT told(consume_credits(:a::uuid, 7, 'export'));
SELECT source, remaining FROM credit_grants ORDER BY source;
SELECT consume_credits(:a::uuid, 12, 'export');
SELECT told(consume_credits(:a::uuid, 2, 'email_reveal'));
SELECT credit_balance(:a::uuid), * FROM sums;

-- One key is one debit with one answer; another request under it is refused.
SELECT told(consume_credits(:a::uuid, 4, 'export', 'key-1'));
SELECT told(consume_credits(:a::uuid, 4, 'export', 'key-1')), consume_credits(:a::uuid, 4, 'export', 'key-1') = consume_credits(:a::uuid, 4, 'export', 'key-1') AS same;
SELECT consume_credits(:a::uuid, 5, 'export', 'key-1');
SELECT credit_balance(:a::uuid);

-- Refunds go back to the grants they came from, the last first, and no more than was taken.
SELECT consume_credits(:a::uuid, 5, 'big') ->> 'operation_id' AS operation \gset
SELECT source, remaining FROM credit_grants ORDER BY source;
SELECT told(grant_credits(:a::uuid, 1, priority => 1, source => 'small'));
SELECT consume_credits(:a::uuid, 1, 'one') ->> 'operation_id' AS one \gset
SELECT told(refund_credits(:'operation', 2, 'back-1'));
SELECT told(refund_credits(:'operation', 2, 'back-1'));
SELECT told(refund_credits(:'operation')), credit_balance(:a::uuid);
SELECT refund_credits(:'operation');
SELECT refund_credits(:'one', 2);
SELECT refund_credits('00000000-0000-4000-8000-0000000000ff');
SELECT source, remaining FROM credit_grants ORDER BY source;
SELECT * FROM sums;

-- Reservations settle, in full or in part, are released, or lapse by themselves.
SELECT reserve_credits(:a::uuid, 4, 'ai') ->> 'reservation_id' AS held \gset
SELECT credit_balance(:a::uuid), told(settle_credits(:'held', 3)), credit_balance(:a::uuid);
SELECT credit_balance(:a::uuid), told(refund_credits(:'held'));
SELECT settle_credits(:'held');
SELECT reserve_credits(:a::uuid, 4, 'ai') ->> 'reservation_id' AS held \gset
SELECT settle_credits(:'held', 5);
SELECT told(release_credits(:'held'));
SELECT release_credits(:'held');
SELECT reserve_credits(:a::uuid, 5, 'ai', interval '-1 second') ->> 'reservation_id' AS held \gset
SELECT balance FROM credit_accounts;
SELECT credit_balance(:a::uuid);
SELECT settle_credits(:'held');
SELECT expire_credits(), expire_credits();
SELECT status FROM credit_operations WHERE id = :'held';
SELECT * FROM sums;

-- Periods: the day begins without a job, by the account's clocks; what was left is gone.
SELECT told(grant_credits(:b::uuid, 50, priority => 1, period => 'day', source => 'daily'));
SELECT told(consume_credits(:b::uuid, 30, 'search'));
SELECT consume_credits(:b::uuid, 5, 'search') ->> 'operation_id' AS yesterday \gset
-- A day passes.
ALTER TABLE credit_entries DISABLE TRIGGER keep_credit_entries;
UPDATE credit_entries SET period_key = period_key - 1 WHERE period_key IS NOT NULL;
ALTER TABLE credit_entries ENABLE TRIGGER keep_credit_entries;
UPDATE credit_grants SET period_key = period_key - 1 WHERE period = 'day';
SELECT credit_balance(:b::uuid), balance FROM credit_accounts WHERE account_id = :b;
SELECT told(consume_credits(:b::uuid, 1, 'search'));
SELECT told(refund_credits(:'yesterday'));
UPDATE credit_grants SET period_key = period_key - 3 WHERE period = 'day';
SELECT rowkit_internal._renew_credits('credit_accounts', 'day'), rowkit_internal._renew_credits('credit_accounts', 'day');
SELECT kind, amount FROM credit_entries WHERE account_id = :b ORDER BY id;
SELECT account_id, balance, is_ledger, is_grants FROM sums ORDER BY 1;
UPDATE credit_grants SET expires_at = now() WHERE account_id = :b;
SELECT credit_balance(:b::uuid), consume_credits(:b::uuid, 1, 'search');
SELECT account_id, balance, is_ledger, is_grants FROM sums ORDER BY 1;

-- Days of 23 and 25 hours.
SELECT at, credit_period('day', at, 'America/New_York') AS new_york, credit_period('week', at, 'America/New_York') AS week, credit_period('month', at, 'Asia/Tokyo') AS tokyo
FROM (VALUES ('2026-03-08 04:59:59Z'::timestamptz), ('2026-03-08 05:00:00Z'), ('2026-03-09 03:59:59Z'), ('2026-03-09 04:00:00Z'),
    ('2026-11-01 04:00:00Z'), ('2026-11-02 04:59:59Z'), ('2026-11-02 05:00:00Z'), ('2026-10-31 15:00:00Z')) AS moment(at);
UPDATE credit_accounts SET time_zone = 'Nowhere/Land';

-- The ledger only grows.
UPDATE credit_entries SET amount = 1;
DELETE FROM credit_entries;
TRUNCATE credit_entries;

-- Taken back with its transaction or savepoint.
BEGIN;
SELECT told(consume_credits(:a::uuid, 1, 'x', 'key-2'));
SAVEPOINT s;
SELECT told(consume_credits(:a::uuid, 1, 'x', 'key-3'));
ROLLBACK TO s;
SELECT told(consume_credits(:a::uuid, 1, 'x', 'key-3'));
ROLLBACK;
SELECT account_id, balance, is_ledger, is_grants FROM sums ORDER BY 1;

-- With the caller's rights, under row security, with an empty search_path, and in a transaction that only reads.
CREATE ROLE credits_user;
GRANT USAGE ON SCHEMA public TO credits_user;
GRANT SELECT ON credit_accounts, credit_grants, credit_operations, credit_entries TO credits_user;
ALTER TABLE credit_accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON credit_accounts USING (account_id::text = current_setting('app.account', true));
SET app.account = '00000000-0000-4000-8000-0000000000a1';
SET ROLE credits_user;
BEGIN READ ONLY;
SELECT credit_balance(:a::uuid), credit_balance(:b::uuid);
COMMIT;
SELECT consume_credits(:a::uuid, 1, 'x');
GRANT SELECT ON credit_grants TO credits_user;
RESET ROLE;
GRANT UPDATE ON credit_accounts, credit_grants, credit_operations TO credits_user;
GRANT INSERT ON credit_operations, credit_entries TO credits_user;
SET ROLE credits_user;
SELECT told(consume_credits(:a::uuid, 1, 'x'));
SELECT consume_credits(:b::uuid, 1, 'x');
SET search_path = '';
SELECT rowkit.consume_credits(:a::uuid, 1, 'x');
SELECT public.told(rowkit.consume_credits(:a::uuid, 1, 'x', credit_accounts => 'public.credit_accounts'));
RESET ROLE;
SET search_path = public, rowkit;
DROP OWNED BY credits_user;
DROP ROLE credits_user;
ALTER TABLE credit_accounts DISABLE ROW LEVEL SECURITY;

-- An owner is not deleted by the way; closed, their books are told once, and those of others stay as they are.
DELETE FROM accounts WHERE id = :a;
CREATE TABLE kept AS SELECT * FROM credit_entries WHERE account_id = :b;
SELECT told(reserve_credits(:a::uuid, 1, 'ai'));
BEGIN;
SELECT close_credit_account(:a::uuid);
SELECT close_credit_account(:a::uuid), credit_balance(:a::uuid);
DELETE FROM credit_entries;
ROLLBACK;
SELECT told(consume_credits(:a::uuid, 1, 'as before'));
-- What one may not delete, or does not see, is not closed by halves.
CREATE ROLE credits_user;
GRANT USAGE ON SCHEMA public TO credits_user;
GRANT SELECT, UPDATE ON credit_accounts, credit_grants, credit_operations, credit_entries TO credits_user;
SET ROLE credits_user;
SELECT close_credit_account(:a::uuid);
RESET ROLE;
GRANT DELETE ON credit_accounts, credit_grants, credit_operations, credit_entries TO credits_user;
ALTER TABLE credit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY positive ON credit_entries USING (amount > 0);
SET ROLE credits_user;
SELECT close_credit_account(:a::uuid);
DELETE FROM credit_entries;
RESET ROLE;
DROP POLICY positive ON credit_entries;
CREATE POLICY own ON credit_entries USING (account_id::text = current_setting('app.account'));
SET ROLE credits_user;
SET search_path = '';
SELECT rowkit.close_credit_account(:a::uuid, 'public.credit_accounts');
RESET ROLE;
SET search_path = public, rowkit;
DROP OWNED BY credits_user;
DROP ROLE credits_user;
ALTER TABLE credit_entries DISABLE ROW LEVEL SECURITY;
DELETE FROM accounts WHERE id = :a;
SELECT account_id, is_ledger, is_grants FROM sums;
SELECT count(*) AS differ FROM (TABLE kept EXCEPT SELECT * FROM credit_entries) AS differing;
SELECT close_credit_account(NULL::text);
SELECT close_credit_account('00000000-0000-4000-8000-0000000000a1') IS NULL AS nothing_to_close;
-- Closed and given credits again, it begins anew.
INSERT INTO accounts VALUES (:a, 'Acme');
SELECT told(grant_credits(:a::uuid, 2)), close_credit_account(:a::text);

-- Bad input.
SELECT consume_credits(:a::uuid, 0, 'x');
SELECT consume_credits(:a::uuid, -1, 'x');
SELECT grant_credits(:a::uuid, 0);
SELECT grant_credits('00000000-0000-4000-8000-0000000000ff'::uuid, 1);
SELECT grant_credits(:a::uuid, 1, period => 'year');
SELECT grant_credits('not a uuid', 1);
SELECT consume_credits(NULL::uuid, 1, 'x');
CREATE TABLE keyless (id integer);
SELECT * FROM enable_credits('keyless');
SELECT count(*) FROM credit_operations WHERE answer IS NULL;
