-- Tables that enable_soft_delete must take as they are, or refuse: odd and long names, keys and rules of every kind, partitions, inheritance.
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, rowkit, public;

-- A name with SQL in it, and columns too; conditions stay whole, and come back whole.
CREATE TABLE "x"" WHERE y" (id integer PRIMARY KEY, "a WHERE b" text UNIQUE, b text, c boolean);
CREATE UNIQUE INDEX "i WHERE (deleted_at IS NULL)" ON "x"" WHERE y" (lower("a WHERE b"), b) WHERE c;
CREATE UNIQUE INDEX two ON "x"" WHERE y" (b) WHERE b <> ' WHERE ' AND CASE WHEN c THEN b IS NOT NULL ELSE c END;
SELECT pg_get_indexdef(oid) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'app'::regnamespace ORDER BY relname;
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('"x"" WHERE y"');
SELECT command FROM enable_soft_delete('"x"" WHERE y"');
SELECT pg_get_indexdef(oid) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'app'::regnamespace AND relname !~ '^deletion' ORDER BY relname;
INSERT INTO "x"" WHERE y" VALUES (1, 'a', 'b', true);
DELETE FROM "x"" WHERE y_active";
INSERT INTO "x"" WHERE y" VALUES (2, 'a', 'b', true);
SELECT restore_deleted('"x"" WHERE y"', 1);
SELECT permanent_delete('"x"" WHERE y"', 1);
SELECT count(*) > 0 AS disabled FROM disable_soft_delete('"x"" WHERE y"');
SELECT pg_get_indexdef(oid) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'app'::regnamespace AND relname !~ '^deletion' ORDER BY relname;

-- Names have 63 bytes, and these signs have three each; a table renamed keeps what it has.
CREATE TABLE 顧客関係管理台帳明細一覧表第一号簿 (id integer PRIMARY KEY, 名前 text UNIQUE);
CREATE TABLE 顧客関係管理台帳明細一覧表第一号簿二十 (id integer PRIMARY KEY, 名前 text UNIQUE);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('顧客関係管理台帳明細一覧表第一号簿') AS a, enable_soft_delete('顧客関係管理台帳明細一覧表第一号簿二十') AS b;
SELECT * FROM enable_soft_delete('顧客関係管理台帳明細一覧表第一号簿');
SELECT * FROM enable_soft_delete('顧客関係管理台帳明細一覧表第一号簿二十');
SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'app'::regnamespace ORDER BY relname;
ALTER TABLE 顧客関係管理台帳明細一覧表第一号簿 RENAME TO customers;
SELECT * FROM enable_soft_delete('customers');
SELECT command FROM disable_soft_delete('customers');
SELECT count(*) FROM disable_soft_delete('customers');
-- What has the view's name already is not written over.
CREATE VIEW customers_active AS SELECT 1 AS id;
SELECT * FROM enable_soft_delete('customers');
DROP VIEW customers_active;

-- A unique rule of a partitioned table holds in all partitions.
CREATE TABLE part (id integer, kind integer, code text, PRIMARY KEY (id, kind), UNIQUE (code, kind)) PARTITION BY LIST (kind);
CREATE TABLE part_0 PARTITION OF part FOR VALUES IN (0);
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('part');
INSERT INTO part VALUES (1, 0, 'a'), (2, 1, 'a');
INSERT INTO part VALUES (3, 0, 'a');
SELECT soft_delete('part', '{"id": 1, "kind": 0}');
INSERT INTO part VALUES (3, 0, 'a');
SELECT restore_deleted('part', '{"id": 1, "kind": 0}');
SELECT permanent_delete('part', '{"id": 1, "kind": 0}');
SELECT command FROM disable_soft_delete('part');
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'part'::regclass AND contype = 'u';
SELECT pg_get_indexdef(oid) FROM pg_class WHERE relkind IN ('i', 'I') AND relname ~ '^part.*code' ORDER BY relname;

-- Keys of arrays and composites, alone and with others; as a key that others refer to they are refused.
CREATE TYPE place AS (x integer, "Y" text);
CREATE TABLE listed (key integer[] PRIMARY KEY, note text);
CREATE TABLE stood (key place PRIMARY KEY);
CREATE TABLE placed (at place, tags text[], id integer, PRIMARY KEY (at, tags) INCLUDE (id));
INSERT INTO listed VALUES ('{1,2}', 'a'), ('{}', 'b');
INSERT INTO stood VALUES ((1, 'a,"b" \ c'));
INSERT INTO placed VALUES ((1, 'a "b" \'), '{"c,d",e}', 1), ((1, NULL), '{}', 2);
SELECT count(*) > 0 AS enabled FROM enable_soft_delete('listed') AS a, enable_soft_delete('stood') AS b, enable_soft_delete('placed') AS c;
DELETE FROM listed_active RETURNING key;
DELETE FROM stood_active RETURNING key;
DELETE FROM placed_active WHERE id = 1 RETURNING at, tags;
SELECT soft_delete('placed', '{"at": {"x": 1, "Y": null}, "tags": []}');
SELECT table_name, record_keys FROM deletions WHERE table_name IN ('listed', 'stood', 'placed') ORDER BY table_name, record_keys::text;
SELECT restore_deleted('listed', '{1,2}'), restore_deleted('stood', (SELECT key::text FROM stood)),
    restore_deleted('placed', '{"at": {"x": 1, "Y": "a \"b\" \\"}, "tags": ["c,d", "e"]}');
SELECT (SELECT count(*) FROM listed_active) AS listed, (SELECT count(*) FROM stood_active) AS stood, (SELECT count(*) FROM placed_active) AS placed;
CREATE TABLE pinned (id integer PRIMARY KEY, list integer[] REFERENCES listed ON DELETE SET NULL);
SELECT soft_delete('listed', '{1,2}');

-- What excludes rows, or is checked at the end of the transaction, does not count deleted rows either, and a restore tells it.
CREATE TABLE booked (id integer PRIMARY KEY, room integer, during int4range, place integer, code text,
    CONSTRAINT apart EXCLUDE USING gist (during WITH &&), CONSTRAINT here EXCLUDE USING gist (during WITH &&) WHERE (room > 1) DEFERRABLE,
    CONSTRAINT ranked UNIQUE (place) INCLUDE (code) DEFERRABLE INITIALLY DEFERRED, UNIQUE NULLS NOT DISTINCT (code) DEFERRABLE);
SELECT command FROM enable_soft_delete('booked') WHERE command ~ 'CONSTRAINT' AND command !~ 'check';
SELECT * FROM enable_soft_delete('booked');
INSERT INTO booked VALUES (1, 2, '[1,5)', 1, 'a'), (2, 2, '[5,9)', 2, 'b');
SELECT soft_delete('booked', 1);
INSERT INTO booked VALUES (3, 2, '[2,4)', 1, 'c');
INSERT INTO booked VALUES (4, 2, '[2,3)', 4, 'd');
UPDATE booked SET place = 3 - place WHERE id > 1;
INSERT INTO booked VALUES (5, 2, '[12,13)', 1, 'e');
SELECT restore_deleted('booked', 1);
UPDATE booked SET during = '[20,21)', place = 9 WHERE id > 1 AND during && '[1,5)';
UPDATE booked SET place = 10 WHERE id = 2;
SELECT restore_deleted('booked', 1);
SELECT command FROM disable_soft_delete('booked') WHERE command ~ 'CONSTRAINT' AND command !~ 'check';
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'booked'::regclass AND contype IN ('u', 'x') ORDER BY conname;
CREATE EXTENSION citext SCHEMA app;
CREATE TABLE mailed (id integer PRIMARY KEY, email app.citext UNIQUE DEFERRABLE);
SELECT command FROM enable_soft_delete('mailed') WHERE command ~ 'EXCLUDE';

-- Rows of tables that inherit are not a table's own.
CREATE TABLE base (id integer PRIMARY KEY);
CREATE TABLE heir () INHERITS (base);
SELECT * FROM enable_soft_delete('base');
SELECT count(*) FROM disable_soft_delete('base');
