-- A counter column that was there before and holds NULL counts from the first enable on, in either mode. NULL is 0 of what was counted.
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET search_path = public, rowkit;
CREATE TABLE albums (id integer PRIMARY KEY, current_tracks integer, current_plays bigint, max_tracks integer);
CREATE TABLE tracks (id integer PRIMARY KEY, album_id integer REFERENCES albums ON DELETE CASCADE, plays integer);
INSERT INTO albums (id) VALUES (1), (2), (3);
INSERT INTO tracks VALUES (11, 1, 5), (12, 1, 7), (21, 2, NULL);
CREATE FUNCTION counts() RETURNS TABLE(id integer, tracks integer, plays bigint, told bigint, told_plays bigint) LANGUAGE sql AS
    'SELECT id, current_tracks, current_plays, rowkit.read_usage_counter(id::text, ''tracks'', ''albums''), rowkit.read_usage_counter(id::text, ''plays'', ''albums'') FROM public.albums ORDER BY id';
-- What is there is counted, and an owner without rows gets 0.
SELECT command ~ '_sync_usage' AS counts FROM enable_usage_counter('tracks', 'albums', 'current_tracks') ORDER BY 1 DESC LIMIT 1;
SELECT count(*) > 0 FROM enable_usage_counter('tracks', 'albums', 'current_plays', sum_column => 'plays', mode => 'sharded', slots => 2);
SELECT * FROM counts();
INSERT INTO tracks VALUES (13, 1, 1), (31, 3, 2);
DELETE FROM tracks WHERE id = 11;
INSERT INTO albums (id) VALUES (4);
INSERT INTO tracks VALUES (41, 4, 9);
SELECT * FROM counts();
SELECT * FROM usage_drift('albums');
-- One that the owner of the table sets to NULL is 0 with what is counted since; it is told as drift, and put right.
UPDATE albums SET current_tracks = NULL, current_plays = NULL WHERE id IN (1, 2);
INSERT INTO tracks VALUES (14, 1, 1), (22, 2, 1);
INSERT INTO tracks VALUES (15, 1, 1);
INSERT INTO tracks VALUES (16, 1, 1), (17, 2, 1);
SELECT id, current_tracks, current_plays FROM albums ORDER BY id;
UPDATE albums SET current_tracks = NULL WHERE id = 3;
SELECT record_key, resource_type, stored, counted FROM usage_drift('albums') ORDER BY record_key, resource_type;
SET client_min_messages = notice;
SELECT sync_usage_counters(id::bigint, 'albums') FROM albums ORDER BY id;
SET client_min_messages = warning;
SELECT * FROM counts();
SELECT * FROM usage_drift('albums');
-- The limit holds for one that was NULL.
UPDATE albums SET current_tracks = NULL, max_tracks = 1 WHERE id = 4;
DELETE FROM tracks WHERE album_id = 4;
UPDATE albums SET current_tracks = NULL WHERE id = 4;
SELECT count(*) > 0 FROM enable_usage_counter('tracks', 'albums', 'current_tracks', limit_column => 'max_tracks');
INSERT INTO tracks VALUES (42, 4, 1), (43, 4, 1);
INSERT INTO tracks VALUES (42, 4, 1);
INSERT INTO tracks VALUES (43, 4, 1);
-- From slots back into a column that is NULL.
UPDATE albums SET current_plays = NULL;
SELECT count(*) > 0 FROM enable_usage_counter('tracks', 'albums', 'current_plays', sum_column => 'plays');
SELECT * FROM counts();
-- What only functions count.
CREATE TABLE shops (id bigint PRIMARY KEY, current_orders bigint, max_orders bigint);
INSERT INTO shops VALUES (7, NULL, 2);
SELECT increment_usage_counter(7::bigint, 'orders', 2, 'shops');
SELECT read_usage_counter(7::bigint, 'orders', 'shops');
SELECT increment_usage_counter(7::bigint, 'orders', 1, 'shops');
