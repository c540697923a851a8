-- Who sees and writes what: staff the rows of their organization, by their role; clients their own row, by verified e-mail and organization;
-- who holds an invitation's token that invitation.

SELECT count(*) FROM rowkit.register_membership(
    $rowkit$@schema@.auth_users$rowkit$, 'auth_id', 'organization_id', role_column => 'role', active_column => 'is_active', roles => '{member,admin,owner}');
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.organizations$rowkit$, 'id', membership => $rowkit$@schema@.auth_users$rowkit$, write_role => 'admin', delete_role => 'owner',
    commands => '{select,update,delete}', bypass_roles => rowkit_internal._bypass_roles());
-- Who has no organization yet is a row as well, so that organization_id can be NULL here and change once: everyone sees themselves and
-- their colleagues, and admins manage these, never above their own role. A login belongs to one studio: so owners alone take somebody on.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.auth_users$rowkit$, '{"auth_id": "sub"}', '{select}', policy_prefix => 'own', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.auth_users$rowkit$, '{}', '{select}', $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$))$rowkit$, policy_prefix => 'staff',
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.auth_users$rowkit$, '{}', '{insert}', $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$, 'owner'))$rowkit$,
    policy_prefix => 'engaged', bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.auth_users$rowkit$, '{}', '{update,delete}',
    $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$, 'admin')) AND organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$, role))$rowkit$,
    policy_prefix => 'managed', bypass_roles => rowkit_internal._bypass_roles());
SELECT (
    SELECT count(*) FROM rowkit.enable_tenant_isolation(
        shared.name, membership => $rowkit$@schema@.auth_users$rowkit$, write_role => 'member', bypass_roles => rowkit_internal._bypass_roles()))
FROM unnest(ARRAY[
    $rowkit$@schema@.clients$rowkit$,
    $rowkit$@schema@.leads$rowkit$,
    $rowkit$@schema@.workflows$rowkit$,
    $rowkit$@schema@.workflow_executions$rowkit$,
    $rowkit$@schema@.messages$rowkit$,
    $rowkit$@schema@.forms$rowkit$,
    $rowkit$@schema@.form_submissions$rowkit$,
    $rowkit$@schema@.message_templates$rowkit$]::regclass[]) AS shared(name);
-- Of staff invite_client() alone writes invitations, and claim_invitation(): who wrote one by hand would choose its token and who invited.
SELECT count(*) FROM rowkit.enable_tenant_isolation(
    $rowkit$@schema@.client_invitations$rowkit$, membership => $rowkit$@schema@.auth_users$rowkit$, write_role => 'member', commands => '{select,insert,delete}',
    bypass_roles => rowkit_internal._bypass_roles());
CREATE OR REPLACE TRIGGER a_guard_invitations BEFORE INSERT OR UPDATE ON @schema@.client_invitations
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_invitations('invitation_token');
CREATE OR REPLACE TRIGGER a_guard_actors BEFORE INSERT OR UPDATE ON @schema@.client_invitations
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_actor_columns('invited_by:auth_users.auth_id');
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.client_invitations$rowkit$, '{}', '{select}',
    $rowkit$invitation_token = rowkit.hash_api_token(rowkit.current_claim('invitation_token'))$rowkit$, policy_prefix => 'invited',
    bypass_roles => rowkit_internal._bypass_roles());
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.clients$rowkit$, '{"email": "email", "organization_id": "organization_id"}', '{select,update}', policy_prefix => 'client',
    bypass_roles => rowkit_internal._bypass_roles());
-- A portal that signs its clients in by itself tells who they are by the document's two settings, jwt.claims.email and jwt.claims.organization_id. It has checked
-- the address; a token, which has a user or comes as JSON, must say that somebody did.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.clients$rowkit$, '{"email": "email", "organization_id": "organization_id"}', '{select,update}',
    $rowkit$current_setting('jwt.claims.email', true) <> '' AND coalesce(current_setting('request.jwt.claims', true), '') = '' AND rowkit.current_user_id() IS NULL$rowkit$,
    verified => false, policy_prefix => 'portal', bypass_roles => rowkit_internal._bypass_roles());
-- Events of no tenant, such as the purge of a part of the log, are nobody's to read here.
SELECT count(*) FROM rowkit.enable_claim_isolation(
    $rowkit$@schema@.audit_logs$rowkit$, '{}', '{select}',
    $rowkit$organization_id = ANY (rowkit.current_tenant_ids($members$@schema@.auth_users$members$, 'admin'))$rowkit$, policy_prefix => 'audit', bypass_roles => '{}');

-- The token, or that a form is open, is the right to call these: so visitors may, and whoever serves them.
SELECT rowkit_internal._open_to_api(called.name, '{anon,authenticated,service_role}')
FROM (VALUES
    ($rowkit$@schema@.claim_invitation(text, text)$rowkit$::regprocedure),
    ($rowkit$@schema@.submit_form(uuid, jsonb)$rowkit$)) AS called(name);

-- What is paid for is not the customer's to write.
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.organizations
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('subscription_status', 'subscription_tier', 'trial_ends_at');

-- Admins say who belongs to the staff; that somebody else becomes the person of a row is the service's to say.
CREATE OR REPLACE TRIGGER a_service_columns BEFORE UPDATE ON @schema@.auth_users
    FOR EACH ROW EXECUTE FUNCTION rowkit.guard_service_columns('auth_id');

-- Clients change how they are reached and called; what they are to the studio is the staff's.
-- PL/pgSQL: a trigger function cannot be SQL.
CREATE OR REPLACE FUNCTION @schema@.guard_client_columns() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $trigger$
DECLARE
    changed text;
BEGIN
    IF row_security_active(TG_RELID) AND NOT NEW.organization_id = ANY (rowkit.current_tenant_ids(TG_ARGV[0]::regclass)) THEN
        SELECT string_agg(field.key, ', ' ORDER BY field.key) INTO changed
        FROM jsonb_each(to_jsonb(NEW)) AS field
        WHERE field.value IS DISTINCT FROM to_jsonb(OLD) -> field.key AND field.key <> ALL (
            ARRAY['first_name', 'last_name', 'name', 'phone', 'date_of_birth', 'gender', 'emergency_contact_name', 'emergency_contact_phone', 'updated_at']);
    END IF;
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION 'only the staff change % of a client', changed USING ERRCODE = '42501', HINT = 'Ask the studio.';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION @schema@.guard_client_columns() IS
'Trigger BEFORE UPDATE on clients, its argument the membership: who is not of the staff changes names, phone, birth, gender and emergency contact alone (42501).';
CREATE OR REPLACE TRIGGER a_client_columns BEFORE UPDATE ON @schema@.clients
    FOR EACH ROW EXECUTE FUNCTION @schema@.guard_client_columns($members$@schema@.auth_users$members$);

-- The hash of a client's password is the service's alone: the others are given every column but that. When a client set it, signed in and was verified
-- they read. A column that you add is one to grant.
-- PL/pgSQL: which roles there are is known only now.
DO $columns$
DECLARE
    role text;
    clients CONSTANT text := rowkit_internal._quoted_name($rowkit$@schema@.clients$rowkit$);
    columns text;
    written text;
BEGIN
    SELECT string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum),
        string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum) FILTER (
            WHERE attribute.attname NOT IN ('email_verified', 'password_set_at', 'last_login_at'))
    INTO columns, written
    FROM pg_catalog.pg_attribute AS attribute
    WHERE attribute.attrelid = clients::regclass AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attname <> 'password_hash';
    FOR role IN SELECT known.rolname FROM pg_catalog.pg_roles AS known WHERE known.rolname IN ('anon', 'authenticated') LOOP
        EXECUTE format('REVOKE SELECT, INSERT, UPDATE ON %s FROM %I', clients, role);
        IF role = 'authenticated' THEN
            EXECUTE format('GRANT SELECT (%1$s), INSERT (%2$s), UPDATE (%2$s) ON %3$s TO %4$I', columns, written, clients, role);
        END IF;
    END LOOP;
END
$columns$;
