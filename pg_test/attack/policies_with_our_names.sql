-- Columns of a table must not be taken for what rowkit's own questions name, in a policy or elsewhere: whoever may delete a row must be able to list, restore
-- and remove it.
CREATE ROLE buyer LOGIN;
SET client_min_messages = error;
CREATE SCHEMA v;
GRANT USAGE ON SCHEMA v, attack TO buyer;
CREATE TABLE v.events (id int PRIMARY KEY, place text, item text, target text, given text, held text, child text, parent text, "row" text, key text);
SELECT count(*) FROM rowkit.enable_soft_delete('v.events');
CREATE TABLE v.parts (id int PRIMARY KEY, e int REFERENCES v.events ON DELETE CASCADE, place text, item text, target text, given text);
SELECT count(*) FROM rowkit.enable_soft_delete('v.parts');
CREATE POLICY p ON v.events TO buyer USING (concat(place, item, target, given, held, child, parent, "row", key) = 'pitghcprk' AND deleted_at IS NULL)
WITH CHECK (place = 'p' AND item = 'i');
CREATE POLICY p ON v.parts TO buyer USING (place || item || target || given = 'pitg' AND deleted_at IS NULL) WITH CHECK (target = 't' AND given = 'g');
ALTER TABLE v.events ENABLE ROW LEVEL SECURITY;
ALTER TABLE v.parts ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON v.events, v.parts TO buyer;
INSERT INTO v.events SELECT n, 'p', 'i', 't', 'g', 'h', 'c', 'p', 'r', 'k' FROM generate_series(1, 3) AS n;
INSERT INTO v.events VALUES (4, 'elsewhere');
INSERT INTO v.parts SELECT n, n, 'p', 'i', 't', 'g' FROM generate_series(1, 3) AS n;
\connect - buyer
SELECT attack.holds(count(*) > 0, 'it is told what a deletion takes') FROM rowkit.preview_delete('v.events', '1');
SELECT attack.holds(rowkit.soft_delete('v.events', id::text), 'a row is deleted') FROM generate_series(1, 3) AS id;
SELECT attack.holds(count(*) = 3, 'and listed') FROM rowkit.deleted_rows('v.events');
SELECT attack.holds(rowkit.restore_deleted('v.events', '1'), 'a row is restored');
SELECT attack.holds(rowkit.restore_deleted('v.events', ARRAY['2']) = 1, 'so are several');
SELECT attack.holds(rowkit.permanent_delete('v.events', '3'), 'and one is removed');
SELECT attack.holds(NOT rowkit.soft_delete('v.events', '4'), 'what the policy does not show is not deleted');
\connect - rowkit
SELECT attack.holds(array_agg(id ORDER BY id) = '{1,2,4}' AND bool_and(deletion_id IS NULL), 'all others are live') FROM v.events;
SET client_min_messages = error;
DROP SCHEMA v CASCADE;
DROP OWNED BY buyer;
DROP ROLE buyer;
