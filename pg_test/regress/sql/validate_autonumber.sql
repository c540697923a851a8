-- autonumber: 1, 2, 3 without a gap; nobody writes it; an UPDATE keeps it.
SET client_min_messages = warning;
SELECT count(*) > 0 AS made FROM rowkit.install_blueprint('custom_tables', 'public');
\set org '''00000000-0000-4000-8000-00000000000a'''
\set t '''00000000-0000-4000-8000-00000000000b'''
\set u '''00000000-0000-4000-8000-00000000000c'''
INSERT INTO organizations (id, name) VALUES (:org, 'Acme');
INSERT INTO tables (id, organization_id, name) VALUES (:t, :org, 'Invoices'), (:u, :org, 'Orders');
INSERT INTO table_columns (id, table_id, name, type) VALUES
    ('00000000-0000-4000-8000-0000000000c1', :t, 'number', 'autonumber'), ('00000000-0000-4000-8000-0000000000c2', :t, 'memo', 'text'),
    ('00000000-0000-4000-8000-0000000000c3', :u, 'number', 'autonumber');
INSERT INTO records (table_id, data) VALUES (:t, '{"memo": "a"}'), (:t, '{"memo": "b"}'), (:t, '{"memo": "c"}'), (:u, '{}');
INSERT INTO records (table_id, data) VALUES (:t, '{"memo": "d"}');
INSERT INTO records (table_id, data) SELECT :t, '{"memo": "bulk"}' FROM generate_series(1, 3000);
SELECT count(*), min((data ->> 'number')::integer), max((data ->> 'number')::integer), count(DISTINCT data -> 'number')
FROM records WHERE table_id = :t;
SELECT data FROM records WHERE table_id = :u;

-- What is rolled back is given again, to the end of a savepoint too.
BEGIN;
INSERT INTO records (table_id, data) VALUES (:t, '{"memo": "rolled back"}') RETURNING data;
SAVEPOINT s;
INSERT INTO records (table_id, data) SELECT :t, '{}' FROM generate_series(1, 10);
ROLLBACK TO s;
INSERT INTO records (table_id, data) VALUES (:t, '{"memo": "after the savepoint"}') RETURNING data;
ROLLBACK;
DO $$
BEGIN
    INSERT INTO records (table_id, data)
    SELECT '00000000-0000-4000-8000-00000000000b', CASE WHEN n < 50 THEN '{}' ELSE '{"memo": 5}' END::jsonb FROM generate_series(1, 50) AS n;
EXCEPTION WHEN check_violation THEN
    RAISE WARNING '%', SQLERRM;
END
$$;
INSERT INTO records (table_id, data) VALUES (:t, '{"memo": "next"}') RETURNING data;

-- Nobody writes one; an UPDATE that leaves it out keeps it.
INSERT INTO records (table_id, data) VALUES (:t, '{"number": 7}');
UPDATE records SET data = '{"memo": "replaced"}' WHERE data @> '{"number": 3005}' RETURNING data;
UPDATE records SET data = '{"number": 3005, "memo": "sent back"}' WHERE data @> '{"number": 3005}' RETURNING data;
UPDATE records SET data = '{"number": 1}' WHERE data @> '{"number": 3005}';
SELECT code, message FROM rowkit.record_errors(:t, '{"number": 7}');
SELECT count(*) AS refused_as_stored FROM rowkit.invalid_records(:t);

-- A record that is older than the column is numbered when it is next written.
INSERT INTO table_columns (table_id, name, type) VALUES (:u, 'second', 'autonumber');
SELECT data FROM records WHERE table_id = :u;
UPDATE records SET data = data || '{"x": 1}' WHERE table_id = :u RETURNING data;

-- The counter goes by the column, not by its name.
SELECT rowkit.rename_column(:u, 'number', 'serial');
INSERT INTO records (table_id, data) VALUES (:u, '{}') RETURNING data;

-- What a transaction deleted comes back by an undo with the numbers that it had; so does what it moved, and what came in between counts on.
SELECT count(*) > 0 AS audited FROM unnest('{records,tables,table_columns}'::regclass[]) AS audited(name), rowkit.enable_audit(audited.name);
CREATE FUNCTION last() RETURNS bigint LANGUAGE sql AS $$ SELECT max(transaction_id) FROM public.audit_logs $$;
CREATE FUNCTION numbers() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat(CASE table_id WHEN '00000000-0000-4000-8000-00000000000b' THEN 't' ELSE 'u' END, data), ' ' ORDER BY table_id, data)
    FROM public.records WHERE data ->> 'memo' LIKE 'keep%' OR table_id <> '00000000-0000-4000-8000-00000000000b' $$;
INSERT INTO records (table_id, data) VALUES (:t, '{"memo": "keep a"}'), (:t, '{"memo": "keep b"}');
DELETE FROM records WHERE data ->> 'memo' LIKE 'keep%';
SELECT last() AS txid \gset
INSERT INTO records (table_id, data) VALUES (:t, '{"memo": "keep c"}');
SELECT rowkit.undo_transaction(:txid);
SELECT numbers();
SELECT last() AS txid \gset
SELECT rowkit.undo_transaction(:txid);
SELECT numbers();
SELECT last() AS txid \gset
SELECT rowkit.undo_transaction(:txid);
UPDATE records SET table_id = :u, data = '{}' WHERE data ->> 'memo' = 'keep a';
SELECT numbers();
SELECT last() AS txid \gset
SELECT rowkit.undo_transaction(:txid);
SELECT numbers();
-- Of a table that came back as well, whose counters are new.
BEGIN;
DELETE FROM records WHERE table_id = :t AND data ->> 'memo' NOT LIKE 'keep%';
DELETE FROM tables WHERE id = :t;
COMMIT;
SELECT count(*) AS counters FROM record_counters WHERE table_id = :t;
SELECT last() AS txid \gset
BEGIN;
SET LOCAL rowkit.allow_schema_edit = on;
SELECT rowkit.undo_transaction(:txid) > 3000 AS undone;
COMMIT;
SELECT numbers();
INSERT INTO records (table_id, data) VALUES (:t, '{"memo": "keep d"}') RETURNING data;
SELECT count(*), count(DISTINCT data -> 'number') FROM records WHERE table_id = :t;
-- Triggers elsewhere bring nothing back: what they insert has no number yet.
CREATE TABLE public.elsewhere (id integer PRIMARY KEY);
CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.records (table_id, data) VALUES ('00000000-0000-4000-8000-00000000000b', '{"number": 1}');
    RETURN NULL;
END
$$;
SELECT count(*) > 0 AS audited FROM rowkit.enable_audit('public.elsewhere');
INSERT INTO elsewhere VALUES (1);
DELETE FROM elsewhere;
SELECT last() AS txid \gset
CREATE TRIGGER forge AFTER INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION forge();
SELECT rowkit.undo_transaction(:txid);
DROP TABLE elsewhere;
INSERT INTO records (table_id, data) VALUES (:t, '{"number": 1}');

-- Contradictions.
INSERT INTO table_columns (table_id, name, type, required) VALUES (:u, 'third', 'autonumber', true);
INSERT INTO table_columns (table_id, name, type, default_value) VALUES (:u, 'third', 'autonumber', '5');

-- A writer needs no right on the counters.
CREATE ROLE rowkit_clerk;
INSERT INTO users (id) VALUES ('00000000-0000-4000-8000-0000000000f1');
INSERT INTO user_organizations (user_id, organization_id, role) VALUES ('00000000-0000-4000-8000-0000000000f1', :org, 'member');
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000000f1"}';
GRANT USAGE ON SCHEMA public TO rowkit_clerk;
GRANT SELECT, INSERT, UPDATE ON records, tables TO rowkit_clerk;
SET ROLE rowkit_clerk;
INSERT INTO public.records (table_id, organization_id, data) VALUES (:u, :org, '{}') RETURNING data;
SELECT count(*) FROM record_counters;
RESET ROLE;
DROP OWNED BY rowkit_clerk;
DROP ROLE rowkit_clerk;
SELECT last_number FROM record_counters ORDER BY 1;
DELETE FROM tables WHERE id = :t;
SELECT count(*) AS counters FROM record_counters;
