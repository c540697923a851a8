-- Sign-in: how often it failed, and who is new. SQL: nothing is computed. PL/pgSQL, as the tables are the user's.

CREATE FUNCTION rowkit._record_login_attempt(users regclass, condition text, login text, succeeded boolean, max_failures integer, lock_time interval,
    observation interval) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE
    AS $$
-- PL/pgSQL: the table is the user's.
DECLARE
    people CONSTANT regclass := rowkit._job_table(users, 'users');
    unknown CONSTANT regclass := (
        SELECT beside.oid FROM pg_catalog.pg_class AS named
        JOIN pg_catalog.pg_class AS beside ON beside.relnamespace OPERATOR(pg_catalog.=) named.relnamespace
            AND beside.relname OPERATOR(pg_catalog.=) 'login_failures'
        WHERE named.oid OPERATOR(pg_catalog.=) people AND beside.relowner OPERATOR(pg_catalog.=) named.relowner AND beside.relkind OPERATOR(pg_catalog.=) 'r');
    most CONSTANT integer := GREATEST(COALESCE(max_failures, 5), 1);
    locked_for CONSTANT interval := GREATEST(COALESCE(lock_time, '00:30:00'), '00:00:00');
    observed_for CONSTANT interval := GREATEST(COALESCE(observation, '00:30:00'), '00:00:00');
    at CONSTANT timestamptz := pg_catalog.clock_timestamp();
    -- $1 the moment, $2 whether it succeeded, $3 how many are too many, $4 and $5 how long. What is locked stays as it is: no attempt makes it longer.
    is_locked CONSTANT text := 'COALESCE(entry.locked_until OPERATOR(pg_catalog.>) $1, false)';
    failures CONSTANT text := '(CASE WHEN entry.locked_until IS NOT NULL '
        'OR entry.last_failed_login_at OPERATOR(pg_catalog.<=) ($1 OPERATOR(pg_catalog.-) $5) THEN 0 '
        'ELSE entry.failed_login_attempts END)';
    counted CONSTANT text := pg_catalog.format(
        'failed_login_attempts = CASE WHEN %1$s THEN entry.failed_login_attempts WHEN $2 THEN 0 ELSE %2$s OPERATOR(pg_catalog.+) 1 END, '
        'last_failed_login_at = CASE WHEN %1$s OR $2 THEN entry.last_failed_login_at ELSE $1 END, '
        'locked_until = CASE WHEN %1$s THEN entry.locked_until '
        'WHEN NOT $2 AND %2$s OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.>=) $3 THEN $1 OPERATOR(pg_catalog.+) $4 END',
        is_locked, failures);
    key CONSTANT bytea := pg_catalog.sha256(pg_catalog.convert_to(rowkit.email_key(COALESCE(login, '')), 'UTF8'));
    signed_in text := '';
    matched bigint;
    attempts integer;
    until timestamptz;
BEGIN
    IF succeeded IS NULL THEN
        EXECUTE pg_catalog.format(
            'SELECT pg_catalog.count(*), pg_catalog.max(CASE WHEN %s THEN entry.failed_login_attempts ELSE %s END), pg_catalog.max(entry.locked_until) '
            'FROM %s AS entry WHERE %s', is_locked, failures, people, condition)
            USING at, succeeded, most, locked_for, observed_for, login INTO matched, attempts, until;
        IF matched OPERATOR(pg_catalog.=) 0 AND unknown IS NOT NULL THEN
            EXECUTE pg_catalog.format('SELECT CASE WHEN %s THEN entry.failed_login_attempts ELSE %s END, entry.locked_until '
                'FROM %s AS entry WHERE entry.login_hash OPERATOR(pg_catalog.=) $6', is_locked, failures, unknown)
                USING at, succeeded, most, locked_for, observed_for, key INTO attempts, until;
        END IF;
    ELSE
        IF EXISTS (SELECT FROM pg_catalog.pg_attribute
            WHERE attrelid OPERATOR(pg_catalog.=) people AND attname OPERATOR(pg_catalog.=) 'last_login_at' AND NOT attisdropped)
        THEN
            signed_in := pg_catalog.format(', last_login_at = CASE WHEN $2 AND NOT %s THEN $1 ELSE entry.last_login_at END', is_locked);
        END IF;
        EXECUTE pg_catalog.format(
            'WITH changed AS (UPDATE %s AS entry SET %s%s WHERE %s RETURNING entry.*) '
            'SELECT pg_catalog.count(*), pg_catalog.max(failed_login_attempts), pg_catalog.max(locked_until) FROM changed', people, counted, signed_in, condition)
            USING at, succeeded, most, locked_for, observed_for, login INTO matched, attempts, until;
        IF matched OPERATOR(pg_catalog.=) 0 AND unknown IS NULL THEN
            attempts := CASE WHEN succeeded THEN 0 ELSE 1 END;
        ELSIF matched OPERATOR(pg_catalog.=) 0 THEN
            -- Counted like a user's, so that no answer tells one from the other; what is past its time goes, two for each that comes.
            EXECUTE pg_catalog.format(
                'INSERT INTO %s AS entry (login_hash, failed_login_attempts, last_failed_login_at, locked_until) '
                'VALUES ($6, CASE WHEN $2 THEN 0 ELSE 1 END, $1, CASE WHEN NOT $2 AND 1 OPERATOR(pg_catalog.>=) $3 THEN $1 OPERATOR(pg_catalog.+) $4 END) '
                'ON CONFLICT (login_hash) DO UPDATE SET %s RETURNING failed_login_attempts, locked_until', unknown, counted)
                USING at, succeeded, most, locked_for, observed_for, key INTO attempts, until;
            EXECUTE pg_catalog.format(
                'DELETE FROM %1$s AS entry WHERE entry.login_hash IN (SELECT old.login_hash FROM %1$s AS old '
                'WHERE old.last_failed_login_at OPERATOR(pg_catalog.<) ($1 OPERATOR(pg_catalog.-) $2) '
                'AND COALESCE(old.locked_until OPERATOR(pg_catalog.<) $1, true) '
                'LIMIT 2 FOR UPDATE SKIP LOCKED)', unknown)
                USING at, observed_for;
        END IF;
    END IF;
    IF until OPERATOR(pg_catalog.<=) at THEN
        until := NULL;
    END IF;
    attempts := COALESCE(attempts, 0);
    RETURN pg_catalog.jsonb_build_object('is_locked', until IS NOT NULL, 'failed_attempts', attempts,
        'remaining', CASE WHEN until IS NULL THEN GREATEST(most OPERATOR(pg_catalog.-) attempts, 0) ELSE 0 END, 'locked_until', until);
END
$$;
COMMENT ON FUNCTION rowkit._record_login_attempt(regclass, text, text, boolean, integer, interval, interval) IS
'record_login_attempt; condition finds the user, whose login is $6. Internal.';

CREATE FUNCTION rowkit.record_login_attempt(email text, succeeded boolean, max_failures integer DEFAULT 5, lock_time interval DEFAULT '00:30:00',
    observation interval DEFAULT '00:30:00', users regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit._record_login_attempt(users,
            'rowkit.email_key(entry.email::pg_catalog.text) OPERATOR(pg_catalog.=) rowkit.email_key($6::pg_catalog.text)', email, succeeded,
            max_failures, lock_time, observation);
    END;
COMMENT ON FUNCTION rowkit.record_login_attempt(text, boolean, integer, interval, interval, regclass) IS
'Counts a login that failed or succeeded, and answers {"is_locked", "failed_attempts", "remaining", "locked_until"}. Refuse the login when is_locked, even '
'if the password was right: what is locked counts nothing, and a success counts only when it is not. After max_failures within observation of one another '
'it is locked for lock_time; then, or after a success, it begins anew. succeeded NULL only asks. An unknown e-mail answers like a known one, counted in '
'the table login_failures where enable_login_lockout made it, else always as a first failure; NULL does, too. It answers where others raise, as an error '
'would take the count back with it; commit it whatever comes of the login. Exact whatever runs at the same time; 40001 can come in a transaction that '
'keeps its snapshot. With the caller''s rights on users, which has failed_login_attempts, last_failed_login_at and locked_until. An index on email_key(email) '
'serves it. 42704 without users. VOLATILE.';

CREATE FUNCTION rowkit.record_login_attempt(user_id uuid, succeeded boolean, max_failures integer DEFAULT 5, lock_time interval DEFAULT '00:30:00',
    observation interval DEFAULT '00:30:00', users regclass DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit._record_login_attempt(users, 'entry.id OPERATOR(pg_catalog.=) $6::pg_catalog.uuid', user_id::text, succeeded,
            max_failures, lock_time, observation);
    END;
COMMENT ON FUNCTION rowkit.record_login_attempt(uuid, boolean, integer, interval, interval, regclass) IS 'record_login_attempt for who is known by id.';

CREATE FUNCTION rowkit.enable_login_lockout(users regclass DEFAULT NULL, dry_run boolean DEFAULT false) RETURNS TABLE(command text)
    LANGUAGE plpgsql VOLATILE
    AS $$
-- PL/pgSQL: DDL.
DECLARE
    people CONSTANT regclass := rowkit._job_table(users, 'users');
    home CONSTANT text := (
        SELECT namespace.nspname
        FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid OPERATOR(pg_catalog.=) class.relnamespace
        WHERE class.oid OPERATOR(pg_catalog.=) people);
BEGIN
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
            (7, NULL, 'CREATE INDEX ON %2$I.login_failures (last_failed_login_at)')
        ) AS wanted(place, name, text)
        WHERE CASE WHEN wanted.name IS NULL THEN pg_catalog.to_regclass(pg_catalog.format('%I.login_failures', home)) IS NULL
            ELSE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute
                WHERE attrelid OPERATOR(pg_catalog.=) people AND attname OPERATOR(pg_catalog.=) wanted.name AND NOT attisdropped) END
        ORDER BY wanted.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_login_lockout(regclass, boolean) IS
'Gives users the columns that record_login_attempt counts in, and makes login_failures beside it, as far as they are not there; tells what it did (or, '
'dry_run, would do). 42704 without users. VOLATILE.';

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
        EXCEPTION WHEN OTHERS THEN
            -- Without what was sent along.
            EXECUTE format('INSERT INTO %1$s AS person (id, email) SELECT id, email FROM jsonb_populate_record(NULL::%1$s, $1) '
                'ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email', people) USING jsonb_build_object('id', person -> 'id', 'email', person -> 'email');
        END;
    EXCEPTION WHEN OTHERS THEN
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

CREATE FUNCTION rowkit.enable_user_sync(auth_users regclass, users regclass DEFAULT NULL, dry_run boolean DEFAULT false) RETURNS TABLE(command text)
    LANGUAGE plpgsql VOLATILE
    AS $$
-- PL/pgSQL: DDL.
DECLARE
    people CONSTANT regclass := rowkit._job_table(users, 'users');
BEGIN
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
                (4, NOT EXISTS (SELECT FROM pg_catalog.pg_trigger
                        WHERE tgrelid OPERATOR(pg_catalog.=) auth_users AND tgname OPERATOR(pg_catalog.=) 'handle_new_user'),
                    'CREATE TRIGGER handle_new_user AFTER INSERT OR UPDATE OF email ON %2$s FOR EACH ROW EXECUTE FUNCTION rowkit.handle_new_user(%1$L)')
            ) AS wanted(place, is_needed, text)
        WHERE wanted.is_needed
        ORDER BY wanted.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_user_sync(regclass, regclass, boolean) IS
'Makes the trigger handle_new_user on auth.users and gives its owner, who signs users up, what it needs on users: rights, and a policy where row security '
'is enabled. Tells what it did (or, dry_run, would do). Users that are there already follow when their e-mail is next written. 42704 without users. '
'VOLATILE.';
