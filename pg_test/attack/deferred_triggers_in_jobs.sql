-- A plain role soft-deletes a row of its own and hangs a deferred trigger there. The superuser's nightly job purges the row: the trigger must not run as
-- the superuser, neither in the job nor when it commits. The same with every other kind of code that a table can bear, and for every job that walks tables.
\connect - plain
CREATE TABLE plainhome.bait (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v text, tenant_id uuid);
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.bait');
CREATE FUNCTION plainhome.evil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM attack.trap('plain');
    IF current_user <> 'plain' THEN EXECUTE 'CREATE ROLE owned SUPERUSER'; END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE CONSTRAINT TRIGGER evil AFTER INSERT OR UPDATE OR DELETE ON plainhome.bait DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plainhome.evil();
INSERT INTO plainhome.bait (v) VALUES ('x'), ('y'), ('z');
-- A second table, with the trap at once and below the first: a cascade goes there.
CREATE TABLE plainhome.below (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), bait_id uuid REFERENCES plainhome.bait (id) ON DELETE CASCADE);
INSERT INTO plainhome.below (bait_id) SELECT id FROM plainhome.bait;
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.below');
CREATE TRIGGER evil BEFORE INSERT OR UPDATE OR DELETE ON plainhome.below FOR EACH ROW EXECUTE FUNCTION plainhome.evil();
SELECT rowkit.soft_delete('plainhome.bait', id) FROM plainhome.bait;
UPDATE plainhome.deletions SET deleted_at = now() - interval '200 days';
SELECT attack.holds(attack.has_visits(), 'the traps are there');

\connect - rowkit
-- One role's table stops nobody: the job itself succeeds.
CALL rowkit.purge_deleted_in_batches(90);
SELECT attack.holds(to_regrole('owned') IS NULL, 'plain did not become superuser by purge_deleted_in_batches');

-- In two steps: a trigger that runs at once, as plain, writes into another table of plain's, whose deferred trigger would run when the job commits.
\connect - plain
DROP TRIGGER evil ON plainhome.bait;
CREATE TABLE plainhome.hop (v text);
CREATE CONSTRAINT TRIGGER evil AFTER INSERT ON plainhome.hop DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plainhome.evil();
CREATE FUNCTION plainhome.hops() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO plainhome.hop VALUES ('x'); RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;
INSERT INTO plainhome.bait (v) VALUES ('hop');
SELECT rowkit.soft_delete('plainhome.bait', id) FROM plainhome.bait WHERE v = 'hop';
UPDATE plainhome.deletions SET deleted_at = now() - interval '200 days';
CREATE TRIGGER hops BEFORE DELETE ON plainhome.bait FOR EACH ROW EXECUTE FUNCTION plainhome.hops();
\connect - rowkit
CALL rowkit.purge_deleted_in_batches(90);
SELECT attack.shows_nothing('SELECT rowkit.cleanup_soft_deleted_records(''plainhome.bait'', 0)', '42501', '55000', '0A000');
SELECT attack.holds(to_regrole('owned') IS NULL, 'plain did not become superuser in two steps');
\connect - plain
DROP TRIGGER hops ON plainhome.bait;
CREATE CONSTRAINT TRIGGER evil AFTER INSERT OR UPDATE OR DELETE ON plainhome.bait DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION plainhome.evil();

\connect - plain
-- The rest is as it was, whatever the job could do: next round, without the deferred trigger, and with deferred foreign keys of its own.
DROP TRIGGER evil ON plainhome.bait;
CREATE TRIGGER evil BEFORE INSERT OR UPDATE OR DELETE ON plainhome.bait FOR EACH ROW EXECUTE FUNCTION plainhome.evil();
INSERT INTO plainhome.bait (v) VALUES ('1'), ('2'), ('3'), ('4');
SELECT rowkit.soft_delete('plainhome.bait', id) FROM plainhome.bait WHERE v IN ('1', '2', '3') AND deleted_at IS NULL;
UPDATE plainhome.deletions SET deleted_at = now() - interval '200 days';
\connect - rowkit
CALL rowkit.purge_deleted_in_batches(90);
DO $$
DECLARE
    command text;
BEGIN
    -- Each may refuse, or work with plain's rights.
    FOREACH command IN ARRAY ARRAY[
        'SELECT rowkit.cleanup_soft_deleted_records(''plainhome.bait'', 0)',
        'SELECT rowkit.permanent_delete(''plainhome.bait'', id) FROM plainhome.bait WHERE deleted_at IS NOT NULL',
        'SELECT rowkit.restore_deleted(''plainhome.bait'', id) FROM plainhome.bait WHERE deleted_at IS NOT NULL',
        'SELECT rowkit.soft_delete(''plainhome.bait'', id) FROM plainhome.bait WHERE deleted_at IS NULL',
        'SELECT rowkit.prove_isolation(''plainhome.bait'')',
        'SELECT rowkit.deleted_records_summary()',
        'SELECT rowkit.usage_drift()',
        'SELECT rowkit.isolation_report()'
    ] LOOP
        BEGIN
            EXECUTE command;
        EXCEPTION WHEN OTHERS THEN
            IF SQLSTATE NOT IN ('42501', '55000', '0A000', '42704', '22023', '42809') THEN
                RAISE EXCEPTION 'ATTACK WENT WRONG with %: % [%]', SQLSTATE, SQLERRM, command;
            END IF;
        END;
    END LOOP;
END
$$;
