SELECT count(*) > 0 AS installed FROM install_blueprint('custom_tables', 'public');
INSERT INTO organizations (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'Acme'), ('00000000-0000-4000-8000-0000000000a2', 'Other');
INSERT INTO tables (id, organization_id, name) VALUES ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a1', 'T');
-- A child takes its tenant from its parent.
INSERT INTO records (table_id) VALUES ('00000000-0000-4000-8000-0000000000b1') RETURNING organization_id;
-- A parent that is not there, and a parent of another tenant.
INSERT INTO records (table_id) VALUES ('00000000-0000-4000-8000-0000000000b9');
INSERT INTO records (table_id, organization_id) VALUES ('00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000a2');
CREATE TABLE lone (table_id uuid, organization_id uuid);
CREATE TRIGGER lone_tenant BEFORE INSERT ON lone FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('table_id');
INSERT INTO lone VALUES (gen_random_uuid(), NULL);
