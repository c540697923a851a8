-- The tables whose foreign keys refer to the tables $1, and those that refer to them in turn.
WITH RECURSIVE below(relation) AS (
    SELECT given.relation FROM pg_catalog.unnest($1) AS given(relation)
    UNION
    SELECT rule.conrelid
    FROM below
    JOIN pg_catalog.pg_constraint AS rule ON rule.confrelid OPERATOR(pg_catalog.=) below.relation AND rule.contype OPERATOR(pg_catalog.=) 'f'
)
SELECT below.relation FROM below
