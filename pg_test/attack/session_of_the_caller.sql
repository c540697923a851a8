-- Code of plain's that runs while a superuser's report, purge or delete reads plain's table (the server evaluates functions of an index when it plans) must leave nothing in the
-- superuser's session: no type or function in pg_temp, which is looked up first, no cursor that the superuser fetches from later. Nor may it touch what is there.
\connect - plain
SET search_path = plainhome, pg_catalog;
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE plainhome.tried (what text, outcome text, who text);
-- Whether the command works where rowkit calls it.
CREATE FUNCTION plainhome.try(command text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    BEGIN
        EXECUTE command;
        INSERT INTO plainhome.tried VALUES (command, 'done', current_user);
    EXCEPTION WHEN OTHERS THEN
        INSERT INTO plainhome.tried VALUES (command, SQLSTATE, current_user);
    END;
END
$$;
CREATE FUNCTION plainhome.steal() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    names text[] := (SELECT array_agg(cursors.name) FROM pg_cursors AS cursors);
    name text; c refcursor; taken text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        c := name;
        BEGIN
            FETCH c INTO taken;
            INSERT INTO plainhome.tried VALUES ('fetch', 'done', current_user);
        EXCEPTION WHEN OTHERS THEN INSERT INTO plainhome.tried VALUES ('fetch', SQLSTATE, current_user);
        END;
        BEGIN
            MOVE FORWARD ALL IN c;
            INSERT INTO plainhome.tried VALUES ('move', 'done', current_user);
        EXCEPTION WHEN OTHERS THEN INSERT INTO plainhome.tried VALUES ('move', SQLSTATE, current_user);
        END;
        BEGIN
            CLOSE c;
            OPEN c FOR EXECUTE 'SELECT attack.trap(''plain'')';
            INSERT INTO plainhome.tried VALUES ('replace', 'done', current_user);
        EXCEPTION WHEN OTHERS THEN INSERT INTO plainhome.tried VALUES ('replace', SQLSTATE, current_user);
        END;
    END LOOP;
END
$$;
CREATE FUNCTION plainhome.evil() RETURNS int LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM plainhome.try(command) FROM unnest(ARRAY[
        'CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (attack.trap(''plain''))', 'CREATE TYPE pg_temp.int4 AS (a int)', 'CREATE TYPE pg_temp.mood AS ENUM (''a'')',
        'CREATE FUNCTION pg_temp.count(int) RETURNS int LANGUAGE sql AS ''SELECT 1''', 'CREATE TEMP TABLE t (a int)', 'CREATE TEMP VIEW v AS SELECT 1', 'PREPARE p AS SELECT 1',
        'DEALLOCATE ALL', 'DISCARD PLANS', 'LISTEN x', 'SET CONSTRAINTS ALL IMMEDIATE', 'SET CONSTRAINTS ALL DEFERRED', 'DECLARE d CURSOR FOR SELECT 1', 'CLOSE ALL',
        'CREATE OPERATOR pg_temp.= (LEFTARG = int4, RIGHTARG = int4, FUNCTION = pg_catalog.int4eq)', 'SELECT loread(0, 10)', 'SELECT lo_close(0)',
        'SELECT pg_advisory_unlock_all()', 'SELECT pg_advisory_unlock(4711)', 'SELECT pg_advisory_lock(4712)', 'SELECT pg_try_advisory_lock_shared(1, 2)', 'SELECT setseed(0.5)',
        'SET seed = 0.5', 'EXECUTE callers', 'EXPLAIN ANALYZE EXECUTE callers', 'CREATE TABLE plainhome.made AS EXECUTE callers']) AS command;
    PERFORM plainhome.steal();
    RETURN 1;
END
$$;
CREATE FUNCTION plainhome.immutable() RETURNS int LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$ BEGIN RETURN plainhome.evil(); END $$;
CREATE FUNCTION plainhome.fires() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN PERFORM plainhome.evil(); RETURN OLD; END $$;
CREATE TABLE plainhome.planned (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v text);
CREATE TABLE plainhome.fired (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.planned');
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.fired');
INSERT INTO plainhome.fired VALUES (attack.id('fired'));
CREATE TRIGGER fires BEFORE DELETE ON plainhome.fired FOR EACH ROW EXECUTE FUNCTION plainhome.fires();
SET search_path = pg_catalog;
\connect - plain
BEGIN;
CREATE INDEX ON plainhome.planned ((plainhome.immutable())) WHERE plainhome.immutable() = 1;
COMMIT;
TRUNCATE plainhome.tried;
\connect - rowkit
CREATE TABLE attack.mine (n int UNIQUE DEFERRABLE INITIALLY DEFERRED);
PREPARE callers AS SELECT 'the caller''s';
SELECT pg_advisory_lock(4711);
BEGIN;
SELECT lo_create(4711);
SELECT lo_open(4711, x'60000'::int);
DECLARE mine CURSOR FOR SELECT 'mine ' || n AS mine FROM generate_series(1, 3) AS n;
DECLARE kept CURSOR FOR SELECT 'kept';
INSERT INTO attack.mine VALUES (1), (1);
DELETE FROM attack.mine WHERE ctid = (SELECT ctid FROM attack.mine LIMIT 1);
SELECT count(*) > 0 FROM rowkit.deleted_records_summary();
SELECT rowkit.soft_delete('plainhome.fired', attack.id('fired'));
SELECT rowkit.permanent_delete('plainhome.fired', attack.id('fired'));
FETCH FROM mine \gset
SELECT attack.holds(:'mine' = 'mine 1', 'the cursor is where it was');
FETCH ALL FROM kept;
SELECT 'x'::text, 1::int4, count(1);
COMMIT;
SELECT attack.holds(count(*) > 30 AND bool_and(who = 'plain'), 'plain''s code ran, as plain') FROM plainhome.tried;
SELECT attack.holds(count(*) = 0, format('plain did nothing in the session: %s', string_agg(DISTINCT what, '; '))) FROM plainhome.tried WHERE outcome = 'done';
SELECT attack.holds(count(*) = 0, 'no type is planted') FROM pg_type WHERE typnamespace = pg_my_temp_schema();
SELECT attack.holds(count(*) = 1, 'the caller''s lock is held, and no other') FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
SELECT lo_unlink(4711);
DROP TABLE attack.mine;
