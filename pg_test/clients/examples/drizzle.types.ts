import { customType } from "drizzle-orm/pg-core";

export const unknown = customType<{ data: string }>({ dataType: () => "text" });
