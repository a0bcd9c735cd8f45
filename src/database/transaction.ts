import type pg from 'pg';

/** Runs `work` in a transaction of its own: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that is gone can't roll back, and need not: the server has done it.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
