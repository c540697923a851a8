#!/usr/bin/env bash
# PostGraphile builds the GraphQL schema of each exposed schema without a complaint, it has every table and function that the API may use, and the example runs.
. "$(dirname "$0")/common.sh"
export GRAPHILE_ENV=development
for schema in ${schemas//,/ }; do
    psql -XAtq -v schema="$schema" >wanted.json <<'SQL'
-- What the API's roles may use: PostGraphile shows nothing else.
WITH role AS (SELECT unnest('{anon,authenticated,service_role}'::regrole[]) AS id)
SELECT jsonb_build_object(
    'tables', (SELECT jsonb_agg(relname) FROM pg_class WHERE relnamespace = quote_ident(:'schema')::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND EXISTS (SELECT FROM role WHERE has_any_column_privilege(role.id, pg_class.oid, 'SELECT'))),
    -- Of two functions of one name it shows neither.
    'functions', (SELECT jsonb_agg(proname) FROM (
        SELECT proname FROM pg_proc WHERE pronamespace = quote_ident(:'schema')::regnamespace AND prorettype <> 'trigger'::regtype
            AND EXISTS (SELECT FROM role WHERE has_function_privilege(role.id, pg_proc.oid, 'EXECUTE'))
        GROUP BY proname HAVING count(*) = 1) AS single));
SQL
    quietly '.' node --input-type=module - "$schema" wanted.json <<'NODE'
import { readFileSync } from "node:fs";
import { makeSchema } from "postgraphile";
import { validateSchema } from "postgraphile/graphql";
import { preset } from "./postgraphile.preset.ts";

const { schema } = await makeSchema(preset(process.argv[2]));
for (const error of validateSchema(schema)) console.log(error);
const wanted = JSON.parse(readFileSync(process.argv[3], "utf8"));
const fields = Object.values(schema.getTypeMap()).flatMap((type) => Object.keys(type.getFields?.() ?? {}));
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const has = (name) => fields.some((field) => field.toLowerCase() === camel(name).toLowerCase());
for (const name of wanted.functions) if (!has(name)) console.log(`there is no field for the function ${name}`);
const lists = Object.keys(schema.getQueryType().getFields()).filter((field) => field.startsWith("all")).length;
if (lists < wanted.tables.length) console.log(`${lists} tables of ${wanted.tables.length} can be listed`);
process.exit();
NODE
done
same "the example" "$(node postgraphile.ts)" \
    'Ann'"'"'s customer 00000000-0000-4000-8000-00000000000a of 1; /data/employee_count: type'
