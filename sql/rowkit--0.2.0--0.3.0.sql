-- What 0.3.0 changes in the extension's SQL; the tables of the blueprints have migrations of their own. `./dev upgrade-step` prints what is missing here.

-- Code of other roles in jobs, reports and sign-ups.
CREATE OR REPLACE FUNCTION rowkit.continue_purge_deleted(days_old integer DEFAULT 90, batch_size integer DEFAULT 1000)
 RETURNS jsonb
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    -- In milliseconds: how long it waits for a lock that somebody holds, and how long the code of other owners' tables takes in all. That ends well before the statement
    -- does: a statement that is cancelled takes back what everybody's rows were purged in it.
    lock_wait CONSTANT bigint := 1000;
    statement_limit CONSTANT bigint := (SELECT least(nullif(given.setting, '0')::bigint, 20000) FROM pg_settings AS given WHERE given.name = 'statement_timeout');
    foreign_end CONSTANT timestamptz := statement_timestamp() + statement_limit / 2 * interval '1 millisecond';
    purged record;
    step record;
    is_trusted boolean;
    time_left bigint;
    after uuid;
    removed bigint := 0;
BEGIN
    IF days_old IS NULL OR days_old < 0 THEN
        RAISE EXCEPTION 'days_old must be given, and cannot be negative' USING ERRCODE = '22023', HINT = '0 days purges all that is deleted and not on hold.';
    ELSIF batch_size IS NULL OR batch_size < 1 THEN
        RAISE EXCEPTION 'batch_size must be at least 1' USING ERRCODE = '22023', HINT = 'It is how many rows one call purges at most: 1000 by default.';
    END IF;
    FOREACH is_trusted IN ARRAY ARRAY[true, false] LOOP
        -- The other owners' tables in another order each time, which no trigger can choose: none of them takes all of the time twice.
        FOR purged IN SELECT found.name FROM rowkit_internal._purged_tables() AS found(name, has_trusted_owner)
            WHERE found.has_trusted_owner = is_trusted ORDER BY CASE WHEN NOT is_trusted THEN gen_random_uuid() END, found.name::oid
        LOOP
            after := NULL;
            LOOP
                IF removed >= batch_size THEN
                    RETURN jsonb_build_object('rows', removed, 'is_done', false);
                END IF;
                time_left := CASE WHEN NOT is_trusted THEN extract(epoch FROM foreign_end - clock_timestamp()) * 1000 END;
                IF time_left <= 0 THEN
                    RAISE WARNING 'deleted rows of % were not purged: other tables took all of the time', purged.name USING ERRCODE = '57014', HINT = 'Purge again later: these rows are left for the next run.';
                    EXIT;
                END IF;
                BEGIN
                    SELECT * INTO step FROM rowkit_internal._purge_step(purged.name, days_old, true, after, batch_size - removed, lock_wait, time_left);
                EXCEPTION WHEN OTHERS THEN
                    RAISE WARNING 'deleted rows of % were not purged: %', purged.name, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are purged. Remove the cause, or leave these rows to the next run.';
                    EXIT;
                END;
                removed := removed + step.rows;
                after := step.next;
                EXIT WHEN step.done;
            END LOOP;
        END LOOP;
        FOR purged IN SELECT found.name, found.days FROM rowkit_internal._deletions_tables(days_old) AS found(name, days, has_trusted_owner) WHERE found.has_trusted_owner = is_trusted LOOP
            after := NULL;
            LOOP
                time_left := CASE WHEN NOT is_trusted THEN extract(epoch FROM foreign_end - clock_timestamp()) * 1000 END;
                EXIT WHEN time_left <= 0;
                BEGIN
                    after := rowkit_internal._forget_step(purged.name, purged.days, after, batch_size, lock_wait, time_left);
                EXCEPTION WHEN OTHERS THEN
                    RAISE WARNING 'purged deletions stay in %: %', purged.name, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are purged. Remove the cause, or leave these rows to the next run.';
                    after := NULL;
                END;
                EXIT WHEN after IS NULL;
            END LOOP;
        END LOOP;
        -- What was done here is safe before the code of other owners is run.
        IF is_trusted AND removed > 0 AND EXISTS (SELECT FROM rowkit_internal._purged_tables() AS found(name, has_trusted_owner) WHERE NOT found.has_trusted_owner) THEN
            RETURN jsonb_build_object('rows', removed, 'is_done', false);
        END IF;
    END LOOP;
    RETURN jsonb_build_object('rows', removed, 'is_done', true);
END
$function$
;

COMMENT ON FUNCTION rowkit.deleted_records_summary() IS 'For each table with soft delete that the caller may read: live rows, deleted rows and their share in percent. All rows of a table whose owner''s rights the caller has, counted as that owner (of untrusted owners last, all together in at most half of statement_timeout or 10 seconds); of others those that row security lets the caller see. Reading a table runs its owner''s policies with the caller''s rights: only tables of superusers, of the database''s owner and of the owners of schemas on the search_path are read so, and a NOTICE tells how many others were left out. A table that cannot be counted is told of in a WARNING. STABLE. table_name is the table. active_count is how many rows are live. deleted_count is how many are deleted. deleted_percentage is the share of the deleted.';

CREATE OR REPLACE FUNCTION rowkit.handle_new_user()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
-- PL/pgSQL: the columns are known only at run time, and whatever is odd about a user must not stop the sign-up.
DECLARE
    people regclass;
    person jsonb;
    columns text;
    changes text;
    state text;
BEGIN
    BEGIN
        people := to_regclass(coalesce(TG_ARGV[0], 'public.users'));
        IF people IS NULL OR people = TG_RELID THEN
            RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = 'there is no table to copy users to';
        END IF;
        person := to_jsonb(NEW);
        -- Of what the sign-up form or another provider sent, plain texts for text columns of these names; a user's own changes later stay.
        SELECT person || coalesce(jsonb_object_agg(kept.name, kept.value), '{}'), string_agg(format(', %I', kept.name), ''),
            string_agg(format(', %1$I = coalesce(person.%1$I, EXCLUDED.%1$I)', kept.name), '')
            INTO person, columns, changes
        FROM (
            SELECT DISTINCT ON (wanted.name) wanted.name, metadata.value
            FROM (VALUES (1, 'name', 'name'), (2, 'name', 'full_name'), (1, 'full_name', 'full_name'), (2, 'full_name', 'name'),
                (1, 'first_name', 'first_name'), (2, 'first_name', 'given_name'), (1, 'last_name', 'last_name'), (2, 'last_name', 'family_name'),
                (1, 'avatar_url', 'avatar_url'), (2, 'avatar_url', 'picture')
            ) AS wanted(place, name, key)
            JOIN LATERAL jsonb_each(CASE jsonb_typeof(person -> 'raw_user_meta_data') WHEN 'object' THEN person -> 'raw_user_meta_data' ELSE '{}' END) AS metadata
                ON metadata.key = wanted.key AND jsonb_typeof(metadata.value) = 'string' AND metadata.value #>> '{}' <> ''
            JOIN pg_attribute AS attribute ON attribute.attrelid = people AND attribute.attname = wanted.name AND NOT attribute.attisdropped
                AND attribute.attgenerated = '' AND attribute.atttypid IN ('text'::regtype, 'varchar'::regtype)
            ORDER BY wanted.name, wanted.place
        ) AS kept;
        BEGIN
            EXECUTE format('INSERT INTO %1$s AS person (id, email%2$s) SELECT id, email%2$s FROM jsonb_populate_record(NULL::%1$s, $1) '
                'ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email%3$s', people, columns, changes) USING person;
        EXCEPTION WHEN OTHERS OR assert_failure THEN
            -- Without what was sent along.
            EXECUTE format('INSERT INTO %1$s AS person (id, email) SELECT id, email FROM jsonb_populate_record(NULL::%1$s, $1) '
                'ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email', people) USING jsonb_build_object('id', person -> 'id', 'email', person -> 'email');
        END;
    EXCEPTION WHEN OTHERS OR assert_failure THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
        RAISE WARNING 'a user of % was not copied to %', TG_RELID::regclass, coalesce(TG_ARGV[0], 'public.users')
            USING ERRCODE = state, HINT = 'The sign-up goes on. Look at its SQLSTATE: '
                '42501 is a missing right, 23502 a column without a value, 23505 an e-mail that another user has.';
    END;
    RETURN NULL;
END
$function$
;

COMMENT ON FUNCTION rowkit.usage_drift(regclass) IS 'Every counter that differs from the rows of its tables: whose it is, what it says (NULL where the column is NULL) and what they hold; of the table named, or of each whose owner the caller is. No row is what there should be. Where no table is named, those of untrusted owners come last and together take no longer than half of statement_timeout, at most 10 seconds; a WARNING tells of each that was not compared. 42501 for who owns none of them. STABLE. accounts is the table whose counters are compared. table_name is the table that has the counter. record_key is the primary key of the row that has it. stored is what the counter says. counted is what the rows are. resource_type is what is counted.';

COMMENT ON FUNCTION rowkit_internal._deleted_counts(regclass) IS 'How many rows of a table with soft delete are live and deleted, counted as its owner, for a caller who has the owner''s rights (42501). Tables of untrusted owners together take no longer than half of statement_timeout, at most 10 seconds (54000). Internal.';

CREATE OR REPLACE FUNCTION rowkit_internal._deleted_records_summary(schemas name[])
 RETURNS TABLE(table_name text, active_count bigint, deleted_count bigint, deleted_percentage numeric)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    guarded record;
    live bigint;
    deleted bigint;
    left_out bigint := 0;
BEGIN
    FOR guarded IN
        SELECT class.oid::regclass AS name, pg_has_role(class.relowner, 'USAGE') AND class.relowner <> quote_ident(current_user)::regrole AS is_owned,
            rowkit_internal._is_trusted_for_caller(class.relowner)
                OR (home.nspname = ANY (schemas) AND home.nspowner = class.relowner) AS is_trusted
        FROM pg_class AS class
        JOIN pg_namespace AS home ON home.oid = class.relnamespace
        WHERE has_table_privilege(class.oid, 'SELECT') AND EXISTS (
            SELECT FROM pg_trigger AS guard
            WHERE guard.tgrelid = class.oid AND guard.tgfoid = 'rowkit.guard_soft_delete()'::regprocedure AND guard.tgparentid = 0)
        -- The code of untrusted owners runs last, for a limited time.
        ORDER BY NOT rowkit_internal._is_trusted_for_caller(class.relowner), class.oid
    LOOP
        BEGIN
            IF guarded.is_owned THEN
                SELECT counted.live, counted.deleted INTO live, deleted FROM rowkit_internal._deleted_counts(guarded.name) AS counted;
            ELSIF guarded.is_trusted THEN
                EXECUTE format('SELECT count(*) FILTER (WHERE held.deleted_at IS NULL), count(*) FILTER (WHERE held.deleted_at IS NOT NULL) FROM %s AS held',
                    guarded.name) INTO live, deleted;
            ELSE
                -- Its policies would run with the caller''s rights, who did not ask for the table.
                left_out := left_out + 1;
                CONTINUE;
            END IF;
            RETURN QUERY SELECT guarded.name::text, live, deleted, round(deleted::numeric / nullif(live + deleted, 0) * 100, 2);
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'rows of % were not counted: %', guarded.name, SQLERRM USING ERRCODE = SQLSTATE, HINT = 'The other tables are counted. Its owner can ask alone.';
        END;
    END LOOP;
    IF left_out > 0 THEN
        RAISE NOTICE '% tables of other owners were left out', left_out USING
            HINT = 'Those of the database''s owner, of superusers and of the owners of the schemas on the search_path are counted.';
    END IF;
END
$function$
;
