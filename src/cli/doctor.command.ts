import type { CommandDefinition } from './command.js';
import { EXIT } from './exit-code.js';
import { type Check, error, type Examination, type Finding } from './doctor/finding.js';
import { backlog, queue, transactions } from './doctor/flow-checks.js';
import { drift, failing, file } from './doctor/rule-checks.js';
import { clock, environment, rights, schema, session, version } from './doctor/server-checks.js';
import { columns, counted, type Output, type Style } from './output.js';
import { tell } from './tell.js';

/** Those that need no table of ours, and those that do. */
const FIRST: Record<string, Check> = { environment, version, session, clock, queue, transactions, schema };
const WITH_SCHEMA: Record<string, Check> = { rights, rules: file, drift, errors: failing, backlog };

const STYLES: Record<Finding['state'], Style> = { ok: 'green', warn: 'yellow', error: 'red' };

export const doctor: CommandDefinition = {
  name: 'doctor',
  summary: 'look for whatever keeps the bell from ringing, and say what to do',
  details: 'Changes nothing. Ends with 2 when something does not work.',
  readsRules: true,
  prints: true,
  examples: [['belfry doctor', 'looks at connection, rights, triggers, backlog, queue and clock']],
  async run(context) {
    const { output } = context;
    const findings = await context.withClient(async (client, target) => {
      const examination = { context, target, client };
      const first = await examine(FIRST, examination);
      const isReady = first.every(({ check, state }) => check !== 'schema' || state !== 'error');
      return [...first, ...(isReady ? await examine(WITH_SCHEMA, examination) : [])];
    });
    const count = (wanted: Finding['state']): number => findings.filter(({ state }) => state === wanted).length;
    output.result({ findings, errors: count('error'), warnings: count('warn') }, [
      ...show(output, findings),
      `${counted(findings.length, 'finding')}: ${counted(count('error'), 'error')}, ${counted(count('warn'), 'warning')}`,
    ]);
    return count('error') > 0 ? EXIT.found : EXIT.ok;
  },
};

async function examine(checks: Record<string, Check>, examination: Examination): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      found.push(...(await check(examination)));
    } catch (reason) {
      found.push(error(name, `could not be found out: ${tell(reason).message}`, 'Mend that first, and ask again.'));
    }
  }
  return found;
}

function show(output: Output, findings: readonly Finding[]): string[] {
  const lines = columns(findings.map(({ state, check, found }) => [state, check, found]));
  return lines.flatMap((line, at) => {
    const { state = 'ok', advice = null } = findings[at] ?? {};
    return [output.paint(STYLES[state], state) + line.slice(state.length), ...(advice === null ? [] : [`       ${output.paint('bold', '→')} ${advice}`])];
  });
}
