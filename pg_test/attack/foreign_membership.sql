-- Plain registers a membership of its own. A table that is isolated without naming one must not go by it: plain would say who belongs to which tenant.
\connect - plain
CREATE TABLE plainhome.members (user_id uuid, org_id uuid, PRIMARY KEY (user_id, org_id));
SELECT count(*) FROM rowkit.register_membership('plainhome.members', tenant_column => 'org_id');
\connect - rowkit
CREATE SCHEMA alone;
CREATE TABLE alone.docs (id uuid PRIMARY KEY, org_id uuid NOT NULL, secret text);
-- As where the application has not registered its own yet.
SELECT count(*) FROM pg_trigger AS trigger CROSS JOIN LATERAL rowkit.unregister_membership(trigger.tgrelid)
WHERE trigger.tgfoid = 'rowkit.guard_membership'::regproc AND trigger.tgname = 'membership_update' AND trigger.tgrelid <> 'plainhome.members'::regclass;
SELECT attack.refused($$SELECT count(*) FROM rowkit.enable_tenant_isolation('alone.docs')$$, '22023');
SELECT attack.refused($$SELECT count(*) FROM rowkit.enable_tenant_isolation('alone.docs', tenant_column => 'org_id')$$, '22023');
-- Plain's own tables go by plain's.
\connect - plain
CREATE TABLE plainhome.docs (id uuid PRIMARY KEY, org_id uuid NOT NULL);
SELECT attack.holds(count(*) > 0, 'whose membership it is may use it') FROM rowkit.enable_tenant_isolation('plainhome.docs');
