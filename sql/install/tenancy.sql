-- Tenancy: SQL declarations of the functions in src/identity/ (claims, membership) and src/tenant/isolation/ (guards).

CREATE FUNCTION rowkit.inherit_tenant() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'inherit_tenant_wrapper';
COMMENT ON FUNCTION rowkit.inherit_tenant() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: inherit_tenant(column [, tenant column]) fills a tenant column that is NULL from '
'the parent row. The column belongs to a foreign key (column, tenant column) or (tenant column, column) that refers to the key and the tenant of the parent, all uuid. '
'If the tenant column is not named, it is the other column of that key. Name it if several keys of two columns hold the column, and if it comes second and the parent''s key is not '
'unique by itself. 23503 when the parent is not there, 42704 without such a foreign key. Where row security holds the writer, a parent that is not there and one of a tenant that the writer may not write give one error: '
'42501, as the server says it.';

CREATE FUNCTION rowkit.filled_by_trigger() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULL::uuid;
COMMENT ON FUNCTION rowkit.filled_by_trigger() IS
'Returns NULL. As the DEFAULT of a uuid column that is NOT NULL and that a trigger such as inherit_tenant fills, it tells clients that they may leave the column out: PostgREST, PostGraphile and generated '
'types demand columns that have no default. ALTER TABLE app.items ALTER COLUMN organization_id SET DEFAULT rowkit.filled_by_trigger(). STABLE, as an immutable NULL would be '
'no default.';

CREATE FUNCTION rowkit.current_user_id() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'current_user_id_wrapper';
COMMENT ON FUNCTION rowkit.current_user_id() IS
'The user of the request by the claims in its settings: sub of request.jwt.claims (JSON), else request.jwt.claim.sub, jwt.claims.sub or '
'jwt.claims.user_id, as PostgREST, Supabase and PostGraphile set them. NULL without claims and for malformed ones; never raises. STABLE.';

CREATE FUNCTION rowkit.current_claim(claim text) RETURNS text
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'current_claim_wrapper';
COMMENT ON FUNCTION rowkit.current_claim(text) IS
'A claim of the request: of request.jwt.claims (JSON), or where that is not set the setting request.jwt.claim.<claim> or jwt.claims.<claim>. Strings as they are, '
'anything else as JSON; app_metadata.tenant goes into an object. NULL without it and for malformed claims; never raises. The claim email is NULL, too, when the claims '
'have email_verified with another value than true: an address that nobody checked is nobody''s. STABLE.';

CREATE FUNCTION rowkit.current_claim_uuid(claim text) RETURNS uuid
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'current_claim_uuid_wrapper';
COMMENT ON FUNCTION rowkit.current_claim_uuid(text) IS
'current_claim as a uuid; NULL when it is none in the form of RFC 9562. For policies, which must not raise. STABLE. '
'claim is the name of the claim.';

CREATE FUNCTION rowkit.email_key(email text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
    AS 'MODULE_PATHNAME', 'email_key_wrapper';
COMMENT ON FUNCTION rowkit.email_key(text) IS
'What two spellings of one e-mail address have in common: without blanks around it, and with the letters A to Z as a to z; all others stay, whatever the locale. Policies by an e-mail '
'claim, invitations and login attempts go by it. An index on it serves them, and end users under row security. NULL for NULL; never raises. IMMUTABLE, LEAKPROOF. '
'email is the address.';

CREATE FUNCTION rowkit.guard_membership() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_membership_wrapper';
COMMENT ON FUNCTION rowkit.guard_membership() IS
'Trigger, AFTER UPDATE or DELETE FOR EACH STATEMENT with OLD TABLE AS old_rows: guard_membership(user column, tenant column, role column or '''', active column or '''', roles…). Its '
'arguments are what current_tenant_ids goes by. It keeps each tenant''s last member of the last-named role (55000), unless the tenant itself goes.';

CREATE FUNCTION rowkit.guard_tenant() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_tenant_wrapper';
COMMENT ON FUNCTION rowkit.guard_tenant() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW, made by enable_tenant_isolation under a name that sorts first: guard_tenant(tenant column, …). Where row security holds the writer it asks '
'before any other trigger whether the writer may write rows of a new row''s tenant, as a member or by another policy (42501, as the server says it), fills in a tenant that is left out as '
'inherit_tenant does, and requires that rows named along foreign keys that hold the tenant are that tenant''s (23503; another tenant''s row and none give the same error). For everybody '
'it refuses to move a row to another tenant (23514). A policy of one''s own is asked of the row as it is given, before triggers change it. What follows the column is what enable_tenant_isolation was '
'told; isolation_report goes by it.';

CREATE FUNCTION rowkit.guard_service_columns() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_service_columns_wrapper';
COMMENT ON FUNCTION rowkit.guard_service_columns() IS
'Trigger, BEFORE UPDATE FOR EACH ROW: guard_service_columns(column, …) lets whom row security holds change the row, but not these columns of it (42501). The service, the '
'owner and functions with the owner''s rights change them. 42703 for a column that is not there.';

CREATE FUNCTION rowkit.guard_actor_columns() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_actor_columns_wrapper';
COMMENT ON FUNCTION rowkit.guard_actor_columns() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: guard_actor_columns(column, …) takes uuid columns that name the author of the row. A role that is subject to row security may insert NULL or '
'the user of the claims (current_user_id()) there, and may not change the column afterwards (42501). ''column:table.user_column'' is for a column that refers to the id of a row of that table: '
'the row must be one whose user_column holds the user of the claims. The table is read with its owner''s rights, so it must have the owner of the trigger''s table (42501). '
'The service, the owner and functions with the owner''s rights write what they like. 42703 for a column that is not there, 42804 for one that is no uuid.';

CREATE FUNCTION rowkit.guard_member_columns() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_member_columns_wrapper';
COMMENT ON FUNCTION rowkit.guard_member_columns() IS
'Trigger, AFTER INSERT OR UPDATE FOR EACH ROW: guard_member_columns(membership, tenant column, column, …) takes uuid columns that name a user, such as who a row is assigned to. A role that '
'is subject to row security may name only an active member of the row''s tenant there. A user of another tenant and a user that does not exist give the same error (23503). NULL and '
'an unchanged value are accepted. The trigger''s name must sort before RI_, because otherwise a foreign key would reveal first whether the user exists. The membership is a registered one of the trigger''s table''s owner: 55000 and 42501 for others.';

CREATE FUNCTION rowkit.guard_email_column() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'guard_email_column_wrapper';
COMMENT ON FUNCTION rowkit.guard_email_column() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: guard_email_column(column) takes the column of a user''s own e-mail address. A role that is subject to row security may write only the address of '
'its claims there, and only if the claims do not say that it is unverified (42501). NULL and an unchanged address are accepted.';

CREATE FUNCTION rowkit_internal._assert_own_trigger(relid oid, trigger_name text, VARIADIC tables text[] DEFAULT '{}') RETURNS void
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'assert_own_trigger_wrapper';
COMMENT ON FUNCTION rowkit_internal._assert_own_trigger(oid, text, text[]) IS
'What a SECURITY DEFINER trigger function does first, with its TG_RELID and TG_NAME: raises 42501 unless the trigger''s table and each named table are ordinary or partitioned '
'tables, not temporary, and have the schema and the owner of the trigger''s function. It locks the named tables until the transaction ends, so that this cannot change. Internal.';

CREATE FUNCTION rowkit.current_tenant_ids(membership regclass, min_role text DEFAULT NULL) RETURNS uuid[]
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'current_tenant_ids_wrapper';
COMMENT ON FUNCTION rowkit.current_tenant_ids(regclass, text) IS
'The tenants that the request''s user belongs to by a registered membership, in order, each once; with min_role those where the user has that role or one with more rights. For '
'policies: organization_id = ANY (rowkit.current_tenant_ids(''app.members'')). It reads with the membership''s owner''s rights, once for a statement and a user, what is committed when the statement begins '
'(and what its own transaction wrote), in REPEATABLE READ, too: revoked access ends with the next statement. Nobody is a member of nothing. 55000 for a table that is not registered, 22023 for an unknown role. STABLE.';

CREATE FUNCTION rowkit_internal._trigger_arguments(tgargs bytea, tgnargs smallint) RETURNS text[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'trigger_arguments_wrapper';
COMMENT ON FUNCTION rowkit_internal._trigger_arguments(bytea, smallint) IS 'The arguments of a trigger, as pg_trigger has them. Internal.';

CREATE FUNCTION rowkit_internal._is_trusted_owner(owner oid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT role.rolsuper OR EXISTS (SELECT FROM pg_database AS own WHERE own.datname = current_database() AND own.datdba = owner)
            OR EXISTS (SELECT FROM pg_namespace AS home WHERE home.nspname = 'rowkit' AND home.nspowner = owner)
        FROM pg_roles AS role
        WHERE role.oid = owner
    $$;
COMMENT ON FUNCTION rowkit_internal._is_trusted_owner(oid) IS
'Whether a role could do anything in the database anyway, so that its tables may be taken for those that are meant: a superuser, or the owner of the database or of schema rowkit. Internal.';

CREATE FUNCTION rowkit_internal._is_trusted_for_caller(owner oid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT owner = quote_ident(current_user)::regrole OR rowkit_internal._is_trusted_owner(owner) $$;
COMMENT ON FUNCTION rowkit_internal._is_trusted_for_caller(oid) IS
'Whether a role is the caller, or one whose tables may be taken for those that are meant, as _is_trusted_owner() says. Internal.';

CREATE FUNCTION rowkit_internal._stands_alone(table_name regclass) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_inherits AS tie JOIN pg_class AS class ON class.oid = tie.inhparent WHERE class.oid = table_name AND class.relkind = 'r')
    THEN
        RAISE EXCEPTION '% has tables that inherit from it', table_name USING
            ERRCODE = '0A000', HINT = 'Their rows show in it and have keys and triggers of their own: make it a partitioned table, or let each stand alone.';
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION rowkit_internal._stands_alone(regclass) IS
'True; 0A000 for a table from which others inherit, whose rows its triggers would miss. Partitions are no such tables. Internal.';

CREATE FUNCTION rowkit_internal._is_helper_of(helper regclass, home regclass) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
BEGIN
    IF EXISTS (
        SELECT FROM pg_class AS class CROSS JOIN pg_class AS own
        WHERE class.oid = helper AND own.oid = home AND (class.relowner <> own.relowner OR class.relkind NOT IN ('r', 'p') OR class.relpersistence = 't'))
    THEN
        RAISE EXCEPTION '% is not a table of the owner of %', helper, home USING ERRCODE = '42501', HINT =
            'rowkit uses both with the rights of one owner. Name a table of that owner; ALTER TABLE … OWNER TO only if both tables are yours.';
    END IF;
    RETURN helper IS NOT NULL;
END
$$;
COMMENT ON FUNCTION rowkit_internal._is_helper_of(regclass, regclass) IS
'Whether there is such a table of rowkit''s beside another one. 42501 for a relation that is no ordinary table, or of another owner. Internal.';

CREATE FUNCTION rowkit_internal._is_own_table(named regclass) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT class.relkind IN ('r', 'p') AND class.relpersistence <> 't' AND (class.relowner = home.nspowner
            OR rowkit_internal._is_trusted_for_caller(class.relowner))
        FROM pg_class AS class JOIN pg_namespace AS home ON home.oid = class.relnamespace
        WHERE class.oid = named
    $$;
COMMENT ON FUNCTION rowkit_internal._is_own_table(regclass) IS
'Whether a relation is an ordinary or partitioned table of the caller, of its schema''s owner or of a trusted role: nobody else planted it. NULL for none. Internal.';

CREATE FUNCTION rowkit_internal._refuse_planted(named regclass) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
BEGIN
    IF NOT rowkit_internal._is_own_table(named) THEN
        RAISE EXCEPTION '% is not a table of yours', named USING
            ERRCODE = '42501', HINT = format('Its owner could have triggers on it that run with your rights. Look at it, then ALTER TABLE %s OWNER TO %I, or drop it.', named, current_user);
    END IF;
    RETURN true;
END
$$;
COMMENT ON FUNCTION rowkit_internal._refuse_planted(regclass) IS
'Raises 42501 for a relation that a function would use as rowkit''s own and that belongs to somebody else. True for none, and for one of the caller. Internal.';

CREATE FUNCTION rowkit_internal._family(named regclass) RETURNS SETOF oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        WITH RECURSIVE family AS (
            SELECT named::oid AS id
            UNION
            SELECT beside.id
            FROM family
            CROSS JOIN LATERAL (
                SELECT above.inhparent FROM pg_inherits AS above WHERE above.inhrelid = family.id
                UNION ALL
                SELECT below.inhrelid FROM pg_inherits AS below WHERE below.inhparent = family.id
            ) AS beside(id)
        )
        SELECT family.id FROM family
    $$;
COMMENT ON FUNCTION rowkit_internal._family(regclass) IS
'A relation, with its parents, partitions and children, and theirs: what is done to one can run code of all. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._require_own(named regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
DECLARE
    strange record;
BEGIN
    -- Who lacks the rights of the named table's owner gets the server's own error. Of a partition the server asks for no rights.
    SELECT class.oid::regclass AS relation, owner.rolname AS owner INTO strange
    FROM rowkit_internal._family(named) AS family(id)
    JOIN pg_class AS class ON class.oid = family.id
    JOIN pg_roles AS owner ON owner.oid = class.relowner
    JOIN pg_roles AS caller ON caller.rolname = current_user
    WHERE owner.oid <> caller.oid AND NOT owner.rolsuper AND (class.oid <> named OR pg_has_role(owner.oid, 'USAGE'))
        AND (caller.rolsuper OR NOT rowkit_internal._is_trusted_owner(owner.oid))
    ORDER BY family.id <> named, family.id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% belongs to %', strange.relation, quote_ident(strange.owner) USING
            ERRCODE = '42501', HINT = format('Its triggers, policies and types would run with your rights: SET ROLE %I first.', strange.owner);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._require_own(regclass) IS
'Raises 42501 for a table of another role whose rights the caller has, as a superuser has, and for one that has a parent, partition or child of another role: the work would run that role''s code with the caller''s rights. '
'A superuser''s own tables, and for others those of a trusted role, pass. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._require_owner(named regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
DECLARE
    strange record;
BEGIN
    -- DDL evaluates expressions of all of them: the partition key of each, and what its indexes and constraints are made of.
    SELECT class.oid::regclass AS relation, owner.rolname AS owner INTO strange
    FROM rowkit_internal._family(named) AS family(id)
    JOIN pg_class AS class ON class.oid = family.id
    JOIN pg_roles AS owner ON owner.oid = class.relowner
    JOIN pg_roles AS caller ON caller.rolname = current_user
    WHERE owner.oid <> caller.oid AND NOT owner.rolsuper AND (caller.rolsuper OR NOT rowkit_internal._is_trusted_owner(owner.oid))
    ORDER BY family.id <> named, family.id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% belongs to %', strange.relation, quote_ident(strange.owner) USING
            ERRCODE = '42501', HINT = format('Code of its owner would run with your rights or in your session: let %1$I call this. If you trust that role with your rights, SET ROLE %1$I first.', strange.owner);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._require_owner(regclass) IS
'What a function that sets a table up or takes that back does first. Raises 42501 unless the caller owns the relation, and its parents, partitions and children, or their owner is one whose code the caller may run: a '
'superuser, and for callers who are no superusers another trusted role. A superuser and a member of the owner get the error, too: DDL runs functions of the table''s indexes, constraints and '
'partition key, as the caller or as the owner within the caller''s session, where what they create, such as a type in pg_temp, stays. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._stands_by_itself(named regclass) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT class.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_inherits AS above WHERE above.inhrelid = class.oid)
            AND NOT EXISTS (SELECT FROM pg_inherits AS below WHERE below.inhparent = class.oid)
        FROM pg_class AS class
        WHERE class.oid = named
    $$;
COMMENT ON FUNCTION rowkit_internal._stands_by_itself(regclass) IS
'Whether a relation is an ordinary table without parents, partitions and children. Making or dropping a trigger without a condition on one evaluates nothing that its owner wrote. NULL for none. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._quoted_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT format('%I.%I', namespace.nspname, class.relname)
        FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE class.oid = relation
    $$;
COMMENT ON FUNCTION rowkit_internal._quoted_name(regclass) IS 'A relation''s name for SQL, with its schema whatever the search_path. Internal.';

CREATE FUNCTION rowkit_internal._key_columns(relation regclass) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT array_agg(attribute.attname::text ORDER BY part.place)
        FROM pg_index AS primary_key
        CROSS JOIN LATERAL unnest(primary_key.indkey::int2[]) WITH ORDINALITY AS part(number, place)
        JOIN pg_attribute AS attribute ON attribute.attrelid = primary_key.indrelid AND attribute.attnum = part.number
        WHERE primary_key.indrelid = relation AND primary_key.indisprimary AND part.place <= primary_key.indnkeyatts
    $$;
COMMENT ON FUNCTION rowkit_internal._key_columns(regclass) IS 'The columns of a table''s primary key. Internal.';

CREATE FUNCTION rowkit_internal._require_table(relation regclass, purpose text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_class AS class
        WHERE class.oid = relation AND class.relkind IN ('r', 'p') AND class.relpersistence <> 't' AND NOT class.relispartition
            AND class.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace))
    THEN
        RAISE EXCEPTION '% cannot be %', coalesce(relation::text, 'NULL'), purpose USING
            ERRCODE = '42809', HINT = 'Name an ordinary or partitioned table, not a view, partition, foreign, temporary or system table.';
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._require_table(regclass, text) IS 'Raises 42809 for what is no table of the user''s. Internal.';

CREATE FUNCTION rowkit_internal._has_leading_index(relation regclass, column_name text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT EXISTS (
            SELECT FROM pg_index AS entry
            JOIN pg_class AS class ON class.oid = entry.indexrelid
            JOIN pg_am AS method ON method.oid = class.relam AND method.amname = 'btree'
            JOIN pg_attribute AS attribute ON attribute.attrelid = entry.indrelid AND attribute.attnum = entry.indkey[0]
            WHERE entry.indrelid = relation AND entry.indisvalid AND entry.indpred IS NULL AND attribute.attname = column_name)
    $$;
COMMENT ON FUNCTION rowkit_internal._has_leading_index(regclass, text) IS 'Whether a whole btree index begins with the column. Internal.';

CREATE FUNCTION rowkit_internal._seal(policy oid) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT CASE WHEN octet_length(comment.text) < 100000 THEN comment.text END FROM (SELECT obj_description(policy, 'pg_policy') AS text) AS comment
    $$;
COMMENT ON FUNCTION rowkit_internal._seal(oid) IS
'The comment of a policy, where rowkit writes down what it made. NULL for one that is too long to be rowkit''s: anybody can write a long one on a policy of their own. STABLE. Internal.';

CREATE FUNCTION rowkit_internal._membership_call(membership regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT format('SELECT * FROM rowkit.register_membership(%s)', concat_ws(', ', quote_literal(rowkit_internal._quoted_name(membership)),
            format('user_column => %L', registered.settings[1]), format('tenant_column => %L', registered.settings[2]),
            'role_column => ' || quote_literal(nullif(registered.settings[3], '')), 'active_column => ' || quote_literal(nullif(registered.settings[4], '')),
            'roles => ' || quote_literal(nullif(registered.settings[5:], '{}')::text)))
        FROM rowkit_internal._membership_of(membership) AS registered(settings)
        WHERE registered.settings IS NOT NULL
    $$;
COMMENT ON FUNCTION rowkit_internal._membership_call(regclass) IS 'The call that registered a membership, with all of its settings; NULL for none. Internal.';

CREATE FUNCTION rowkit.register_membership(
    membership regclass, user_column text DEFAULT 'user_id', tenant_column text DEFAULT NULL, role_column text DEFAULT NULL, active_column text DEFAULT NULL,
    roles text[] DEFAULT '{}', dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off SET client_min_messages = warning
    AS $$
DECLARE
    found record;
    arguments text;
BEGIN
    PERFORM rowkit_internal._require_owner(membership);
    PERFORM rowkit_internal._require_table(membership, 'a membership');
    IF tenant_column IS NULL THEN
        SELECT count(*) AS columns, min(attribute.attname) AS name INTO found
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = membership AND attribute.attname IN ('organization_id', 'account_id', 'workspace_id', 'tenant_id') AND NOT attribute.attisdropped;
        IF found.columns <> 1 THEN
            RAISE EXCEPTION 'which column of % is the tenant''s?', membership USING ERRCODE = '22023', HINT = 'Name it: tenant_column => ''account_id''.';
        END IF;
        tenant_column := found.name;
    END IF;
    FOR found IN
        SELECT wanted.name, wanted.type, attribute.atttypid::regtype AS is_type
        FROM (VALUES (user_column, 'uuid'::regtype), (tenant_column, 'uuid'), (role_column, NULL), (active_column, 'boolean')) AS wanted(name, type)
        LEFT JOIN pg_attribute AS attribute
            ON attribute.attrelid = membership AND attribute.attname = wanted.name AND attribute.attnum > 0 AND NOT attribute.attisdropped
        WHERE wanted.name IS NOT NULL
    LOOP
        IF found.is_type IS NULL THEN
            RAISE EXCEPTION '% has no column "%"', membership, found.name USING
                ERRCODE = '42703', HINT = 'Name its columns: user_column, tenant_column, role_column, active_column.';
        ELSIF found.type IS DISTINCT FROM found.is_type AND found.type IS NOT NULL THEN
            RAISE EXCEPTION 'column "%" of % must be of type %, not %', found.name, membership, found.type, found.is_type USING ERRCODE = '42804';
        END IF;
    END LOOP;
    IF user_column IS NULL OR (role_column IS NULL) <> (cardinality(coalesce(roles, '{}')) = 0) OR '' = ANY (roles) OR array_position(roles, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'a membership has a user column, and a role column together with its roles' USING
            ERRCODE = '22023', HINT = 'For example role_column => ''role'', roles => ''{viewer,member,admin,owner}'', from the fewest rights to the most.';
    END IF;
    -- A deactivated member would count again, and every member would have every role.
    IF EXISTS (SELECT FROM rowkit_internal._membership_of(membership) AS former(settings)
        WHERE role_column IS NULL AND former.settings[3] <> '' OR active_column IS NULL AND former.settings[4] <> '')
    THEN
        RAISE WARNING 'the membership % has fewer bounds now', membership USING HINT = format('It was registered by: %s;', rowkit_internal._membership_call(membership));
    END IF;
    SELECT string_agg(quote_literal(word.text), ', ' ORDER BY word.place) INTO arguments
    FROM unnest(ARRAY[user_column, tenant_column, coalesce(role_column, ''), coalesce(active_column, '')] || roles) WITH ORDINALITY AS word(text, place);
    FOREACH command IN ARRAY
        CASE WHEN rowkit_internal._has_leading_index(membership, user_column) THEN '{}'::text[] ELSE ARRAY[format('CREATE INDEX ON %s (%I)', rowkit_internal._quoted_name(membership), user_column)] END
        || format(
            'CREATE OR REPLACE TRIGGER membership_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.guard_membership(%s)',
            rowkit_internal._quoted_name(membership), arguments)
        || format(
            'CREATE OR REPLACE TRIGGER membership_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION rowkit.guard_membership(%s)',
            rowkit_internal._quoted_name(membership), arguments)
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.register_membership(regclass, text, text, text, text, text[], boolean) IS
'Lets current_tenant_ids read a table that says which user belongs to which tenant (both uuid), and returns the commands that it ran. Rows with deleted_at, and those where active_column is not true, do not '
'count. roles are those of role_column, from the fewest rights to the most; of the last each tenant keeps one member. 42703 and 42804 for columns '
'that do not fit, 22023 for roles without their column. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'membership is the table of the members. user_column is its column of the user. tenant_column is its column of the tenant. dry_run runs nothing and only '
'returns the statements. kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';

CREATE FUNCTION rowkit.unregister_membership(membership regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
BEGIN
    PERFORM rowkit_internal._require_owner(membership);
    FOR command IN
        SELECT format('DROP TRIGGER %I ON %s', trigger.tgname, rowkit_internal._quoted_name(membership))
        FROM pg_trigger AS trigger
        WHERE trigger.tgrelid = membership AND trigger.tgfoid = 'rowkit.guard_membership'::regproc AND trigger.tgparentid = 0
        ORDER BY trigger.tgname
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        SELECT object.kind, object.identity INTO kind, identity FROM rowkit_internal._command_object(command) AS object;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.unregister_membership(regclass, boolean) IS
'The opposite of register_membership; policies that go by this membership raise 55000 from then on. No row where it was not registered. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. '
'membership is the table of the members. dry_run runs nothing and only returns the statements. '
'kind and identity name the object that a statement is about, a GRANT or REVOKE by what it grants. command is the statement that was, or would be, run.';
