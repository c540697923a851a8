import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

// after is what each connection has: a function's argument of that name is afterCursor.
// create_record(), update_record() and delete_record() are the blueprint's functions: the mutations of its tables get names that are not theirs, such as
// insertRecord, updateRecordByRowId and deleteRecordByRowId.
const NamesPlugin: GraphileConfig.Plugin = {
  name: "NamesPlugin",
  version: "0.0.0",
  inflection: {
    replace: {
      argument: (previous, _options, details) => previous!(details).replace(/^after$/, "afterCursor"),
      createField: (previous, _options, resource) => previous!(resource).replace(/^create/, "insert"),
      updatePayloadType: (previous, _options, details) => previous!(details).replace(/Payload$/, "RowPayload"),
      deletePayloadType: (previous, _options, details) => previous!(details).replace(/Payload$/, "RowPayload"),
    },
  },
};

export const preset = (schema: string): GraphileConfig.Preset => ({
  extends: [PostGraphileAmberPreset],
  plugins: [NamesPlugin],
  schema: { defaultBehavior: "-nodeId:resource:update -nodeId:resource:delete" },
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, superuserConnectionString: process.env.OWNER_URL, schemas: [schema] })],
  grafast: {
    // The claims of the request's token, which your server verified.
    context: (request) => ({ pgSettings: { role: "authenticated", "request.jwt.claims": JSON.stringify(request.claims) } }),
  },
});
