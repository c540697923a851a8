-- inherit_tenant() away from the blueprint: odd names, several foreign keys, partitions, other people's rights.
CREATE SCHEMA "Odd Names";
SET search_path = "Odd Names", public, rowkit;
CREATE TABLE "The Parent" ("Tenant" uuid NOT NULL, "Other" uuid NOT NULL, "Key" uuid PRIMARY KEY, UNIQUE ("Tenant", "Key"), UNIQUE ("Other", "Key"));
INSERT INTO "The Parent"
SELECT ('00000000-0000-4000-8000-0000000000a' || n)::uuid, ('00000000-0000-4000-8000-0000000000c' || n)::uuid, ('00000000-0000-4000-8000-0000000000b' || n)::uuid
FROM generate_series(1, 3) AS n;
CREATE TABLE child (id integer, first uuid, second uuid, "Parent" uuid,
    FOREIGN KEY (first, "Parent") REFERENCES "The Parent" ("Tenant", "Key"),
    FOREIGN KEY (second, "Parent") REFERENCES "The Parent" ("Other", "Key"));
-- One argument means the oldest such foreign key, two say which.
CREATE TRIGGER a_first BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('Parent');
CREATE TRIGGER a_second BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('Parent', 'second');
INSERT INTO child VALUES (1, NULL, NULL, '00000000-0000-4000-8000-0000000000b1') RETURNING first, second;
-- What is given stays; without a key there is nothing to take.
INSERT INTO child VALUES (2, '00000000-0000-4000-8000-0000000000a2', NULL, '00000000-0000-4000-8000-0000000000b2'), (3, NULL, NULL, NULL) RETURNING id, first, second;
UPDATE child SET first = NULL, second = NULL, "Parent" = '00000000-0000-4000-8000-0000000000b3' WHERE id = 2 RETURNING first, second;
-- Rows of several parents in one statement.
INSERT INTO child SELECT 10 + n, NULL, NULL, ('00000000-0000-4000-8000-0000000000b' || n % 3 + 1)::uuid FROM generate_series(1, 3000) AS n;
SELECT "Parent", first, second, count(*) FROM child WHERE id > 10 GROUP BY 1, 2, 3 ORDER BY 1;
INSERT INTO child VALUES (4, NULL, NULL, '00000000-0000-4000-8000-0000000000b9');
DROP TRIGGER a_first ON child;
DROP TRIGGER a_second ON child;
-- Triggers that were made wrong.
CREATE TRIGGER wrong BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant();
INSERT INTO child VALUES (5);
DROP TRIGGER wrong ON child;
CREATE TRIGGER wrong BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('nowhere');
INSERT INTO child VALUES (5);
DROP TRIGGER wrong ON child;
CREATE TRIGGER wrong BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('id');
INSERT INTO child VALUES (5);
DROP TRIGGER wrong ON child;
CREATE TRIGGER wrong BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('Parent', 'Parent');
INSERT INTO child VALUES (5);
DROP TRIGGER wrong ON child;
CREATE TRIGGER wrong AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('Parent');
INSERT INTO child VALUES (5);
DROP TRIGGER wrong ON child;
-- The tenant may come second in the foreign key. Then one argument means a key whose first column refers to what is unique by itself.
CREATE TABLE people ("Key" uuid, "Person" uuid, PRIMARY KEY ("Person", "Key"));
CREATE TABLE turned (id integer, tenant uuid, person uuid, "Parent" uuid);
CREATE TRIGGER a_tenant BEFORE INSERT ON turned FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('Parent');
ALTER TABLE turned ADD FOREIGN KEY (person, "Parent") REFERENCES people ("Person", "Key"), ADD CONSTRAINT parent FOREIGN KEY ("Parent", tenant) REFERENCES "The Parent" ("Key", "Tenant");
INSERT INTO turned VALUES (1, NULL, NULL, '00000000-0000-4000-8000-0000000000b1'), (2, '00000000-0000-4000-8000-0000000000a2', NULL, '00000000-0000-4000-8000-0000000000b2')
RETURNING id, tenant, person;
INSERT INTO turned VALUES (3, NULL, NULL, '00000000-0000-4000-8000-0000000000b9');
CREATE TRIGGER b_tenant BEFORE INSERT ON turned FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('Parent', 'tenant');
DROP TRIGGER a_tenant ON turned;
INSERT INTO turned VALUES (4, NULL, NULL, '00000000-0000-4000-8000-0000000000b3') RETURNING tenant, person;
DROP TRIGGER b_tenant ON turned;
-- A key that begins with the tenant goes on as it is, beside one that holds the column first.
ALTER TABLE turned DROP CONSTRAINT parent, ADD FOREIGN KEY (tenant, "Parent") REFERENCES "The Parent" ("Tenant", "Key"), DROP CONSTRAINT "turned_person_Parent_fkey",
    ADD FOREIGN KEY ("Parent", person) REFERENCES people ("Key", "Person");
CREATE TRIGGER a_tenant BEFORE INSERT ON turned FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('Parent');
INSERT INTO turned VALUES (5, NULL, NULL, '00000000-0000-4000-8000-0000000000b1') RETURNING tenant, person;
DROP TRIGGER a_tenant ON turned;
-- The tenant's own column names no parent.
CREATE TRIGGER wrong BEFORE INSERT ON turned FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('tenant');
INSERT INTO turned VALUES (6, '00000000-0000-4000-8000-0000000000a1');
DROP TRIGGER wrong ON turned;
-- Partitions on both sides.
CREATE TABLE split_parent (tenant uuid, id uuid, PRIMARY KEY (tenant, id)) PARTITION BY HASH (tenant);
CREATE TABLE split_parent_0 PARTITION OF split_parent FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE split_parent_1 PARTITION OF split_parent FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE split_child (id integer, tenant uuid, parent uuid, FOREIGN KEY (tenant, parent) REFERENCES split_parent) PARTITION BY RANGE (id);
CREATE TABLE split_child_low PARTITION OF split_child FOR VALUES FROM (0) TO (10);
CREATE TABLE split_child_high PARTITION OF split_child FOR VALUES FROM (10) TO (20);
CREATE TRIGGER tenant BEFORE INSERT ON split_child FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('parent');
INSERT INTO split_parent SELECT "Tenant", "Key" FROM "The Parent";
INSERT INTO split_child SELECT n, NULL, ('00000000-0000-4000-8000-0000000000b' || n % 3 + 1)::uuid FROM generate_series(5, 14) AS n;
SELECT tableoid::regclass, count(*), count(*) FILTER (WHERE right(tenant::text, 1) = right(parent::text, 1)) AS right_ones FROM split_child GROUP BY 1 ORDER BY 1;
-- No key of a partitioned parent is unique without the tenant: where that comes second, it is named.
CREATE TABLE split_turned (id integer, tenant uuid, parent uuid, FOREIGN KEY (parent, tenant) REFERENCES split_parent (id, tenant));
CREATE TRIGGER tenant BEFORE INSERT ON split_turned FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('parent');
INSERT INTO split_turned VALUES (1, NULL, '00000000-0000-4000-8000-0000000000b1');
DROP TRIGGER tenant ON split_turned;
CREATE TRIGGER tenant BEFORE INSERT ON split_turned FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('parent', 'tenant');
INSERT INTO split_turned VALUES (1, NULL, '00000000-0000-4000-8000-0000000000b1') RETURNING tenant;
-- A writer needs no right on the parent, and its policies do not hide it; the owner is not held by FORCE either.
CREATE ROLE tenancy_owner;
CREATE ROLE tenancy_writer;
GRANT USAGE, CREATE ON SCHEMA "Odd Names" TO tenancy_owner;
GRANT USAGE ON SCHEMA "Odd Names" TO tenancy_writer;
ALTER TABLE "The Parent" OWNER TO tenancy_owner;
ALTER TABLE "The Parent" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE child OWNER TO tenancy_owner;
GRANT INSERT, SELECT ON child TO tenancy_writer;
CREATE TRIGGER tenant BEFORE INSERT OR UPDATE ON child FOR EACH ROW EXECUTE FUNCTION rowkit.inherit_tenant('Parent', 'first');
SET ROLE tenancy_writer;
INSERT INTO child (id, "Parent") VALUES (6, '00000000-0000-4000-8000-0000000000b1') RETURNING first, current_user;
SELECT * FROM "The Parent";
SET ROLE tenancy_owner;
INSERT INTO child (id, "Parent") VALUES (7, '00000000-0000-4000-8000-0000000000b1') RETURNING first, current_user;
SELECT count(*) AS visible FROM "The Parent";
RESET ROLE;
-- An error inside leaves the caller who it was.
CREATE FUNCTION attempt() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO child (id, "Parent") VALUES (8, '00000000-0000-4000-8000-0000000000b9');
    RETURN 'inserted';
EXCEPTION WHEN foreign_key_violation THEN
    RETURN current_user || ': ' || SQLERRM;
END
$$;
GRANT EXECUTE ON FUNCTION attempt() TO tenancy_writer;
SET ROLE tenancy_writer;
SELECT attempt();
SELECT attempt();
RESET ROLE;
-- A later change of the foreign key is seen by the next statement.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM split_child;
ALTER TABLE child DROP CONSTRAINT "child_first_Parent_fkey";
INSERT INTO child (id, "Parent") VALUES (9, '00000000-0000-4000-8000-0000000000b1');
ROLLBACK;
DROP SCHEMA "Odd Names" CASCADE;
DROP ROLE tenancy_owner, tenancy_writer;
