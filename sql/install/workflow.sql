-- Workflows as graphs: SQL declarations of the functions in src/apps/workflow/.

CREATE FUNCTION rowkit.validate_workflow(nodes jsonb, edges jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'validate_workflow_wrapper';
COMMENT ON FUNCTION rowkit.validate_workflow(jsonb, jsonb) IS
'Returns the reasons why nodes [{"id", …}] and edges [{"source", "target", …}] are not a directed acyclic graph, as an array of {path, code, params, message}, at most '
'100; [] is a valid workflow. Ids of nodes are texts and unique, as are those of edges where they have one; an edge joins nodes that are there; the edges make no cycle. '
'Codes: type, required, workflow.duplicate_node, workflow.duplicate_edge, workflow.unknown_node, workflow.cycle. 22023 for NULL. IMMUTABLE.';

CREATE FUNCTION rowkit.workflow_errors(nodes jsonb, edges jsonb, OUT path text, OUT code text, OUT params jsonb, OUT message text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT problem.path, problem.code, problem.params, problem.message
        FROM pg_catalog.jsonb_to_recordset(rowkit.validate_workflow(nodes, edges)) AS problem(path text, code text, params jsonb, message text);
    END;
COMMENT ON FUNCTION rowkit.workflow_errors(jsonb, jsonb) IS
'Returns the problems of validate_workflow as rows; no row for a valid workflow. Errors as validate_workflow. IMMUTABLE. '
'Example: SELECT path, message FROM workflow_errors(''[{"id": "a"}]'', ''[{"source": "a", "target": "b"}]''). '
'nodes and edges are the JSON arrays of the graph. path leads to the value, /edges/0/target. code names the rule that was broken. params are the values of that rule. message is a sentence '
'for people.';

CREATE FUNCTION rowkit.is_valid_workflow(nodes jsonb, edges jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN nodes IS NOT NULL AND edges IS NOT NULL THEN rowkit.validate_workflow(nodes, edges) OPERATOR(pg_catalog.=) '[]'::pg_catalog.jsonb END;
COMMENT ON FUNCTION rowkit.is_valid_workflow(jsonb, jsonb) IS
'Returns whether nodes and edges are a directed acyclic graph, as validate_workflow says; NULL when one of them is NULL. Made for CHECK constraints: '
'CHECK (rowkit.is_valid_workflow(nodes, edges)). IMMUTABLE. nodes and edges are the JSON arrays of the graph.';

CREATE FUNCTION rowkit.enforce_workflow() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'enforce_workflow_wrapper';
COMMENT ON FUNCTION rowkit.enforce_workflow() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: refuses with 23514 what validate_workflow would name, with its array as DETAIL. Arguments: the '
'jsonb columns of nodes and edges (default nodes, edges). An UPDATE that leaves both alone is not checked.';
