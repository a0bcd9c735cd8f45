import { inTransaction } from '../../database/transaction.js';
import { findDrift } from '../../rules/drift.js';
import { planRules } from '../../rules/plan.js';
import { showProblem, RulesError } from '../../rules/rules-error.js';
import { reportRules } from '../../rules/rules.repository.js';
import { type Check, error, ok, warn } from './finding.js';

/** Whether the file is whole, fits the database and is what is in force. */
export const file: Check = async ({ client, context }) => {
  try {
    const rules = await context.rules();
    const steps = await inTransaction(client, async () => {
      await client.query(`set transaction read only; set local lock_timeout = 2000`);
      return planRules(client, rules);
    });
    const due = steps.filter(({ action }) => action !== 'keep').map(({ action, topic }) => `${action} ${topic}`);
    if (due.length === 0) return [ok('rules', `the ${rules.length} of the file are in force`)];
    return [warn('rules', `the file is not what is in force: ${due.join(', ')}`, 'belfry plan shows it, belfry apply does it.')];
  } catch (reason) {
    if (!(reason instanceof RulesError)) throw reason;
    return reason.problems.map((problem) => error('rules', showProblem(problem), 'Mend the file; belfry plan checks it.'));
  }
};

/** Triggers that are gone or disabled, tables renamed, columns gone. */
export const drift: Check = async ({ client }) => {
  const found = [...(await findDrift(client))];
  const drifted = found.flatMap(([topic, why]) =>
    why === null ? [] : [error('drift', `${topic}: ${why}`, 'Mend the table or the file, then belfry apply.')],
  );
  return drifted.length > 0 ? drifted : [ok('drift', `every trigger is in place (${found.length})`)];
};

/** What the rules themselves complain of. */
export const failing: Check = async ({ client }) => {
  const failed = (await reportRules(client)).filter(({ lastError }) => lastError !== null);
  if (failed.length === 0) return [ok('errors', 'no rule has failed')];
  return failed.map(({ topic, lastError, failed: count }) =>
    warn('errors', `${topic} failed ${count} times, last: ${lastError ?? ''}`, `Mend the rule, then belfry retry --topic ${topic}.`),
  );
};
