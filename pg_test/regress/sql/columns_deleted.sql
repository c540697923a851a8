-- Columns that are deleted keep their values until they are purged, and come back with them.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
SELECT count(*) > 0 AS installed FROM rowkit.install_blueprint('custom_tables', 'public');
CREATE FUNCTION id(text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5($1)::uuid $$;
INSERT INTO organizations (id, name) VALUES (id('acme'), 'Acme'), (id('beta'), 'Beta');
INSERT INTO tables (id, organization_id, name, unknown_keys) VALUES (id('t'), id('acme'), 'T', 'allow'), (id('strict'), id('acme'), 'Strict', 'strict'), (id('strip'), id('acme'), 'Strip', 'strip');
INSERT INTO table_columns (id, table_id, name, label, type, required, is_unique, searchable, default_value, options, position) VALUES
    (id('c1'), id('t'), 'budget', 'Budget', 'integer', true, false, false, '5', '{"min": 1}', 3.5),
    (id('c2'), id('t'), 'code', NULL, 'text', false, true, true, NULL, '{}', 2), (id('c3'), id('t'), 'email', NULL, 'email', false, true, false, NULL, '{}', 1),
    (id('c4'), id('t'), 'number', NULL, 'autonumber', false, false, false, NULL, '{}', 0),
    (id('c5'), id('t'), 'friend', NULL, 'reference', false, false, false, NULL, jsonb_build_object('table_id', id('t')), 0),
    (id('s1'), id('strict'), 'a', NULL, 'text', false, false, false, NULL, '{}', 0), (id('s2'), id('strict'), 'b', NULL, 'text', true, false, false, NULL, '{}', 0),
    (id('p1'), id('strip'), 'a', NULL, 'text', false, false, false, NULL, '{}', 0), (id('p2'), id('strip'), 'b', NULL, 'text', false, false, false, NULL, '{}', 0);
INSERT INTO records (id, table_id, name, email, data) VALUES
    (id('r1'), id('t'), 'r1', 'a@example.com', '{"budget": 1, "code": "x"}'), (id('r2'), id('t'), 'r2', 'b@example.com', '{"budget": 2, "code": "y"}'), (id('r3'), id('t'), 'r3', NULL, '{"budget": 3}'),
    (id('u1'), id('strict'), 'u1', NULL, '{"a": "1", "b": "2"}'), (id('v1'), id('strip'), 'v1', NULL, '{"a": "1", "b": "2"}');
UPDATE records SET data = data || jsonb_build_object('friend', id('r2')) WHERE id = id('r1');
CREATE VIEW state AS SELECT name, email, data - 'friend' AS data, (SELECT other.name FROM records AS other WHERE other.id::text = records.data ->> 'friend') AS friend
    FROM records WHERE deleted_at IS NULL ORDER BY name;
CREATE VIEW changes AS SELECT definition ->> 'name' AS name, value_count, restored_at IS NOT NULL AS is_restored,
    (SELECT count(*) FROM column_change_values WHERE change_id = column_changes.id) AS kept FROM column_changes ORDER BY id;
SELECT * FROM state;

-- By the function and by DELETE: required, unique, an autonumber, a reference, a common field.
SELECT rowkit.delete_column(id('t'), 'budget');
DELETE FROM table_columns WHERE id IN (id('c2'), id('c4'));
SELECT rowkit.delete_column(id('t'), 'friend'), rowkit.delete_column(id('t'), 'email');
SELECT rowkit.delete_column(id('strict'), 'b'), rowkit.delete_column(id('strip'), 'b');
SELECT * FROM state;
SELECT * FROM changes;
SELECT count(*) FROM record_keys;
SELECT count(*) FROM rowkit.search_records(id('t'), 'y');
-- What is written meanwhile.
INSERT INTO records (id, table_id, name, data) VALUES (id('r4'), id('t'), 'r4', '{"budget": "anything"}');
UPDATE records SET data = data || '{"budget": "changed"}' WHERE id = id('r2');
UPDATE records SET data = '{"a": "3"}' WHERE id = id('u1');
DELETE FROM records WHERE id = id('r3');
-- Back, with values; those that somebody wrote meanwhile stay. Nothing is validated again.
SELECT rowkit.restore_column(id('c1')), rowkit.restore_column(id('c2')), rowkit.restore_column(id('c3')), rowkit.restore_column(id('c4')), rowkit.restore_column(id('c5'));
SELECT rowkit.restore_column(id('s2')), rowkit.restore_column(id('p2'));
SELECT * FROM state;
SELECT * FROM changes;
SELECT name, label, type, required, is_unique, searchable, default_value, options - 'table_id' AS options, position FROM table_columns ORDER BY position, name;
SELECT (SELECT name FROM table_columns WHERE id::text = column_id) AS column_name, key FROM record_keys ORDER BY 1, 2;
SELECT count(*) FROM rowkit.search_records(id('t'), 'x');
INSERT INTO records (table_id, name) VALUES (id('t'), 'r5') RETURNING data;
-- Again, and what was not deleted.
SELECT rowkit.restore_column(id('c1'));
SELECT rowkit.restore_column(id('nothing'));
SELECT rowkit.restore_column(NULL);
SELECT rowkit.delete_column(id('t'), 'nothing');
SELECT rowkit.delete_column(id('t'), NULL);
SELECT rowkit.delete_column(NULL, 'budget');
-- The name was taken meanwhile.
SELECT rowkit.delete_column(id('t'), 'code');
INSERT INTO table_columns (id, table_id, name, type) VALUES (id('c6'), id('t'), 'code', 'integer');
UPDATE records SET data = data || '{"code": 7}' WHERE id = id('r1');
SELECT rowkit.restore_column(id('c2'));
SELECT rowkit.rename_column(id('t'), 'code', 'code_2');
SELECT rowkit.restore_column(id('c2'));
SELECT * FROM state WHERE name = 'r1';
-- Two unique values cannot both come back.
SELECT rowkit.delete_column(id('t'), 'email');
INSERT INTO records (id, table_id, name, email) VALUES (id('r6'), id('t'), 'r6', 'A@example.com');
SELECT rowkit.restore_column(id('c3'));
DELETE FROM records WHERE id = id('r6');
SELECT rowkit.restore_column(id('c3'));
-- A record that a reference named was deleted meanwhile, and comes back after the column.
SELECT rowkit.delete_column(id('t'), 'friend');
SELECT rowkit.soft_delete('records', id('r2'));
SELECT rowkit.restore_column(id('c5'));
SELECT name, friend FROM state WHERE name = 'r1';
SELECT rowkit.restore_deleted('records', id('r2'));
SELECT name, friend FROM state WHERE name = 'r1';
-- The other way round.
SELECT rowkit.soft_delete('records', id('r2'));
SELECT rowkit.delete_column(id('t'), 'friend');
SELECT rowkit.restore_deleted('records', id('r2'));
SELECT rowkit.restore_column(id('c5'));
SELECT name, friend FROM state WHERE name = 'r1';
-- A deleted record has its value again when it comes back.
SELECT rowkit.soft_delete('records', id('r1'));
SELECT rowkit.delete_column(id('t'), 'budget');
SELECT rowkit.restore_deleted('records', id('r1'));
SELECT name, data ? 'budget' AS has_budget FROM state WHERE name = 'r1';
SELECT rowkit.restore_column(id('c1'));
SELECT name, data -> 'budget' AS budget FROM state WHERE name = 'r1';
-- Purged, it is gone; so is what a record kept that is gone itself.
SELECT rowkit.delete_column(id('t'), 'budget');
DELETE FROM records WHERE id = id('r1');
SELECT name, value_count, kept FROM changes WHERE name = 'budget' AND NOT is_restored;
SELECT rowkit.purge_deleted_columns(1);
SELECT rowkit.purge_deleted_columns(0) > 1 AS purged, rowkit.purge_deleted_columns(0, 'column_changes') AS again;
SELECT rowkit.restore_column(id('c1'));
SELECT (SELECT count(*) FROM changes) AS changes, (SELECT count(*) FROM column_change_values) AS values;
SELECT rowkit.purge_deleted_columns(-1);
SELECT rowkit.purge_deleted_columns(NULL);
SELECT rowkit.purge_deleted_columns(1, 'records');
-- What a record on hold had in the column stays; and a column of another type that is made anew under the id gets none of it.
INSERT INTO table_columns (id, table_id, name, type) VALUES (id('c7'), id('t'), 'kept', 'text');
INSERT INTO records (id, table_id, name, data) VALUES (id('h1'), id('t'), 'h1', '{"kept": "x"}'), (id('h2'), id('t'), 'h2', '{"kept": "y"}');
SELECT rowkit.soft_delete('records', id('h1')), rowkit.hold_deletion('records', id('h1'));
SELECT rowkit.delete_column(id('t'), 'kept'), rowkit.purge_deleted_columns(0);
INSERT INTO table_columns (id, table_id, name, type) VALUES (id('c7'), id('t'), 'kept', 'integer');
SELECT data -> 'kept' AS kept FROM records WHERE id = id('h2');
DELETE FROM table_columns WHERE id = id('c7');
INSERT INTO table_columns (id, table_id, name, type) VALUES (id('c7'), id('t'), 'kept', 'text');
SELECT data -> 'kept' AS kept FROM records WHERE id = id('h2');
SELECT rowkit.delete_column(id('t'), 'kept'), rowkit.hold_deletion('records', id('h1'), false), rowkit.purge_deleted_columns(0) > 0 AS purged;
SELECT (SELECT count(*) FROM column_change_values) AS values;

-- What is no value moves, and is not counted; a value that was written since stays, which is told.
INSERT INTO tables (id, organization_id, name, unknown_keys) VALUES (id('told'), id('acme'), 'Told', 'allow');
INSERT INTO table_columns (id, table_id, name, type) VALUES (id('w1'), id('told'), 'note', 'json'), (id('w2'), id('told'), 'company', 'text');
INSERT INTO records (id, table_id, name, company, data) VALUES (id('w1'), id('told'), 'w1', 'c', '{"note": "a"}'), (id('w2'), id('told'), 'w2', '', '{"note": null}'),
    (id('w3'), id('told'), 'w3', NULL, '{"note": ""}'), (id('w4'), id('told'), 'w4', NULL, '{"note": []}'), (id('w5'), id('told'), 'w5', 'd', '{"note": false}'),
    (id('w6'), id('told'), 'w6', NULL, '{}');
SELECT rowkit.delete_column(id('told'), 'note') AS note, rowkit.delete_column(id('told'), 'company') AS company;
SELECT name, value_count, kept FROM changes WHERE name IN ('note', 'company') AND NOT is_restored;
SET client_min_messages = notice;
UPDATE records SET data = '{"note": "since"}' WHERE id IN (id('w1'), id('w2'));
SELECT rowkit.restore_column(id('w1')) AS note;
UPDATE records SET company = 'since' WHERE id = id('w5');
SELECT rowkit.restore_column(id('w2')) AS company;
SET client_min_messages = warning;
SELECT name, company, data FROM records WHERE table_id = id('told') ORDER BY name;
SELECT name, value_count, kept FROM changes WHERE name IN ('note', 'company');
DELETE FROM tables WHERE id = id('told');

-- A table takes all of it along.
SELECT rowkit.delete_column(id('strict'), 'a');
DELETE FROM tables WHERE id = id('strict');
SELECT (SELECT count(*) FROM changes) AS changes, (SELECT count(*) FROM column_change_values) AS values;
-- An undo of the DELETE is a restore.
SELECT max(transaction_id) AS before FROM audit_logs \gset
DELETE FROM table_columns WHERE id = id('c2');
SELECT max(transaction_id) AS deleted FROM audit_logs \gset
SELECT data ? 'code' AS has_code FROM records WHERE id = id('r2');
SELECT rowkit.undo_transaction(:deleted) > 0 AS is_undone;
SELECT data -> 'code' AS code FROM records WHERE id = id('r2');
UPDATE tables SET unknown_keys = 'strict' WHERE id = id('strip');
SELECT rowkit.delete_column(id('strip'), 'b') AS deleted;
SELECT max(transaction_id) AS deleted FROM audit_logs \gset
SELECT rowkit.undo_transaction(:deleted) > 0 AS is_undone;
SELECT data FROM records WHERE id = id('v1');
-- Members do it for their organization, viewers and others do not.
CREATE ROLE regress_member;
GRANT USAGE ON SCHEMA public TO regress_member;
GRANT SELECT, INSERT, UPDATE, DELETE ON table_columns TO regress_member;
GRANT SELECT ON tables, column_changes TO regress_member;
INSERT INTO tables (id, organization_id, name) VALUES (id('beta_t'), id('beta'), 'Beta');
INSERT INTO users (id) VALUES (id('member')), (id('viewer')), (id('other'));
INSERT INTO user_organizations (user_id, organization_id, role) VALUES
    (id('member'), id('acme'), 'member'), (id('viewer'), id('acme'), 'viewer'), (id('other'), id('beta'), 'owner');
CREATE PROCEDURE as_user(who text) LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('request.jwt.claims', jsonb_build_object('sub', id(who))::text, false); END $$;
GRANT EXECUTE ON PROCEDURE as_user TO regress_member;
SET ROLE regress_member;
CALL as_user('viewer');
SELECT rowkit.delete_column(id('strip'), 'b');
SELECT rowkit.delete_column(id('strip'), 'not there');
SELECT rowkit.rename_column(id('strip'), 'b', 'c');
SELECT rowkit.rename_column(id('strip'), 'not there', 'c');
CALL rowkit.rename_column_in_batches(id('strip'), 'b', 'c');
CALL rowkit.rename_column_in_batches(id('strip'), 'not there', 'c');
CALL as_user('other');
SELECT rowkit.delete_column(id('strip'), 'b');
CALL as_user('member');
SELECT rowkit.delete_column(id('strip'), 'b');
SELECT definition ->> 'name' AS name, changed_by = id('member') AS by_member FROM column_changes WHERE restored_at IS NULL;
CALL as_user('other');
SELECT count(*) FROM column_changes;
SELECT rowkit.restore_column(id('p2'));
CALL as_user('viewer');
SELECT rowkit.restore_column(id('p2'));
-- A column of that id in a table of one's own brings nothing back, and closes nothing.
CALL as_user('other');
INSERT INTO table_columns (id, table_id, name) VALUES (id('p2'), id('beta_t'), 'b');
DELETE FROM table_columns WHERE id = id('p2');
CALL as_user('member');
SELECT rowkit.purge_deleted_columns(0);
SELECT rowkit.restore_column(id('p2'));
RESET ROLE;
SELECT data FROM records WHERE id = id('v1');
DROP OWNED BY regress_member;
DROP ROLE regress_member;
