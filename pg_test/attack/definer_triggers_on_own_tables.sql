-- The attacker hangs the trigger functions of the blueprints and of rowkit on tables of their own, which have the names and columns that these
-- functions expect, and waits there with traps: a function that works with its owner's rights, or with those of whom a table is thought to be, and does
-- not look whose table it is called on, runs the attacker's code as a superuser.

-- Tables like those of a schema in one of the attacker's own, each with a trap, and then, one by one, every trigger that the real ones have.
CREATE FUNCTION attack.hang_triggers(home text, schema text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    real record; hung record; made integer := 0; me CONSTANT text := current_user; item text;
BEGIN
    FOR real IN
        SELECT class.oid, class.relname AS name FROM pg_class AS class
        WHERE class.relnamespace = schema::regnamespace AND class.relkind IN ('r', 'p') AND NOT class.relispartition ORDER BY class.relname
    LOOP
        IF to_regclass(format('%s.%I', home, real.name)) IS NULL THEN
            -- As an attacker would write it down; the catalog is everybody's to read.
            EXECUTE (SELECT format('CREATE TABLE %s.%I (%s)', home, real.name, string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum))
                FROM pg_attribute WHERE attrelid = real.oid AND attnum > 0 AND NOT attisdropped);
        END IF;
        EXECUTE format('CREATE OR REPLACE TRIGGER aaa_trap BEFORE INSERT OR UPDATE OR DELETE ON %s.%I FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger(%L)', home, real.name, me);
        -- ON CONFLICT in such a function wants the unique indexes.
        FOR item IN SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = real.oid AND indisunique LOOP
            BEGIN
                EXECUTE regexp_replace(item, 'INDEX \S+ ON (ONLY )?\S+ ', format('INDEX ON %s.%I ', home, real.name));
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
        END LOOP;
    END LOOP;
    -- One after the other, so that no trigger hides behind what another refuses. The error at the end takes the trigger away; the alarm stays.
    FOR hung IN
        SELECT trigger.tgname AS name, class.oid AS relation, class.relname AS on_table, pg_get_triggerdef(trigger.oid) AS definition
        FROM pg_trigger AS trigger JOIN pg_class AS class ON class.oid = trigger.tgrelid
        WHERE class.relnamespace = schema::regnamespace AND class.relkind IN ('r', 'p') AND NOT class.relispartition AND NOT trigger.tgisinternal
    LOOP
        BEGIN
            EXECUTE regexp_replace(hung.definition, format(' ON %s\.\S+ ', schema), format(' ON %s.%I ', home, hung.on_table));
            made := made + 1;
            PERFORM attack.write(home, hung.on_table, hung.relation);
            RAISE EXCEPTION 'done' USING ERRCODE = 'ATK99';
        EXCEPTION WHEN insufficient_privilege OR SQLSTATE 'ATK99' THEN
            NULL;
        END;
    END LOOP;
    RETURN made;
END
$$;

-- Writes a row, changes one column after the other, and deletes it, whatever becomes of each.
CREATE FUNCTION attack.write(home text, target text, shape regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    command text;
BEGIN
    FOR command IN
        WITH part AS (
            SELECT attnum, quote_ident(attname) AS name, format_type(atttypid, NULL) AS type, attname ~ 'organization|account|workspace' AS is_tenant
            FROM pg_attribute WHERE attrelid = shape AND attnum > 0 AND NOT attisdropped
        )
        SELECT format('INSERT INTO %s.%I (%s) SELECT %s', home, target, string_agg(part.name, ', ' ORDER BY attnum), string_agg(CASE
            WHEN type = 'uuid' THEN format('attack.id(%L)', CASE WHEN is_tenant THEN 'A' ELSE part.name END)
            WHEN type IN ('text', 'character varying') THEN CASE part.name WHEN 'status' THEN '''active''' WHEN 'kind' THEN '''consume''' WHEN 'subscription_tier' THEN '''free''' ELSE '''owner''' END
            WHEN type IN ('integer', 'bigint', 'numeric') THEN '1' WHEN type = 'boolean' THEN 'true' WHEN type = 'jsonb' THEN '''{}'''
            WHEN part.name IN ('deleted_at', 'deleted_by') THEN 'NULL' WHEN type LIKE 'timestamp%' THEN 'now()' ELSE 'NULL' END, ', ' ORDER BY attnum))
        FROM part
        UNION ALL
        (SELECT format('UPDATE %s.%I SET %s = %s', home, target, part.name, CASE WHEN type = 'uuid' THEN 'gen_random_uuid()' WHEN type IN ('text', 'character varying') THEN '''pro'''
            WHEN type IN ('integer', 'bigint', 'numeric') THEN '2' WHEN type = 'boolean' THEN 'false' WHEN type = 'jsonb' THEN '''{"a": 1}''' WHEN type LIKE 'timestamp%' THEN 'now() - interval ''1 day''' ELSE 'NULL' END)
        FROM part ORDER BY attnum)
        UNION ALL
        SELECT format('DELETE FROM %s.%I', home, target)
    LOOP
        BEGIN
            EXECUTE command;
        EXCEPTION WHEN OTHERS THEN
            IF SQLSTATE LIKE 'XX%' THEN RAISE EXCEPTION 'ATTACK WENT WRONG with %: % [%]', SQLSTATE, SQLERRM, command; END IF;
        END;
    END LOOP;
END
$$;

-- The ones that succeeded first: an owner of a project becomes its member, written into the attacker's project_users.
\connect - authenticator
SELECT attack.sign_in('a3');
CREATE TEMP TABLE projects (id uuid, account_id uuid, owner_id uuid);
CREATE TEMP TABLE project_users (account_id uuid, project_id uuid, user_id uuid, role text, created_by uuid, deleted_at timestamptz);
CREATE UNIQUE INDEX ON project_users (account_id, project_id, user_id) WHERE deleted_at IS NULL;
CREATE FUNCTION pg_temp.evil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM attack.trap('authenticated'); EXECUTE 'CREATE ROLE owned SUPERUSER'; RETURN NEW; END $$;
CREATE TRIGGER evil BEFORE INSERT ON project_users FOR EACH ROW EXECUTE FUNCTION pg_temp.evil();
DO $$
BEGIN
    IF to_regprocedure('dc.add_project_owner_to_project_users()') IS NULL THEN RETURN; END IF;
    PERFORM attack.refused($attack$
        DO $do$
        BEGIN
            CREATE TRIGGER go AFTER INSERT ON pg_temp.projects FOR EACH ROW EXECUTE FUNCTION dc.add_project_owner_to_project_users();
            INSERT INTO pg_temp.projects VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid());
        END
        $do$
    $attack$, '42501');
END
$$;

-- Each role, each blueprint: temporary tables.
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.holds(attack.hang_triggers('pg_temp', 'dc') > 30, 'triggers could be hung on temporary tables of authenticated');
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.holds(attack.hang_triggers('pg_temp', 'ct') > 10, 'triggers could be hung on temporary tables of authenticated');
\connect - authenticator
SELECT attack.sign_in('a1');
SELECT attack.holds(attack.hang_triggers('pg_temp', 'ca') > 3, 'triggers could be hung on temporary tables of authenticated');
\connect - authenticator
SELECT attack.sign_in(NULL);
SELECT attack.holds(attack.hang_triggers('pg_temp', 'dc') > 30, 'triggers could be hung on temporary tables of anon');
\connect - authenticator
SET ROLE service_role;
SELECT attack.holds(attack.hang_triggers('pg_temp', 'dc') > 30, 'triggers could be hung on temporary tables of service_role');
\connect - plain
SELECT attack.holds(attack.hang_triggers('pg_temp', 'dc') > 10, 'triggers could be hung on temporary tables of plain');

-- And ordinary tables of a role with a schema of its own.
\connect - plain
SELECT attack.holds(attack.hang_triggers('plainhome', 'dc') > 10, 'triggers could be hung on tables of plain');

\if :is_15
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.holds(attack.hang_triggers('pg_temp', 'sc') > 10, 'triggers could be hung on temporary tables of authenticated');
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.holds(attack.hang_triggers('pg_temp', 'li') > 10, 'triggers could be hung on temporary tables of authenticated');
\connect - authenticator
SET ROLE service_role;
SELECT attack.hang_triggers('pg_temp', 'sc');
\connect - authenticator
SET ROLE service_role;
SELECT attack.hang_triggers('pg_temp', 'li');
-- keep_latest takes the name of the table that it writes from its arguments.
\connect - authenticator
SELECT attack.sign_in('a3');
CREATE TEMP TABLE parent (id uuid, at timestamptz);
CREATE TEMP TABLE child (parent_id uuid, at timestamptz);
INSERT INTO parent VALUES (attack.id('x'));
CREATE TRIGGER trap BEFORE UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION attack.trap_trigger('authenticated');
DO $$
BEGIN
    IF to_regprocedure('sc.keep_latest()') IS NULL THEN RETURN; END IF;
    PERFORM attack.refused($attack$
        DO $do$
        BEGIN
            CREATE TRIGGER go AFTER INSERT ON pg_temp.child REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION sc.keep_latest('parent', 'at', 'parent_id', 'at');
            INSERT INTO pg_temp.child VALUES (attack.id('x'), now());
        END
        $do$
    $attack$, '42501');
END
$$;
\endif

-- The same when somebody granted all functions to everybody: the functions themselves must look whose table it is.
\connect - rowkit
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ct, ca, dc, li, sc TO PUBLIC;
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.holds(attack.hang_triggers('pg_temp', 'dc') > 60, 'triggers could be hung on temporary tables of authenticated');
\connect - plain
SELECT attack.hang_triggers('plainhome', 'dc');
\if :is_15
\connect - authenticator
SELECT attack.sign_in('a3');
SELECT attack.hang_triggers('pg_temp', 'sc');
\connect - authenticator
SELECT attack.sign_in(NULL);
SELECT attack.hang_triggers('pg_temp', 'li');
\endif

-- Each trap stood where it could spring; attack/check.sql says that none did with other rights.
SELECT attack.holds(attack.has_visits(), 'the traps were there');
