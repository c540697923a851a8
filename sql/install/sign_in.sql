-- Sign-in: how often it failed, which src/tenant/sign_in.rs counts, and who is new. PL/pgSQL for the latter, as the tables are the user's.

CREATE FUNCTION rowkit_internal._count_login_attempt(users regclass, login text, is_email boolean, succeeded boolean, max_failures integer, lock_for interval,
    within interval) RETURNS TABLE(failed_attempts bigint, locked_until timestamptz)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'count_login_attempt_wrapper';
COMMENT ON FUNCTION rowkit_internal._count_login_attempt(regclass, text, boolean, boolean, integer, interval, interval) IS
'count_login_attempt; login is an e-mail address or the text of an id. locked_until is NULL when it is past. Internal.';

CREATE FUNCTION rowkit_internal._login_attempt_answer(users regclass, login text, is_email boolean, succeeded boolean, max_failures integer, lock_for interval,
    within interval) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT jsonb_build_object('is_locked', counted.locked_until IS NOT NULL, 'failed_attempts', counted.failed_attempts,
            'remaining', CASE WHEN counted.locked_until IS NULL THEN GREATEST(bounds.most - counted.failed_attempts, 0) ELSE 0 END,
            'locked_until', counted.locked_until)
        FROM (SELECT rowkit_internal._job_table(users, 'users') AS people, GREATEST(COALESCE(max_failures, 5), 1) AS most) AS bounds
        CROSS JOIN LATERAL rowkit_internal._count_login_attempt(bounds.people, login, is_email, succeeded, bounds.most,
            GREATEST(COALESCE(lock_for, '00:30:00'), '00:00:00'), GREATEST(COALESCE(within, '00:30:00'), '00:00:00')) AS counted;
    END;
COMMENT ON FUNCTION rowkit_internal._login_attempt_answer(regclass, text, boolean, boolean, integer, interval, interval) IS
'_count_login_attempt within bounds, as count_login_attempt answers it. Internal.';

CREATE FUNCTION rowkit.count_login_attempt(email text, succeeded boolean, max_failures integer DEFAULT 5, lock_for interval DEFAULT '00:30:00',
    within interval DEFAULT '00:30:00', users regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._login_attempt_answer(users, email, true, succeeded, max_failures, lock_for, within);
    END;
COMMENT ON FUNCTION rowkit.count_login_attempt(text, boolean, integer, interval, interval, regclass) IS
'Counts a login that failed or succeeded, and answers {"is_locked", "failed_attempts", "remaining", "locked_until"}. Refuse the login when is_locked, even '
'if the password was right: what is locked counts nothing, and a success counts only when it is not. After max_failures that follow each other within '
'the interval within, it is locked for lock_for; then, or after a success, it begins anew. succeeded NULL only asks. An unknown e-mail answers like a known one, counted in '
'the table login_failures where enable_login_lockout made it, else always as a first failure; NULL does, too. It answers where others raise, as an error '
'would take the count back with it; commit it whatever comes of the login. Exact whatever runs at the same time, in REPEATABLE READ, too, where it counts '
'on from what others committed meanwhile; a SERIALIZABLE transaction may get 40001, here or at COMMIT, and is to be tried again. With the caller''s '
'rights on users, which has failed_login_attempts, last_failed_login_at and locked_until. An index on email_key(email) serves it. 42704 without users. VOLATILE.';

CREATE FUNCTION rowkit.count_login_attempt(user_id uuid, succeeded boolean, max_failures integer DEFAULT 5, lock_for interval DEFAULT '00:30:00',
    within interval DEFAULT '00:30:00', users regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._login_attempt_answer(users, user_id::text, false, succeeded, max_failures, lock_for, within);
    END;
COMMENT ON FUNCTION rowkit.count_login_attempt(uuid, boolean, integer, interval, interval, regclass) IS
'count_login_attempt for who is known by id. '
'user_id is the user, id in users. succeeded says whether the login was right, NULL only asks. max_failures is how many failures lock. lock_for is how long '
'the user is locked then. within is in which time failures count together. users is the table of the users, by default the one on the search_path.';

CREATE FUNCTION rowkit.enable_login_lockout(users regclass DEFAULT NULL, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET quote_all_identifiers = off
    AS $$
-- PL/pgSQL: DDL.
DECLARE
    people CONSTANT regclass := rowkit_internal._job_table(users, 'users');
    home CONSTANT text := (
        SELECT namespace.nspname
        FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace
        WHERE class.oid OPERATOR(pg_catalog.=) people);
BEGIN
    PERFORM rowkit_internal._require_owner(people);
    PERFORM rowkit_internal._refuse_planted(pg_catalog.to_regclass(pg_catalog.format('%I.login_failures', home)));
    FOR command IN
        SELECT pg_catalog.format(wanted.text, people, home)
        FROM (VALUES
            (1, 'failed_login_attempts', 'ALTER TABLE %1$s ADD COLUMN failed_login_attempts integer NOT NULL DEFAULT 0'),
            (2, 'last_failed_login_at', 'ALTER TABLE %1$s ADD COLUMN last_failed_login_at timestamptz'),
            (3, 'locked_until', 'ALTER TABLE %1$s ADD COLUMN locked_until timestamptz'),
            (4, 'last_login_at', 'ALTER TABLE %1$s ADD COLUMN last_login_at timestamptz'),
            (5, NULL, 'CREATE TABLE %2$I.login_failures (login_hash bytea PRIMARY KEY, failed_login_attempts integer NOT NULL DEFAULT 0, '
                'last_failed_login_at timestamptz, locked_until timestamptz)'),
            (6, NULL, 'COMMENT ON TABLE %2$I.login_failures IS '
                '''Failed logins of names that no user has, by their SHA-256: so that no answer tells which names are users.'''),
            (7, NULL, 'CREATE INDEX ON %2$I.login_failures (last_failed_login_at)'),
            (8, NULL, 'SELECT rowkit_internal._comment_columns(pg_catalog.to_regclass(pg_catalog.quote_ident(%2$L) || ''.login_failures''), rowkit_internal._own_comments(''login_failures''))'),
            (9, 'failed_login_attempts', 'COMMENT ON COLUMN %1$s.failed_login_attempts IS ''How many logins failed since the last success. Written by count_login_attempt().'''),
            (10, 'last_failed_login_at', 'COMMENT ON COLUMN %1$s.last_failed_login_at IS ''When a login last failed; NULL for never. Written by count_login_attempt().'''),
            (11, 'locked_until', 'COMMENT ON COLUMN %1$s.locked_until IS ''No login before this moment; NULL when the user is not locked. Written by count_login_attempt().'''),
            (12, 'last_login_at', 'COMMENT ON COLUMN %1$s.last_login_at IS ''When the user last signed in; NULL for never. Written by count_login_attempt().''')
        ) AS wanted(place, name, text)
        WHERE CASE WHEN wanted.name IS NULL THEN pg_catalog.to_regclass(pg_catalog.format('%I.login_failures', home)) IS NULL
            ELSE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute
                WHERE attrelid OPERATOR(pg_catalog.=) people AND attname OPERATOR(pg_catalog.=) wanted.name AND NOT attisdropped) END
        ORDER BY wanted.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_login_lockout(regclass, boolean) IS
'Gives users the columns that count_login_attempt counts in, and makes login_failures beside it, as far as they are not there; returns the commands that it ran '
'(or, with dry_run, would run). 42704 without users. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE FUNCTION rowkit.handle_new_user() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
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
$$;
COMMENT ON FUNCTION rowkit.handle_new_user() IS
'Trigger, AFTER INSERT OR UPDATE OF email FOR EACH ROW on auth.users: handle_new_user(''app.users'') copies id and email to that table, public.users '
'without an argument, and of raw_user_meta_data the texts name, full_name, first_name, last_name and avatar_url (or given_name, family_name, picture) to '
'text columns of these names that are still NULL. With the rights of who signs users up, which enable_user_sync grants. It never makes a sign-up fail: '
'what cannot be copied is left out, or told in a WARNING.';

CREATE FUNCTION rowkit.enable_user_sync(auth_users regclass, users regclass DEFAULT NULL, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET quote_all_identifiers = off
    AS $$
-- PL/pgSQL: DDL.
DECLARE
    people CONSTANT regclass := rowkit_internal._job_table(users, 'users');
BEGIN
    -- Those who sign up are often in a table of another role, such as supabase_auth_admin.
    IF NOT rowkit_internal._stands_by_itself(auth_users) THEN
        PERFORM rowkit_internal._require_owner(auth_users);
    END IF;
    PERFORM rowkit_internal._require_owner(people);
    FOR command IN
        SELECT pg_catalog.format(wanted.text, people_of.name, auth_users, auth.owner, people_of.schema)
        FROM (SELECT pg_catalog.format('%I.%I', namespace.nspname, class.relname) AS name,
                    pg_catalog.quote_ident(namespace.nspname) AS schema, class.relrowsecurity, class.relnamespace
                FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace
                WHERE class.oid OPERATOR(pg_catalog.=) people) AS people_of,
            (SELECT relowner::pg_catalog.regrole AS owner, relowner FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) auth_users) AS auth,
            LATERAL (VALUES
                (1, NOT pg_catalog.has_schema_privilege(auth.relowner, people_of.relnamespace, 'USAGE'), 'GRANT USAGE ON SCHEMA %4$s TO %3$s'),
                (2, NOT (pg_catalog.has_table_privilege(auth.relowner, people, 'SELECT') AND pg_catalog.has_table_privilege(auth.relowner, people, 'INSERT')
                    AND pg_catalog.has_table_privilege(auth.relowner, people, 'UPDATE')), 'GRANT SELECT, INSERT, UPDATE ON %1$s TO %3$s'),
                (3, people_of.relrowsecurity AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy
                        WHERE polrelid OPERATOR(pg_catalog.=) people AND polname OPERATOR(pg_catalog.=) 'handle_new_user'),
                    'CREATE POLICY handle_new_user ON %1$s TO %3$s USING (true) WITH CHECK (true)'),
                (4, people_of.relrowsecurity AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy
                        WHERE polrelid OPERATOR(pg_catalog.=) people AND polname OPERATOR(pg_catalog.=) 'handle_new_user'),
                    'SELECT rowkit_internal._seal_policies(%1$L, ''{handle_new_user}'')'),
                (5, NOT EXISTS (SELECT FROM pg_catalog.pg_trigger
                        WHERE tgrelid OPERATOR(pg_catalog.=) auth_users AND tgname OPERATOR(pg_catalog.=) 'handle_new_user'),
                    'CREATE TRIGGER handle_new_user AFTER INSERT OR UPDATE OF email ON %2$s FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user(%1$L)')
            ) AS wanted(place, is_needed, text)
        WHERE wanted.is_needed
        ORDER BY wanted.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_user_sync(regclass, regclass, boolean) IS
'Makes the trigger handle_new_user on auth.users and gives its owner, who signs users up, what it needs on users: rights, and a policy where row security '
'is enabled. Tells what it did (or, dry_run, would do). Users that are there already follow when their e-mail is next written. 42704 without users. '
'Users, and sign-ups in a partitioned table or a partition, must belong to the caller or a trusted role (42501), also where the caller is a superuser. VOLATILE. '
'auth_users is the table of those who sign up, auth.users of Supabase. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE FUNCTION rowkit.disable_user_sync(auth_users regclass, users regclass DEFAULT NULL, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET quote_all_identifiers = off
    AS $$
-- PL/pgSQL: DDL.
DECLARE
    people CONSTANT regclass := rowkit_internal._job_table(users, 'users');
BEGIN
    -- Those who sign up are often in a table of another role, such as supabase_auth_admin.
    IF NOT rowkit_internal._stands_by_itself(auth_users) THEN
        PERFORM rowkit_internal._require_owner(auth_users);
    END IF;
    PERFORM rowkit_internal._require_owner(people);
    FOR command IN
        SELECT pg_catalog.format('DROP TRIGGER %I ON %s', sync.tgname, rowkit_internal._quoted_name(auth_users))
        FROM pg_catalog.pg_trigger AS sync
        WHERE sync.tgrelid OPERATOR(pg_catalog.=) auth_users AND sync.tgfoid OPERATOR(pg_catalog.=) 'rowkit.handle_new_user()'::pg_catalog.regprocedure
            AND COALESCE((rowkit_internal._trigger_arguments(sync.tgargs, sync.tgnargs))[1], 'public.users') OPERATOR(pg_catalog.=) rowkit_internal._quoted_name(people)
        UNION ALL
        -- Another table of users may still be copied to this one: one whose owner may do so.
        SELECT pg_catalog.format('DROP POLICY %I ON %s', rule.polname, rowkit_internal._quoted_name(people))
        FROM pg_catalog.pg_policy AS rule
        WHERE rule.polrelid OPERATOR(pg_catalog.=) people AND rule.polname OPERATOR(pg_catalog.=) 'handle_new_user'
            AND rowkit_internal._seal(rule.oid) OPERATOR(pg_catalog.~) '^Made by rowkit: ' AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_trigger AS other
                JOIN pg_catalog.pg_class AS source ON source.oid OPERATOR(pg_catalog.=) other.tgrelid
                    AND pg_catalog.has_table_privilege(source.relowner, people, 'INSERT')
                WHERE other.tgrelid OPERATOR(pg_catalog.<>) auth_users AND other.tgfoid OPERATOR(pg_catalog.=) 'rowkit.handle_new_user()'::pg_catalog.regprocedure
                    AND COALESCE((rowkit_internal._trigger_arguments(other.tgargs, other.tgnargs))[1], 'public.users') OPERATOR(pg_catalog.=) rowkit_internal._quoted_name(people))
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.disable_user_sync(regclass, regclass, boolean) IS
'Undoes enable_user_sync: drops the trigger on the table of those who sign up, and the policy on users unless users of another table are copied there, too; returns the commands that it ran (or, with dry_run, would run). '
'Users that were copied stay, and so do the rights that the owner of auth_users was granted on users. No row where nothing was synchronized. 42704 without users. Users, and sign-ups in a partitioned table or a partition, must belong to the caller or a trusted role (42501), also where the caller is a superuser. VOLATILE. '
'auth_users is the table of those who sign up, auth.users of Supabase. users is the table of the users, by default the one on the search_path. kind and identity name the object that a statement is '
'about. command is the statement that was, or would be, run. Example: SELECT * FROM rowkit.disable_user_sync(''auth.users'') returns (trigger, handle_new_user on auth.users, …).';
