import { createClient } from "@supabase/supabase-js";
import type { Database } from "./database.ts";

const supabase = createClient<Database, "app">(process.env.SUPABASE_URL!, process.env.SUPABASE_ANON_KEY!, { db: { schema: "app" } });

// A record that breaks a rule is refused with error.code "23514", and error.details is a JSON array of all problems.
export async function addCustomer(table_id: string, name: string, employee_count: number) {
  const { data, error } = await supabase.from("records").insert({ table_id, name, data: { employee_count } }).select("id, organization_id").single();
  if (error?.code === "23514") return { problems: JSON.parse(error.details) as { path: string; code: string; message: string }[] };
  if (error) throw error;
  return { id: data.id };
}

export async function countCustomers(table_id: string) {
  const { data } = await supabase.rpc("get_table_statistics", { table_id }).single().throwOnError();
  return data.record_count;
}
