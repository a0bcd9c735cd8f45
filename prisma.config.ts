import { defineConfig } from 'prisma/config';

/** For `prisma` on the command line; at run time the migrations are applied by src/database/migrations.ts. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:5432/postgres?schema=belfry' },
});
