import { ConfigError } from '../config/config.js';
import { MigrationError } from '../database/migrations.js';
import { ServerVersionError, sqlState } from '../database/server.js';
import { EmbeddedPostgresError } from '../embedded/failures.js';
import { RulesError } from '../rules/rules-error.js';
import { CommandError, Interrupted } from './exit-code.js';

const IN_WORDS = [CommandError, ConfigError, EmbeddedPostgresError, Interrupted, MigrationError, RulesError, ServerVersionError];

/** What PostgreSQL refuses most often, and what can be done about it. */
const ADVICE = new Map([
  ['42501', "have the owner grant that right to Belfry's role"],
  ['57014', 'it took longer than this command waits'],
  ['25006', 'this server is a standby or read-only: point DATABASE_URL at the primary'],
]);

/** An error as whoever called the command reads it: in words where they can mend it, else with where it came from. */
export function tell(error: unknown): { message: string; problems?: readonly object[] } {
  if (error instanceof RulesError) return { message: error.message, problems: error.problems };
  if (!(error instanceof Error)) return { message: String(error) };
  const state = sqlState(error);
  if (state !== undefined) {
    const advice = ADVICE.get(state);
    return { message: `PostgreSQL says: ${error.message} (SQLSTATE ${state})${advice === undefined ? '' : `: ${advice}`}` };
  }
  const isTold = IN_WORDS.some((kind) => error instanceof kind) || 'code' in error || error.cause !== undefined;
  return { message: isTold ? error.message : (error.stack ?? error.message) };
}
