-- The owner of a table above another's rows may write any id of a deletion into the own row and the own records. That must restore, and remove, no row of a
-- deletion that the other one began and holds.
CREATE ROLE seller LOGIN;
SET client_min_messages = error;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA attack TO seller;
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO seller;
CREATE TABLE plainhome.kinds (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.kinds');
GRANT SELECT, REFERENCES ON plainhome.kinds TO seller;
INSERT INTO plainhome.kinds VALUES (1), (2), (3);
\connect - seller
GRANT USAGE ON SCHEMA v TO plain;
CREATE TABLE v.orders (id int PRIMARY KEY);
CREATE TABLE v.lines (id int PRIMARY KEY, o int REFERENCES v.orders ON DELETE CASCADE, k int REFERENCES plainhome.kinds ON DELETE CASCADE);
SELECT count(*) FROM rowkit.enable_soft_delete('v.orders');
SELECT count(*) FROM rowkit.enable_soft_delete('v.lines');
GRANT SELECT ON v.lines TO plain;
INSERT INTO v.orders VALUES (1), (2), (3);
INSERT INTO v.lines SELECT n, n, n FROM generate_series(1, 3) AS n;
SELECT attack.holds(rowkit.soft_delete('v.orders', '1') AND rowkit.soft_delete('v.orders', '2'), 'seller deletes two orders');
SELECT attack.holds(rowkit.hold_deletion('v.orders', '1'), 'and holds one of them');
\connect - plain
SELECT attack.refused('DELETE FROM plainhome.kinds WHERE id = 1', '55000');
SELECT attack.refused('SELECT rowkit.permanent_delete(''plainhome.kinds'', ''1'')', '55000');
ALTER TABLE plainhome.kinds DISABLE TRIGGER USER;
UPDATE plainhome.kinds SET deleted_at = now(), deletion_id = (SELECT deletion_id FROM v.lines WHERE k = kinds.id) WHERE id < 3;
ALTER TABLE plainhome.kinds ENABLE TRIGGER USER;
INSERT INTO plainhome.deletions (id, table_name, record_keys, counts)
SELECT deletion_id, 'kinds', jsonb_build_array(jsonb_build_object('id', id)), '{}' FROM plainhome.kinds WHERE id < 3;
SELECT attack.holds(count(*) = 2, 'plain''s rows are in seller''s deletions') FROM plainhome.kinds JOIN v.lines USING (deletion_id);
SELECT attack.shows_nothing(format('SELECT rowkit.restore_deleted(''plainhome.kinds'', ''%s'')', id), '42501', '42704', '55000')
FROM generate_series(1, 2) AS id;
\connect - rowkit
SELECT attack.holds(count(*) = 2, 'no line became live below a deleted order')
FROM v.lines JOIN v.orders ON orders.id = lines.o WHERE lines.deletion_id = orders.deletion_id;
\connect - plain
SELECT attack.shows_nothing('SELECT rowkit.permanent_delete(''plainhome.kinds'', ''1'')', '42501', '55000');
SELECT attack.refused('DELETE FROM plainhome.kinds WHERE id = 1', '42501', '55000');
\connect - rowkit
SELECT attack.holds(count(*) = 3, 'the held line stays') FROM v.lines;
SELECT attack.holds(bool_and(is_on_hold AND restored_at IS NULL AND purged_at IS NULL), 'and so does the hold')
FROM v.deletions WHERE record_keys @> '[{"id": 1}]';
-- What plain did delete comes back with what is below it.
\connect - plain
SELECT attack.holds(rowkit.soft_delete('plainhome.kinds', '3'), 'plain deletes a kind');
SELECT attack.holds(deletion_id IS NOT NULL, 'with its line') FROM v.lines WHERE id = 3;
SELECT attack.holds(rowkit.restore_deleted('plainhome.kinds', '3'), 'and restores it');
SELECT attack.holds(deletion_id IS NULL, 'with its line') FROM v.lines WHERE id = 3;
\connect - rowkit
SET client_min_messages = error;
DROP SCHEMA v CASCADE;
DROP OWNED BY seller;
DROP ROLE seller;
