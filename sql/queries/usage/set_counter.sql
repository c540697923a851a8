UPDATE @owner@ AS owner SET @counter@ = $2 WHERE owner.@key@ OPERATOR(pg_catalog.=) $1::@type@
