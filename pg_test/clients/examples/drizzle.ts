import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { recordsInApp } from "./drizzle/schema.ts";

const db = drizzle(process.env.DATABASE_URL!);
const tableId = "00000000-0000-4000-8000-00000000000b";
const claims = JSON.stringify({ sub: "00000000-0000-4000-8000-0000000000a1" });

// Who asks: for the transaction, as PostgREST does it. Row security and the columns of who wrote a row follow.
const asUser = <T>(work: (tx: Parameters<Parameters<typeof db.transaction>[0]>[0]) => Promise<T>) =>
  db.transaction(async (tx) => {
    await tx.execute(sql`SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`);
    return work(tx);
  });

const [customer] = await asUser((tx) =>
  tx.insert(recordsInApp).values({ tableId, name: "Ann's customer", data: { employee_count: 50 } })
    .returning({ name: recordsInApp.name, organizationId: recordsInApp.organizationId }));
const statistics = await asUser((tx) =>
  tx.execute<{ record_count: string }>(sql`SELECT record_count FROM app.get_table_statistics(${tableId})`));
const problems = await asUser((tx) => tx.insert(recordsInApp).values({ tableId, name: "x", data: { employee_count: "many" } }))
  .then(() => [], (error) => JSON.parse(error.cause.detail) as { path: string; code: string }[]);
console.log(`${customer.name} ${customer.organizationId} of ${statistics.rows[0].record_count}; ${problems[0].path}: ${problems[0].code}`);
await db.$client.end();
