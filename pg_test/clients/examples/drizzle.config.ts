import { defineConfig } from "drizzle-kit";

export default defineConfig({ dialect: "postgresql", schemaFilter: ["app"], dbCredentials: { url: process.env.SCHEMA_URL! } });
