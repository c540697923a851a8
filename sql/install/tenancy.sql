-- Tenancy: src/tenancy/ computes, this file names.

CREATE FUNCTION rowkit.inherit_tenant() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'inherit_tenant_wrapper';
COMMENT ON FUNCTION rowkit.inherit_tenant() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: inherit_tenant(column [, tenant column]) fills a tenant column that is NULL from '
'the parent row. The column belongs to a foreign key (tenant, column) that refers to (tenant, key) of the parent, all uuid. 23503 when the '
'parent is not there, 42704 without such a foreign key.';
