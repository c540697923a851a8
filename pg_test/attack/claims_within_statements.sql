-- A policy keeps its answer while the claims stay. They may change in the middle of a statement: each row must meet the claims of its moment, however they were set.
\connect - rowkit
-- What a function sets ends with it.
CREATE FUNCTION attack.as_nobody(n bigint) RETURNS bigint LANGUAGE sql VOLATILE SET request.jwt.claims = '{"sub": "00000000-0000-4000-8000-0000000f0000"}'
    AS 'SELECT count(*) FROM ct.records WHERE $1 > 0';
\connect - authenticator
CREATE FUNCTION pg_temp.claims(person text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN person IS NULL THEN '' ELSE jsonb_build_object('sub', attack.id(person))::text END
$$;
SELECT attack.sign_in('a3');
-- The sub-select is one call site, and is asked anew for each person.
CREATE FUNCTION pg_temp.seen(people text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(seen, '' ORDER BY n) FROM (
        SELECT n, set_config('request.jwt.claims', pg_temp.claims(person), false),
            (SELECT coalesce(string_agg(CASE organization_id WHEN attack.id('A') THEN 'a' ELSE 'B' END, ''), '-') FROM ct.records WHERE n > 0) AS seen
        FROM unnest(people) WITH ORDINALITY AS listed(person, n) OFFSET 0) AS answers
$$;
SELECT attack.holds(pg_temp.seen('{a3,b3,a3,nobody,b3,NULL,a3}') = 'aBa-B-a', 'each answer is that of its claims');
-- Within a function whose SET ends with it, and after a savepoint that is rolled back.
SELECT attack.sign_in('a3');
SELECT attack.holds(string_agg(inside || ' ' || outside, ', ' ORDER BY n) = '0 1, 0 1, 0 1', 'what a function sets ends with it')
FROM (SELECT n, attack.as_nobody(n) AS inside, (SELECT count(*) FROM ct.records WHERE n > 0) AS outside FROM generate_series(1, 3) AS n OFFSET 0) AS answers;
BEGIN;
PREPARE mine AS SELECT attack.holds(count(*) = $1, format('%s records are seen', $1)) FROM ct.records;
EXECUTE mine(1);
SAVEPOINT before;
SELECT set_config('request.jwt.claims', pg_temp.claims('nobody'), true);
EXECUTE mine(0);
ROLLBACK TO before;
EXECUTE mine(1);
SET LOCAL request.jwt.claims = '';
EXECUTE mine(0);
RESET request.jwt.claims;
EXECUTE mine(0);
ROLLBACK;
EXECUTE mine(1);
DISCARD ALL;
SET ROLE authenticated;
SELECT attack.holds(count(*) = 0, 'nobody is signed in after DISCARD ALL') FROM ct.records;
