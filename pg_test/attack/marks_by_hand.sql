-- Foreign keys and rowkit's own statements pass guards that others do not. What is not theirs must not look as if it were: a cascade between temporary tables whose trigger does
-- something else, and a function that rowkit's own statement calls, in a DEFAULT or a CHECK.
\connect - authenticator
SELECT attack.sign_in('a3');
CREATE TEMP TABLE par (id int PRIMARY KEY);
CREATE TEMP TABLE chi (id int REFERENCES par ON DELETE CASCADE);
CREATE TEMP TABLE said (answer text);
CREATE FUNCTION pg_temp.evil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A row that goes is deleted softly.
    DELETE FROM dc.projects;
    -- Of an index its maker says the columns, and nothing of its entries.
    INSERT INTO ct.table_indexes (table_id, organization_id, columns, form, state, is_automatic, number) OVERRIDING SYSTEM VALUE
    VALUES (attack.id('A table'), attack.id('A'), '["salary"]', 'planted', 'ready', false, 4711);
    INSERT INTO said SELECT attack.refused(command, '42501', '55000') FROM unnest(ARRAY[
        format('INSERT INTO ct.imports (organization_id, table_id, created_by) VALUES (%L, %L, %L)', attack.id('A'), attack.id('A table'), attack.id('a2'))]) AS command;
    RETURN OLD;
END
$$;
CREATE TRIGGER evil BEFORE DELETE ON chi FOR EACH ROW EXECUTE FUNCTION pg_temp.evil();
INSERT INTO par VALUES (1);
INSERT INTO chi VALUES (1);
DELETE FROM par;
SELECT attack.holds(count(*) = 1, 'the trigger of the cascade ran') FROM said;
\connect - rowkit
SELECT attack.holds(count(*) = 2, 'the projects are there') FROM dc.projects;
SELECT attack.holds(count(*) = 1 AND bool_and(form <> 'planted' AND number <> 4711), 'the index has a form and a number of rowkit''s') FROM ct.table_indexes WHERE table_id = attack.id('A table');

-- Plain's table refers to orders of another role. Its CHECK runs within the statement that rowkit marks plain's rows by.
CREATE ROLE seller LOGIN;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA attack TO seller;
\connect - seller
GRANT USAGE ON SCHEMA v TO plain;
CREATE TABLE v.orders (id uuid PRIMARY KEY, name text);
SELECT count(*) FROM rowkit.enable_soft_delete('v.orders');
GRANT SELECT, UPDATE, REFERENCES ON v.orders TO plain;
INSERT INTO v.orders VALUES (attack.id('o1'), 'o1'), (attack.id('o2'), 'o2'), (attack.id('o3'), 'o3');
SELECT rowkit.soft_delete('v.orders', attack.id('o2'));
SELECT rowkit.hold_deletion('v.orders', attack.id('o2'));
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE FUNCTION plainhome.act(d uuid) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF d IS NOT NULL THEN
        PERFORM nextval('attack.visits');
        BEGIN
            UPDATE v.orders SET deletion_id = d WHERE name = 'o2';
            UPDATE v.orders SET deletion_id = NULL, deleted_at = NULL WHERE name = 'o2';
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
        UPDATE v.orders SET deletion_id = d, deleted_at = now() WHERE name = 'o3';
    END IF;
    RETURN true;
END
$$;
CREATE FUNCTION plainhome.immutable(d uuid) RETURNS boolean LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$ BEGIN RETURN plainhome.act(d); END $$;
CREATE TABLE plainhome.items (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), order_id uuid REFERENCES v.orders ON DELETE CASCADE);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.items');
INSERT INTO plainhome.items (order_id) VALUES (attack.id('o1'));
ALTER TABLE plainhome.items ADD CONSTRAINT evil CHECK (plainhome.immutable(deletion_id));
\connect - seller
SELECT attack.shows_nothing(format('SELECT rowkit.soft_delete(''v.orders'', %L::uuid)', attack.id('o1')), '55000', '42501');
\connect - rowkit
SELECT attack.holds(attack.has_visits(), 'the CHECK was evaluated');
SELECT attack.holds(deleted_at IS NOT NULL, 'what is on hold stays deleted') FROM v.orders WHERE name = 'o2';
SELECT attack.holds(deleted_at IS NULL, 'nobody else''s row is deleted') FROM v.orders WHERE name = 'o3';
DROP SCHEMA v CASCADE;
REVOKE USAGE ON SCHEMA attack FROM seller;
DROP ROLE seller;
