-- Tenancy: src/tenancy/ computes, this file names.

CREATE FUNCTION rowkit.inherit_tenant() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'inherit_tenant_wrapper';
COMMENT ON FUNCTION rowkit.inherit_tenant() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: inherit_tenant(column [, tenant column]) fills a tenant column that is NULL from '
'the parent row. The column belongs to a foreign key (tenant, column) that refers to (tenant, key) of the parent, all uuid. 23503 when the '
'parent is not there, 42704 without such a foreign key.';

CREATE FUNCTION rowkit.current_user_id() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'current_user_id_wrapper';
COMMENT ON FUNCTION rowkit.current_user_id() IS
'The user of the request by the claims in its settings: sub of request.jwt.claims (JSON), else request.jwt.claim.sub, jwt.claims.sub or '
'jwt.claims.user_id, as PostgREST, Supabase and PostGraphile set them. NULL without claims and for malformed ones; never raises. STABLE.';
