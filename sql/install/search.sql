-- Search: SQL declarations of the functions in src/records/search/.

CREATE FUNCTION rowkit.maintain_search_vector() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'maintain_search_vector_wrapper';
COMMENT ON FUNCTION rowkit.maintain_search_vector() IS
'Trigger, BEFORE INSERT OR UPDATE FOR EACH ROW: maintain_search_vector(column, ''name:A'', ''phone:B:phone'', ''data:C'') keeps a tsvector '
'of text, varchar, text[] and jsonb columns with weights A to D. On records, data means its searchable columns in tables.schema. '
'''dictionary=none'' leaves stems out, another name takes them from there (default english_stem). ''folds=aggressive'' also treats '
'look-alikes as equal: small kana (キャノン, キヤノン), kana of one sound (ヅ, ズ), kanji such as 斎 and 斉. Does nothing when no source '
'changed; never fails a write for what the text holds: past the limits of tsvector it cuts, and search_vector_status tells.';

CREATE FUNCTION rowkit.search_key(text text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'search_key_wrapper';
COMMENT ON FUNCTION rowkit.search_key(text) IS
'The text in the form in which search compares: NFKC (UAX 15), lower case, Latin letters without accents, katakana, common kanji, forms of companies '
'in full (㈱ as 株式会社), single blanks. For indexes on '
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
'IMMUTABLE, as to_tsquery is. '
'dictionary is the dictionary of the vectors that stems words; NULL for none.';

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
'The text as HTML, what the query finds within <mark>, everything else escaped: of a phrase, a code or an address only where all of it stands; the marks stand in the text as it was written. '
'54000 as search_key. IMMUTABLE. '
'dictionary is the dictionary that stems words; NULL for none. aggressive says that look-alikes are equal, as in search_query.';

CREATE FUNCTION rowkit_internal._match_level(query text, texts text[], data jsonb, aggressive boolean) RETURNS integer
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'match_level_wrapper';
COMMENT ON FUNCTION rowkit_internal._match_level(text, text[], jsonb, boolean) IS
'0 when one of the texts is the query, 1 when one begins with it, 2 when a word of one is a term, 3 otherwise; one more, up to 3, when only the accents '
'differ. Internal.';

CREATE FUNCTION rowkit_internal._search_marker(table_name regclass, table_id uuid) RETURNS text
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'search_marker_wrapper';
COMMENT ON FUNCTION rowkit_internal._search_marker(regclass, uuid) IS
'The lexeme of a vector that was made as one would be made today. 42704 when no trigger keeps one. Internal.';

CREATE FUNCTION rowkit_internal._search_marker_query(table_name regclass, table_id uuid) RETURNS tsquery
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN pg_catalog.format('''%s''', rowkit_internal._search_marker(table_name, table_id))::pg_catalog.tsquery;
COMMENT ON FUNCTION rowkit_internal._search_marker_query(regclass, uuid) IS '_search_marker as a query. Internal.';

CREATE FUNCTION rowkit_internal._search_setting(table_name regclass)
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

CREATE FUNCTION rowkit_internal._require_table_of_records(table_id uuid, records regclass) RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'require_table_of_records_wrapper';
COMMENT ON FUNCTION rowkit_internal._require_table_of_records(uuid, regclass) IS
'Raises 42704 when the relation tables beside records has no such table, or none that the caller sees, and 22023 for NULL. True where there is one; false where no relation tables is there. Internal.';

CREATE FUNCTION rowkit_internal._live_condition(table_name regclass, alias text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
DECLARE
    marks CONSTANT bigint := (
        SELECT count(*) FROM pg_attribute AS attribute
        WHERE attribute.attrelid = table_name AND attribute.attname IN ('deleted_at', 'deletion_id') AND attribute.attnum > 0 AND NOT attribute.attisdropped);
BEGIN
    IF marks < 2 AND EXISTS (SELECT FROM pg_trigger AS guard WHERE guard.tgrelid = table_name AND guard.tgfoid = 'rowkit.guard_soft_delete'::regproc) THEN
        RAISE EXCEPTION '% has soft delete, and no columns deleted_at and deletion_id', table_name USING
            ERRCODE = '55000', HINT = 'Were they renamed? rowkit finds them by these names: name them so again.';
    END IF;
    RETURN CASE WHEN marks = 2 THEN format('AND %I.deleted_at IS NULL', alias) ELSE '' END;
END
$$;
COMMENT ON FUNCTION rowkit_internal._live_condition(regclass, text) IS
'The condition that leaves out soft-deleted rows; nothing for a table without soft delete. 55000 where the columns of soft delete have other names. Internal.';

CREATE FUNCTION rowkit_internal._search_records(table_id uuid, query text, max_rows integer, after text, max_candidates integer, records regclass)
    RETURNS TABLE(record_id uuid, match_level integer, cursor text)
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'find_records_wrapper';
COMMENT ON FUNCTION rowkit_internal._search_records(uuid, text, integer, text, integer, regclass) IS 'search_records in this relation of records. Internal.';

CREATE FUNCTION rowkit.search_records(
    table_id uuid, query text, max_rows integer DEFAULT 20, after text DEFAULT NULL, max_candidates integer DEFAULT 500, records regclass DEFAULT NULL
)
    RETURNS TABLE(record_id uuid, match_level integer, cursor text)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
        -- Without a search_path of its own, on which the relation of records is looked for.
        SELECT found.record_id, found.match_level, found.cursor
        FROM rowkit_internal._search_records($1, $2, $3, $4, $5, coalesce($6, rowkit_internal._records_relation())) AS found
    $$;
COMMENT ON FUNCTION rowkit.search_records(uuid, text, integer, text, integer, regclass) IS
'Returns the records of a table that a query finds, the best first: match_level 0 a field is the query, 1 a field begins with it, 2 a word is a term, '
'3 inside; a text that only differs in its accents is one level worse; the newest first among equals. For the next page give the cursor of the last row as after (22023 for another text). '
'At most max_candidates records are looked at; deleted ones are not found. With the caller''s rights and row security. 42704 when the table is not there or not visible to the caller. STABLE. '
'table_id is the custom table. query is what people type. max_rows is how many rows are returned at most. records is the relation records of custom_tables, by default the one beside the tables on the search_path. '
'record_id is the record. match_level says how well it fits, 0 the best. cursor is where the row stands in the result.';

CREATE FUNCTION rowkit.search_rows(table_name regclass, query text, max_rows integer DEFAULT 20, max_candidates integer DEFAULT 500)
    RETURNS TABLE(row_data jsonb, match_level integer)
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'search_rows_wrapper';
COMMENT ON FUNCTION rowkit.search_rows(regclass, text, integer, integer) IS
'The live rows of any table with a search vector that a query finds, as jsonb without the vector, the best first; levels as search_records. '
'42704 when no trigger keeps a vector there. With the caller''s rights and row security. STABLE. '
'table_name is the table. query is what people type. max_rows is how many rows are returned at most. max_candidates is how many rows are looked at at most. row_data is the row. match_level says how '
'well it fits, 0 the best.';

CREATE FUNCTION rowkit.search_vector_status(table_name regclass)
    RETURNS TABLE(table_id uuid, row_count bigint, stale_count bigint, cut_count bigint)
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'search_vector_status_wrapper';
COMMENT ON FUNCTION rowkit.search_vector_status(regclass) IS
'For each table_id of records, or in one row for another table: how many rows, how many vectors were made by another version of the '
'normaliser, other arguments or other searchable columns than today (rebuild_search_vectors_in_batches makes them anew), and how many do not hold all of '
'the text. Reads every vector. 42704 when no trigger keeps one. STABLE. '
'table_name is the table. row_count is the number of rows. stale_count is the number of vectors to rebuild. cut_count is the number of vectors that lack a part of the text.';

CREATE FUNCTION rowkit_internal._rebuild_search_vectors(table_name regclass, first_page bigint, last_page bigint, search_vector text)
    RETURNS TABLE(made bigint, left_over bigint)
    LANGUAGE c VOLATILE STRICT ROWS 1
    AS 'MODULE_PATHNAME', 'rebuild_search_vectors_wrapper';
COMMENT ON FUNCTION rowkit_internal._rebuild_search_vectors(regclass, bigint, bigint, text) IS
'Makes the stale vectors of some pages anew, but for rows that another transaction holds: how many it made, and how many are left. Leaves updated_at '
'alone. Internal.';

CREATE FUNCTION rowkit_internal._batch_pages(table_name regclass, batch_size integer) RETURNS bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        -- A table that was never analyzed is taken to have 20 rows a page.
        SELECT greatest(1, round(batch_size / coalesce((
            SELECT class.reltuples / class.relpages
            FROM pg_class AS class
            WHERE class.oid = table_name AND class.relpages > 0 AND class.reltuples > 0), 20))::bigint)
    $$;
COMMENT ON FUNCTION rowkit_internal._batch_pages(regclass, integer) IS 'How many pages of a table hold about batch_size rows, at least one. Internal.';

CREATE PROCEDURE rowkit.rebuild_search_vectors_in_batches(table_name regclass, batch_size integer DEFAULT 10000)
    LANGUAGE plpgsql
    AS $$
-- PL/pgSQL: only a procedure can commit between batches; one with a search_path of its own cannot, so names are qualified.
DECLARE
    vector CONSTANT text := (SELECT setting.search_vector FROM rowkit_internal._search_setting(table_name) AS setting);
    pages CONSTANT bigint := pg_catalog.pg_relation_size(table_name) OPERATOR(pg_catalog./) pg_catalog.current_setting('block_size')::bigint;
    batch_pages CONSTANT bigint := rowkit_internal._batch_pages(table_name, batch_size);
    page bigint := 0;
    done record;
    made bigint := 0;
    -- Where each batch begins that has rows left which other transactions held.
    waiting bigint[] := '{}';
    left_over bigint;
BEGIN
    WHILE page OPERATOR(pg_catalog.<) pages LOOP
        SELECT * INTO done FROM rowkit_internal._rebuild_search_vectors(table_name, page, page OPERATOR(pg_catalog.+) batch_pages, vector);
        made := made OPERATOR(pg_catalog.+) done.made;
        IF done.left_over OPERATOR(pg_catalog.>) 0 THEN
            waiting := pg_catalog.array_append(waiting, page);
        END IF;
        page := page OPERATOR(pg_catalog.+) batch_pages;
        RAISE INFO 'rebuild_search_vectors_in_batches: % of % pages, % vectors made', least(page, pages), pages, made;
        COMMIT;
    END LOOP;
    -- Back to the rows that were held; their new versions may lie behind the last page.
    FOR turn IN 1 .. 50 LOOP
        EXIT WHEN pg_catalog.cardinality(waiting) OPERATOR(pg_catalog.=) 0;
        PERFORM pg_catalog.pg_sleep(0.02 OPERATOR(pg_catalog.*) turn);
        IF turn OPERATOR(pg_catalog.=) 1 THEN
            waiting := pg_catalog.array_append(waiting, pages);
        END IF;
        left_over := 0;
        FOREACH page IN ARRAY waiting LOOP
            SELECT * INTO done FROM rowkit_internal._rebuild_search_vectors(table_name, page, page OPERATOR(pg_catalog.+) batch_pages, vector);
            made := made OPERATOR(pg_catalog.+) done.made;
            left_over := left_over OPERATOR(pg_catalog.+) done.left_over;
            IF done.left_over OPERATOR(pg_catalog.=) 0 THEN
                waiting := pg_catalog.array_remove(waiting, page);
            END IF;
            COMMIT;
        END LOOP;
    END LOOP;
    IF pg_catalog.cardinality(waiting) OPERATOR(pg_catalog.>) 0 THEN
        RAISE WARNING 'rebuild_search_vectors_in_batches: % vectors are left, as other transactions hold their rows', left_over USING HINT = 'Call it again later.';
    END IF;
END
$$;
COMMENT ON PROCEDURE rowkit.rebuild_search_vectors_in_batches(regclass, integer) IS
'Makes the vectors anew that search_vector_status counts as stale, about batch_size rows at a time with a COMMIT and an INFO after each: CALL it '
'outside a transaction. When it ends early, calling it again goes on: what is current is passed by. A row that another transaction holds is passed by and '
'tried again at the end; after 25 seconds a WARNING says how many are left. Writers are not held up but for the rows at hand; updated_at stays. '
'table_name is the table. batch_size is how many rows of the table go into one transaction, as the statistics of the planner count them. '
'Example: CALL rebuild_search_vectors_in_batches(''app.records'');';

CREATE FUNCTION rowkit.continue_rebuild_search_vectors(table_name regclass, batch_size integer DEFAULT 10000, after text DEFAULT NULL) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: one step after the other.
DECLARE
    vector CONSTANT text := (SELECT setting.search_vector FROM rowkit_internal._search_setting(table_name) AS setting);
    pages CONSTANT bigint := pg_relation_size(table_name) / current_setting('block_size')::bigint;
    batch_pages CONSTANT bigint := rowkit_internal._batch_pages(table_name, batch_size);
    page bigint;
    done record;
    made bigint := 0;
    left_over bigint := 0;
BEGIN
    IF after !~ '^[0-9]{1,10}$' THEN
        RAISE EXCEPTION 'this is no cursor of continue_rebuild_search_vectors' USING ERRCODE = '22023', HINT = 'Give after the cursor of the last answer, or NULL.';
    END IF;
    page := coalesce(after::bigint, 0);
    -- What is current is passed by, until something was made.
    WHILE page < pages AND made = 0 LOOP
        SELECT * INTO done FROM rowkit_internal._rebuild_search_vectors(table_name, page, page + batch_pages, vector);
        made := made + done.made;
        left_over := left_over + done.left_over;
        page := page + batch_pages;
    END LOOP;
    RETURN jsonb_build_object(
        'changed', made, 'skipped', left_over,
        'is_done', made = 0 AND left_over = 0 AND after IS NULL,
        'cursor', CASE WHEN page < pages THEN page::text END);
END
$$;
COMMENT ON FUNCTION rowkit.continue_rebuild_search_vectors(regclass, integer, text) IS
'Does one step of rebuild_search_vectors_in_batches, for clients that cannot CALL: makes the next vectors anew that search_vector_status counts as stale, those of about batch_size rows, and returns '
'{"changed": how many, "skipped": how many rows other transactions hold, "is_done": whether none of the table is left, "cursor": where it is, null at the end}. Call it, each time in a transaction of its own, '
'until is_done is true. Pass the returned cursor as after: the next step begins behind the rows that are done. 42704 when no trigger keeps a vector, 22023 for another after. VOLATILE. '
'Example: SELECT continue_rebuild_search_vectors(''app.records''); '
'table_name is the table.';

CREATE FUNCTION rowkit_internal._search_trigger(table_name regclass) RETURNS name
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT held.tgname
        FROM pg_trigger AS held
        WHERE held.tgrelid = table_name AND held.tgfoid = 'rowkit.maintain_search_vector()'::regprocedure
        ORDER BY held.tgname
        LIMIT 1
    $$;
COMMENT ON FUNCTION rowkit_internal._search_trigger(regclass) IS 'The trigger that keeps a table''s search vector. Internal.';

CREATE FUNCTION rowkit_internal._search_indexes(table_name regclass, search_column text) RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT entry.indexrelid::regclass
        FROM pg_index AS entry
        JOIN pg_attribute AS attribute ON attribute.attrelid = entry.indrelid AND attribute.attname = search_column AND NOT attribute.attisdropped
        JOIN pg_opclass AS class ON class.oid = ANY (entry.indclass::oid[]) AND class.opcname = 'search_ops' AND class.opcnamespace = 'rowkit'::regnamespace
        WHERE entry.indrelid = table_name AND entry.indisvalid AND entry.indpred IS NULL
            -- Directly, or within an expression such as search_scope(table_id, search_vector).
            AND EXISTS (
                SELECT FROM pg_depend AS uses
                WHERE uses.classid = 'pg_class'::regclass AND uses.objid = entry.indexrelid
                    AND uses.refclassid = 'pg_class'::regclass AND uses.refobjid = table_name AND uses.refobjsubid = attribute.attnum)
        ORDER BY 1
    $$;
COMMENT ON FUNCTION rowkit_internal._search_indexes(regclass, text) IS 'The indexes that serve the operator @~ on a column. Internal.';

CREATE FUNCTION rowkit_internal._search_commands(table_name regclass, fields text[], search_column text, dictionary text, aggressive boolean)
    RETURNS SETOF text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
-- PL/pgSQL: it raises.
DECLARE
    home CONSTANT text := rowkit_internal._quoted_name(table_name);
    former CONSTANT name := rowkit_internal._search_trigger(table_name);
    wrong text;
    held_type regtype;
    wanted text[];
    held text[];
    trigger_name text;
BEGIN
    PERFORM rowkit_internal._require_table(table_name, 'searched');
    IF coalesce(cardinality(fields), 0) = 0 THEN
        RAISE EXCEPTION 'fields must be given' USING ERRCODE = '22023', HINT = 'Name columns and their weights: fields => ARRAY[''name:A'', ''notes:C''].';
    ELSIF search_column IS NULL THEN
        RAISE EXCEPTION 'search_column must be given' USING ERRCODE = '22023', HINT = 'It is the column of the vector, such as ''search_vector''.';
    END IF;
    SELECT field.written INTO wrong FROM unnest(fields) AS field(written) WHERE field.written !~ '^.+:[A-D](:phone)?$' OR field.written IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '"%" is not a column and a weight from A to D', wrong USING ERRCODE = '22023', HINT = 'Write ''name:A'', or ''phone:B:phone'' for telephone numbers.';
    END IF;
    SELECT field.name INTO wrong
    FROM (SELECT regexp_replace(written, ':[A-D](:phone)?$', '') AS name FROM unnest(fields) AS named(written)) AS field
    LEFT JOIN pg_attribute AS attribute
        ON attribute.attrelid = table_name AND attribute.attname = field.name AND attribute.attnum > 0 AND NOT attribute.attisdropped
        AND attribute.atttypid IN ('text'::regtype, 'varchar'::regtype, 'text[]'::regtype, 'jsonb'::regtype)
    WHERE attribute.attname IS NULL
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '% has no column "%" of type text, varchar, text[] or jsonb', table_name, wrong USING
            ERRCODE = '42703', HINT = 'fields names the columns that are searched.';
    END IF;
    SELECT attribute.atttypid INTO held_type
    FROM pg_attribute AS attribute
    WHERE attribute.attrelid = table_name AND attribute.attname = search_column AND attribute.attnum > 0 AND NOT attribute.attisdropped;
    IF held_type <> 'tsvector'::regtype THEN
        RAISE EXCEPTION 'column "%" of % is no tsvector', search_column, table_name USING ERRCODE = '42804', HINT = 'Name another one: search_column => ''search_vector''.';
    END IF;
    IF dictionary <> 'none' THEN
        -- Raises 42704 for one that is not there.
        PERFORM dictionary::regdictionary;
    END IF;
    wanted := search_column || fields
        || CASE WHEN dictionary IS DISTINCT FROM 'english_stem' THEN ARRAY['dictionary=' || coalesce(dictionary, 'none')] ELSE '{}' END
        || CASE WHEN aggressive THEN ARRAY['folds=aggressive'] ELSE '{}' END;
    SELECT rowkit_internal._trigger_arguments(trigger.tgargs, trigger.tgnargs) INTO held
    FROM pg_trigger AS trigger WHERE trigger.tgrelid = table_name AND trigger.tgname = former;
    IF held[1] <> search_column THEN
        RAISE EXCEPTION '% has a search vector in column "%"', table_name, held[1] USING
            ERRCODE = '55000', HINT = format('A table has one: name that column, or SELECT * FROM rowkit.disable_search(%L) first.', home);
    END IF;
    IF held_type IS NULL THEN
        RETURN NEXT format('ALTER TABLE %s ADD COLUMN %I tsvector', home, search_column);
    END IF;
    IF held IS DISTINCT FROM wanted THEN
        SELECT coalesce(former, rowkit_internal._fitting_name(class.relname, '_search_vector')) INTO trigger_name FROM pg_class AS class WHERE class.oid = table_name;
        RETURN NEXT format(
            'CREATE OR REPLACE TRIGGER %I BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION rowkit.maintain_search_vector(%s)',
            trigger_name, home, (SELECT string_agg(quote_literal(argument.word), ', ' ORDER BY argument.place) FROM unnest(wanted) WITH ORDINALITY AS argument(word, place)));
    END IF;
    IF NOT EXISTS (SELECT FROM rowkit_internal._search_indexes(table_name, search_column)) THEN
        RETURN NEXT format('CREATE INDEX ON %s USING gin (%I rowkit.search_ops)', home, search_column);
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit_internal._search_commands(regclass, text[], text, text, boolean) IS 'What enable_search has to do. Internal.';

CREATE FUNCTION rowkit_internal._has_rows(table_name regclass) RETURNS boolean
    LANGUAGE c STABLE STRICT
    AS 'MODULE_PATHNAME', 'has_rows_wrapper';
COMMENT ON FUNCTION rowkit_internal._has_rows(regclass) IS 'Whether the caller sees a row of a table. Internal.';

CREATE FUNCTION rowkit.enable_search(
    table_name regclass, fields text[], search_column text DEFAULT 'search_vector', dictionary text DEFAULT 'english_stem', aggressive boolean DEFAULT false,
    dry_run boolean DEFAULT false)
    RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
DECLARE
    is_changed boolean := false;
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOR kind, identity, command IN
        SELECT object.kind, object.identity, step.command
        FROM rowkit_internal._search_commands(table_name, fields, search_column, dictionary, aggressive) WITH ORDINALITY AS step(command, place)
        CROSS JOIN LATERAL rowkit_internal._command_object(step.command) AS object
        ORDER BY step.place
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
            is_changed := is_changed OR kind = 'trigger';
        END IF;
        RETURN NEXT;
    END LOOP;
    IF is_changed THEN
        IF rowkit_internal._has_rows(table_name) THEN
            RAISE NOTICE 'search does not find the rows that are there until their vectors are rebuilt' USING
                HINT = format('CALL rowkit.rebuild_search_vectors_in_batches(%L);', rowkit_internal._quoted_name(table_name));
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION rowkit.enable_search(regclass, text[], text, text, boolean, boolean) IS
'Makes a table searchable by search_rows and search_query: adds the column search_column (tsvector), the trigger maintain_search_vector that keeps it, and a GIN index with '
'rowkit.search_ops, each where it is missing, and returns what it did (or, dry_run, would do). fields are columns of type text, varchar, text[] or jsonb with a weight from A (best) to D: '
'''name:A'', or ''phone:B:phone'' for telephone numbers. Done again it changes the settings, and does nothing where they are the same. Rows that are there are found after '
'CALL rebuild_search_vectors_in_batches, as a NOTICE says. The index is built while writers wait: for a large table, first CREATE INDEX CONCURRENTLY. '
'42809 for what is no table, 42703 without one of the columns, 42804 when search_column is no tsvector, 55000 when the table has its vector in another column, 22023 for a field that '
'cannot be read, 42704 for a dictionary that is not there. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM enable_search(''notes'', ARRAY[''title:A'', ''body:C'']); '
'table_name is the table. dictionary stems words: a text search dictionary, or none. aggressive says that look-alikes are equal, as in search_query. kind is column, trigger or index. '
'identity is the name of the object, with its table. command is one statement that was, or would be, run.';

CREATE FUNCTION rowkit.disable_search(table_name regclass, dry_run boolean DEFAULT false) RETURNS TABLE(kind text, identity text, command text)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
    AS $$
DECLARE
    home CONSTANT text := rowkit_internal._quoted_name(table_name);
BEGIN
    PERFORM rowkit_internal._require_owner(table_name);
    FOR kind, identity, command IN
        SELECT object.kind, object.identity, step.command
        FROM pg_trigger AS held
        CROSS JOIN LATERAL (SELECT format('DROP TRIGGER %I ON %s', held.tgname, home) AS command) AS step
        CROSS JOIN LATERAL rowkit_internal._command_object(step.command) AS object
        WHERE held.tgrelid = table_name AND held.tgfoid = 'rowkit.maintain_search_vector()'::regprocedure AND held.tgparentid = 0
        ORDER BY held.tgname
    LOOP
        IF NOT dry_run THEN
            EXECUTE command;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.disable_search(regclass, boolean) IS
'Drops the trigger that keeps a table''s search vector, and returns what it did (or, dry_run, would do); no row where there is none. The column and its indexes stay, and no longer '
'follow the table: drop the column where nothing else reads it. 42501 unless the caller owns the table and its parents, partitions and children, also for superusers; tables of superusers, and for other callers those of the owners of the database and of schema rowkit, count as the caller''s. VOLATILE. Example: SELECT * FROM disable_search(''notes''); '
'table_name is the table. kind is trigger. identity is its name. command is one statement that was, or would be, run.';
