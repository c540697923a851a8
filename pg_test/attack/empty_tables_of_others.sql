-- A table of plain's below two others' is empty, and is made so that rowkit cannot follow it, or find its records. It must keep nobody from deleting,
-- restoring, removing and purging what no row of it refers to.
CREATE ROLE seller LOGIN;
SET client_min_messages = error;
CREATE SCHEMA s;
CREATE SCHEMA v AUTHORIZATION seller;
GRANT USAGE ON SCHEMA s, attack TO seller, plain;
CREATE TABLE s.orders (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('s.orders');
GRANT REFERENCES ON s.orders TO plain;
INSERT INTO s.orders SELECT generate_series(1, 4);
\connect - seller
GRANT USAGE ON SCHEMA v TO plain;
CREATE TABLE v.orders (id int PRIMARY KEY);
SELECT count(*) FROM rowkit.enable_soft_delete('v.orders');
GRANT REFERENCES ON v.orders TO plain;
INSERT INTO v.orders SELECT generate_series(1, 4);
\connect - rowkit
-- Plain makes the table by the command; what the owner of the orders does must work then. All is undone at the end.
CREATE FUNCTION attack.works_beside(what text, command text) RETURNS void LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
    whose record; step text; message text;
BEGIN
    PERFORM set_config('role', 'plain', true);
    EXECUTE command;
    FOR whose IN VALUES ('rowkit', 's.orders'), ('seller', 'v.orders') LOOP
        PERFORM set_config('role', 'rowkit', true);
        PERFORM attack.holds(count(*) > 0, 'plain''s empty table refers to it') FROM pg_constraint
        WHERE confrelid = whose.column2::regclass AND conrelid = 'plainhome.c'::regclass;
        PERFORM set_config('role', whose.column1, true);
        step := 'preview_delete'; PERFORM rowkit.preview_delete(whose.column2::regclass, '1');
        step := 'soft_delete'; PERFORM attack.holds(rowkit.soft_delete(whose.column2::regclass, id::text), step) FROM generate_series(1, 3) AS id;
        step := 'hold_deletion'; PERFORM attack.holds(rowkit.hold_deletion(whose.column2::regclass, '1', state), step) FROM unnest('{t,f}'::bool[]) AS state;
        step := 'restore_deleted'; PERFORM attack.holds(rowkit.restore_deleted(whose.column2::regclass, '1'), step);
        step := 'permanent_delete'; PERFORM attack.holds(rowkit.permanent_delete(whose.column2::regclass, '2'), step);
    END LOOP;
    PERFORM set_config('role', 'rowkit', true);
    UPDATE s.deletions SET deleted_at = deleted_at - interval '1 hour';
    UPDATE v.deletions SET deleted_at = deleted_at - interval '1 hour';
    step := 'a purge';
    FOR run IN 1..9 LOOP
        PERFORM rowkit.continue_purge_deleted(0);
        EXIT WHEN NOT EXISTS (SELECT FROM s.orders WHERE deletion_id IS NOT NULL UNION ALL SELECT FROM v.orders WHERE deletion_id IS NOT NULL);
    END LOOP;
    PERFORM attack.holds(array_agg(id ORDER BY id) = '{1,1,4,4}', 'what is deleted goes')
    FROM (SELECT id FROM s.orders UNION ALL SELECT id FROM v.orders) AS held;
    RAISE EXCEPTION USING ERRCODE = 'ATK00';
EXCEPTION WHEN SQLSTATE 'ATK00' THEN NULL;
WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
    RAISE EXCEPTION 'ATTACK SUCCEEDED: beside an empty table %, % fails: %', what, step, message USING ERRCODE = 'ATK05';
END
$$;
\set columns 'o int REFERENCES s.orders ON DELETE CASCADE, v int REFERENCES v.orders ON DELETE CASCADE'
-- 1. Its records.
-- A statement for each, as the purge of others' tables has its part of the statement's time.
SELECT format('SELECT attack.works_beside(%L, %L)', what,
    format('CREATE TABLE plainhome.c (id int PRIMARY KEY, %s); SELECT rowkit.enable_soft_delete(''plainhome.c''); %s', :'columns', command))
FROM (VALUES
    ('as it should be', ''),
    ('without records', 'DROP TABLE plainhome.deletion_references, plainhome.deletions'),
    ('with a view for records', 'DROP TABLE plainhome.deletion_references, plainhome.deletions;
        CREATE VIEW plainhome.deletions AS SELECT attack.trap(''plain'') AS id'),
    ('with other records', 'DROP TABLE plainhome.deletion_references, plainhome.deletions; CREATE TABLE plainhome.deletions (id text)'),
    ('with a rule on its records', 'CREATE RULE r AS ON UPDATE TO plainhome.deletions DO ALSO SELECT attack.trap(''plain'')'),
    ('without references', 'DROP TABLE plainhome.deletion_references')) AS shape(what, command) \gexec
-- 2. Itself, with the guard made by hand.
SELECT format('SELECT attack.works_beside(%L, %L)', concat_ws(' and ', what, action),
    format('CREATE TABLE plainhome.c (id int, %s%s; ', replace(:'columns', 'CASCADE', action), definition)
    || 'CREATE TRIGGER g AFTER UPDATE ON plainhome.c FOR EACH ROW EXECUTE FUNCTION rowkit.guard_soft_delete(); ' || command)
FROM (VALUES
    ('with a rule', ', PRIMARY KEY (id), deleted_at timestamptz, deleted_by uuid, deletion_id uuid)',
        'CREATE RULE r AS ON UPDATE TO plainhome.c DO ALSO SELECT 1'),
    ('without marks', ', PRIMARY KEY (id))', ''),
    ('with marks of another type', ', PRIMARY KEY (id), deleted_at text, deleted_by text, deletion_id text)', ''),
    ('without a key', ', deleted_at timestamptz, deleted_by uuid, deletion_id uuid)', ''),
    ('partitioned, without a key', ', deleted_at timestamptz, deleted_by uuid, deletion_id uuid) PARTITION BY LIST (o)', ''),
    ('partitioned, with a part', ', deleted_at timestamptz, deleted_by uuid, deletion_id uuid) PARTITION BY LIST (o)',
        'CREATE TABLE plainhome.rest PARTITION OF plainhome.c DEFAULT')) AS shape(what, definition, command),
    unnest('{CASCADE,SET NULL,NO ACTION}'::text[]) AS action \gexec
SELECT attack.holds(count(*) = 4, 'all was undone') FROM s.orders;
DROP FUNCTION attack.works_beside;
SET client_min_messages = error;
DROP SCHEMA s, v CASCADE;
DROP OWNED BY seller;
DROP ROLE seller;
