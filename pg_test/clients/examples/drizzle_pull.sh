# After `npx drizzle-kit pull`: give tsvector and bytea, which drizzle-kit does not know, a type; annotate tables that refer to each other.
rm drizzle/relations.ts
sed -i -e '1i import { unknown } from "../drizzle.types.ts";' -e '1i import type { PgTableExtraConfigValue } from "drizzle-orm/pg-core";' \
    -e 's/^}, (table) => \[/}, (table): PgTableExtraConfigValue[] => [/' drizzle/schema.ts
