-- A soft delete of seller's rows reaches plain's table, and the other way round. Neither's policies and index functions may run with the other's rights, nor with those of a third
-- who deletes, restores or looks at a row of one of the two tables.
\connect - rowkit
CREATE ROLE seller LOGIN;
CREATE ROLE buyer LOGIN;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA attack TO seller, buyer;
-- A trap is the attacker's own code, and so is the policy: what it may not do is run as anybody else, but for those who ask for this table.
\connect - seller
GRANT USAGE ON SCHEMA v TO PUBLIC;
CREATE TABLE v.orders (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('v.orders');
GRANT SELECT, UPDATE, DELETE ON v.orders TO buyer, plain;
GRANT REFERENCES ON v.orders TO plain;
INSERT INTO v.orders SELECT generate_series(1, 6);
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE plainhome.items (id int PRIMARY KEY, o int REFERENCES v.orders ON DELETE CASCADE);
CREATE TABLE plainhome.bills (id int PRIMARY KEY, o int REFERENCES v.orders);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.items');
INSERT INTO plainhome.items VALUES (1, 1), (2, 2), (3, 3), (4, 4);
INSERT INTO plainhome.bills VALUES (1, 5), (2, 6);
\connect - seller
-- Plain's own rows under the cascade come back although seller has no right to them.
SELECT attack.holds(rowkit.soft_delete('v.orders', '1'), 'an order is deleted');
SELECT attack.holds(rowkit.restore_deleted('v.orders', '1'), 'and comes back');
\connect - rowkit
SELECT attack.holds(deleted_at IS NULL, 'with its item') FROM plainhome.items WHERE id = 1;
SELECT nextval('attack.visits') AS before \gset

-- 1. Seller attacks plain: a policy and an index of the parent, which are asked when a restore looks for what a child is below.
\connect - seller
CREATE FUNCTION v.evil() RETURNS int LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$ BEGIN PERFORM attack.trap('seller'); RETURN 1; END $$;
CREATE INDEX planted ON v.orders (id) WHERE v.evil() = 1;
CREATE POLICY planted ON v.orders TO plain USING (attack.trap('seller'));
ALTER TABLE v.orders ENABLE ROW LEVEL SECURITY;
SELECT attack.holds(rowkit.soft_delete('v.orders', '2'), 'an order is deleted');
SELECT attack.holds(rowkit.restore_deleted('v.orders', '2'), 'and restored');
\connect - rowkit
SELECT attack.holds(deleted_at IS NULL, 'with its item') FROM plainhome.items WHERE id = 2;
SELECT attack.holds(nextval('attack.visits') > :before + 1, 'seller''s traps were on the way');
\connect - seller
ALTER TABLE v.orders DISABLE ROW LEVEL SECURITY;
DROP INDEX v.planted;

-- 2. Plain attacks whoever deletes, restores, erases or looks at an order: policies of the children.
\connect - plain
CREATE POLICY planted ON plainhome.items USING (attack.trap('plain'));
CREATE POLICY planted ON plainhome.bills USING (attack.trap('plain'));
ALTER TABLE plainhome.items ENABLE ROW LEVEL SECURITY;
ALTER TABLE plainhome.bills ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE, DELETE ON plainhome.items, plainhome.bills TO PUBLIC;
\connect - seller
SELECT count(*) FROM rowkit.preview_delete('v.orders', '5');
SELECT attack.refused('SELECT rowkit.soft_delete(''v.orders'', ''5'')', '23503');
SELECT attack.holds(rowkit.soft_delete('v.orders', '3'), 'an order is deleted');
SELECT attack.holds(rowkit.restore_deleted('v.orders', '3'), 'and restored by its owner');
\connect - buyer
SELECT count(*) FROM rowkit.preview_delete('v.orders', '5');
SELECT attack.refused('SELECT rowkit.soft_delete(''v.orders'', ''5'')', '23503');
SELECT attack.refused('DELETE FROM v.orders WHERE id = 6', '23503');
SELECT attack.holds(rowkit.soft_delete('v.orders', '4'), 'a buyer deletes an order');
SELECT attack.holds(rowkit.restore_deleted('v.orders', '4'), 'and restores it');
\connect - rowkit
SELECT attack.holds(count(*) = 0, 'every item is live again') FROM plainhome.items WHERE deleted_at IS NOT NULL;

-- 3. The deletion began with a table of plain's, above the one that the caller names.
\connect - plain
CREATE TABLE plainhome.tops (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.tops');
GRANT REFERENCES ON plainhome.tops TO seller;
GRANT SELECT, UPDATE ON plainhome.tops TO PUBLIC;
INSERT INTO plainhome.tops VALUES (1);
\connect - seller
ALTER TABLE v.orders ADD top int REFERENCES plainhome.tops ON DELETE CASCADE;
UPDATE v.orders SET top = 1 WHERE id = 1;
\connect - plain
SELECT attack.holds(rowkit.soft_delete('plainhome.tops', '1'), 'plain deletes what is above an order');
CREATE POLICY planted ON plainhome.tops USING (attack.trap('plain'));
ALTER TABLE plainhome.tops ENABLE ROW LEVEL SECURITY;
\connect - seller
UPDATE v.orders SET top = NULL WHERE id = 1;
SELECT attack.shows_nothing('SELECT rowkit.restore_deleted(''v.orders'', ''1'')', '42501', '55000');
SELECT attack.shows_nothing('SELECT rowkit.hold_deletion(''v.orders'', ''1'')', '42501', '55000');

-- 4. A rule on a table of plain's that refers to none of the rows hinders nobody.
\connect - plain
CREATE TABLE plainhome.empty (id int PRIMARY KEY, o int REFERENCES v.orders ON DELETE SET NULL);
CREATE RULE hinders AS ON UPDATE TO plainhome.empty DO INSTEAD NOTHING;
\connect - seller
INSERT INTO v.orders VALUES (7);
SELECT attack.holds(rowkit.soft_delete('v.orders', '7'), 'an order is deleted in spite of the rule');
SELECT attack.holds(rowkit.restore_deleted('v.orders', '7'), 'and restored');
\connect - rowkit
SET client_min_messages = error;
DROP SCHEMA v CASCADE;
DROP OWNED BY seller, buyer;
DROP ROLE seller, buyer;
