-- A hold is written down where the deletion began. No row of that deletion may be removed by a permanent_delete, a DELETE or a purge, also when it is two or
-- three foreign keys below and in another schema.
CREATE ROLE seller LOGIN;
CREATE ROLE buyer LOGIN;
SET client_min_messages = error;
CREATE SCHEMA v1 AUTHORIZATION seller;
CREATE SCHEMA v2 AUTHORIZATION seller;
CREATE SCHEMA v3 AUTHORIZATION seller;
GRANT USAGE ON SCHEMA attack TO seller, buyer;
\connect - seller
GRANT USAGE ON SCHEMA v2, v3 TO buyer;
CREATE TABLE v1.tops (id int PRIMARY KEY);
CREATE TABLE v2.mids (id int PRIMARY KEY, t int REFERENCES v1.tops ON DELETE CASCADE);
CREATE TABLE v2.leaves (id int PRIMARY KEY, m int REFERENCES v2.mids ON DELETE CASCADE);
CREATE TABLE v2.buds (id int PRIMARY KEY, l int REFERENCES v2.leaves ON DELETE CASCADE);
CREATE TABLE v3.petals (id int PRIMARY KEY, l int REFERENCES v2.leaves ON DELETE CASCADE);
SELECT count(*) FROM unnest('{v1.tops,v2.mids,v2.leaves,v2.buds,v3.petals}'::regclass[]) AS name, rowkit.enable_soft_delete(name);
GRANT SELECT, UPDATE, DELETE ON v2.mids, v2.leaves, v2.buds, v3.petals TO buyer;
INSERT INTO v1.tops VALUES (1), (2);
INSERT INTO v2.mids VALUES (1, 1), (2, 2);
INSERT INTO v2.leaves VALUES (1, 1), (2, 2);
INSERT INTO v2.buds VALUES (1, 1), (2, 2);
INSERT INTO v3.petals VALUES (1, 1), (2, 2);
SELECT attack.holds(rowkit.soft_delete('v1.tops', '1') AND rowkit.soft_delete('v1.tops', '2'), 'two are deleted');
SELECT attack.holds(rowkit.hold_deletion('v1.tops', '1'), 'and one is held');
\connect - buyer
SELECT attack.refused(format('DELETE FROM %s WHERE id = 1', name), '55000') FROM unnest('{v3.petals,v2.buds,v2.leaves,v2.mids}'::text[]) AS name;
SELECT attack.refused(format('SELECT rowkit.permanent_delete(%L, ''1'')', name), '55000') FROM unnest('{v2.mids,v2.leaves,v2.buds,v3.petals}'::text[]) AS name;
\connect - seller
SELECT attack.refused(format('SELECT rowkit.permanent_delete(%L, ''1'')', name), '55000') FROM unnest('{v3.petals,v2.buds,v2.leaves,v2.mids}'::text[]) AS name;
CALL rowkit.purge_deleted_in_batches(0);
\connect - rowkit
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(is_on_hold, 'it is on hold') FROM v1.deletions WHERE record_keys @> '[{"id": 1}]';
SELECT attack.holds(array_agg(id) = '{1,1,1,1,1}', 'a purge keeps what is held, and nothing else')
FROM (SELECT id FROM v3.petals UNION ALL SELECT id FROM v2.buds UNION ALL SELECT id FROM v2.leaves UNION ALL SELECT id FROM v2.mids
    UNION ALL SELECT id FROM v1.tops) AS held;
-- When the hold ends, the row may go.
\connect - seller
SELECT attack.holds(rowkit.hold_deletion('v1.tops', '1', false), 'the hold ends');
\connect - buyer
SELECT attack.holds(rowkit.permanent_delete('v3.petals', '1'), 'what is not held is removed');
\connect - rowkit
SET client_min_messages = error;
DROP SCHEMA v1, v2, v3 CASCADE;
DROP OWNED BY seller, buyer;
DROP ROLE seller, buyer;
