#!/usr/bin/env bash
# kysely-codegen of every exposed schema, type-checked, and the example run.
. "$(dirname "$0")/common.sh"
quietly '(warning|error|failed)' node node_modules/kysely-codegen/dist/cli/bin.js --dialect postgres --url "$OWNER_URL" --include-pattern "(${schemas//,/|}).*" --out-file database.ts
{
    echo 'import type { DB } from "./database.ts";'
    psql -XAtq <<'SQL'
SELECT format('export type T%s = DB[%L];', class.oid, exposed.schema || '.' || class.relname)
FROM public.exposed JOIN pg_class AS class ON class.relnamespace = quote_ident(exposed.schema)::regnamespace AND class.relkind IN ('r', 'p', 'v') AND NOT class.relispartition;
SQL
} >expected.ts
[ "$(wc -l <expected.ts)" -gt 100 ]
echo '{"extends": "./tsconfig.json", "files": ["expected.ts", "kysely.ts"]}' >tsconfig.these.json
node node_modules/typescript/bin/tsc -p tsconfig.these.json
same "the example" "$(node kysely.ts)" "Ann's customer 00000000-0000-4000-8000-00000000000a of 1; /data/employee_count: type"
