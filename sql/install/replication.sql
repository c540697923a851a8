-- Replication: what is left to do when a subscriber becomes the server that applications write to. PL/pgSQL, as names are known only at run time.

CREATE FUNCTION rowkit.advance_sequences(schema_name text DEFAULT current_schema(), dry_run boolean DEFAULT false)
    RETURNS TABLE(sequence_name text, table_name text, column_name text, former_value bigint, new_value bigint)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    drawn record;
    is_called boolean;
BEGIN
    IF schema_name IS NULL OR to_regnamespace(quote_ident(schema_name)) IS NULL THEN
        RAISE EXCEPTION 'there is no schema %', coalesce(schema_name, 'without a name') USING ERRCODE = '3F000', HINT = 'Name the schema of your tables.';
    END IF;
    FOR drawn IN
        -- Identity columns and serial ones own their sequence; a DEFAULT may draw from any.
        SELECT DISTINCT sequence.oid AS sequence, class.oid AS relation, attribute.attname AS name, setting.seqincrement > 0 AS rises
        FROM pg_class AS class
        JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
        JOIN (
            SELECT link.objid AS sequence, link.refobjid AS relation, link.refobjsubid AS number
            FROM pg_depend AS link
            WHERE link.classid = 'pg_class'::regclass AND link.refclassid = 'pg_class'::regclass AND link.deptype IN ('a', 'i')
            UNION
            SELECT link.refobjid, preset.adrelid, preset.adnum
            FROM pg_attrdef AS preset
            JOIN pg_depend AS link ON link.classid = 'pg_attrdef'::regclass AND link.objid = preset.oid AND link.refclassid = 'pg_class'::regclass
        ) AS source ON source.relation = class.oid AND source.number = attribute.attnum
        -- A DEFAULT may name a sequence of anybody's.
        JOIN pg_class AS sequence ON sequence.oid = source.sequence AND sequence.relkind = 'S' AND sequence.relowner = class.relowner
        JOIN pg_sequence AS setting ON setting.seqrelid = sequence.oid
        WHERE class.relnamespace = to_regnamespace(quote_ident(schema_name)) AND class.relkind IN ('r', 'p') AND NOT class.relispartition
            AND attribute.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype)
        ORDER BY 2, 3, 1
    LOOP
        PERFORM rowkit_internal._require_own(drawn.relation::regclass);
        IF row_security_active(drawn.relation) THEN
            RAISE EXCEPTION 'row security may hide rows of % from you', drawn.relation::regclass USING
                ERRCODE = '42501', HINT = 'Ask as a role that row security does not hold: one with BYPASSRLS, or the owner where it is not forced.';
        END IF;
        -- Nobody draws a number between the look at the last one and the step past it.
        IF NOT dry_run THEN
            EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', drawn.relation::regclass);
        END IF;
        EXECUTE format('SELECT %s(held.%I)::bigint FROM %s AS held', CASE WHEN drawn.rises THEN 'max' ELSE 'min' END, drawn.name, drawn.relation::regclass) INTO new_value;
        EXECUTE format('SELECT state.last_value, state.is_called FROM %s AS state', drawn.sequence::regclass) INTO former_value, is_called;
        CONTINUE WHEN new_value IS NULL
            OR CASE WHEN drawn.rises THEN new_value < former_value ELSE new_value > former_value END
            OR (new_value = former_value AND is_called);
        IF NOT dry_run THEN
            PERFORM setval(drawn.sequence, new_value);
        END IF;
        SELECT class.relname INTO sequence_name FROM pg_class AS class WHERE class.oid = drawn.sequence;
        SELECT class.relname INTO table_name FROM pg_class AS class WHERE class.oid = drawn.relation;
        column_name := drawn.name;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION rowkit.advance_sequences(text, boolean) IS
'After a failover to a subscriber of logical replication, which does not replicate sequences: sets each sequence that a column of the schema''s tables draws from past the highest number in '
'that column (the lowest, where it counts down). Returns the sequences that it advanced, or with dry_run would advance; running it again returns none. It locks each table '
'against writes until the transaction ends. For who owns the tables and is not held by row security (42501). 3F000 without the schema. VOLATILE. '
'Example: SELECT * FROM rowkit.advance_sequences(''app'') returns (customers_id_seq, customers, id, 1, 4711). '
'schema_name is the schema of the tables. sequence_name is the sequence. table_name is the table that draws from it. column_name is its column. former_value '
'is the last number that the sequence had given. new_value is the number that it was, or would be, set to.';
