-- Workflows as graphs: SQL declarations of the functions in src/apps/workflow/.

CREATE FUNCTION rowkit.validate_workflow(nodes jsonb, edges jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'validate_workflow_wrapper';
COMMENT ON FUNCTION rowkit.validate_workflow(jsonb, jsonb) IS
'What keeps nodes [{"id", …}] and edges [{"source", "target", …}] from being a graph, as an array of {path, code, params, message}, at most '
'100; [] is a graph. Ids of nodes are texts and unique, as are those of edges where they have one; an edge joins nodes that are there; the edges make no cycle. '
' Codes: type, required, workflow.duplicate_node, workflow.duplicate_edge, workflow.unknown_node, workflow.cycle. 22023 for NULL. IMMUTABLE.';

CREATE FUNCTION rowkit.workflow_errors(nodes jsonb, edges jsonb, OUT path text, OUT code text, OUT params jsonb, OUT message text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT problem.path, problem.code, problem.params, problem.message
        FROM pg_catalog.jsonb_to_recordset(rowkit.validate_workflow(nodes, edges)) AS problem(path text, code text, params jsonb, message text);
    END;
COMMENT ON FUNCTION rowkit.workflow_errors(jsonb, jsonb) IS
'validate_workflow as rows, one a problem; no row for a graph. Errors as validate_workflow. IMMUTABLE. '
'Example: SELECT path, message FROM workflow_errors(''[{"id": "a"}]'', ''[{"source": "a", "target": "b"}]''). '
'nodes and edges are the JSON arrays of the graph. path leads to the value, /edges/0/target. code names the rule that was broken. params are the values of that rule. message is a sentence '
'for people.';

CREATE FUNCTION rowkit.is_valid_workflow(nodes jsonb, edges jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN rowkit.validate_workflow(nodes, edges) OPERATOR(pg_catalog.=) '[]'::pg_catalog.jsonb;
COMMENT ON FUNCTION rowkit.is_valid_workflow(jsonb, jsonb) IS
'Whether nodes and edges are a graph as validate_workflow wants it. Made for CHECK constraints: CHECK (rowkit.is_valid_workflow(nodes, edges)). Errors as validate_workflow. IMMUTABLE. '
'nodes and edges are the JSON arrays of the graph.';

CREATE FUNCTION rowkit.enforce_workflow() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'enforce_workflow_wrapper';
COMMENT ON FUNCTION rowkit.enforce_workflow() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: refuses with 23514 what validate_workflow would name, with its array as DETAIL. Arguments: the '
'jsonb columns of nodes and edges (default nodes, edges). An UPDATE that leaves both alone is not checked.';
