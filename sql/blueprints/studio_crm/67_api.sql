-- What applications call, besides the functions of invitations, forms, templates and search before. Each works on the tables of this schema, whatever the
-- search_path is, with the caller's rights and row security.

CREATE OR REPLACE FUNCTION @schema@.validate_workflow(nodes jsonb, edges jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT rowkit.validate_workflow(validate_workflow.nodes, validate_workflow.edges);
    END;
COMMENT ON FUNCTION @schema@.validate_workflow(jsonb, jsonb) IS
'Returns the problems of a workflow as a JSON array; [] means valid.
What a write of workflows would be refused for, as rowkit.validate_workflow() tells it. IMMUTABLE. Example: SELECT validate_workflow(''[{"id": "a"}]'', ''[]''). '
'nodes are those of workflows.nodes. edges are those of workflows.edges.';

CREATE OR REPLACE FUNCTION @schema@.template_variables(template text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT rowkit.template_variables(template_variables.template);
    END;
COMMENT ON FUNCTION @schema@.template_variables(text) IS
'Returns the variables that a text names, in order.
22023 for a text that cannot be read. IMMUTABLE. Example: SELECT template_variables(''Hello {{name}}''). '
'template is the text, as in message_templates.content.';

CREATE OR REPLACE FUNCTION @schema@.row_history(table_name text, record_id uuid) RETURNS TABLE(
    created_at timestamptz, user_id uuid, action text, record_key text, old_data jsonb, new_data jsonb, transaction_id bigint, ip_address inet, database_role text,
    transaction uuid)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT event.* FROM rowkit.row_history(
            rowkit_internal._table_beside($rowkit$@schema@.organizations$rowkit$::pg_catalog.regclass, row_history.table_name), row_history.record_id) AS event;
    END;
COMMENT ON FUNCTION @schema@.row_history(text, uuid) IS
'Returns what was done to a row, the first event first.
For admins, who read audit_logs; no row for others. 42704 for a table that is not there. STABLE. Example: SELECT created_at, user_id, new_data FROM row_history(''leads'', ''0193…''). '
'table_name is a table of this schema. record_id is the id of the row. created_at is when it was done. user_id is who did it. action is INSERT, UPDATE, DELETE, SOFT_DELETE or RESTORE. record_key is the id at that time. '
'old_data and new_data are the values before and after. transaction_id is the transaction''s number, transaction its uuid, which undo_transaction() takes. ip_address is where the request came from. '
'database_role is the role that wrote.';
