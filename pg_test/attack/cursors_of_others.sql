-- A cursor of a caller who has no rights on plain's table is the caller's, too: code of plain's that rowkit runs as plain neither reads from it nor puts another in its place. Nor does
-- it leave a cursor behind, under a name that a caller's function gets or that the caller fetches from.
CREATE ROLE dba LOGIN;
CREATE SCHEMA office;
GRANT USAGE ON SCHEMA office, attack TO dba;
CREATE TABLE office.salaries AS SELECT 'boss' AS who, salary FROM generate_series(100, 103) AS salary;
GRANT SELECT ON office.salaries TO dba;
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE plainhome.stolen (what text);
CREATE TABLE plainhome.staff (user_id uuid, org uuid, PRIMARY KEY (user_id, org));
SELECT count(*) FROM rowkit.register_membership('plainhome.staff', tenant_column => 'org');
CREATE FUNCTION plainhome.reads() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('plain'); RETURN (SELECT max(salary) FROM office.salaries); END $$;
CREATE FUNCTION plainhome.act() RETURNS int LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    name text; cursor refcursor; taken record;
    names text[] := (SELECT array_agg(cursors.name) FROM pg_cursors AS cursors WHERE cursors.name !~ '^<unnamed portal');
BEGIN
    FOREACH name IN ARRAY coalesce(names, '{}') LOOP
        cursor := name;
        PERFORM nextval('attack.visits');
        BEGIN
            FETCH cursor INTO taken;
            INSERT INTO plainhome.stolen SELECT 'fetched ' || taken::text WHERE name = 'mine' OR session_user = 'rowkit';
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
        BEGIN
            CLOSE cursor;
            OPEN cursor FOR SELECT plainhome.reads();
            -- The function runs more than once, and finds its own cursors then.
            INSERT INTO plainhome.stolen SELECT 'replaced ' || name WHERE name = 'mine' OR session_user = 'rowkit';
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;
    FOREACH name IN ARRAY '{planted,<unnamed>,<unnamed portal 1>,<unnamed portal 2>,<unnamed portal 3>}'::text[] LOOP
        cursor := name;
        BEGIN
            OPEN cursor FOR SELECT plainhome.reads();
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;
    RETURN 1;
END
$$;
CREATE FUNCTION plainhome.immutable() RETURNS int LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$ BEGIN RETURN plainhome.act(); END $$;
CREATE INDEX ON plainhome.staff (user_id) WHERE plainhome.immutable() = 1;
CREATE FUNCTION plainhome.opens() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN PERFORM plainhome.act(); RETURN NEW; END $$;
CREATE TABLE plainhome.opened (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.opened');
INSERT INTO plainhome.opened VALUES (1), (2);
CREATE TRIGGER opens BEFORE UPDATE ON plainhome.opened FOR EACH ROW EXECUTE FUNCTION plainhome.opens();
SELECT setval('attack.visits', 1, false);
\connect - dba
SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-000000000001"}';
BEGIN;
DECLARE mine CURSOR FOR SELECT salary FROM office.salaries ORDER BY salary;
SELECT rowkit.current_tenant_ids('plainhome.staff');
FETCH FROM mine \gset
SELECT attack.holds(:'salary' = '100', 'the cursor is where it was');
SELECT attack.holds(string_agg(name, ' ' ORDER BY name) FILTER (WHERE name <> '') = 'mine', 'no cursor is planted') FROM pg_cursors;
COMMIT;
\connect - rowkit
CREATE FUNCTION attack.opened() RETURNS refcursor LANGUAGE plpgsql AS $$ DECLARE mine refcursor; BEGIN OPEN mine FOR SELECT 'mine'; RETURN mine; END $$;
BEGIN;
DECLARE "<unnamed>" CURSOR FOR SELECT 'kept';
SELECT rowkit.soft_delete('plainhome.opened', '1');
SELECT attack.opened() AS name \gset
SELECT attack.holds(:'name' = '<unnamed portal 1>', 'the name is free');
FETCH ALL IN :"name";
SELECT attack.holds(string_agg(name, ', ' ORDER BY name) FILTER (WHERE name <> '') = '<unnamed portal 1>, <unnamed>', 'no cursor is planted') FROM pg_cursors;
FETCH ALL IN "<unnamed>";
COMMIT;
-- A cursor that failed counts as running, too: nobody puts another of its name in its place.
BEGIN;
DECLARE mine CURSOR FOR SELECT 1 / (2 - n) FROM generate_series(1, 3) AS n;
FETCH 1 FROM mine;
SAVEPOINT before;
\set ON_ERROR_STOP off
FETCH 3 FROM mine;
\set ON_ERROR_STOP on
ROLLBACK TO before;
SELECT rowkit.soft_delete('plainhome.opened', '2');
\set ON_ERROR_STOP off
FETCH FROM mine;
\set ON_ERROR_STOP on
ROLLBACK;
SELECT attack.holds(attack.has_visits(), 'plain''s code ran, and found cursors');
SELECT attack.holds(count(*) = 0, format('nothing was taken: %s', string_agg(what, ', '))) FROM plainhome.stolen;
DROP SCHEMA office CASCADE;
REVOKE USAGE ON SCHEMA attack FROM dba;
DROP ROLE dba;
