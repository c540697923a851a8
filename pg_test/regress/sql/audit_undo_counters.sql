-- What rowkit keeps by itself is neither written by an undo nor counted as changed since: counters of either mode, search vectors, updated_at; whether the audit ignores it or not.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit;
SELECT count(*) > 0 FROM create_audit_log(tenant_column => 'organization_id');
CREATE TABLE albums (id integer PRIMARY KEY, title text, changed timestamptz DEFAULT '2020-01-01 00:00+00', current_tracks bigint NOT NULL DEFAULT 0, current_sharded bigint, vector tsvector);
CREATE TABLE tracks (id integer PRIMARY KEY, album_id integer REFERENCES albums ON UPDATE CASCADE ON DELETE CASCADE, name text);
SELECT count(*) > 0 FROM enable_usage_counter('tracks', 'albums', 'current_tracks');
SELECT count(*) > 0 FROM enable_usage_counter('tracks', 'albums', 'current_sharded', mode => 'sharded', slots => 2);
CREATE TRIGGER touch BEFORE UPDATE ON albums FOR EACH ROW EXECUTE FUNCTION update_updated_at('changed');
CREATE TRIGGER search BEFORE INSERT OR UPDATE ON albums FOR EACH ROW EXECUTE FUNCTION maintain_search_vector('vector', 'title:A');
CREATE FUNCTION wrong() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s: %s and %s of %s', a.id, current_tracks, rowkit.read_usage_counter(a.id::text, 'sharded', 'app.albums'), count(t.id))
    FROM app.albums AS a LEFT JOIN app.tracks AS t ON t.album_id = a.id GROUP BY a.id, current_tracks, current_sharded
    HAVING current_tracks <> count(t.id) OR rowkit.read_usage_counter(a.id::text, 'sharded', 'app.albums') <> count(t.id)
$$;
-- Takes back the last transaction that wrote an event, or the one before it by so many.
CREATE FUNCTION undo(back integer DEFAULT 0) RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text; detail text; hint text;
BEGIN
    SELECT 'done ' || rowkit.undo_transaction(known.transaction, 'app.audit_logs') INTO told FROM (
        SELECT transaction, max(id::text) AS last FROM app.audit_logs WHERE action NOT IN ('COLUMNS', 'ENABLE') GROUP BY transaction ORDER BY 2 DESC OFFSET back LIMIT 1) AS known;
    RETURN told;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, detail, hint);
END $$;
CREATE FUNCTION rows() RETURNS text LANGUAGE sql AS
    'SELECT (SELECT string_agg(id || title, '' '' ORDER BY id) FROM app.albums) || '' / '' || coalesce((SELECT string_agg(concat(id, ''@'', album_id), '' '' ORDER BY id) FROM app.tracks), '''')';
INSERT INTO albums (id, title) VALUES (1, 'a'), (2, 'b');
INSERT INTO tracks VALUES (11, 1, 'x'), (12, 1, 'y'), (21, 2, 'z');
SELECT count(*) > 0 FROM enable_audit('tracks');
SELECT count(*) > 0 FROM enable_audit('albums', ignore => '{}');
-- Rows that were inserted, moved and deleted below.
INSERT INTO tracks VALUES (13, 1, 'new'), (22, 2, 'new');
SELECT undo(), rows();
SELECT * FROM wrong();
UPDATE tracks SET album_id = 2 WHERE album_id = 1;
SELECT undo(), rows();
SELECT * FROM wrong();
DELETE FROM tracks;
SELECT undo(), rows();
SELECT * FROM wrong();
-- With the owner: new, deleted with a cascade, deleted one after the other, its key changed.
BEGIN;
INSERT INTO albums (id, title) VALUES (3, 'c');
INSERT INTO tracks VALUES (31, 3, 'n'), (32, 3, 'n');
COMMIT;
SELECT undo(), rows();
SELECT undo(), rows();
SELECT * FROM wrong();
DELETE FROM albums WHERE id = 3;
SELECT undo(), rows();
SELECT * FROM wrong();
BEGIN;
DELETE FROM tracks WHERE album_id = 3;
UPDATE albums SET title = 'bye' WHERE id = 3;
DELETE FROM albums WHERE id = 3;
COMMIT;
SELECT undo(), rows();
SELECT * FROM wrong();
UPDATE albums SET id = 30 WHERE id = 3;
SELECT undo(), rows();
SELECT * FROM wrong();
-- Others wrote rows below, the title is indexed anew and the row was touched since: none of it is a change of what the transaction changed.
UPDATE albums SET title = 'first' WHERE id = 1;
INSERT INTO tracks VALUES (14, 1, 'later');
UPDATE tracks SET name = 'w' WHERE id = 14;
UPDATE albums SET changed = '2021-01-01' WHERE id = 1;
SELECT undo(3), rows(), (SELECT vector FROM albums WHERE id = 1);
SELECT * FROM wrong();
BEGIN;
INSERT INTO albums (id, title) VALUES (4, 'd');
COMMIT;
INSERT INTO tracks VALUES (41, 4, 'later');
DELETE FROM tracks WHERE id = 41;
SELECT undo(2), rows();
SELECT * FROM wrong();
-- A change of the title is still one.
UPDATE albums SET title = 'other' WHERE id = 2;
UPDATE albums SET title = 'newest' WHERE id = 2;
SELECT undo(1), rows();
-- The same where whole rows are logged, and where the counters are ignored.
SELECT count(*) > 0 FROM enable_audit('albums', ignore => '{}', mode => 'full');
BEGIN;
UPDATE albums SET title = 'full' WHERE id = 1;
DELETE FROM tracks WHERE album_id = 1 AND id < 13;
COMMIT;
INSERT INTO tracks VALUES (15, 1, 'later');
SELECT undo(1), rows();
SELECT * FROM wrong();
DELETE FROM albums WHERE id IN (1, 2);
SELECT undo(), rows();
SELECT * FROM wrong();
SELECT count(*) > 0 FROM enable_audit('albums', ignore => '{current_tracks,current_sharded,vector,changed}', mode => 'full');
BEGIN;
UPDATE albums SET title = 'again' WHERE id = 1;
DELETE FROM albums WHERE id = 2;
INSERT INTO tracks VALUES (16, 1, 'new');
COMMIT;
SELECT undo(), rows();
SELECT * FROM wrong();
SELECT title, vector FROM albums ORDER BY id;
