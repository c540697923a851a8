-- A superuser, a member of plain and a role that plain granted everything set plain's tables up, or take that back. DDL evaluates what plain wrote: the expression of a unique index that
-- is made anew, the partition key, a CHECK. It runs as the caller, or as plain within the caller's session, where a type `text` in pg_temp runs plain's code in the next statement.
\connect - rowkit
CREATE ROLE dba LOGIN;
GRANT plain TO dba;
CREATE ROLE guest LOGIN;
\connect - plain
SET client_min_messages = error;
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
GRANT CREATE ON SCHEMA plainhome TO guest;
CREATE SEQUENCE plainhome.planted;
GRANT ALL ON SEQUENCE plainhome.planted TO PUBLIC;
-- In a session of plain's it does nothing.
CREATE FUNCTION plainhome.act() RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF session_user = 'plain' THEN
        RETURN true;
    END IF;
    PERFORM attack.trap('plain');
    BEGIN
        EXECUTE 'CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (attack.trap(''plain''))';
        PERFORM nextval('plainhome.planted');
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN true;
END
$$;
CREATE FUNCTION plainhome.immutable() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM plainhome.act(); RETURN 1; END $$;
CREATE FUNCTION plainhome.of(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM plainhome.act(); RETURN v; END $$;
CREATE FUNCTION plainhome.fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM plainhome.act(); RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;
CREATE TABLE plainhome.tenants (id uuid PRIMARY KEY, things_count bigint NOT NULL DEFAULT 0);
INSERT INTO plainhome.tenants (id) VALUES (attack.id('P'));
CREATE TABLE plainhome.members (user_id uuid, tenant_id uuid REFERENCES plainhome.tenants, role text, PRIMARY KEY (user_id, tenant_id));
SELECT count(*) FROM rowkit.register_membership('plainhome.members', role_column => 'role', roles => '{viewer,owner}');
SELECT count(*) FROM rowkit.create_audit_log('plainhome', tenant_column => 'tenant_id', parts_schema => 'plainhome');
-- What nothing is set up for yet.
CREATE TABLE plainhome.bare (id uuid PRIMARY KEY, tenant_id uuid REFERENCES plainhome.tenants, user_id uuid, email text, name text, v text, part integer DEFAULT 1);
-- The same, for which all of it is.
CREATE TABLE plainhome.ready (LIKE plainhome.bare INCLUDING ALL, deleted_at timestamptz, FOREIGN KEY (tenant_id) REFERENCES plainhome.tenants);
SELECT format('INSERT INTO %s (id, tenant_id, v) VALUES (attack.id(%L), attack.id(''P''), ''x'')', relation, relation)
FROM unnest('{plainhome.bare,plainhome.ready}'::regclass[]) AS relation \gexec
SELECT count(*) FROM rowkit.enable_soft_delete('plainhome.ready', hide_deleted => true);
SELECT count(*) FROM rowkit.enable_search('plainhome.ready', ARRAY['name:A']);
SELECT count(*) FROM rowkit.enable_updated_at('plainhome.ready');
SELECT count(*) FROM rowkit.enable_audit('plainhome.ready');
SELECT count(*) FROM rowkit.enable_tenant_isolation('plainhome.ready');
SELECT count(*) FROM rowkit.enable_usage_counter('plainhome.ready', 'plainhome.tenants', 'things_count');
-- A partition key needs no row. Tables without a primary key: its columns would have to be the partition key's.
CREATE TABLE plainhome.split (LIKE plainhome.bare) PARTITION BY LIST ((part + plainhome.immutable()));
CREATE TABLE plainhome.split_1 PARTITION OF plainhome.split FOR VALUES IN (2);
CREATE TABLE plainhome.parted (LIKE plainhome.bare, search_vector tsvector, updated_at timestamptz) PARTITION BY LIST ((part + plainhome.immutable()));
CREATE TABLE plainhome.parted_1 PARTITION OF plainhome.parted FOR VALUES IN (2);
SELECT count(*) FROM rowkit.enable_updated_at('plainhome.parted');
SELECT count(*) FROM rowkit.enable_search('plainhome.parted', ARRAY['name:A']);
SELECT count(*) FROM rowkit.enable_tenant_isolation('plainhome.parted');
CREATE MATERIALIZED VIEW plainhome.counted AS SELECT plainhome.of(v) AS v FROM plainhome.bare;
SELECT format(trap.text, relation)
FROM unnest('{plainhome.bare,plainhome.ready,plainhome.members,plainhome.tenants}'::regclass[]) AS relation CROSS JOIN (VALUES
    ('ALTER TABLE %s ADD COLUMN IF NOT EXISTS v text DEFAULT ''x'''),
    ('CREATE UNIQUE INDEX ON %s (plainhome.of(v))'),
    ('CREATE UNIQUE INDEX ON %s ((v || plainhome.immutable())) WHERE v IS NOT NULL'),
    ('CREATE INDEX ON %s ((1)) WHERE plainhome.immutable() = 1'),
    ('ALTER TABLE %s ADD CHECK (plainhome.of(v) IS NOT NULL)'),
    ('ALTER TABLE %s ADD COLUMN made text GENERATED ALWAYS AS (plainhome.of(v)) STORED'),
    ('ALTER TABLE %s ADD COLUMN preset boolean DEFAULT plainhome.act()'),
    ('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'),
    ('CREATE POLICY planted ON %s USING (plainhome.act()) WITH CHECK (plainhome.act())'),
    ('CREATE TRIGGER planted BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION plainhome.fires()')) AS trap(text) \gexec
CREATE STATISTICS plainhome.told ON (plainhome.of(v)), id FROM plainhome.bare;
-- What rowkit's own comments say of what it made.
SELECT format('COMMENT ON INDEX %s IS ''Made partial by rowkit.enable_soft_delete; it was a unique index.''', entry.indexrelid::regclass)
FROM pg_index AS entry WHERE entry.indrelid IN ('plainhome.bare'::regclass, 'plainhome.ready'::regclass) AND entry.indisunique AND NOT entry.indisprimary \gexec
CREATE UNIQUE INDEX again ON plainhome.ready (plainhome.of(v)) WHERE deleted_at IS NULL;
COMMENT ON INDEX plainhome.again IS 'Made partial by rowkit.enable_soft_delete; it was a unique index.';
GRANT ALL ON ALL TABLES IN SCHEMA plainhome TO guest, dba;
-- A partition of a table of the superuser's that is plain's.
\connect - rowkit
SET client_min_messages = error;
CREATE SCHEMA mixed;
GRANT USAGE ON SCHEMA mixed TO PUBLIC;
GRANT CREATE ON SCHEMA mixed TO plain;
CREATE TABLE mixed.own (LIKE plainhome.split) PARTITION BY LIST (part);
CREATE TABLE mixed.of_plain PARTITION OF mixed.own FOR VALUES IN (1) PARTITION BY LIST ((part + plainhome.immutable()));
ALTER TABLE mixed.of_plain OWNER TO plain;
-- What ran so far the superuser ran.
SELECT setval('attack.alarm', 1, false), setval('attack.visits', 1, false), setval('plainhome.planted', 1, false);
\connect - rowkit
CREATE FUNCTION attack.set_up_argument(name text, type regtype, relation regclass) RETURNS text LANGUAGE sql AS $$
    SELECT format('%I => %s', name, coalesce(format('%L::%s', CASE
        WHEN type = 'regclass'::regtype THEN CASE WHEN name IN ('owner_table', 'users') AND relation::text ~ 'ready|bare' THEN 'plainhome.tenants' ELSE relation::text END
        WHEN type = 'regnamespace'::regtype OR name IN ('schema', 'schema_name', 'home', 'target_schema', 'quoted_schema') THEN (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = relation)
        WHEN type = 'regtype'::regtype THEN 'uuid'
        WHEN type = 'text'::regtype THEN CASE name WHEN 'blueprint' THEN 'custom_tables' WHEN 'counter_column' THEN 'things_count' WHEN 'foreign_key_column' THEN 'tenant_id'
            WHEN 'tenant_column' THEN 'tenant_id' WHEN 'former_table' THEN 'former' WHEN 'id_column' THEN 'id' ELSE 'v' END
        WHEN type = 'text[]'::regtype THEN CASE name WHEN 'fields' THEN '{name:A}' WHEN 'roles' THEN '{anon}' ELSE '{v}' END
        WHEN type = 'jsonb'::regtype THEN CASE name WHEN 'claims' THEN '{"email": "email"}' WHEN 'comments' THEN '{"v": "x"}' ELSE '[]' END
        WHEN type = 'uuid'::regtype THEN attack.id('P')::text
        WHEN type IN ('integer'::regtype, 'bigint'::regtype) THEN '1'
        WHEN type = 'boolean'::regtype THEN 'false'
    END, type), 'NULL'))
$$;
-- A session evaluates a partition key or an index once, until the catalog's row changes.
CREATE FUNCTION attack.forget(relation regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT relation UNION SELECT child.inhrelid FROM pg_inherits AS child WHERE child.inhparent = relation UNION VALUES ('plainhome.tenants'::regclass) LOOP
        EXECUTE format('GRANT SELECT ON %s TO plain', part);
    END LOOP;
END
$$;
-- Each function that sets up or takes away, and with the others each that is given a table.
CREATE PROCEDURE attack.set_up_all(with_others boolean) LANGUAGE plpgsql AS $$
DECLARE
    callee record;
    relation regclass;
    variant integer;
    call text;
    ran text[] := '{}';
    planted text[] := '{}';
    calls bigint := 0;
BEGIN
    FOR callee IN
        SELECT routine.oid::regproc AS name, routine.proargtypes::regtype[] AS types, routine.proargnames AS names, routine.pronargs - routine.pronargdefaults AS required,
            -- What has dry_run makes or takes away objects, whatever its name is.
            'dry_run' = ANY (routine.proargnames) OR routine.proname ~ '^_?(enable|disable|register|unregister|drop|set|add|install|uninstall|schedule|unschedule|seal|close|ensure|refresh)_' AS sets_up
        FROM pg_proc AS routine
        WHERE routine.pronamespace IN ('rowkit'::regnamespace, 'rowkit_internal'::regnamespace) AND routine.prokind = 'f' AND routine.prorettype <> 'trigger'::regtype
            AND has_function_privilege(routine.oid, 'EXECUTE')
            AND (with_others OR 'dry_run' = ANY (routine.proargnames))
            AND ('regclass'::regtype = ANY (routine.proargtypes) OR 'regnamespace'::regtype = ANY (routine.proargtypes) OR routine.proargnames && ARRAY['schema', 'schema_name', 'home', 'target_schema'])
        ORDER BY routine.oid::regprocedure::text
    LOOP
        FOREACH relation IN ARRAY '{plainhome.bare,plainhome.ready,plainhome.split,plainhome.parted,plainhome.members,plainhome.audit_logs,plainhome.counted,mixed.own}'::regclass[] LOOP
            -- What must be given, all tables besides, and a look at what would be done.
            FOR variant IN 1..3 LOOP
                -- Who reads a table of their own that has a partition of plain's runs plain's code, with rowkit or without.
                CONTINUE WHEN relation = 'mixed.own'::regclass AND NOT callee.sets_up;
                CONTINUE WHEN variant = 3 AND NOT 'dry_run' = ANY (callee.names);
                call := (SELECT format('SELECT * FROM %s(%s)', callee.name, string_agg(
                        CASE WHEN callee.names[place] = 'dry_run' THEN format('dry_run => %L', variant = 3)
                            -- Functions of which some arguments have no names.
                            WHEN coalesce(callee.names[place], '') = '' THEN regexp_replace(attack.set_up_argument('x', callee.types[place - 1], relation), '^\w+ => ', '')
                            ELSE attack.set_up_argument(callee.names[place], callee.types[place - 1], relation) END, ', ' ORDER BY place))
                    FROM generate_series(1, cardinality(callee.types)) AS place
                    WHERE place <= callee.required OR callee.names[place] = 'dry_run' OR (variant = 2 AND callee.types[place - 1] = 'regclass'::regtype));
                calls := calls + 1;
                BEGIN
                    PERFORM attack.forget(relation);
                    EXECUTE call;
                    RAISE EXCEPTION 'enough' USING ERRCODE = 'ATK00';
                EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN NULL;
                END;
                IF (SELECT is_called FROM plainhome.planted) OR (SELECT is_called FROM attack.alarm) THEN
                    planted := planted || call;
                    PERFORM setval('plainhome.planted', 1, false), setval('attack.alarm', 1, false);
                END IF;
                IF (SELECT is_called FROM attack.visits) AND callee.sets_up THEN
                    ran := ran || call;
                END IF;
                PERFORM setval('attack.visits', 1, false);
            END LOOP;
        END LOOP;
    END LOOP;
    PERFORM attack.holds(calls > CASE WHEN with_others THEN 2000 ELSE 500 END, 'many calls were tried');
    PERFORM attack.holds(planted = '{}', format('plain''s code was confined in %s', array_to_string(planted, E'\n')));
    PERFORM attack.holds(ran = '{}', format('plain''s code did not run in %s', array_to_string(ran, E'\n')));
    PERFORM attack.holds(NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = pg_my_temp_schema() AND typtype = 'd'), 'no type is planted');
END
$$;
SET client_min_messages = error;
CALL attack.set_up_all(true);
SELECT 'a statement of the superuser'::text;
\connect - dba
SET client_min_messages = error;
CALL attack.set_up_all(false);
\connect - guest
SET client_min_messages = error;
CALL attack.set_up_all(false);
-- A table of somebody else's that has the name of one which a blueprint made, and which is gone.
\connect - rowkit
CREATE SCHEMA bp;
GRANT USAGE, CREATE ON SCHEMA bp TO plain;
SELECT count(*) FROM rowkit.install_blueprint('custom_tables', 'bp');
SET client_min_messages = error;
DROP TABLE bp.table_views CASCADE;
\connect - plain
CREATE TABLE bp.table_views (id integer);
CREATE INDEX ON bp.table_views (id) WHERE plainhome.immutable() = 1;
\connect - rowkit
SELECT attack.refused($$SELECT * FROM rowkit.uninstall_blueprint('custom_tables', 'bp')$$, '42501');
DROP TABLE bp.table_views;
SELECT attack.holds(count(*) > 0, 'without it the blueprint goes') FROM rowkit.uninstall_blueprint('custom_tables', 'bp');
-- The owner, who SET ROLE makes of them, sets up; and so do superusers for each other.
SET ROLE plain;
SELECT attack.holds(count(*) > 0, 'SET ROLE is the way') FROM rowkit.enable_soft_delete('plainhome.bare');
RESET ROLE;
CREATE ROLE another SUPERUSER;
CREATE TABLE mixed.anothers (id uuid PRIMARY KEY);
ALTER TABLE mixed.anothers OWNER TO another;
SELECT attack.holds(count(*) > 0, 'a superuser sets up tables of another one') FROM rowkit.enable_updated_at('mixed.anothers');
-- Who signs up is often in a table of another role: where a trigger on it evaluates nothing, it may be.
\connect - plain
CREATE TABLE plainhome.signed_up (id uuid PRIMARY KEY, email text);
CREATE TABLE plainhome.signed_up_parts (id uuid, email text, part integer) PARTITION BY LIST ((part + plainhome.immutable()));
\connect - rowkit
CREATE TABLE mixed.users (id uuid PRIMARY KEY, email text);
SELECT attack.holds(count(*) > 0, 'sign-ups are copied') FROM rowkit.enable_user_sync('plainhome.signed_up', 'mixed.users');
SELECT attack.refused($$SELECT * FROM rowkit.enable_user_sync('plainhome.signed_up_parts', 'mixed.users')$$, '42501');
SET client_min_messages = error;
DROP SCHEMA mixed CASCADE;
SELECT attack.holds(NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = pg_my_temp_schema() AND typtype = 'd'), 'no type is planted');
DROP OWNED BY guest, dba;
DROP ROLE guest, dba, another;
