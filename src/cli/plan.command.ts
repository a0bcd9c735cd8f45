import { MIGRATIONS, pendingMigrations } from '../database/migrations.js';
import { inTransaction } from '../database/transaction.js';
import { planRules } from '../rules/plan.js';
import { showStep, type ShownStep } from '../rules/plan-changes.js';
import type { CommandDefinition } from './command.js';
import { EXIT } from './exit-code.js';
import { counted, type Output, type Style } from './output.js';

/** A plan locks next to nothing, and waits for nobody. */
const LOCK_TIMEOUT_MS = 2_000;

const SIGNS: Record<ShownStep['action'], [sign: string, style: Style, tense: string]> = {
  create: ['+', 'green', 'to create'],
  replace: ['~', 'yellow', 'to replace'],
  mend: ['!', 'yellow', 'to mend'],
  drop: ['-', 'red', 'to drop'],
  keep: ['=', 'dim', 'unchanged'],
};

export const plan: CommandDefinition = {
  name: 'plan',
  summary: 'show what apply would create, replace, mend or drop; changes nothing',
  details: 'Ends with 2 when something would change, so that a pipeline can tell. Checks tables, columns and SQL as apply does.',
  readsRules: true,
  prints: true,
  examples: [['belfry plan', 'compares belfry.yaml with the database of DATABASE_URL']],
  async run(context) {
    const { output } = context;
    const rules = await context.rules();
    const { migrations, steps } = await context.withClient(async (client) => ({
      migrations: await pendingMigrations(client, MIGRATIONS, 'belfry'),
      steps: await inTransaction(client, async () => {
        await client.query(`set transaction read only; set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
        return (await planRules(client, rules)).map(showStep);
      }),
    }));
    const changes = migrations.length > 0 || steps.some(({ action }) => action !== 'keep');
    output.result({ changes, migrations, rules: steps }, [
      ...migrations.map((name) => output.paint('green', `+ migration ${name}`)),
      ...steps.filter(({ action }) => action !== 'keep').flatMap((step) => show(output, step)),
      summary(steps),
    ]);
    return changes ? EXIT.found : EXIT.ok;
  },
};

function show(output: Output, { action, topic, table, changes, reason }: ShownStep): string[] {
  const [sign, style] = SIGNS[action];
  const where = table === null ? '' : ` on ${table}`;
  return [
    output.paint(style, `${sign} ${topic}${where}${reason === null ? '' : `: ${reason}`}`),
    ...changes.flatMap(({ field, from, to }) => [
      `    ${field}`,
      ...lines(from).map((line) => output.paint('red', `      - ${line}`)),
      ...lines(to).map((line) => output.paint('green', `      + ${line}`)),
    ]),
  ];
}

const lines = (text: string | null): string[] => text?.split('\n') ?? [];

function summary(steps: readonly ShownStep[]): string {
  const counts = Object.entries(SIGNS).map(([action, [, , tense]]) => [steps.filter((step) => step.action === action).length, tense]);
  return `${counted(steps.length, 'rule')}: ${counts.map(([count, tense]) => `${count ?? 0} ${tense ?? ''}`).join(', ')}`;
}
