-- Usage: counters on an owner's row and their limits. src/metering/usage/ computes; PL/pgSQL where names are known only at run time.

CREATE FUNCTION rowkit.maintain_usage_counter() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'maintain_usage_counter_wrapper';
COMMENT ON FUNCTION rowkit.maintain_usage_counter() IS
'Trigger, AFTER INSERT, UPDATE, DELETE FOR EACH STATEMENT (transition tables new_rows, old_rows) and BEFORE TRUNCATE FOR EACH STATEMENT: '
'maintain_usage_counter(owner table, foreign key column, counter column [, option=value…]) keeps on each owner how many rows it has, or the '
'sum of a column. Rows with deleted_at do not count. Options: where=condition, sum=column, limit=column, plan=column, plans=table(key), mode=immediate|sharded, '
'slots=number, key=column, resource_type=name. 53400 where a limit would be passed, with {"account_id", "resource_type", "limit", "used", "requested", "plan"} in DETAIL, 40001 where waiting could be a deadlock.';

CREATE FUNCTION rowkit_internal._update_account_user_count() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'update_account_user_count_wrapper';
COMMENT ON FUNCTION rowkit_internal._update_account_user_count() IS
'maintain_usage_counter(''accounts'', ''account_id'', ''current_user_count'', ''limit=max_users'', ''plan=subscription_tier''), the last two where '
'accounts has the columns; further options may follow. Internal.';

CREATE FUNCTION rowkit_internal._update_account_project_count() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'update_account_project_count_wrapper';
COMMENT ON FUNCTION rowkit_internal._update_account_project_count() IS
'maintain_usage_counter(''accounts'', ''account_id'', ''current_project_count'', ''limit=max_projects'', ''plan=subscription_tier''), the last two where '
'accounts has the columns; further options may follow. Internal.';

CREATE FUNCTION rowkit_internal._update_account_dataset_count() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'update_account_dataset_count_wrapper';
COMMENT ON FUNCTION rowkit_internal._update_account_dataset_count() IS
'maintain_usage_counter(''accounts'', ''account_id'', ''current_dataset_count'', ''limit=max_datasets'', ''plan=subscription_tier''), the last two where '
'accounts has the columns; further options may follow. Internal.';

CREATE FUNCTION rowkit_internal._usage_resource(counter text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'usage_resource_wrapper';
COMMENT ON FUNCTION rowkit_internal._usage_resource(text) IS 'What a column counts: current_project_count and max_projects are of projects. Internal.';

CREATE FUNCTION rowkit_internal._change_usage(accounts regclass, account_id text, resource_type text, amount bigint) RETURNS boolean
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'change_usage_wrapper';
COMMENT ON FUNCTION rowkit_internal._change_usage(regclass, text, text, bigint) IS 'increment_usage_counter and its opposite. Internal.';

CREATE FUNCTION rowkit_internal._sync_usage(account_id text, accounts regclass, counter text) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'sync_usage_wrapper';
COMMENT ON FUNCTION rowkit_internal._sync_usage(text, regclass, text) IS
'Puts right one counter or all, of one owner or all; a WARNING for each that was wrong, and how many were. Internal.';

CREATE FUNCTION rowkit_internal._counted_usage(account_id text, accounts regclass) RETURNS TABLE(resource_type text, counted bigint)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'counted_usage_wrapper';
COMMENT ON FUNCTION rowkit_internal._counted_usage(text, regclass) IS
'What the tables of each counter hold for an owner, or what the counter says where no table feeds it. Internal.';

CREATE FUNCTION rowkit.increment_usage_counter(account_key text, resource_type text, amount bigint DEFAULT 1, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._change_usage(accounts, account_key, resource_type, amount);
    END;
COMMENT ON FUNCTION rowkit.increment_usage_counter(text, text, bigint, regclass) IS
'Adds to an account''s counter of users, projects, ai_requests… (the column current_…), and refuses with 53400 to pass its limit (max_…). false when there is no '
'such account for the caller, who must be able to update it; 42501 for what a table''s rows count, unless row security does not hold the caller. 22023 for a resource that is not counted. accounts is the table on the search_path unless named. VOLATILE. '
'account_key is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. amount is how many, '
'by default 1.';

CREATE FUNCTION rowkit.increment_usage_counter(account_id uuid, resource_type text, amount bigint DEFAULT 1, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._change_usage(accounts, account_id::text, resource_type, amount);
    END;
COMMENT ON FUNCTION rowkit.increment_usage_counter(uuid, text, bigint, regclass) IS
'increment_usage_counter for a uuid key. '
'account_id is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. amount is how many, '
'by default 1. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.increment_usage_counter(account_number bigint, resource_type text, amount bigint DEFAULT 1, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._change_usage(accounts, account_number::text, resource_type, amount);
    END;
COMMENT ON FUNCTION rowkit.increment_usage_counter(bigint, text, bigint, regclass) IS
'increment_usage_counter for a bigint key. '
'account_number is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. amount is how many, '
'by default 1. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.decrement_usage_counter(account_key text, resource_type text, amount bigint DEFAULT 1, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._change_usage(accounts, account_key, resource_type, -amount);
    END;
COMMENT ON FUNCTION rowkit.decrement_usage_counter(text, text, bigint, regclass) IS
'Takes from an account''s counter; false when there is no such account for the caller. 22023 for a resource that is not counted. VOLATILE. '
'account_key is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. amount is how many, '
'by default 1. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.decrement_usage_counter(account_id uuid, resource_type text, amount bigint DEFAULT 1, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._change_usage(accounts, account_id::text, resource_type, -amount);
    END;
COMMENT ON FUNCTION rowkit.decrement_usage_counter(uuid, text, bigint, regclass) IS
'decrement_usage_counter for a uuid key. '
'account_id is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. amount is how many, '
'by default 1. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.decrement_usage_counter(account_number bigint, resource_type text, amount bigint DEFAULT 1, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._change_usage(accounts, account_number::text, resource_type, -amount);
    END;
COMMENT ON FUNCTION rowkit.decrement_usage_counter(bigint, text, bigint, regclass) IS
'decrement_usage_counter for a bigint key. '
'account_number is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. amount is how many, '
'by default 1. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.account_usage(account_key text, accounts regclass DEFAULT NULL)
    RETURNS TABLE(resource_type text, used bigint, usage_limit bigint, plan text)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'account_usage_wrapper';
COMMENT ON FUNCTION rowkit.account_usage(text, regclass) IS
'One row a counter of the account: what is used, exactly, in either mode; its limit (NULL: none) and plan. No row for an account that the caller does not '
'see. STABLE. '
'account_key is the primary key of the account. accounts is the table of the accounts, by default the one on the search_path. resource_type is what is counted. '
'usage_limit is that limit.';

CREATE FUNCTION rowkit.account_usage(account_id uuid, accounts regclass DEFAULT NULL)
    RETURNS TABLE(resource_type text, used bigint, usage_limit bigint, plan text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT usage.resource_type, usage.used, usage.usage_limit, usage.plan FROM rowkit.account_usage(account_id::text, accounts) AS usage;
    END;
COMMENT ON FUNCTION rowkit.account_usage(uuid, regclass) IS
'account_usage for a uuid key. '
'account_id is the primary key of the account. accounts is the table of the accounts, by default the one on the search_path. resource_type is what is counted. '
'used is how many are in use. usage_limit is that limit. plan is the name of the plan, NULL without one.';

CREATE FUNCTION rowkit.account_usage(account_number bigint, accounts regclass DEFAULT NULL)
    RETURNS TABLE(resource_type text, used bigint, usage_limit bigint, plan text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT usage.resource_type, usage.used, usage.usage_limit, usage.plan FROM rowkit.account_usage(account_number::text, accounts) AS usage;
    END;
COMMENT ON FUNCTION rowkit.account_usage(bigint, regclass) IS
'account_usage for a bigint key. '
'account_number is the primary key of the account. accounts is the table of the accounts, by default the one on the search_path. resource_type is what is counted. '
'used is how many are in use. usage_limit is that limit. plan is the name of the plan, NULL without one.';

CREATE FUNCTION rowkit.read_usage_counter(account_key text, resource_type text, accounts regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'read_usage_counter_wrapper';
COMMENT ON FUNCTION rowkit.read_usage_counter(text, text, regclass) IS
'What an account uses of one resource, exactly, in either mode; NULL for an account that the caller does not see. 22023 for a resource that is not counted. STABLE. '
'account_key is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. accounts is the '
'table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.read_usage_counter(account_id uuid, resource_type text, accounts regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.read_usage_counter(account_id::text, resource_type, accounts);
    END;
COMMENT ON FUNCTION rowkit.read_usage_counter(uuid, text, regclass) IS
'read_usage_counter for a uuid key. '
'account_id is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. accounts is the '
'table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.read_usage_counter(account_number bigint, resource_type text, accounts regclass DEFAULT NULL) RETURNS bigint
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.read_usage_counter(account_number::text, resource_type, accounts);
    END;
COMMENT ON FUNCTION rowkit.read_usage_counter(bigint, text, regclass) IS
'read_usage_counter for a bigint key. '
'account_number is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. accounts is the '
'table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.check_usage_available(account_key text, resource_type text, amount bigint DEFAULT 1, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'check_usage_available_wrapper';
COMMENT ON FUNCTION rowkit.check_usage_available(text, text, bigint, regclass) IS
'Whether an account may have so many more of a resource now; false for an account that the caller does not see. It promises nothing: the write decides. 22023 for a '
'resource that is not counted. STABLE. '
'account_key is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. amount is how many '
'more are asked for, by default 1. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.check_usage_available(account_id uuid, resource_type text, amount bigint DEFAULT 1, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.check_usage_available(account_id::text, resource_type, amount, accounts);
    END;
COMMENT ON FUNCTION rowkit.check_usage_available(uuid, text, bigint, regclass) IS
'check_usage_available for a uuid key. '
'account_id is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. amount is how many '
'more are asked for, by default 1. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.check_usage_available(account_number bigint, resource_type text, amount bigint DEFAULT 1, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit.check_usage_available(account_number::text, resource_type, amount, accounts);
    END;
COMMENT ON FUNCTION rowkit.check_usage_available(bigint, text, bigint, regclass) IS
'check_usage_available for a bigint key. '
'account_number is the primary key of the account. resource_type is what is counted, such as projects for the column current_project_count. amount is how many '
'more are asked for, by default 1. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit_internal._calculate_account_usage(
    account_id text, accounts regclass,
    OUT user_count bigint, OUT project_count bigint, OUT dataset_count bigint, OUT monthly_ai_requests bigint, OUT storage_mb bigint)
    RETURNS record
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT
            max(counted) FILTER (WHERE resource_type = 'users'), max(counted) FILTER (WHERE resource_type = 'projects'),
            max(counted) FILTER (WHERE resource_type = 'datasets'), max(counted) FILTER (WHERE resource_type = 'ai_requests'),
            max(counted) FILTER (WHERE resource_type IN ('storage_mb', 'storage'))
        FROM rowkit_internal._counted_usage(account_id, accounts);
    END;
COMMENT ON FUNCTION rowkit_internal._calculate_account_usage(text, regclass) IS
'What calculate_account_usage() of data_catalog returns: the rows of users, projects and datasets, and the AI requests and megabytes as they were counted. Internal.';

CREATE FUNCTION rowkit.usage_drift(accounts regclass DEFAULT NULL)
    RETURNS TABLE(table_name regclass, record_key text, stored bigint, counted bigint, resource_type text)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'usage_drift_wrapper';
COMMENT ON FUNCTION rowkit.usage_drift(regclass) IS
'Every counter that differs from the rows of its tables: whose it is, what it says (NULL where the column is NULL) and what they hold; of the table named, or of each whose owner the caller is. '
'No row is what there should be. Where no table is named, those of untrusted owners come last and together take no longer than half of statement_timeout, at most 10 seconds; a WARNING tells of each that was not compared. 42501 for who owns none of them. STABLE. '
'accounts is the table whose counters are compared. table_name is the table that has the counter. record_key is the primary key of the row that has it. '
'stored is what the counter says. counted is what the rows are. resource_type is what is counted.';

CREATE FUNCTION rowkit.sync_usage_counters(account_key text, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT CASE WHEN account_key IS NOT NULL THEN rowkit_internal._sync_usage(account_key, accounts, NULL) > 0 END;
    END;
COMMENT ON FUNCTION rowkit.sync_usage_counters(text, regclass) IS
'Counts an account''s rows while it holds the account, and puts its counters right; a WARNING tells each that was wrong, and what is right. true when one was. '
'NULL for NULL; 42704 for an account that is not there or that the caller may not update. VOLATILE. '
'account_key is the primary key of the account. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.sync_usage_counters(account_id uuid, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.sync_usage_counters(account_id::text, accounts);
    END;
COMMENT ON FUNCTION rowkit.sync_usage_counters(uuid, regclass) IS
'sync_usage_counters for a uuid key. '
'account_id is the primary key of the account. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.sync_usage_counters(account_number bigint, accounts regclass DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit.sync_usage_counters(account_number::text, accounts);
    END;
COMMENT ON FUNCTION rowkit.sync_usage_counters(bigint, regclass) IS
'sync_usage_counters for a bigint key. '
'account_number is the primary key of the account. accounts is the table of the accounts, by default the one on the search_path.';

CREATE FUNCTION rowkit.guard_usage_counter() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it hardly ever runs, as the trigger's condition decides.
BEGIN
    -- In the owner's name triggers count; forced row security holds the owner, too.
    IF NOT pg_has_role((SELECT class.relowner FROM pg_class AS class WHERE class.oid = TG_RELID), 'USAGE') THEN
        IF TG_OP = 'INSERT' THEN
            RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], 0));
        END IF;
        RAISE EXCEPTION 'column "%" of % is not yours to write', TG_ARGV[0], TG_RELID::regclass USING
            ERRCODE = '42501', HINT = 'Triggers count, and rowkit.sync_usage_counters() puts right what is wrong; a role with BYPASSRLS, such as service_role, sets limits.';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION rowkit.guard_usage_counter() IS
'Trigger, BEFORE INSERT or UPDATE FOR EACH ROW on the owners of a counter, with the column as its argument, for whoever row security holds, as the trigger''s condition says, but not the '
'table''s owner: a new owner begins with 0, whatever was given, and an UPDATE is refused (42501). enable_usage_counter() makes both; guard_service_columns() guards a limit.';

CREATE FUNCTION rowkit.keep_usage_counter() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'keep_usage_counter_wrapper';
COMMENT ON FUNCTION rowkit.keep_usage_counter() IS
'Trigger, AFTER INSERT FOR EACH ROW on the owners of a counter, with the column as its argument: a new owner begins with 0, whatever was given. It acts after the row is there, so that '
'an upsert (ON CONFLICT DO UPDATE) that writes back the count it read changes nothing. BEFORE UPDATE FOR EACH ROW: an owner whose key changes gets the count of the rows that refer to the '
'new key; those that a foreign key gives it are counted when they change. enable_usage_counter() makes both.';

CREATE FUNCTION rowkit_internal._counter_owner(relation regclass, owner text) RETURNS regclass
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT named.oid::regclass
        FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = class.relnamespace
        JOIN pg_class AS named ON named.relkind IN ('r', 'p') AND
            concat_ws('.', named.relnamespace::regnamespace::text, quote_ident(named.relname)) IN (
                concat_ws('.', quote_ident(home.nspname), quote_ident(owner)),
                concat_ws('.', quote_ident(split_part(owner, '.', 1)), quote_ident(substr(owner, strpos(owner, '.') + 1))))
        WHERE class.oid = relation
    $$;
COMMENT ON FUNCTION rowkit_internal._counter_owner(regclass, text) IS 'The table that the first argument of a counter''s trigger names: beside its table, or as schema.table. Internal.';

CREATE FUNCTION rowkit_internal._counter_trigger(counter text, event text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT 'usage_' || CASE WHEN octet_length(counter) <= 40 THEN counter ELSE md5(counter) END || '_' || event $$;
COMMENT ON FUNCTION rowkit_internal._counter_trigger(text, text) IS
'The name of a counter''s trigger. A name has 63 bytes: cut there, the triggers of one counter, or of two, would be one. Internal.';

CREATE FUNCTION rowkit_internal._usage_counter_commands(
    table_name regclass, owner_table regclass, counter_column text, foreign_key_column text, condition text, sum_column text, limit_column text,
    plan_column text, plans text, mode text, slots integer, resource_type text)
    RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    home text;
    owner_name text;
    found record;
    key text := 'id';
    arguments text;
BEGIN
    IF (SELECT count(*) FROM pg_class AS class WHERE class.oid IN (table_name, owner_table) AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't'
            AND NOT class.relispartition AND class.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace))
        <> (CASE WHEN table_name = owner_table THEN 1 ELSE 2 END) OR table_name IS NULL OR owner_table IS NULL
    THEN
        RAISE EXCEPTION 'a usage counter needs two tables' USING
            ERRCODE = '42809', HINT = 'Ordinary and partitioned tables can be counted and hold counters, not views, foreign, temporary and system tables; a partition follows its table.';
    END IF;
    PERFORM rowkit_internal._stands_alone(table_name), rowkit_internal._stands_alone(owner_table);
    SELECT namespace.nspname, format('%I.%I', namespace.nspname, class.relname) INTO home, owner_name
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = owner_table;
    IF foreign_key_column IS NULL THEN
        SELECT count(*) AS keys, min(child.attname) AS child, min(parent.attname) AS parent INTO found
        FROM pg_constraint AS rule
        JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = rule.conkey[cardinality(rule.conkey)]
        JOIN pg_attribute AS parent ON parent.attrelid = rule.confrelid AND parent.attnum = rule.confkey[cardinality(rule.confkey)]
        WHERE rule.conrelid = table_name AND rule.confrelid = owner_table AND rule.contype = 'f' AND cardinality(rule.conkey) = 1;
        IF found.keys <> 1 THEN
            RAISE EXCEPTION '% has % foreign keys to %', table_name, found.keys, owner_table USING
                ERRCODE = '42704', HINT = 'Name the column that refers to the owner: foreign_key_column => ''account_id''.';
        END IF;
        foreign_key_column := found.child;
        key := found.parent;
    ELSE
        -- What it refers to; id where no foreign key says.
        SELECT coalesce(min(parent.attname::text), key) INTO key
        FROM (
            SELECT rule.confkey[array_position(rule.conkey, child.attnum)] AS number
            FROM pg_constraint AS rule JOIN pg_attribute AS child ON child.attrelid = rule.conrelid AND child.attnum = ANY (rule.conkey)
            WHERE rule.conrelid = table_name AND rule.confrelid = owner_table AND rule.contype = 'f' AND child.attname = foreign_key_column
            ORDER BY cardinality(rule.conkey), rule.conname
            LIMIT 1) AS referred
        JOIN pg_attribute AS parent ON parent.attrelid = owner_table AND parent.attnum = referred.number;
    END IF;
    IF limit_column IS NULL AND plans IS NULL THEN
        SELECT attribute.attname INTO limit_column FROM pg_attribute AS attribute
        WHERE attribute.attrelid = owner_table AND attribute.attname ~ '^max_' AND NOT attribute.attisdropped
            AND rowkit_internal._usage_resource(attribute.attname) = rowkit_internal._usage_resource(counter_column);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_attribute AS attribute WHERE attribute.attrelid = owner_table AND attribute.attname = counter_column AND NOT attribute.attisdropped) THEN
        RETURN NEXT format('ALTER TABLE %s ADD COLUMN %I bigint NOT NULL DEFAULT 0', owner_name, counter_column);
        RETURN NEXT format('COMMENT ON COLUMN %s.%I IS %L', owner_name, counter_column,
            format('%s in %s that name this row by %s. Triggers there keep it; nobody else writes it.', CASE WHEN sum_column IS NULL THEN 'The number of rows'
                ELSE format('The sum of %s of the rows', sum_column) END, (SELECT class.relname FROM pg_class AS class WHERE class.oid = table_name), foreign_key_column));
    END IF;
    FOR found IN
        SELECT column_of.relation, attribute.attname, attribute.atttypid::regtype AS type
        FROM (VALUES (owner_table, counter_column), (table_name, sum_column)) AS column_of(relation, name)
        JOIN pg_attribute AS attribute ON attribute.attrelid = column_of.relation AND attribute.attname = column_of.name AND NOT attribute.attisdropped
        WHERE attribute.atttypid NOT IN ('int4'::regtype, 'int8'::regtype) AND (column_of.name = counter_column OR attribute.atttypid <> 'int2'::regtype)
    LOOP
        RAISE EXCEPTION 'column % of % must be of type integer or bigint, not %', found.attname, found.relation, found.type
            USING ERRCODE = '42804', HINT = 'Keep sizes and money in their smallest unit.';
    END LOOP;
    -- A counter is kept with the rights of one owner.
    PERFORM rowkit_internal._is_helper_of(owner_table, table_name);
    IF mode = 'sharded' AND NOT rowkit_internal._is_helper_of(to_regclass(format('%I.usage_slots', home)), owner_table) THEN
        RETURN NEXT format(
            'CREATE TABLE %I.usage_slots (counter text, owner_key text, slot integer, used bigint NOT NULL, room bigint, capacity bigint, '
            'PRIMARY KEY (counter, owner_key, slot)) WITH (fillfactor = 30)', home);
        RETURN NEXT format('COMMENT ON TABLE %I.usage_slots IS %L', home,
            'The slots of sharded usage counters: what was counted in each, its share of what the limit allows, and that limit. rowkit''s own.');
        RETURN NEXT format('SELECT rowkit_internal._comment_columns(%L, rowkit_internal._own_comments(''usage_slots''))', format('%I.usage_slots', home));
        RETURN NEXT format('SELECT rowkit_internal._close_helper_table(%L)', format('%I.usage_slots', home));
        IF EXISTS (SELECT FROM pg_class AS class WHERE class.oid = owner_table AND class.relowner <> quote_ident(current_user)::regrole) THEN
            RETURN NEXT format('ALTER TABLE %I.usage_slots OWNER TO %I', home, (SELECT pg_get_userbyid(class.relowner) FROM pg_class AS class WHERE class.oid = owner_table));
        END IF;
    END IF;
    -- The trigger's options, as maintain_usage_counter takes them.
    arguments := format('%L, %L, %L', CASE WHEN home = (
            SELECT namespace.nspname FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace WHERE class.oid = table_name)
        THEN (SELECT class.relname::text FROM pg_class AS class WHERE class.oid = owner_table)
        ELSE home || '.' || (SELECT class.relname FROM pg_class AS class WHERE class.oid = owner_table) END, foreign_key_column, counter_column);
    SELECT arguments || coalesce(string_agg(format(', %L', option.name || '=' || option.value), '' ORDER BY option.place), '') INTO arguments
    FROM (VALUES
        (1, 'key', nullif(key, 'id')), (2, 'resource_type', resource_type), (3, 'where', condition), (4, 'sum', sum_column), (5, 'limit', nullif(limit_column, '')),
        (6, 'plan', plan_column), (7, 'plans', plans), (8, 'mode', nullif(mode, 'immediate')), (9, 'slots', CASE WHEN mode = 'sharded' THEN slots::text END)
    ) AS option(place, name, value)
    WHERE option.value IS NOT NULL;
    -- Nobody whom row security holds writes what is counted: the rows do. A new owner has none yet, whatever is given.
    RETURN NEXT format(
        'CREATE OR REPLACE TRIGGER %1$I BEFORE INSERT ON %2$s FOR EACH ROW WHEN (NEW.%3$I IS DISTINCT FROM 0 AND row_security_active(%2$L::regclass)) '
        'EXECUTE FUNCTION rowkit.guard_usage_counter(%4$L)',
        rowkit_internal._counter_trigger(counter_column, 'begin'), owner_name, counter_column, counter_column);
    RETURN NEXT format(
        'CREATE OR REPLACE TRIGGER %1$I AFTER INSERT ON %2$s FOR EACH ROW %5$sEXECUTE FUNCTION rowkit.keep_usage_counter(%4$L)',
        rowkit_internal._counter_trigger(counter_column, 'start'), owner_name, counter_column, counter_column,
        -- Slots of an owner that had the key before may still be there.
        CASE WHEN mode = 'immediate' THEN format('WHEN (NEW.%I IS DISTINCT FROM 0) ', counter_column) ELSE '' END);
    RETURN NEXT format(
        'CREATE OR REPLACE TRIGGER %1$I BEFORE UPDATE ON %2$s FOR EACH ROW WHEN (NEW.%3$I IS DISTINCT FROM OLD.%3$I AND row_security_active(%2$L::regclass)) '
        'EXECUTE FUNCTION rowkit.guard_usage_counter(%4$L)',
        rowkit_internal._counter_trigger(counter_column, 'guard'), owner_name, counter_column, counter_column);
    -- A new key counts what refers to it. Types of extensions are compared as text, as their operators are not on this search_path.
    FOR found IN
        SELECT format(CASE WHEN type.typnamespace = 'pg_catalog'::regnamespace THEN 'NEW.%1$I IS DISTINCT FROM OLD.%1$I' ELSE 'NEW.%1$I::text IS DISTINCT FROM OLD.%1$I::text' END, key) AS changes
        FROM pg_attribute AS attribute JOIN pg_type AS type ON type.oid = attribute.atttypid
        WHERE attribute.attrelid = owner_table AND attribute.attname = key AND NOT attribute.attisdropped
    LOOP
        RETURN NEXT format(
            'CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION rowkit.keep_usage_counter(%L)',
            rowkit_internal._counter_trigger(counter_column, 'key'), owner_name, found.changes, counter_column);
    END LOOP;
    FOR found IN
        SELECT counted.relid AS relation, event.name, event.rows
        FROM (SELECT table_name AS relid UNION SELECT tree.relid FROM pg_partition_tree(table_name) AS tree) AS counted
        CROSS JOIN (VALUES
            (1, 'insert', 'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'),
            (2, 'update', 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
            (3, 'delete', 'AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'),
            (4, 'truncate', 'BEFORE TRUNCATE ON %s')) AS event(place, name, rows)
        ORDER BY counted.relid <> table_name, counted.relid, event.place
    LOOP
        RETURN NEXT format('CREATE OR REPLACE TRIGGER %I ', rowkit_internal._counter_trigger(counter_column, found.name)) || format(found.rows, found.relation)
            || format(' FOR EACH STATEMENT EXECUTE FUNCTION rowkit.maintain_usage_counter(%s)', arguments);
    END LOOP;
    -- What was in slots until now goes into the counter.
    IF mode = 'immediate' AND to_regclass(format('%I.usage_slots', home)) IS NOT NULL AND EXISTS (
        SELECT FROM pg_trigger AS former
        CROSS JOIN LATERAL rowkit_internal._trigger_arguments(former.tgargs, former.tgnargs) AS given(arguments)
        WHERE former.tgrelid = table_name AND former.tgfoid = 'rowkit.maintain_usage_counter'::regproc
            AND given.arguments @> ARRAY[counter_column, 'mode=sharded'])
    THEN
        PERFORM rowkit_internal._is_helper_of(to_regclass(format('%I.usage_slots', home)), owner_table);
        RETURN NEXT format(
            'WITH gone AS (DELETE FROM %1$I.usage_slots WHERE counter = %2$L RETURNING owner_key, used) '
            'UPDATE %3$s AS owner SET %4$I = coalesce(owner.%4$I, 0) + part.used FROM (SELECT owner_key, sum(used) AS used FROM gone GROUP BY owner_key) AS part '
            'WHERE owner.%5$I::text = part.owner_key', home,
            -- As rowkit names the counter in its slots: quoted where need be.
            (SELECT quote_ident(class.relname) FROM pg_class AS class WHERE class.oid = owner_table) || '.' || quote_ident(counter_column), owner_name, counter_column, key);
    END IF;
    RETURN NEXT format('SELECT rowkit_internal._sync_usage(NULL, %L, %L)', owner_name, counter_column);
END
$$;
COMMENT ON FUNCTION rowkit_internal._usage_counter_commands(regclass, regclass, text, text, text, text, text, text, text, text, integer, text) IS
'What enable_usage_counter has to do. Internal.';

CREATE FUNCTION rowkit.enable_usage_counter(
    table_name regclass, owner_table regclass, counter_column text, foreign_key_column text DEFAULT NULL, condition text DEFAULT NULL,
    sum_column text DEFAULT NULL, limit_column text DEFAULT NULL, plan_column text DEFAULT NULL, plans text DEFAULT NULL, mode text DEFAULT 'immediate',
    slots integer DEFAULT 32, resource_type text DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET client_min_messages = error
    AS $$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    PERFORM rowkit_internal._require_owner(owner_table);
    IF mode NOT IN ('immediate', 'sharded') OR mode IS NULL THEN
        RAISE EXCEPTION 'mode cannot be "%"', left(mode, 100) USING ERRCODE = '22023', HINT = 'It is ''immediate'' or ''sharded''.';
    END IF;
    FOR command IN
        SELECT * FROM rowkit_internal._usage_counter_commands(table_name, owner_table, counter_column, foreign_key_column, condition, sum_column, limit_column, plan_column, plans, mode,
            slots, resource_type)
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.enable_usage_counter(regclass, regclass, text, text, text, text, text, text, text, text, integer, text, boolean) IS
'Keeps on each row of owner_table, in counter_column, how many rows of a table refer to it, or the sum of sum_column (integers), of rows that are not deleted and meet '
'condition; and returns the commands that it ran (or, with dry_run, would run). The limit is the owner''s limit_column (by default max_… of the same name; '''' for none), or that column of '
'its plan: plan_column names the plan, plans is table(key). Whoever row security holds on owner_table cannot write the counter (42501), and a new owner begins with 0. mode sharded lets the writers of one owner pass each other, with so many slots. Done again it changes '
'the settings. Counts what is there, also in a column that was there and holds NULL. 42809 for what is no table, 42704 without a foreign key, 42804 for another type, 22023 for another mode. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table whose rows are counted. foreign_key_column is its column that refers to the owner, by default the one foreign key to it. resource_type is the '
'name by which errors and account_usage know what is counted. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE FUNCTION rowkit.disable_usage_counter(table_name regclass, counter_column text, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOR command IN
        WITH counting AS (
            SELECT held.tgname, held.tgrelid, rowkit_internal._counter_owner(held.tgrelid, argument.words[1]) AS owner,
                held.tgname IN (SELECT rowkit_internal._counter_trigger(counter_column, event) FROM unnest(ARRAY['insert', 'update', 'delete', 'truncate']) AS event)
                    AND (held.tgrelid = table_name OR held.tgrelid IN (SELECT tree.relid FROM pg_partition_tree(table_name) AS tree)) AS ends
            FROM pg_trigger AS held CROSS JOIN LATERAL (SELECT rowkit_internal._trigger_arguments(held.tgargs, held.tgnargs)) AS argument(words)
            WHERE held.tgfoid = 'rowkit.maintain_usage_counter()'::regprocedure AND argument.words[3] = counter_column
        )
        SELECT format('DROP TRIGGER %I ON %s', ending.tgname, ending.tgrelid::regclass) FROM counting AS ending WHERE ending.ends
        UNION ALL
        -- Unless another table is still counted there.
        SELECT format('DROP TRIGGER %I ON %s', guard.tgname, guard.tgrelid::regclass)
        FROM pg_trigger AS guard
        WHERE guard.tgfoid IN ('rowkit.guard_usage_counter()'::regprocedure, 'rowkit.keep_usage_counter()'::regprocedure) AND guard.tgparentid = 0
            AND guard.tgname IN (SELECT rowkit_internal._counter_trigger(counter_column, event) FROM unnest(ARRAY['begin', 'guard', 'key', 'start']) AS event)
            AND guard.tgrelid IN (SELECT ending.owner FROM counting AS ending WHERE ending.ends)
            AND NOT EXISTS (SELECT FROM counting AS other WHERE other.owner = guard.tgrelid AND NOT other.ends)
        ORDER BY 1
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.disable_usage_counter(regclass, text, boolean) IS
'Takes a table''s triggers for a counter away, with the guard on its owners unless another table counts there, and tells so; the column stays and no longer follows. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table whose rows were counted. counter_column is the column that they were counted in. dry_run runs nothing and only returns the statements. '
'kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE FUNCTION rowkit_internal._usage_resources(accounts regclass) RETURNS SETOF text
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'usage_resources_wrapper';
COMMENT ON FUNCTION rowkit_internal._usage_resources(regclass) IS 'What the rows of a table count. Internal.';

CREATE FUNCTION rowkit.create_usage_summary_view(table_name regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
-- PL/pgSQL: which counters there are is known only at run time.
DECLARE
    view_name text;
    commands text[];
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    SELECT
        format(
            'CREATE OR REPLACE VIEW %I.%I%s AS SELECT %s FROM %s AS a CROSS JOIN LATERAL (SELECT %s FROM rowkit.account_usage(a.id::text, %L) AS usage) AS used%s%s',
            namespace.nspname, regexp_replace(class.relname, 's$', '') || '_usage_summary',
            CASE WHEN current_setting('server_version_num')::integer >= 150000 THEN ' WITH (security_invoker = true)' ELSE '' END,
            (SELECT string_agg(part.name, ', ' ORDER BY part.place) FROM (
                SELECT format('a.%I', attribute.attname) AS name, array_position(ARRAY['name', 'subscription_tier'], attribute.attname::text) AS place
                FROM pg_attribute AS attribute
                WHERE attribute.attrelid = table_name AND attribute.attname IN ('name', 'subscription_tier')
                UNION ALL
                SELECT 'used.*', 9
                UNION ALL
                SELECT 'a.id', 10) AS part),
            format('%I.%I', namespace.nspname, class.relname),
            (SELECT string_agg(format('max(usage.used || coalesce(''/'' || usage.usage_limit, '''')) FILTER (WHERE usage.resource_type = %L) AS %I', counted.resource_type, counted.resource_type),
                ', ' ORDER BY counted.place)
             FROM rowkit_internal._usage_resources(table_name) WITH ORDINALITY AS counted(resource_type, place)),
            format('%I.%I', namespace.nspname, class.relname),
            (SELECT ' WHERE a.deleted_at IS NULL' FROM pg_attribute AS attribute WHERE attribute.attrelid = table_name AND attribute.attname = 'deleted_at'),
            (SELECT ' ORDER BY a.name' FROM pg_attribute AS attribute WHERE attribute.attrelid = table_name AND attribute.attname = 'name'))
    INTO command
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.oid = table_name AND EXISTS (SELECT FROM rowkit_internal._usage_resources(table_name));
    PERFORM rowkit_internal._require_owner(beside.oid) FROM pg_class AS class JOIN pg_class AS beside ON beside.relnamespace = class.relnamespace
        AND beside.relname = regexp_replace(class.relname, 's$', '') || '_usage_summary' WHERE class.oid = table_name;
    IF command IS NULL THEN
        RAISE EXCEPTION '% counts nothing', coalesce(table_name::text, 'a table that is not there') USING
            ERRCODE = '42704', HINT = 'A counter is a column current_…, or one that rowkit.enable_usage_counter() made.';
    END IF;
    SELECT format('%I.%I', namespace.nspname, regexp_replace(class.relname, 's$', '') || '_usage_summary') INTO view_name
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace WHERE class.oid = table_name;
    commands := ARRAY[command];
    IF to_regclass(view_name) IS NULL OR obj_description(to_regclass(view_name), 'pg_class') IS NULL THEN
        commands := commands || format('COMMENT ON VIEW %s IS %L', view_name,
            format('What each row of %s uses of what it may: used/limit, or without a limit only what it uses.', table_name));
    END IF;
    commands := commands || format('SELECT rowkit_internal._comment_columns(%L, %L)', view_name, jsonb_build_object(
        'name', 'The name, as in the table.', 'subscription_tier', 'The tier, as in the table.', 'id', 'The primary key of the table.',
        '*', 'What is used and the limit, as used/limit; only what is used where there is no limit.'));
    FOREACH command IN ARRAY commands LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.create_usage_summary_view(regclass, boolean) IS
'Makes the view <account>_usage_summary beside a table whose rows have counters, or makes it anew, and returns the commands that it ran (or, with dry_run, would run). The view has name and subscription_tier where '
'the table has them, a column used/limit for each counter, and the id, of rows that are not deleted and that the caller sees. 42704 for a table that counts nothing. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'table_name is the table of the accounts. kind and identity name the object that a statement is about. command is the statement that was, or would be, run.';
