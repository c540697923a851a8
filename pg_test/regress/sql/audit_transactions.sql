-- A transaction is known in the log by a uuid, in every cluster. The number that a cluster gives it is taken only where the log has no other one of that number.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
SELECT count(*) > 0 FROM create_audit_log(tenant_column => 'organization_id');
CREATE TABLE things (id integer PRIMARY KEY, organization_id uuid, name text);
SELECT count(*) > 0 FROM enable_audit('things');
-- All events of a transaction have one uuid, also those in savepoints, of triggers and of its other tables; others have another one.
CREATE TABLE others (id integer PRIMARY KEY);
SELECT count(*) > 0 FROM enable_audit('others');
CREATE FUNCTION also() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.others VALUES (NEW.id); RETURN NULL; END $$;
CREATE TRIGGER also AFTER INSERT ON things FOR EACH ROW EXECUTE FUNCTION also();
BEGIN;
INSERT INTO things VALUES (1, NULL, 'a');
SAVEPOINT s;
INSERT INTO things VALUES (2, NULL, 'b');
RELEASE s;
SELECT pg_sleep(0.01);
UPDATE things SET name = 'c';
COMMIT;
UPDATE things SET name = 'd';
SELECT count(*), count(DISTINCT transaction), count(DISTINCT transaction_id), count(DISTINCT created_at) > 2 AS times FROM audit_logs WHERE record_id IS NOT NULL;
SELECT bool_and(a.transaction < b.transaction) AS rise FROM audit_logs AS a, audit_logs AS b WHERE a.transaction_id < b.transaction_id;
SELECT action, transaction IS NOT NULL AS is_known FROM row_history('things', 1);
-- By uuid, by this cluster's number, and by the text of either.
SELECT transaction AS latest, transaction_id AS number FROM audit_logs ORDER BY created_at DESC LIMIT 1 \gset
SELECT undo_transaction(:'latest'::uuid);
UPDATE things SET name = 'd';
SELECT transaction_id AS number FROM audit_logs ORDER BY created_at DESC LIMIT 1 \gset
SELECT undo_transaction(:number);
UPDATE things SET name = 'e';
SELECT transaction AS latest FROM audit_logs ORDER BY created_at DESC LIMIT 1 \gset
SELECT undo_transaction(:'latest');
UPDATE things SET name = 'e';
SELECT transaction_id AS number FROM audit_logs ORDER BY created_at DESC LIMIT 1 \gset
SELECT undo_transaction(transaction_key => :'number', audit_logs => 'audit_logs');
SELECT undo_transaction('neither');
SELECT undo_transaction('00000000-0000-4000-8000-000000000001');
SELECT undo_transaction(NULL::uuid), undo_transaction(NULL::bigint);
BEGIN;
UPDATE things SET name = 'x';
SELECT undo_transaction((SELECT transaction FROM audit_logs ORDER BY created_at DESC LIMIT 1));
ROLLBACK;

-- Events of another cluster, as a restored log has them: their number is not this cluster's.
UPDATE things SET name = 'f' WHERE id = 1;
SELECT transaction AS own, transaction_id AS number FROM audit_logs ORDER BY created_at DESC LIMIT 1 \gset
INSERT INTO audit_logs (action, table_name, record_id, old_data, new_data, transaction, transaction_id, statement, created_at)
    VALUES ('UPDATE', 'things', '2', '{"name": "from there"}', '{"name": "c"}', '01900000-0000-8000-8000-0000000000a1', :number, 1, now() - interval '1 day'),
        ('UPDATE', 'things', '2', '{"name": "from there"}', '{"name": "c"}', '01900000-0000-8000-8000-0000000000a2', 99999999, 1, now() - interval '1 day');
CREATE FUNCTION tell(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; own uuid := (SELECT transaction FROM app.audit_logs WHERE new_data = '{"name": "f"}');
BEGIN
    EXECUTE command;
    RETURN 'taken back';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN SQLSTATE || ' ' || replace(detail, own::text, 'own');
END $$;
SELECT tell(format('SELECT undo_transaction(%s)', :number));
SELECT tell('SELECT undo_transaction(99999999)');
SELECT undo_transaction(99999999);
SELECT undo_transaction(-1);
SELECT undo_transaction(:'own'::uuid);
SELECT undo_transaction('01900000-0000-8000-8000-0000000000a2');
SELECT id, name FROM things ORDER BY id;
-- Those of one number are two in a row's history, each in its time.
SELECT row_number() OVER () AS place, action, old_data FROM row_history('things', 2) WHERE transaction <= '01900000-0000-8000-8000-0000000000a2';

-- Who sees no event of a transaction is not told that there is one; who sees some is refused.
CREATE ROLE audit_reader;
GRANT USAGE ON SCHEMA app TO audit_reader;
GRANT SELECT, UPDATE ON things TO audit_reader;
GRANT SELECT ON audit_logs TO audit_reader;
CREATE POLICY own ON audit_logs FOR SELECT TO audit_reader USING (organization_id = '00000000-0000-4000-8000-0000000000a1');
INSERT INTO things VALUES (11, '00000000-0000-4000-8000-0000000000a1', 'own'), (12, '00000000-0000-4000-8000-0000000000a2', 'hidden');
UPDATE things SET name = 'x' WHERE id = 12;
SELECT transaction AS hidden, transaction_id AS hidden_number FROM audit_logs ORDER BY created_at DESC LIMIT 1 \gset
UPDATE things SET name = 'y' WHERE id IN (11, 12);
SELECT transaction AS mixed FROM audit_logs ORDER BY created_at DESC LIMIT 1 \gset
UPDATE things SET name = 'z' WHERE id = 11;
SELECT transaction AS seen FROM audit_logs ORDER BY created_at DESC LIMIT 1 \gset
\set VERBOSITY sqlstate
SET ROLE audit_reader;
SELECT undo_transaction(:'hidden'::uuid);
SELECT undo_transaction(:hidden_number);
SELECT undo_transaction(:'mixed'::uuid);
SELECT undo_transaction(:'seen'::uuid);
RESET ROLE;
DROP OWNED BY audit_reader;
DROP ROLE audit_reader;
\set VERBOSITY verbose

-- What functions of the log write has the same identity.
BEGIN;
ALTER TABLE things RENAME TO items;
SELECT rebind_audit_events('items', 'things') > 0 AS moved;
UPDATE items SET name = 'last' WHERE id = 1;
COMMIT;
SELECT count(DISTINCT transaction) FROM audit_logs WHERE action = 'RENAME' OR new_data = '{"name": "last"}';
-- A log of before gets the column.
ALTER TABLE audit_logs DROP COLUMN transaction;
SELECT * FROM create_audit_log(tenant_column => 'organization_id');
UPDATE items SET name = 'first' WHERE id = 1;
SELECT count(*) FROM audit_logs WHERE transaction IS NOT NULL;
