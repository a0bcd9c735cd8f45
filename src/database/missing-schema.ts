/** PostgreSQL's words for a table, a function or the schema itself that is not there. */
const MISSING = /(?:relation "belfry\.\w+"|function belfry\.\w+\(.*\)|schema "belfry") does not exist/;

/** Whether a statement failed because Belfry's schema, or a part of it, is not in the database. */
export function isSchemaMissing(error: unknown): boolean {
  return error instanceof Error && MISSING.test(error.message);
}
