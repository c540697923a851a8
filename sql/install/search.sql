-- Search: src/search/ computes, this file names.

CREATE FUNCTION rowkit.maintain_search_vector() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'maintain_search_vector_wrapper';
COMMENT ON FUNCTION rowkit.maintain_search_vector() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: maintain_search_vector(column, ''name:A'', ''phone:B:phone'', ''data:C'') keeps a tsvector '
'of text, varchar, text[] and jsonb columns with weights A to D. On records, data means its searchable columns in tables.schema. '
'''dictionary=none'' leaves stems out, another name takes them from there (default english_stem). ''folds=aggressive'' also takes for '
'the same what is only often confused: accents (é, e), small kana (キャノン, キヤノン), kana of one sound (ヅ, ズ), kanji such as 斎 and 斉. Does nothing when no source '
'changed; never fails a write for what the text holds: past the limits of tsvector it cuts, and search_vector_status tells.';

CREATE FUNCTION rowkit.search_key(text text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'search_key_wrapper';
COMMENT ON FUNCTION rowkit.search_key(text) IS
'The text in the form in which search compares: NFKC (UAX 15), lower case, katakana, common kanji, single blanks. For indexes on '
'expressions: CREATE INDEX ON topics (rowkit.search_key(topic) COLLATE "C"). 54000 for a text that takes more than rowkit.max_work_mem: twelve bytes for each '
'character. IMMUTABLE.';

CREATE FUNCTION rowkit.search_query(
    query text, dictionary regdictionary DEFAULT 'pg_catalog.english_stem', scope uuid DEFAULT NULL, aggressive boolean DEFAULT false
) RETURNS tsquery
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'search_query_wrapper';
COMMENT ON FUNCTION rowkit.search_query(text, regdictionary, uuid, boolean) IS
'What people type into a search box, as a tsquery for vectors of maintain_search_vector: all words, "in this order", or, -not; the '
'last word may be unfinished; digits find telephone numbers in every form. The first 32 terms and 1,000 characters count. Never '
'raises; what holds nothing to look for matches nothing. scope is a table_id: then the query is for search_scope of that table; '
'aggressive says that the vectors were made with ''folds=aggressive''. '
'IMMUTABLE, as to_tsquery is.';

-- Leakproof: it copies the lexemes of a well-formed tsvector behind a tag; nothing in it depends on what they say, and nothing raises.
CREATE FUNCTION rowkit.search_scope(table_id uuid, search_vector tsvector) RETURNS tsvector
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 10
    AS 'MODULE_PATHNAME', 'search_scope_wrapper';
COMMENT ON FUNCTION rowkit.search_scope(uuid, tsvector) IS
'The vector with a tag of the table before every lexeme, for an index in which each table''s entries lie together: USING gin '
'(rowkit.search_scope(table_id, search_vector) rowkit.search_ops), asked by rowkit.search_scope(table_id, search_vector) @~ '
'rowkit.search_query(query, scope => table_id) AND table_id = …. A lexeme that the tag makes longer than 2,047 bytes, or that it pushes '
'past the first megabyte of the vector, is left out. Raises nothing. IMMUTABLE, LEAKPROOF.';

CREATE FUNCTION rowkit.search_highlight(
    text text, query text, dictionary regdictionary DEFAULT 'pg_catalog.english_stem', aggressive boolean DEFAULT false
) RETURNS text
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'search_highlight_wrapper';
COMMENT ON FUNCTION rowkit.search_highlight(text, text, regdictionary, boolean) IS
'The text as HTML, what the query finds within <mark>, everything else escaped; the marks stand in the text as it was written. '
'54000 as search_key. IMMUTABLE.';

CREATE FUNCTION rowkit_internal._search_rank(query text, texts text[], data jsonb, aggressive boolean) RETURNS integer
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'search_rank_wrapper';
COMMENT ON FUNCTION rowkit_internal._search_rank(text, text[], jsonb, boolean) IS
'0 when one of the texts is the query, 1 when one begins with it, 2 when a word of one is a term, 3 otherwise. Internal.';

CREATE FUNCTION rowkit_internal._search_marker(relation regclass, table_id uuid) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'search_marker_wrapper';
COMMENT ON FUNCTION rowkit_internal._search_marker(regclass, uuid) IS
'The lexeme of a vector that was made as one would be made today. 42704 when no trigger keeps one. Internal.';

CREATE FUNCTION rowkit_internal._search_marker_query(relation regclass, table_id uuid) RETURNS tsquery
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN pg_catalog.format('''%s''', rowkit_internal._search_marker(relation, table_id))::pg_catalog.tsquery;
COMMENT ON FUNCTION rowkit_internal._search_marker_query(regclass, uuid) IS '_search_marker as a query. Internal.';

CREATE FUNCTION rowkit_internal._search_setting(relation regclass)
    RETURNS TABLE(search_vector text, dictionary regdictionary, aggressive boolean)
    LANGUAGE c STABLE STRICT PARALLEL SAFE ROWS 1
    AS 'MODULE_PATHNAME', 'search_setting_wrapper';
COMMENT ON FUNCTION rowkit_internal._search_setting(regclass) IS
'The column that maintain_search_vector keeps, the dictionary of its stems and how it folds. 42704 when there is none. Internal.';

-- Row security lets an index serve an end user's condition only when its operator is leakproof: it must tell nothing of a row
-- that a policy hides, not even through an error. PostgreSQL's ts_match_vq walks the query's tree and stops where the row has
-- decided it, so that a stack too deep would be told only for rows that hold some word. src/pg/tsquery.rs therefore bounds the
-- query's size and depth and asks for all of the stack first, for every row alike; so does the index when a scan begins. The other
-- GIN support functions are PostgreSQL's own; they run on index entries, which a policy's other conditions then filter.
CREATE FUNCTION rowkit_internal._matches(search_vector tsvector, query tsquery) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 2
    AS 'MODULE_PATHNAME', 'search_matches_wrapper';
COMMENT ON FUNCTION rowkit_internal._matches(tsvector, tsquery) IS
'What the operator @~ does: whether the query matches, as @@. 54000 for a query of more than 16,384 words and operators or deeper than '
'2,000 levels, 54001 near the end of the stack, whatever the row holds. LEAKPROOF. Internal.';

CREATE FUNCTION rowkit_internal._extract_query(tsvector, internal, smallint, internal, internal, internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'search_extract_query_wrapper';
COMMENT ON FUNCTION rowkit_internal._extract_query(tsvector, internal, smallint, internal, internal, internal, internal) IS
'gin_extract_tsquery with the limits of _matches. Internal.';

CREATE OPERATOR rowkit.@~ (
    LEFTARG = tsvector, RIGHTARG = tsquery, FUNCTION = rowkit_internal._matches,
    RESTRICT = pg_catalog.tsmatchsel, JOIN = pg_catalog.tsmatchjoinsel
);
COMMENT ON OPERATOR rowkit.@~ (tsvector, tsquery) IS
'Whether the query matches, as @@; leakproof, so that an index of rowkit.search_ops serves end users under row security.';

CREATE OPERATOR CLASS rowkit.search_ops FOR TYPE tsvector USING gin AS
    OPERATOR 1 rowkit.@~ (tsvector, tsquery),
    FUNCTION 1 pg_catalog.gin_cmp_tslexeme(text, text),
    FUNCTION 2 pg_catalog.gin_extract_tsvector(tsvector, internal, internal),
    FUNCTION 3 rowkit_internal._extract_query(tsvector, internal, smallint, internal, internal, internal, internal),
    FUNCTION 4 pg_catalog.gin_tsquery_consistent(internal, smallint, tsvector, integer, internal, internal, internal, internal),
    FUNCTION 5 pg_catalog.gin_cmp_prefix(text, text, smallint, internal),
    FUNCTION 6 pg_catalog.gin_tsquery_triconsistent(internal, smallint, tsvector, integer, internal, internal, internal),
    STORAGE text;
COMMENT ON OPERATOR CLASS rowkit.search_ops USING gin IS
'Search vectors by @~; over search_scope(table_id, search_vector) where one relation holds the rows of many tables.';

CREATE FUNCTION rowkit_internal._records_relation() RETURNS regclass
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT pg_catalog.to_regclass(pg_catalog.format('%I.records', namespace.nspname))
        FROM pg_catalog.pg_class AS relation
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
        WHERE relation.oid = rowkit_internal._tables_relation();
    END;
COMMENT ON FUNCTION rowkit_internal._records_relation() IS 'records beside the tables relation meant by default. Internal.';

CREATE FUNCTION rowkit.search_records(
    table_id uuid, query text, "limit" integer DEFAULT 20, cursor text DEFAULT NULL,
    records regclass DEFAULT rowkit_internal._records_relation(), candidates integer DEFAULT 500
)
    RETURNS TABLE(id uuid, rank integer, next_cursor text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the records relation is known only at run time.
DECLARE
    relation CONSTANT regclass := coalesce(records, rowkit_internal._records_relation());
    wanted tsquery;
    aggressive boolean;
    after_rank integer := -1;
    after_id uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
BEGIN
    IF cursor IS NOT NULL THEN
        IF cursor !~ '^[0-3]:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
            RAISE EXCEPTION 'this is no cursor of search_records' USING
                ERRCODE = '22023', HINT = 'Give next_cursor of the last row, or NULL for the first page.';
        END IF;
        after_rank := split_part(cursor, ':', 1)::integer;
        after_id := split_part(cursor, ':', 2)::uuid;
    END IF;
    SELECT rowkit.search_query(query, setting.dictionary, table_id, setting.aggressive), setting.aggressive
    INTO wanted, aggressive
    FROM rowkit_internal._search_setting(relation) AS setting;
    IF numnode(wanted) = 0 OR table_id IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $query$
            WITH candidate AS MATERIALIZED (
                SELECT record.id, record.name, record.email, record.company, record.status, record.data
                FROM %s AS record
                WHERE record.table_id = $1
                    AND rowkit.search_scope(record.table_id, record.search_vector) OPERATOR(rowkit.@~) $2
                LIMIT $3
            ), ranked AS MATERIALIZED (
                -- Materialized, so that each record is ranked once.
                SELECT
                    candidate.id,
                    rowkit_internal._search_rank(
                        $4, ARRAY[candidate.name, candidate.email, candidate.company, candidate.status], candidate.data, $8) AS rank
                FROM candidate
            )
            SELECT ranked.id, ranked.rank, concat(ranked.rank, ':', ranked.id)
            FROM ranked
            WHERE ranked.rank > $5 OR (ranked.rank = $5 AND ranked.id < $6)
            ORDER BY ranked.rank, ranked.id DESC
            LIMIT $7
        $query$, relation)
    USING table_id, wanted, candidates, query, after_rank, after_id, "limit", aggressive;
END
$$;
COMMENT ON FUNCTION rowkit.search_records(uuid, text, integer, text, regclass, integer) IS
'The records of a table that a query finds, the best first: rank 0 a field is the query, 1 a field begins with it, 2 a word is a term, '
'3 inside; the newest first among equals. For the next page give next_cursor of the last row as cursor (22023 for another text). '
'At most candidates records are looked at. With the caller''s rights and row security. STABLE.';

CREATE FUNCTION rowkit.search_rows(relation regclass, query text, "limit" integer DEFAULT 20, candidates integer DEFAULT 500)
    RETURNS TABLE(row_data jsonb, rank integer)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the relation is known only at run time.
DECLARE
    vector text;
    wanted tsquery;
    aggressive boolean;
BEGIN
    SELECT setting.search_vector, rowkit.search_query(query, setting.dictionary, aggressive => setting.aggressive), setting.aggressive
    INTO vector, wanted, aggressive
    FROM rowkit_internal._search_setting(relation) AS setting;
    IF numnode(wanted) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $query$
            WITH candidate AS MATERIALIZED (
                SELECT to_jsonb(found) - %2$L AS row_data FROM %1$s AS found WHERE found.%2$I OPERATOR(rowkit.@~) $1 LIMIT $2
            ), ranked AS MATERIALIZED (
                -- Materialized, so that each row is ranked once.
                SELECT candidate.row_data, rowkit_internal._search_rank($3, '{}', candidate.row_data, $5) AS rank FROM candidate
            )
            SELECT ranked.row_data, ranked.rank
            FROM ranked
            ORDER BY ranked.rank, ranked.row_data
            LIMIT $4
        $query$, relation, vector)
    USING wanted, candidates, query, "limit", aggressive;
END
$$;
COMMENT ON FUNCTION rowkit.search_rows(regclass, text, integer, integer) IS
'The rows of any table with a search vector that a query finds, as jsonb without the vector, the best first; ranks as search_records. '
'42704 when no trigger keeps a vector there. With the caller''s rights and row security. STABLE.';

CREATE FUNCTION rowkit.search_topics(query text, "limit" integer DEFAULT 10, topics regclass DEFAULT pg_catalog.to_regclass('global_topics'))
    RETURNS TABLE(topic text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the relation is known only at run time.
DECLARE
    wanted CONSTANT text := rowkit.search_key(query);
BEGIN
    IF wanted = '' THEN
        RETURN;
    ELSIF topics IS NULL THEN
        RAISE EXCEPTION 'there is no relation of topics' USING
            ERRCODE = '42P01', HINT = 'Name one, or put global_topics on the search_path.';
    END IF;
    RETURN QUERY EXECUTE format(
        $query$
            SELECT known.topic::text FROM %s AS known
            WHERE rowkit.search_key(known.topic) COLLATE "C" >= $1 AND rowkit.search_key(known.topic) COLLATE "C" < $2
            ORDER BY rowkit.search_key(known.topic) COLLATE "C"
            LIMIT $3
        $query$, topics)
    USING wanted, wanted || chr(1114111), "limit";
END
$$;
COMMENT ON FUNCTION rowkit.search_topics(text, integer, regclass) IS
'Autocomplete: the topics that begin with what was typed, in order. topics is a relation with a column topic of type text (default global_topics on the search_path), and an index '
'on (rowkit.search_key(topic) COLLATE "C"). STABLE.';

CREATE FUNCTION rowkit.search_vector_status(relation regclass)
    RETURNS TABLE(table_id uuid, rows bigint, stale bigint, cut bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: the name of the relation is known only at run time.
DECLARE
    vector CONSTANT text := (SELECT setting.search_vector FROM rowkit_internal._search_setting(relation) AS setting);
    part CONSTANT text := CASE
        WHEN EXISTS (
            SELECT FROM pg_attribute AS attribute
            WHERE attribute.attrelid = relation AND attribute.attname = 'table_id' AND NOT attribute.attisdropped
        ) THEN 'table_id' ELSE 'NULL::uuid'
    END;
BEGIN
    RETURN QUERY EXECUTE format(
        $query$
            WITH part AS (
                SELECT DISTINCT %3$s AS table_id FROM %1$s
            ), current AS MATERIALIZED (
                SELECT part.table_id, rowkit_internal._search_marker_query($1, part.table_id) AS query FROM part
            )
            SELECT
                current.table_id, count(*),
                count(*) FILTER (WHERE held.vector IS NULL OR NOT held.vector @@ current.query),
                count(*) FILTER (WHERE held.vector @@ $2)
            FROM (SELECT %3$s AS table_id, %2$I AS vector FROM %1$s) AS held
            JOIN current ON current.table_id IS NOT DISTINCT FROM held.table_id
            GROUP BY current.table_id
            ORDER BY current.table_id
        $query$, relation, vector, part)
    USING relation, format('''%s''', chr(1) || 'cut')::tsquery;
END
$$;
COMMENT ON FUNCTION rowkit.search_vector_status(regclass) IS
'For each table_id of records, or in one row for another table: how many rows, how many vectors were made by another version of the '
'normaliser, other arguments or other searchable columns than today (search_reindex makes them anew), and how many do not hold all of '
'the text. Reads every vector. 42704 when no trigger keeps one. STABLE.';

CREATE FUNCTION rowkit_internal._search_reindex_pages(relation regclass, first_page bigint, last_page bigint, search_vector text) RETURNS bigint
    LANGUAGE c VOLATILE STRICT
    AS 'MODULE_PATHNAME', 'search_reindex_pages_wrapper';
COMMENT ON FUNCTION rowkit_internal._search_reindex_pages(regclass, bigint, bigint, text) IS
'Makes the stale vectors of some pages anew; answers how many. Leaves updated_at alone. Internal.';

CREATE PROCEDURE rowkit.search_reindex(relation regclass, pages_at_once integer DEFAULT 1000)
    LANGUAGE plpgsql
    AS $$
-- PL/pgSQL: only a procedure can commit between batches; one with a search_path of its own cannot, so names are qualified.
DECLARE
    vector CONSTANT text := (SELECT setting.search_vector FROM rowkit_internal._search_setting(relation) AS setting);
    pages bigint := pg_catalog.pg_relation_size(relation) OPERATOR(pg_catalog./) pg_catalog.current_setting('block_size')::bigint;
    page bigint := 0;
    made bigint := 0;
BEGIN
    WHILE page OPERATOR(pg_catalog.<) pages LOOP
        made := made OPERATOR(pg_catalog.+) rowkit_internal._search_reindex_pages(
            relation, page, page OPERATOR(pg_catalog.+) pages_at_once, vector);
        page := page OPERATOR(pg_catalog.+) pages_at_once;
        RAISE INFO 'search_reindex: % of % pages, % vectors made', least(page, pages), pages, made;
        COMMIT;
    END LOOP;
END
$$;
COMMENT ON PROCEDURE rowkit.search_reindex(regclass, integer) IS
'Makes the vectors anew that search_vector_status counts as stale, some pages at a time with a COMMIT and an INFO after each: CALL it '
'outside a transaction. When it ends early, calling it again goes on: what is current is passed by. Writers are not held up '
'but for the rows at hand; updated_at stays.';
