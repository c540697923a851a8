-- The search operator is LEAKPROOF, so it runs before row security hides a row. A query that is nested close to the end of the stack fails where the row has the
-- word and the nested half is looked at, and passes where it has not: so the error tells what words B's rows have. It must not depend on the row.
\connect - authenticator
SELECT attack.sign_in('a3');
SET enable_bitmapscan = off;
SET enable_indexscan = off;
CREATE FUNCTION pg_temp.f(n integer, q tsquery) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF n > 0 THEN RETURN pg_temp.f(n - 1, q); END IF;
    RETURN (SELECT count(*)::text FROM ca.customer_accounts WHERE search_vector OPERATOR(rowkit.@~) q);
END
$$;
CREATE FUNCTION pg_temp.passes(n integer, q tsquery) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.f(n, q);
    RETURN true;
EXCEPTION WHEN statement_too_complex OR program_limit_exceeded OR invalid_parameter_value THEN
    RETURN false;
END
$$;
-- The deepest call of itself in which it still passes.
CREATE FUNCTION pg_temp.edge(q tsquery) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    low integer := 0; high integer := 5000; middle integer;
BEGIN
    WHILE high - low > 1 LOOP
        middle := (low + high) / 2;
        IF pg_temp.passes(middle, q) THEN low := middle; ELSE high := middle; END IF;
    END LOOP;
    RETURN low;
END
$$;
CREATE FUNCTION pg_temp.nested(word text, depth integer, inner_part text) RETURNS tsquery LANGUAGE sql AS $$
    SELECT (quote_literal(word) || ' & ' || repeat('(', depth) || inner_part || repeat(' & !zzz)', depth))::tsquery
$$;
-- Once without counting, so that every plan is made; then the edges of a word that B's row has and of one that nobody has.
SELECT pg_temp.edge('aco'), pg_temp.passes(0, pg_temp.nested('bsecret', depth, '!zzz')) FROM unnest('{10,1000,3000}'::integer[]) AS depth;
SELECT attack.holds(abs(pg_temp.edge(pg_temp.nested('bsecret', depth, inner_part)) - pg_temp.edge(pg_temp.nested('nosuch', depth, inner_part))) <= 1,
    format('a word that only B has fails no earlier than one that nobody has (%s levels of %s)', depth, inner_part))
FROM unnest('{500,3000}'::integer[]) AS depth, unnest(ARRAY['!zzz', 'zzz:*', '(zzz <-> yyy)']) AS inner_part;
-- The same by OR and by a phrase, and by what the row's vector is: a weight, a prefix.
SELECT attack.holds(abs(pg_temp.edge((quote_literal(a) || ' <-> ' || repeat('(', 3000) || '!zzz' || repeat(' & !zzz)', 3000))::tsquery) - pg_temp.edge((quote_literal(b) || ' <-> ' || repeat('(', 3000) || '!zzz' || repeat(' & !zzz)', 3000))::tsquery)) <= 1,
    'a phrase that begins with a word that only B has fails no earlier')
FROM (VALUES ('bsecret', 'nosuch')) AS word(a, b);
