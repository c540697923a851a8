-- Plain may refer to a superuser's table, and no more. A purge of that table's rows, as a job of the superuser's runs it, must not let a foreign key of plain's run plain's triggers with
-- the rights of the table's owner, or as plain in the superuser's session.
\connect - rowkit
CREATE SCHEMA v;
GRANT USAGE ON SCHEMA v TO plain;
CREATE TABLE v.orders (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('v.orders');
GRANT REFERENCES ON v.orders TO plain;
INSERT INTO v.orders SELECT generate_series(0, 9);
SELECT rowkit.soft_delete('v.orders', id::text) FROM v.orders WHERE id > 0;
\connect - plain
CREATE TABLE plainhome.emptied (id int PRIMARY KEY, v int REFERENCES v.orders ON DELETE SET NULL);
CREATE TABLE plainhome.defaulted (id int PRIMARY KEY, v int DEFAULT 0 REFERENCES v.orders ON DELETE SET DEFAULT);
CREATE TABLE plainhome.gone (id int PRIMARY KEY, v int REFERENCES v.orders ON DELETE CASCADE);
CREATE TABLE plainhome.keyless (v int REFERENCES v.orders ON DELETE SET NULL);
CREATE TABLE plainhome.parted (id int PRIMARY KEY, v int REFERENCES v.orders ON DELETE SET NULL) PARTITION BY RANGE (id);
CREATE TABLE plainhome.part PARTITION OF plainhome.parted DEFAULT;
CREATE TABLE plainhome.stubborn (id int PRIMARY KEY, v int REFERENCES v.orders ON DELETE SET NULL);
CREATE TABLE plainhome.tried (what text, outcome text);
CREATE FUNCTION plainhome.evil() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM attack.trap('plain');
    BEGIN
        CREATE DOMAIN pg_temp.text AS pg_catalog.text;
        INSERT INTO plainhome.tried VALUES (TG_TABLE_NAME, 'done');
    EXCEPTION WHEN OTHERS THEN INSERT INTO plainhome.tried VALUES (TG_TABLE_NAME, SQLSTATE);
    END;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE FUNCTION plainhome.keeps() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN PERFORM attack.trap('plain'); RETURN NULL; END $$;
INSERT INTO plainhome.emptied VALUES (1, 1), (2, 1), (3, 2), (4, 0);
INSERT INTO plainhome.defaulted VALUES (1, 3);
INSERT INTO plainhome.gone VALUES (1, 4);
INSERT INTO plainhome.keyless VALUES (5);
INSERT INTO plainhome.parted VALUES (1, 6);
INSERT INTO plainhome.stubborn VALUES (1, 7);
SELECT format('CREATE TRIGGER before BEFORE UPDATE OR DELETE ON plainhome.%1$s FOR EACH ROW EXECUTE FUNCTION plainhome.evil();
    CREATE TRIGGER after AFTER UPDATE OR DELETE ON plainhome.%1$s FOR EACH ROW EXECUTE FUNCTION plainhome.evil()', home)
FROM unnest(ARRAY['emptied', 'defaulted', 'gone', 'keyless', 'part']) AS home \gexec
CREATE TRIGGER before BEFORE UPDATE OR DELETE ON plainhome.stubborn FOR EACH ROW EXECUTE FUNCTION plainhome.keeps();

\connect - rowkit
CREATE FUNCTION pg_temp.purged() RETURNS int[] LANGUAGE sql AS $$ SELECT array_agg(number) FROM generate_series(0, 9) AS number WHERE NOT EXISTS (SELECT FROM v.orders WHERE id = number) $$;
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(attack.has_visits(), 'plain''s triggers ran');
SELECT attack.holds(count(*) FILTER (WHERE outcome <> '42501') = 0, format('plain did nothing in the session: %s', array_agg(DISTINCT what))) FROM plainhome.tried WHERE outcome <> '42501';
SELECT attack.holds(count(*) = 0, 'no type is planted') FROM pg_type WHERE typnamespace = pg_my_temp_schema() AND typtype = 'd';
SELECT attack.holds(array_agg(v ORDER BY id) IS NOT DISTINCT FROM ARRAY[NULL, NULL, NULL, 0], 'what referred to purged rows refers to nothing') FROM plainhome.emptied;
SELECT attack.holds(bool_and(v IS NULL), 'nor does the row of a table without a key') FROM plainhome.keyless;
SELECT attack.holds(bool_and(v IS NULL), 'nor the row of a partition') FROM plainhome.parted;
SELECT attack.holds(pg_temp.purged() @> '{1,2,5,6,8,9}' AND NOT pg_temp.purged() && '{0,3,4,7}', format('what plain does not keep is purged: %s', pg_temp.purged()));

-- The same for a row that is removed at once, and for the others by hand.
INSERT INTO v.orders VALUES (11);
SELECT rowkit.soft_delete('v.orders', '11');
\connect - plain
INSERT INTO plainhome.emptied VALUES (11, 11);
\connect - rowkit
SELECT attack.holds(rowkit.permanent_delete('v.orders', '11'), 'the row is removed');
SELECT attack.holds(v IS NULL, 'and nothing refers to it') FROM plainhome.emptied WHERE id = 11;
SELECT attack.holds(rowkit.permanent_delete('v.orders', '3'), 'a row that a default takes the place of is removed');
SELECT attack.holds(v = 0, 'by the default') FROM plainhome.defaulted;
SELECT attack.refused(format('SELECT rowkit.permanent_delete(''v.orders'', %L)', id), '23503') FROM unnest('{4,7}'::int[]) AS id;
SELECT attack.holds(count(*) FILTER (WHERE outcome <> '42501') = 0, 'nothing is left in the session') FROM plainhome.tried;

-- Code in an index of plain's runs where the server plans what a foreign key asks, and no trigger need fire.
\connect - plain
SET search_path = pg_catalog;
CREATE FUNCTION plainhome.act() RETURNS int LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    BEGIN
        PERFORM attack.trap('plain');
        CREATE DOMAIN pg_temp.int4 AS pg_catalog.int4;
        INSERT INTO plainhome.tried VALUES ('index', 'done');
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    -- A row that refers to what goes, after rowkit looked for such.
    BEGIN
        INSERT INTO plainhome.emptied SELECT count(*) + 100, 12 FROM plainhome.emptied;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN 1;
END
$$;
CREATE FUNCTION plainhome.planned() RETURNS int LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$ BEGIN RETURN plainhome.act(); END $$;
CREATE TABLE plainhome.indexed (id int PRIMARY KEY, v int REFERENCES v.orders);
BEGIN;
CREATE INDEX ON plainhome.indexed (v) WHERE plainhome.planned() = 1;
DELETE FROM plainhome.tried;
COMMIT;
\connect - rowkit
INSERT INTO v.orders VALUES (12);
SELECT rowkit.soft_delete('v.orders', '12');
CALL rowkit.purge_deleted_in_batches(0);
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(count(*) = 0, 'plain''s index leaves nothing in the session') FROM plainhome.tried WHERE outcome = 'done';
SELECT attack.holds(count(*) = 0, 'no type is planted by it') FROM pg_type WHERE typnamespace = pg_my_temp_schema() AND typtype = 'd';

-- Cascades of two owners in a circle: none of them deletes the other's rows in its name.
CREATE ROLE seller LOGIN;
CREATE SCHEMA w AUTHORIZATION seller;
\connect - seller
CREATE TABLE w.a (id int PRIMARY KEY, b int);
SELECT count(*) FROM rowkit.enable_soft_delete('w.a');
GRANT USAGE ON SCHEMA w TO plain;
GRANT REFERENCES ON w.a TO plain;
\connect - plain
CREATE TABLE plainhome.b (id int PRIMARY KEY, a int REFERENCES w.a ON DELETE CASCADE);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.b');
GRANT USAGE ON SCHEMA plainhome TO seller;
GRANT REFERENCES ON plainhome.b TO seller;
CREATE TRIGGER after AFTER DELETE ON plainhome.b FOR EACH ROW EXECUTE FUNCTION plainhome.evil();
\connect - seller
ALTER TABLE w.a ADD FOREIGN KEY (b) REFERENCES plainhome.b ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
INSERT INTO w.a VALUES (1);
\connect - plain
INSERT INTO plainhome.b VALUES (1, 1);
\connect - seller
UPDATE w.a SET b = 1;
\connect - rowkit
SELECT attack.holds(rowkit.soft_delete('w.a', '1'), 'both rows are deleted softly');
CALL rowkit.purge_deleted_in_batches(0);
SELECT attack.holds(count(*) = 1, 'the circle stays until one of its owners opens it') FROM w.a;
SELECT attack.refused('SELECT rowkit.permanent_delete(''w.a'', ''1'')', '23503');
SET client_min_messages = warning;
DROP SCHEMA v, w CASCADE;
DROP OWNED BY seller;
DROP ROLE seller;
