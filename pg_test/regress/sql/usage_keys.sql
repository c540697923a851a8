-- The functions that read usage take keys as uuid and bigint, as those that change it do.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
CREATE TABLE accounts (id uuid PRIMARY KEY, max_users bigint, current_users bigint NOT NULL DEFAULT 0);
CREATE TABLE shops (id bigint PRIMARY KEY, max_orders bigint, current_orders bigint NOT NULL DEFAULT 0);
INSERT INTO accounts (id, max_users) VALUES ('00000000-0000-4000-8000-00000000000a', 3);
INSERT INTO shops (id, max_orders) VALUES (7, 2);
SELECT increment_usage_counter('00000000-0000-4000-8000-00000000000a'::uuid, 'users', 2), increment_usage_counter(7::bigint, 'orders', 2, 'shops');
SELECT * FROM account_usage('00000000-0000-4000-8000-00000000000a'::uuid);
SELECT * FROM account_usage(7::bigint, 'shops');
SELECT read_usage_counter('00000000-0000-4000-8000-00000000000a'::uuid, 'users'), read_usage_counter(7::bigint, 'orders', 'shops'), read_usage_counter(8::bigint, 'orders', 'shops') IS NULL;
SELECT check_usage_available('00000000-0000-4000-8000-00000000000a'::uuid, 'users'), check_usage_available('00000000-0000-4000-8000-00000000000a'::uuid, 'users', 2), check_usage_available(7::bigint, 'orders', accounts => 'shops');
-- A column of the type is enough; a literal is a text, as before.
SELECT read_usage_counter(id, 'users'), read_usage_counter('00000000-0000-4000-8000-00000000000a', 'users') FROM accounts;
SELECT usage.used FROM shops, account_usage(shops.id, 'shops') AS usage;
-- A text that is no key of the table says which column and type the key has.
SELECT * FROM account_usage(5::bigint);
SELECT read_usage_counter('x', 'orders', 'shops');
SELECT check_usage_available(5::bigint, 'users');
SELECT increment_usage_counter(5::bigint, 'users');
SELECT read_usage_counter(7::bigint, 'cows', 'shops');
SELECT read_usage_counter(NULL::uuid, 'users');
