-- A key of parents that is unique only together with the tenant. A row that leaves its tenant out takes it from the parent with its key: whether another tenant has the
-- same key must make no difference.
\connect - rowkit
CREATE SCHEMA shop;
CREATE TABLE shop.parents (organization_id uuid NOT NULL, number uuid NOT NULL, PRIMARY KEY (organization_id, number));
CREATE TABLE shop.children (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), organization_id uuid NOT NULL, number uuid NOT NULL, FOREIGN KEY (organization_id, number) REFERENCES shop.parents);
CREATE TRIGGER a_tenant BEFORE INSERT OR UPDATE ON shop.children FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('number', 'organization_id');
SELECT count(*) FROM rowkit.enable_tenant_isolation('shop.children', membership => 'ct.user_organizations');
GRANT USAGE ON SCHEMA shop TO authenticated;
GRANT INSERT, SELECT ON shop.children TO authenticated;
INSERT INTO shop.parents VALUES
    (attack.id('B'), attack.id('both')), (attack.id('A'), attack.id('both')), (attack.id('A'), attack.id('of A')), (attack.id('B'), attack.id('of B'));
INSERT INTO ct.user_organizations (user_id, organization_id, role) VALUES (attack.id('a1'), attack.id('B'), 'member');
\connect - authenticator
SELECT attack.sign_in('a3');
INSERT INTO shop.children (number) VALUES (attack.id('of A'));
INSERT INTO shop.children (number) VALUES (attack.id('both'));
SELECT attack.holds(count(*) = 2, 'both rows are of tenant A') FROM shop.children WHERE organization_id = attack.id('A');
SELECT attack.refused_alike('INSERT INTO shop.children (number) VALUES (''%s'')', ARRAY[attack.id('of B')::text, attack.id('of nobody')::text], '42501', '23503');
-- A member of both tenants must say which.
SELECT attack.sign_in('a1');
SELECT attack.refused('INSERT INTO shop.children (number) VALUES (attack.id(''both''))', '22023');
INSERT INTO shop.children (organization_id, number) VALUES (attack.id('B'), attack.id('both'));
INSERT INTO shop.children (number) VALUES (attack.id('of A'));
-- As it was.
\connect - rowkit
DELETE FROM ct.user_organizations WHERE user_id = attack.id('a1') AND organization_id = attack.id('B');
