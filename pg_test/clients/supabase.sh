#!/usr/bin/env bash
# The types that Supabase generates (postgres-meta, as `supabase gen types` runs it), and supabase-js with them: every table, view and function of the exposed
# schemas is there, and the calls of the example type-check.
. "$(dirname "$0")/common.sh"
PG_META_DB_URL=$OWNER_URL PG_META_GENERATE_TYPES=typescript PG_META_GENERATE_TYPES_INCLUDED_SCHEMAS=$schemas \
    node node_modules/@supabase/postgres-meta/dist/server/server.js >database.ts
# That is how a function is told of which PostgREST could not choose one.
same "functions that cannot be called" "$(grep -c 'error: true' database.ts || true)" 0
{
    echo 'import type { Database } from "./database.ts";'
    psql -XAtq <<'SQL'
SELECT format('export type R%s = Database[%L][%L][%L]["Row"];', class.oid, exposed.schema, CASE WHEN class.relkind IN ('r', 'p') THEN 'Tables' ELSE 'Views' END, class.relname)
FROM public.exposed JOIN pg_class AS class ON class.relnamespace = quote_ident(exposed.schema)::regnamespace AND class.relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT DISTINCT format('export type F%s = Database[%L]["Functions"][%L]["Returns"];', min(routine.oid::bigint), exposed.schema, routine.proname)
FROM public.exposed JOIN pg_proc AS routine ON routine.pronamespace = quote_ident(exposed.schema)::regnamespace AND routine.prorettype <> 'trigger'::regtype
GROUP BY exposed.schema, routine.proname;
SQL
    cat <<'TYPES'
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
type Records = Database["app"]["Tables"]["records"];
type Statistics = Database["app"]["Functions"]["get_table_statistics"];
export const row: Equal<Records["Row"]["organization_id"], string> = true;
export const isFilled: Equal<Records["Insert"]["organization_id"], string | undefined> = true;
export const isNeeded: Equal<Records["Insert"]["table_id"], string> = true;
export const argument: Equal<Statistics["Args"], { table_id?: string }> = true;
export const count: Equal<Statistics["Returns"][number]["record_count"], number> = true;
TYPES
} >expected.ts
[ "$(wc -l <expected.ts)" -gt 150 ]
echo '{"extends": "./tsconfig.json", "files": ["expected.ts", "supabase.ts"]}' >tsconfig.these.json
node node_modules/typescript/bin/tsc -p tsconfig.these.json
