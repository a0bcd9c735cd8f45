import pg from 'pg';
import type { Connections } from '../../src/database/connections.js';
import { PrismaService } from '../../src/database/prisma.service.js';

interface Plan {
  'Node Type': string;
  'Total Cost': number;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  'Actual Loops': number;
  Plans?: Plan[];
}

/** A table that a plan reads, and how many rows of it were looked at, those that did not fit included. */
export interface Looked {
  node: string;
  table: string;
  rows: number;
}

/** `jit_above_cost`: a question that is taken for dearer is compiled first, which takes longer than any that the inbox asks. */
export const MOST_COST = 100_000;

/** A database's repositories are asked through `prisma`; what it asked is kept, and can be explained. */
export class Asked {
  readonly prisma: PrismaService;
  private readonly pool: pg.Pool;
  private questions: { text: string; values: unknown[] }[] = [];

  /** What PostgreSQL took the question that was explained last to cost. */
  cost = 0;

  /** @param keepsStatements as with sessions of one's own */
  constructor(url: string, keepsStatements = false) {
    this.pool = new pg.Pool({ connectionString: url, max: 1 });
    const query = this.pool.query.bind(this.pool) as (...args: unknown[]) => unknown;
    Object.assign(this.pool, {
      query: (question: { text: string; values: unknown[] }, ...rest: unknown[]) => {
        this.questions.push({ text: question.text, values: question.values });
        return query(question, ...rest);
      },
    });
    this.prisma = new PrismaService({ requests: this.pool, keepsStatements } as unknown as Connections);
  }

  /** What is asked from here on is counted from one. */
  forget(): void {
    this.questions = [];
  }

  /** How often the database was asked. */
  get times(): number {
    return this.questions.length;
  }

  /** Runs the last question once more. @returns the tables that its plan reads */
  async explained(client: pg.Client): Promise<Looked[]> {
    const question = this.questions.at(-1);
    if (!question) throw new Error('nothing was asked, expected a question to explain');
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (analyze, format json) ${question.text}`, question.values);
    this.cost = rows[0]?.['QUERY PLAN'][0].Plan['Total Cost'] ?? NaN;
    const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)];
    return rows
      .flatMap((row) => flat(row['QUERY PLAN'][0].Plan))
      .filter((plan) => plan['Relation Name'] !== undefined)
      .map((plan) => ({
        node: plan['Node Type'],
        table: plan['Relation Name'] ?? '',
        rows: (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'],
      }));
  }

  /** The questions that the server keeps, and how often it needed no new plan for them. */
  async kept(): Promise<{ name: string; unplanned: number }[]> {
    const { rows } = await this.pool.query<{ name: string; unplanned: number }>({
      text: 'select name, generic_plans::integer as unplanned from pg_prepared_statements', values: [],
    });
    return rows;
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    await this.pool.end();
  }
}

/** How many rows that is, of all tables. */
export function rowsOf(looked: readonly Looked[]): number {
  return looked.reduce((sum, { rows }) => sum + rows, 0);
}
