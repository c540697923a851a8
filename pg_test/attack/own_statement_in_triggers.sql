-- rowkit runs SET CONSTRAINTS of its own for the caller, which is no confined statement. What fires within it has no such mark: a deferred trigger of the superuser's that makes rowkit work
-- on plain's table, whose trigger then runs a statement that confined code may not run.
\connect - plain
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
CREATE TABLE plainhome.fired (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.fired');
INSERT INTO plainhome.fired VALUES (1);
CREATE FUNCTION plainhome.fires() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM nextval('attack.visits');
    BEGIN
        CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (attack.trap('plain'));
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    BEGIN
        CREATE DOMAIN pg_temp.int4 AS pg_catalog.int4 CHECK (attack.trap('plain'));
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    RETURN NEW;
END
$$;
CREATE TRIGGER fires BEFORE UPDATE ON plainhome.fired FOR EACH ROW EXECUTE FUNCTION plainhome.fires();
\connect - rowkit
CREATE SCHEMA office;
CREATE TABLE office.jobs (id int PRIMARY KEY);
CREATE FUNCTION office.later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM rowkit.soft_delete('plainhome.fired', '1'); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON office.jobs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION office.later();
SELECT count(*) FROM rowkit.enable_soft_delete('office.jobs');
BEGIN;
INSERT INTO office.jobs VALUES (1), (2);
SELECT rowkit.soft_delete('office.jobs', '2');
SELECT 'x'::text, 1::int4;
COMMIT;
SELECT attack.holds(attack.has_visits(), 'plain''s trigger fired');
SELECT attack.holds(count(*) = 0, 'no type is planted') FROM pg_type WHERE typnamespace = pg_my_temp_schema();
DROP SCHEMA office CASCADE;
