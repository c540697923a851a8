#!/usr/bin/env bash
# drizzle-kit pull of every exposed schema, its schema type-checked, and the example run.
. "$(dirname "$0")/common.sh"
sed -i "s/\[\"app\"\]/[\"${schemas//,/\", \"}\"]/" drizzle.config.ts
SCHEMA_URL=$OWNER_URL quietly '(warning|error|failed)' node node_modules/drizzle-kit/bin.cjs pull
. ./drizzle_pull.sh
same "tables and views" "$(grep -cE '^export const \w+ = \w+\.(table|view|materializedView)\(' drizzle/schema.ts)" \
    "$(psql -XAtc "SELECT count(*) FROM pg_class, public.exposed WHERE relnamespace = quote_ident(schema)::regnamespace AND (relkind IN ('r', 'v', 'm') OR relkind = 'p' AND false)")"
echo '{"extends": "./tsconfig.json", "files": ["drizzle/schema.ts", "drizzle.ts"]}' >tsconfig.these.json
node node_modules/typescript/bin/tsc -p tsconfig.these.json
same "the example" "$(node drizzle.ts)" "Ann's customer 00000000-0000-4000-8000-00000000000a of 1; /data/employee_count: type"
