-- Names, owners, diagrams, lineage. Atomic bodies refer to the tables themselves, so they survive renaming the schema, and work with the caller's
-- rights. Triggers are PL/pgSQL and, where they read or write other tables, SECURITY DEFINER, as those of 10_accounts.sql.

CREATE OR REPLACE FUNCTION @schema@.get_dataset_fqn(connection_id uuid, schema text, name text) RETURNS varchar
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT rowkit_internal._dataset_fqn(connection.database_name, connection.name, get_dataset_fqn.schema, get_dataset_fqn.name)
        FROM (SELECT get_dataset_fqn.connection_id AS id) AS asked
        LEFT JOIN @schema@.connections AS connection ON connection.id = asked.id;
    END;
COMMENT ON FUNCTION @schema@.get_dataset_fqn(uuid, text, text) IS
'Returns the fully qualified name of a dataset.
The fully qualified name of a dataset: the connection''s database, or its name where it has none, the schema and the name, with points between; what is '
'missing is left out. STABLE. '
'connection_id is the connection, NULL for none.';

CREATE OR REPLACE FUNCTION @schema@.update_dataset_fqn() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'connections');
    IF NEW.connection_id IS NULL THEN
        NEW.fqn := rowkit_internal._dataset_fqn(NULL, NULL, NEW.schema, NEW.name);
        RETURN NEW;
    END IF;
    -- Of the row's own account alone: the foreign key refuses another one's connection, but only after RETURNING has told the name.
    -- Held as the foreign key will hold it: whoever gives the connection another name waits for this dataset, or this one waits for the name.
    EXECUTE format(
        'SELECT rowkit_internal._dataset_fqn(connection.database_name, connection.name, $2, $3) FROM %1$I.connections AS connection '
        'WHERE connection.account_id OPERATOR(pg_catalog.=) $4 AND connection.id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE', TG_TABLE_SCHEMA)
    INTO NEW.fqn USING NEW.connection_id, NEW.schema, NEW.name, NEW.account_id;
    RETURN NEW;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.update_dataset_fqn() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.update_dataset_fqn() IS 'Trigger on datasets: fqn is get_dataset_fqn() of the row.';

CREATE OR REPLACE FUNCTION @schema@.update_connection_fqns() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'connections', 'datasets');
    IF TG_WHEN OPERATOR(pg_catalog.=) 'BEFORE' THEN
        EXECUTE format('SELECT FROM %I.connections AS connection WHERE connection.id OPERATOR(pg_catalog.=) $1 FOR UPDATE', TG_TABLE_SCHEMA) USING OLD.id;
        RETURN NEW;
    END IF;
    -- The trigger on datasets finds the name.
    EXECUTE format(
        'UPDATE %I.datasets AS dataset SET fqn = NULL WHERE dataset.account_id OPERATOR(pg_catalog.=) $1 AND dataset.connection_id OPERATOR(pg_catalog.=) $2',
        TG_TABLE_SCHEMA)
    USING NEW.account_id, NEW.id;
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.update_connection_fqns() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.update_connection_fqns() IS
'Trigger on connections: before another name it locks out who is making datasets, afterwards it renames those that are there.';

CREATE OR REPLACE FUNCTION @schema@.set_dataset_owner() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    maker uuid;
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'users');
    -- As set_row_actor will sign the row.
    maker := coalesce(rowkit.current_user_id(), NEW.created_by);
    IF maker IS NULL THEN
        RETURN NEW;
    END IF;
    EXECUTE format(
        'SELECT person.id FROM %I.users AS person WHERE person.id OPERATOR(pg_catalog.=) $1 AND person.deleted_at IS NULL', TG_TABLE_SCHEMA)
    INTO NEW.owner_id USING maker;
    RETURN NEW;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.set_dataset_owner() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.set_dataset_owner() IS
'Trigger on datasets, and on projects, workspaces and diagrams: without an owner_id it is the user of the request, else created_by, where that is a user.';

CREATE OR REPLACE FUNCTION @schema@.add_project_owner_to_project_users() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'project_users');
    EXECUTE format(
        'INSERT INTO %I.project_users AS member (account_id, project_id, user_id, role, created_by) VALUES ($1, $2, $3, ''owner'', $4) '
        'ON CONFLICT (account_id, project_id, user_id) WHERE deleted_at IS NULL DO UPDATE SET role = ''owner'' '
        'WHERE member.role OPERATOR(pg_catalog.<>) ''owner''', TG_TABLE_SCHEMA)
    USING NEW.account_id, NEW.id, NEW.owner_id, rowkit.current_user_id();
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.add_project_owner_to_project_users() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.add_project_owner_to_project_users() IS 'Trigger on projects: the owner is a member with the role owner.';

CREATE OR REPLACE FUNCTION @schema@.add_workspace_owner_to_workspace_users() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM rowkit_internal._assert_own_trigger(TG_RELID, TG_NAME, 'workspace_users');
    EXECUTE format(
        'INSERT INTO %I.workspace_users AS member (account_id, workspace_id, user_id, role, created_by) VALUES ($1, $2, $3, ''owner'', $4) '
        'ON CONFLICT (account_id, workspace_id, user_id) WHERE deleted_at IS NULL DO UPDATE SET role = ''owner'' '
        'WHERE member.role OPERATOR(pg_catalog.<>) ''owner''', TG_TABLE_SCHEMA)
    USING NEW.account_id, NEW.id, NEW.owner_id, rowkit.current_user_id();
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION @schema@.add_workspace_owner_to_workspace_users() FROM PUBLIC;
COMMENT ON FUNCTION @schema@.add_workspace_owner_to_workspace_users() IS 'Trigger on workspaces: the owner is a member with the role owner.';

CREATE OR REPLACE FUNCTION @schema@.count_diagram_version() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    NEW.version := OLD.version OPERATOR(pg_catalog.+) 1;
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION @schema@.count_diagram_version() IS 'Trigger on diagrams: a changed diagram_state is another version.';

CREATE OR REPLACE TRIGGER datasets_fqn BEFORE INSERT OR UPDATE OF connection_id, schema, name, fqn ON @schema@.datasets
    FOR EACH ROW EXECUTE FUNCTION @schema@.update_dataset_fqn();
CREATE OR REPLACE TRIGGER connections_fqn_lock BEFORE UPDATE OF name, database_name ON @schema@.connections
    FOR EACH ROW WHEN ((NEW.name, NEW.database_name) IS DISTINCT FROM (OLD.name, OLD.database_name))
    EXECUTE FUNCTION @schema@.update_connection_fqns();
CREATE OR REPLACE TRIGGER connections_fqn AFTER UPDATE OF name, database_name ON @schema@.connections
    FOR EACH ROW WHEN ((NEW.name, NEW.database_name) IS DISTINCT FROM (OLD.name, OLD.database_name))
    EXECUTE FUNCTION @schema@.update_connection_fqns();
-- After datasets_fqn: the vector holds the name that it makes.
CREATE OR REPLACE TRIGGER datasets_search_vector BEFORE INSERT OR UPDATE ON @schema@.datasets
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'fqn:B', 'tags:B', 'description:C');

CREATE OR REPLACE TRIGGER datasets_owner BEFORE INSERT ON @schema@.datasets
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION @schema@.set_dataset_owner();
CREATE OR REPLACE TRIGGER projects_owner BEFORE INSERT ON @schema@.projects
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION @schema@.set_dataset_owner();
CREATE OR REPLACE TRIGGER workspaces_owner BEFORE INSERT ON @schema@.workspaces
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION @schema@.set_dataset_owner();
CREATE OR REPLACE TRIGGER diagrams_owner BEFORE INSERT ON @schema@.diagrams
    FOR EACH ROW WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION @schema@.set_dataset_owner();
CREATE OR REPLACE TRIGGER projects_owner_member_insert AFTER INSERT ON @schema@.projects
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL) EXECUTE FUNCTION @schema@.add_project_owner_to_project_users();
CREATE OR REPLACE TRIGGER projects_owner_member_update AFTER UPDATE OF owner_id ON @schema@.projects
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL AND NEW.owner_id IS DISTINCT FROM OLD.owner_id)
    EXECUTE FUNCTION @schema@.add_project_owner_to_project_users();
CREATE OR REPLACE TRIGGER workspaces_owner_member_insert AFTER INSERT ON @schema@.workspaces
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL) EXECUTE FUNCTION @schema@.add_workspace_owner_to_workspace_users();
CREATE OR REPLACE TRIGGER workspaces_owner_member_update AFTER UPDATE OF owner_id ON @schema@.workspaces
    FOR EACH ROW WHEN (NEW.owner_id IS NOT NULL AND NEW.owner_id IS DISTINCT FROM OLD.owner_id)
    EXECUTE FUNCTION @schema@.add_workspace_owner_to_workspace_users();
CREATE OR REPLACE TRIGGER diagrams_version BEFORE UPDATE OF diagram_state ON @schema@.diagrams
    FOR EACH ROW WHEN (NEW.diagram_state <> OLD.diagram_state) EXECUTE FUNCTION @schema@.count_diagram_version();

CREATE OR REPLACE FUNCTION @schema@.add_dataset_to_diagram(
    diagram_id uuid, dataset_id uuid, location jsonb DEFAULT '{}', user_id uuid DEFAULT rowkit.current_user_id()
) RETURNS uuid
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        INSERT INTO @schema@.diagram_datasets (diagram_id, dataset_id, location, created_by, updated_by)
        VALUES (diagram_id, dataset_id, coalesce(location, '{}'), user_id, user_id)
        ON CONFLICT (account_id, diagram_id, dataset_id) WHERE deleted_at IS NULL
        DO UPDATE SET location = excluded.location, updated_by = excluded.updated_by
        RETURNING id;
    END;
COMMENT ON FUNCTION @schema@.add_dataset_to_diagram(uuid, uuid, jsonb, uuid) IS
'Puts a dataset into a diagram, or moves it there.
Puts a dataset into a diagram of the same account at a location {"x", "y", "width", "height"}, or moves it there when the diagram shows it already; the id in '
'diagram_datasets. 23503 when one of the two is not there, deleted or another account''s, 23514 for another location. VOLATILE. '
'diagram_id is the diagram. dataset_id is the dataset. user_id is the user who does it, by default that of the claims.';

CREATE OR REPLACE FUNCTION @schema@.remove_dataset_from_diagram(diagram_id uuid, dataset_id uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH gone AS (
            DELETE FROM @schema@.diagram_datasets AS shown
            WHERE shown.diagram_id = remove_dataset_from_diagram.diagram_id AND shown.dataset_id = remove_dataset_from_diagram.dataset_id
                AND shown.deleted_at IS NULL
                -- For the index, which begins with the account.
                AND shown.account_id = (SELECT diagram.account_id FROM @schema@.diagrams AS diagram WHERE diagram.id = remove_dataset_from_diagram.diagram_id)
            RETURNING shown.id
        )
        SELECT EXISTS (SELECT FROM gone);
    END;
COMMENT ON FUNCTION @schema@.remove_dataset_from_diagram(uuid, uuid) IS
'Takes a dataset out of a diagram, for good; the dataset stays.
Whether it was there and the caller''s to take. VOLATILE. '
'diagram_id is the diagram. dataset_id is the dataset.';

CREATE OR REPLACE FUNCTION @schema@.dataset_lineage(dataset_id uuid, direction text DEFAULT 'both', depth integer DEFAULT NULL)
    RETURNS TABLE(flow text, distance integer, related_dataset_id uuid, name text, fqn varchar)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        -- One row a step, not one a path: a dataset is met once, at its shortest distance, however many ways and circles lead to it.
        WITH RECURSIVE step AS (
            SELECT start.account_id, way.flow, 0 AS distance, ARRAY[start.id] AS met, ARRAY[start.id] AS seen
            FROM unnest(rowkit_internal._lineage_directions(direction)) AS way(flow)
            JOIN @schema@.datasets AS start ON start.id = dataset_lineage.dataset_id AND start.deleted_at IS NULL
            UNION ALL
            SELECT step.account_id, step.flow, step.distance + 1, next.met, step.seen || next.met
            FROM step
            CROSS JOIN LATERAL (
                SELECT array_agg(edge.dataset_id) AS met
                FROM (
                    SELECT lineage.source_dataset_id FROM @schema@.lineage AS lineage
                    WHERE step.flow = 'upstream' AND lineage.account_id = step.account_id AND lineage.target_dataset_id = ANY (step.met)
                        AND lineage.deleted_at IS NULL
                    UNION ALL
                    SELECT lineage.target_dataset_id FROM @schema@.lineage AS lineage
                    WHERE step.flow = 'downstream' AND lineage.account_id = step.account_id AND lineage.source_dataset_id = ANY (step.met)
                        AND lineage.deleted_at IS NULL
                    EXCEPT
                    SELECT known.id FROM unnest(step.seen) AS known(id)
                ) AS edge(dataset_id)
            ) AS next
            WHERE next.met IS NOT NULL AND (depth IS NULL OR step.distance < depth)
        )
        SELECT step.flow, step.distance, found.id, found.name, found.fqn
        FROM step
        CROSS JOIN LATERAL unnest(step.met) AS met(id)
        JOIN @schema@.datasets AS found ON found.id = met.id
        WHERE step.distance > 0
        ORDER BY step.flow DESC, step.distance, found.name, found.id;
    END;
COMMENT ON FUNCTION @schema@.dataset_lineage(uuid, text, integer) IS
'Returns what a dataset is made from, and what is made from it.
What a dataset is made from (direction upstream), what is made from it (downstream), or both, over at most depth steps (NULL: all): each dataset once in a '
'direction, with its shortest distance, the nearest first. No row for one that is deleted or that the caller does not see. 22023 for another '
'direction. STABLE. '
'dataset_id is the dataset to begin at. flow is upstream or downstream. related_dataset_id is the dataset that was met. name is its name. fqn is its fully '
'qualified name.';

CREATE OR REPLACE FUNCTION @schema@.search_datasets(account_id uuid, query text, max_rows integer DEFAULT 20)
    RETURNS TABLE(dataset_id uuid, name text, fqn varchar, match_level integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH candidate AS MATERIALIZED (
            SELECT dataset.id, dataset.name, dataset.fqn, dataset.description
            FROM @schema@.datasets AS dataset
            WHERE dataset.account_id = search_datasets.account_id AND dataset.deleted_at IS NULL
                AND rowkit.search_scope(dataset.account_id, dataset.search_vector)
                    OPERATOR(rowkit.@~) rowkit.search_query(search_datasets.query, scope => search_datasets.account_id)
            LIMIT 500
        ), ranked AS MATERIALIZED (
            SELECT
                candidate.id, candidate.name, candidate.fqn,
                rowkit_internal._match_level(search_datasets.query, ARRAY[candidate.name, candidate.fqn, candidate.description], NULL, false) AS match_level
            FROM candidate
        )
        SELECT ranked.id, ranked.name, ranked.fqn, ranked.match_level
        FROM ranked
        WHERE numnode(rowkit.search_query(search_datasets.query)) > 0
        ORDER BY ranked.match_level, ranked.name, ranked.id
        LIMIT max_rows;
    END;
COMMENT ON FUNCTION @schema@.search_datasets(uuid, text, integer) IS
'Finds datasets of an account by their words, the best first.
The live datasets of an account that a query finds by name, fully qualified name, tags and description, the best first; match_level as '
'rowkit.search_records. STABLE. '
'account_id is the account. max_rows is how many rows are returned at most. dataset_id is the dataset. fqn is its fully qualified name. match_level says how well it '
'fits, 0 the best.';

CREATE OR REPLACE FUNCTION @schema@.search_catalog(account_id uuid, query text, max_rows integer DEFAULT 20)
    RETURNS TABLE(kind text, record_id uuid, name text, description text, match_level integer)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH candidate AS MATERIALIZED (
            (SELECT 'dataset' AS kind, found.id, found.name, found.fqn::text AS also, found.description FROM @schema@.datasets AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'column' AS kind, found.id, found.name, found.business_name, found.business_description FROM @schema@.columns AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'connection' AS kind, found.id, found.name, found.database_name, found.description FROM @schema@.connections AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'project' AS kind, found.id, found.name, NULL AS also, found.description FROM @schema@.projects AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'diagram' AS kind, found.id, found.name, NULL AS also, found.description FROM @schema@.diagrams AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'template' AS kind, found.id, found.name, found.category, found.description FROM @schema@.templates AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
            UNION ALL
            (SELECT 'macro' AS kind, found.id, found.name, NULL AS also, found.description FROM @schema@.macros AS found
            WHERE found.account_id = search_catalog.account_id AND found.deleted_at IS NULL AND rowkit.search_scope(found.account_id, found.search_vector)
                OPERATOR(rowkit.@~) rowkit.search_query(search_catalog.query, scope => search_catalog.account_id) LIMIT 500)
        ), ranked AS MATERIALIZED (
            SELECT candidate.kind, candidate.id, candidate.name, candidate.description,
                rowkit_internal._match_level(search_catalog.query, ARRAY[candidate.name, candidate.also, candidate.description], NULL, false) AS match_level
            FROM candidate
        )
        SELECT ranked.kind, ranked.id, ranked.name, ranked.description, ranked.match_level
        FROM ranked
        WHERE numnode(rowkit.search_query(search_catalog.query)) > 0
        ORDER BY ranked.match_level, ranked.name, ranked.kind, ranked.id
        LIMIT max_rows;
    END;
COMMENT ON FUNCTION @schema@.search_catalog(uuid, text, integer) IS
'Finds whatever an account''s catalog holds by its words, the best first.
Returns what a query finds among the live datasets, columns, connections, projects, diagrams, templates and macros of an account, the best first: kind says which of them it is, match_level is as '
'rank of rowkit.search_records, 0 the best. At most 500 of each kind are looked at. With the caller''s rights and row security. STABLE. '
'Example: SELECT kind, name FROM search_catalog(''…'', ''customer revenue''). '
'account_id is the account. max_rows is how many rows are returned at most. record_id is the id of what was found. description is its description.';

-- What search_catalog() looks in, but for datasets, whose trigger is above.
CREATE OR REPLACE TRIGGER projects_search_vector BEFORE INSERT OR UPDATE ON @schema@.projects
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'description:C');
CREATE OR REPLACE TRIGGER connections_search_vector BEFORE INSERT OR UPDATE ON @schema@.connections
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'database_name:B', 'connection_type:B', 'description:C');
CREATE OR REPLACE TRIGGER columns_search_vector BEFORE INSERT OR UPDATE ON @schema@.columns
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector(
        'search_vector', 'name:A', 'business_name:A', 'tags:B', 'business_description:C', 'business_rules:D');
CREATE OR REPLACE TRIGGER diagrams_search_vector BEFORE INSERT OR UPDATE ON @schema@.diagrams
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'description:C');
CREATE OR REPLACE TRIGGER templates_search_vector BEFORE INSERT OR UPDATE ON @schema@.templates
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'category:B', 'description:C');
CREATE OR REPLACE TRIGGER macros_search_vector BEFORE INSERT OR UPDATE ON @schema@.macros
    FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector('search_vector', 'name:A', 'description:C');

CREATE OR REPLACE FUNCTION @schema@.reset_monthly_usage() RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        WITH begun AS (
            UPDATE @schema@.accounts AS account SET current_monthly_ai_requests = 0, ai_requests_month = date_trunc('month', timezone('UTC', now()))::date
            WHERE account.ai_requests_month < date_trunc('month', timezone('UTC', now()))::date
            RETURNING account.id
        )
        SELECT count(*) FROM begun;
    END;
COMMENT ON FUNCTION @schema@.reset_monthly_usage() IS
'Begins the month for every account whose AI requests count an earlier one.
Begins the month (UTC) for every account whose AI requests still count those of an earlier one, and returns how many accounts that were. Run it as often as you like, or late: what was counted in this month '
'stays. rowkit.schedule_jobs() runs it every day. With the caller''s rights. VOLATILE.';

CREATE OR REPLACE FUNCTION @schema@.create_usage_event_partitions(months_ahead integer DEFAULT 3) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT count(*) FROM rowkit_internal._create_month_parts($rowkit$@schema@.usage_events$rowkit$::pg_catalog.regclass, months_ahead, false) AS made
        WHERE starts_with(made.command, 'CREATE TABLE');
    END;
COMMENT ON FUNCTION @schema@.create_usage_event_partitions(integer) IS
'Makes the parts of usage_events for this month and so many to come.
Makes the parts of usage_events for this month (UTC), for so many to come, and for months whose events came before their part was there; returns how many. For the owner of usage_events; rowkit.schedule_jobs() runs it every day. '
'22023 for fewer than 0 or more than 1200 months, and where usage_events is not partitioned. VOLATILE. '
'months_ahead is how many months after this one.';

CREATE OR REPLACE FUNCTION @schema@.cleanup_usage_events(days_old integer DEFAULT 365) RETURNS bigint
    LANGUAGE sql VOLATILE
    BEGIN ATOMIC
        SELECT rowkit_internal._purge_events($rowkit$@schema@.usage_events$rowkit$::pg_catalog.regclass, days_old);
    END;
COMMENT ON FUNCTION @schema@.cleanup_usage_events(integer) IS
'Removes usage events older than so many days.
Removes usage events older than so many days, and returns how many: months of which all are older go as a whole, if the caller owns the table. Copy them out first to keep them; rowkit.schedule_jobs() runs it '
'every day with 365. 22023 for a number of days below 0 or above 36500. VOLATILE. '
'days_old is that number of days.';
