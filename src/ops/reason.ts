/** What an error says, on one line: Prisma's begin with an empty one, and that of several addresses that were tried says nothing. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, ' ').trim() || error.name : String(error);
}
