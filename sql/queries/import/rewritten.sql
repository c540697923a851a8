-- Records of rows were written once more: a hash of each as it is now.
UPDATE @rows@ AS rewritten SET written_hash = given.written_hash
FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS given(row_index, written_hash)
WHERE rewritten.import_id OPERATOR(pg_catalog.=) $1
    AND rewritten.organization_id OPERATOR(pg_catalog.=) (SELECT import.organization_id FROM @imports@ AS import WHERE import.id OPERATOR(pg_catalog.=) $1)
    AND rewritten.row_index OPERATOR(pg_catalog.=) given.row_index
