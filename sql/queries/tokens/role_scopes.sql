SELECT allowed.scope::pg_catalog.text FROM @scopes@ AS allowed WHERE allowed.role::pg_catalog.text OPERATOR(pg_catalog.=) @role@
