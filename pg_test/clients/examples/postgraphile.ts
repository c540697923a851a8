import { makeSchema } from "postgraphile";
import { grafast } from "postgraphile/grafast";
import { preset } from "./postgraphile.preset.ts";

// What a server does with each request: here Ann's, without the server.
const { schema, resolvedPreset } = await makeSchema(preset("app"));
const ask = async (source: string, variableValues = {}) => {
  const requestContext = { claims: { sub: "00000000-0000-4000-8000-0000000000a1" } };
  return (await grafast({ schema, resolvedPreset, requestContext, source, variableValues })) as { data: any; errors?: readonly any[] };
};

const tableId = "00000000-0000-4000-8000-00000000000b";
const insert = `mutation ($record: RecordInput!) {
  insertRecord(input: { record: $record }) { record { name organizationId } }
}`;
const { data: { insertRecord: { record } } } = await ask(insert, { record: { tableId, name: "Ann's customer", data: { employee_count: 50 } } });
const { data: { getTableStatistics: { nodes: [statistics] } } } = await ask(
  `query ($tableId: UUID) { getTableStatistics(tableId: $tableId) { nodes { recordCount } } }`, { tableId });
const { errors } = await ask(insert, { record: { tableId, name: "x", data: { employee_count: "many" } } });
const [problem] = JSON.parse(errors![0].originalError.detail);
console.log(`${record.name} ${record.organizationId} of ${statistics.recordCount}; ${problem.path}: ${problem.code}`);
process.exit();
