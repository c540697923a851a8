-- prove_isolation() makes rows of invented tenants in a table, as everybody in turn. A plain role's table has traps, and its trigger undoes the SET ROLE with
-- which the proof speaks as an end user: when a superuser proves that table, the trap must not get the superuser's rights.
\connect - plain
CREATE TABLE plainhome.members (user_id uuid NOT NULL, tenant_id uuid NOT NULL, role text NOT NULL, PRIMARY KEY (user_id, tenant_id));
CREATE TABLE plainhome.notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, body text);
GRANT USAGE ON SCHEMA plainhome TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON plainhome.notes TO authenticated;
SELECT count(*) FROM rowkit.register_membership('plainhome.members', 'user_id', 'tenant_id', role_column => 'role', roles => '{viewer,member}');
SELECT count(*) FROM rowkit.enable_tenant_isolation('plainhome.notes', 'tenant_id', membership => 'plainhome.members');
CREATE FUNCTION plainhome.reset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        SET LOCAL ROLE NONE;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    -- As an end user it may run: that is what the table's users do. As a superuser it may not.
    PERFORM attack.trap(CASE WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN 'plain' ELSE current_user::text END);
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER reset BEFORE INSERT OR UPDATE OR DELETE ON plainhome.notes FOR EACH ROW EXECUTE FUNCTION plainhome.reset();
CREATE TRIGGER reset BEFORE INSERT OR UPDATE OR DELETE ON plainhome.members FOR EACH ROW EXECUTE FUNCTION plainhome.reset();
\connect - rowkit
DO $$
BEGIN
    PERFORM count(*) FROM rowkit.prove_isolation('plainhome.notes');
EXCEPTION WHEN OTHERS THEN
    IF SQLSTATE NOT IN ('42501', '55000', '0A000') THEN RAISE; END IF;
END
$$;
