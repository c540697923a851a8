-- What rowkit removes takes other tables of the same owner along by the server's cascades. A foreign key of another role's to one of these must not run that role's trigger with the owner's
-- rights, and code in the index of such a key must not reach the caller's cursors.
SET client_min_messages = error;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'vt');
GRANT USAGE ON SCHEMA vt, attack TO plain;
GRANT REFERENCES, SELECT ON ALL TABLES IN SCHEMA vt TO plain;
SET search_path = vt, rowkit;
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'o');
INSERT INTO tables (id, organization_id, name)
SELECT format('00000000-0000-4000-8000-0000000000a%s', n)::uuid, '00000000-0000-4000-8000-000000000001', 't' || n FROM generate_series(1, 2) AS n;
INSERT INTO table_columns (id, table_id, name, type, is_unique, indexed)
SELECT format('00000000-0000-4000-8000-0000000000%s%s', kind, n)::uuid, format('00000000-0000-4000-8000-0000000000a%s', n)::uuid, kind, 'text', kind = 'c', kind = 'c'
FROM generate_series(1, 2) AS n, unnest('{c,d}'::text[]) AS kind;
INSERT INTO records (id, table_id, data)
SELECT format('00000000-0000-4000-8000-0000000000e%s', n)::uuid, '00000000-0000-4000-8000-0000000000a1', jsonb_build_object('c', n::text, 'd', n::text) FROM generate_series(1, 4) AS n;
SELECT rowkit.soft_delete('vt.records', '00000000-0000-4000-8000-0000000000e4');
DELETE FROM table_columns WHERE table_id = '00000000-0000-4000-8000-0000000000a1' AND name = 'd';
\connect - plain
SET client_min_messages = error;
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE plainhome.of_values (a uuid, b uuid, FOREIGN KEY (a, b) REFERENCES vt.column_change_values ON DELETE CASCADE);
CREATE TABLE plainhome.of_columns (a uuid REFERENCES vt.table_columns ON DELETE CASCADE);
CREATE TABLE plainhome.of_indexes (a uuid REFERENCES vt.table_indexes ON DELETE CASCADE);
CREATE TRIGGER planted AFTER DELETE ON plainhome.of_values FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
CREATE TRIGGER planted AFTER DELETE ON plainhome.of_columns FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
CREATE TRIGGER planted AFTER DELETE ON plainhome.of_indexes FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('plain');
-- Row security hides the rows from plain, who can guess or be told their keys.
\connect - rowkit
INSERT INTO plainhome.of_values SELECT change_id, record_id FROM vt.column_change_values;
INSERT INTO plainhome.of_columns SELECT id FROM vt.table_columns;
INSERT INTO plainhome.of_indexes SELECT id FROM vt.table_indexes;
SELECT attack.holds((SELECT count(*) FROM plainhome.of_values) >= 3 AND EXISTS (SELECT FROM plainhome.of_columns) AND EXISTS (SELECT FROM plainhome.of_indexes), 'the traps are set');
-- Each is refused, or goes on without what plain refers to.
SELECT attack.shows_nothing(command, '23503', '42501', '55000') FROM unnest(ARRAY[
    'SELECT rowkit.permanent_delete(''vt.records'', ''00000000-0000-4000-8000-0000000000e4'')',
    'SELECT rowkit.restore_column(''00000000-0000-4000-8000-0000000000d1'', ''vt.tables'')',
    'SELECT rowkit.purge_deleted_columns(0, ''vt.column_changes'')']) AS command;
SELECT attack.holds(NOT is_called, 'no trigger of plain''s ran as the owner when values of a deleted column went') FROM attack.alarm;
SELECT rowkit.soft_delete('vt.tables', '00000000-0000-4000-8000-0000000000a2');
SELECT attack.shows_nothing('SELECT rowkit.permanent_delete(''vt.tables'', ''00000000-0000-4000-8000-0000000000a2'')', '23503', '42501', '55000');
UPDATE vt.deletions SET deleted_at = deleted_at - interval '1 hour';
SET client_min_messages = error;
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(NOT is_called, 'nor when a table and its columns went') FROM attack.alarm;
-- A key that keeps rows: its check is planned with the index of plain's table.
\connect - plain
CREATE TABLE plainhome.k (a uuid, b text, c text, FOREIGN KEY (a, b, c) REFERENCES vt.record_keys);
CREATE FUNCTION plainhome.fetches() RETURNS int LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE mine refcursor := 'mine'; found text;
BEGIN
    IF session_user = 'plain' THEN RETURN 1; END IF;
    PERFORM nextval('attack.visits');
    BEGIN
        FETCH mine INTO found;
        INSERT INTO plainhome.got VALUES (found);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN 1;
END $$;
CREATE TABLE plainhome.got (what text);
CREATE FUNCTION plainhome.check() RETURNS int LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$ BEGIN RETURN plainhome.fetches(); END $$;
CREATE INDEX ON plainhome.k (a) WHERE plainhome.check() = 1;
\connect - rowkit
BEGIN;
DECLARE mine CURSOR FOR SELECT 'secret';
UPDATE vt.records SET data = data || '{"c": "z"}' WHERE id = '00000000-0000-4000-8000-0000000000e1';
COMMIT;
SELECT attack.holds(attack.has_visits(), 'code in plain''s index ran');
SELECT attack.holds(NOT EXISTS (SELECT FROM plainhome.got), 'and fetched nothing from the caller''s cursor');
SET client_min_messages = error;
DROP SCHEMA vt CASCADE;
