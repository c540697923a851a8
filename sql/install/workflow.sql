-- Workflows as graphs: SQL declarations of the functions in src/apps/workflow/.

CREATE FUNCTION rowkit.validate_workflow(nodes jsonb, edges jsonb) RETURNS jsonb
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'validate_workflow_wrapper';
COMMENT ON FUNCTION rowkit.validate_workflow(jsonb, jsonb) IS
'What keeps nodes [{"id", …}] and edges [{"source", "target", …}] from being a graph, as an array of {path, code, params, message}, at most '
'100; [] is a graph. Ids of nodes are texts and unique, as are those of edges where they have one; an edge joins nodes that are there; the edges make no cycle. '
' Codes: type, required, workflow.duplicate_node, workflow.duplicate_edge, workflow.unknown_node, workflow.cycle. 22023 for NULL. IMMUTABLE.';

CREATE FUNCTION rowkit.enforce_workflow() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'enforce_workflow_wrapper';
COMMENT ON FUNCTION rowkit.enforce_workflow() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: refuses with 23514 what validate_workflow would name, with its array as DETAIL. Arguments: the '
'jsonb columns of nodes and edges (default nodes, edges). An UPDATE that leaves both alone is not checked.';
