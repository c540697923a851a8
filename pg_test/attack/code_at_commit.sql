-- What waits for COMMIT is checked there, in a query on a table whose index plain made: the server runs plain's function when it plans it. A cursor that it opens must end with the
-- transaction, like every other, or the session reads memory that is not its any more.
\connect - plain
CREATE TABLE plainhome.parent (id int PRIMARY KEY);
CREATE TABLE plainhome.child (id int PRIMARY KEY, parent int REFERENCES plainhome.parent DEFERRABLE INITIALLY DEFERRED);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.parent');
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.child');
CREATE FUNCTION plainhome.act() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    context text; late refcursor := 'late';
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    IF context ~ 'Of the parents that the arrays name' THEN
        PERFORM attack.trap('plain');
        OPEN late FOR SELECT number FROM generate_series(1, 100000) AS number;
    END IF;
    RETURN 1;
END
$$;
CREATE FUNCTION plainhome.immutable() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN plainhome.act(); END $$;
BEGIN;
INSERT INTO plainhome.child VALUES (1, 7);
INSERT INTO plainhome.parent VALUES (7);
CREATE INDEX ON plainhome.parent (id) WHERE plainhome.immutable() = 1;
COMMIT;
SELECT attack.holds(attack.has_visits(), 'plain''s function ran before COMMIT');
SELECT attack.holds(count(*) = 0, 'no cursor outlives its transaction') FROM pg_cursors;

-- A procedure's COMMIT, and a transaction without BEGIN.
CREATE PROCEDURE plainhome.commits() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO plainhome.child VALUES (2, 8);
    INSERT INTO plainhome.parent VALUES (8);
    COMMIT;
    PERFORM attack.holds(count(*) = 0, 'no cursor outlives a procedure''s COMMIT') FROM pg_cursors WHERE name = 'late';
END
$$;
CALL plainhome.commits();
WITH child AS (INSERT INTO plainhome.child VALUES (3, 9)) INSERT INTO plainhome.parent VALUES (9);
SELECT attack.holds(count(*) = 0, 'no cursor outlives its statement') FROM pg_cursors;

-- Nobody brings the check forward, takes it away, or fills the table that it waits in.
SELECT attack.refused(command, '42501') FROM unnest(ARRAY['INSERT INTO rowkit_internal.checks_at_commit DEFAULT VALUES', 'DELETE FROM rowkit_internal.checks_at_commit',
    'TRUNCATE rowkit_internal.checks_at_commit', 'ALTER TABLE rowkit_internal.checks_at_commit DISABLE TRIGGER ALL',
    'CREATE TRIGGER check_at_commit AFTER INSERT ON plainhome.child FOR EACH ROW EXECUTE FUNCTION rowkit_internal._check_at_commit()']) AS command;
SELECT attack.refused($$DO 'BEGIN INSERT INTO plainhome.child VALUES (4, 10); SET CONSTRAINTS rowkit_internal.check_at_commit IMMEDIATE; END'$$, '23503');
