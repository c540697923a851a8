#!/usr/bin/env bash
# The example of docs/import.md for supabase-js type-checks with the types that Supabase generates, and imports a file through a server that answers as PostgREST
# does: as a member, in parts, with the requests repeated.
. "$(dirname "$0")/common.sh"
PG_META_DB_URL=$OWNER_URL PG_META_GENERATE_TYPES=typescript PG_META_GENERATE_TYPES_INCLUDED_SCHEMAS=app \
    node node_modules/@supabase/postgres-meta/dist/server/server.js >database.ts
sed -n "\|^<!-- supabase-js -->\$|,/^\`\`\`\$/p" "$clients/../../docs/import.md" | sed '1,2d;$d' >import.ts
[ "$(wc -l <import.ts)" -gt 20 ]
echo '{"extends": "./tsconfig.json", "files": ["import.ts"]}' >tsconfig.these.json
node node_modules/typescript/bin/tsc -p tsconfig.these.json

# POST /rest/v1/rpc/FUNCTION, as PostgREST: the arguments by name, one transaction with the role and the claims of the token.
cat >postgrest.mjs <<'JS'
import { createServer } from "node:http";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

async function answer(request, body) {
  const claims = JSON.parse(Buffer.from(request.headers.authorization.split(".")[1], "base64url").toString());
  const [, name] = request.url.match(/^\/rest\/v1\/rpc\/([a-z0-9_]+)$/);
  const schema = pg.escapeIdentifier(request.headers["content-profile"]);
  const given = Object.entries(body);
  const places = given.map(([key], place) => `${pg.escapeIdentifier(key)} => $${place + 1}`).join(", ");
  const values = given.map(([, value]) => (value !== null && typeof value === "object" ? JSON.stringify(value) : value));
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT set_config('role', $1, true), set_config('request.jwt.claims', $2, true)", [claims.role, JSON.stringify(claims)]);
    const { rows } = await client.query(`SELECT to_json(${schema}.${pg.escapeIdentifier(name)}(${places})) AS answer`, values);
    await client.query("COMMIT");
    return [200, rows[0].answer];
  } catch (error) {
    await client.query("ROLLBACK");
    return [400, { code: error.code, message: error.message, details: error.detail ?? null, hint: error.hint ?? null }];
  } finally {
    client.release();
  }
}

createServer((request, response) => {
  let text = "";
  request.on("data", (data) => (text += data));
  request.on("end", async () => {
    const [status, value] = await answer(request, JSON.parse(text || "{}"));
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
  });
}).listen(0, "127.0.0.1", function () {
  console.log(this.address().port);
});
JS
cat >run.ts <<'TS'
import { errorFile, importFile } from "./import.ts";

const table = "00000000-0000-4000-8000-00000000000b";
const lines = Array.from({ length: 2500 }, (_, n) => `name ${n},${n === 1200 ? "many" : n + 1},${"x".repeat(500)}`);
const file = new File([["name,employee_count,remark", ...lines].join("\n")], "customers.csv");
const seen: number[] = [];
const done = await importFile(table, file, "upload-1", (progress) => seen.push(progress.next_row));
const again = await importFile(table, file, "upload-1", () => {});
const errors = await (await errorFile(done))!.text();
console.log(JSON.stringify([done.created, done.failed, seen, again.created, again.import_id === done.import_id, errors.split("\r\n")[0], errors.includes("name 1200,many")]));
try {
  await importFile("00000000-0000-4000-8000-0000000000ff", file, "upload-2", () => {});
} catch (error) {
  console.log((error as { code: string }).code);
}
TS
node postgrest.mjs >port 2>said.log &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
payload=$(printf '{"sub": "00000000-0000-4000-8000-0000000000a1", "role": "authenticated"}' | base64 -w 0 | tr '+/' '-_' | tr -d '=')
export SUPABASE_URL="http://127.0.0.1:$(cat port)" SUPABASE_ANON_KEY="e30.$payload.none"
same "the example" "$(node run.ts || cat said.log)" '[2499,1,[1000,2000,2500],2499,true,"name,employee_count,remark,_row,_problems",true]
42704'
same "the records" "$(psql -XAtqc "SELECT count(*), count(DISTINCT data -> 'employee_count') FROM app.records")" "2499|2499"
