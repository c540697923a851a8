import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import type { DB } from "./database.ts";

const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env.DATABASE_URL }) }) });
const table_id = "00000000-0000-4000-8000-00000000000b";
const claims = JSON.stringify({ sub: "00000000-0000-4000-8000-0000000000a1" });

const asUser = <T>(work: (tx: Transaction<DB>) => Promise<T>) =>
  db.transaction().execute(async (tx) => {
    await sql`SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`.execute(tx);
    return work(tx);
  });

// organization_id is left out: a trigger takes it from the table, and the types know that.
const customer = await asUser((tx) =>
  tx.insertInto("app.records").values({ table_id, name: "Ann's customer", data: JSON.stringify({ employee_count: 50 }) })
    .returning(["name", "organization_id"]).executeTakeFirstOrThrow());
const statistics = await asUser((tx) =>
  sql<{ record_count: string }>`SELECT record_count FROM app.get_table_statistics(${table_id})`.execute(tx));
const problems = await asUser((tx) =>
  tx.insertInto("app.records").values({ table_id, name: "x", data: JSON.stringify({ employee_count: "many" }) }).execute())
  .then(() => [], (error) => JSON.parse(error.detail) as { path: string; code: string }[]);
console.log(`${customer.name} ${customer.organization_id} of ${statistics.rows[0].record_count}; ${problems[0].path}: ${problems[0].code}`);
await db.destroy();
