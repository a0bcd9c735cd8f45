import type { Context, SharedOptions } from './context.js';
import type { ExitCode } from './exit-code.js';

/** An option as `--help` shows it. */
export interface OptionDefinition {
  /** `--topic <topic>` */
  flags: string;
  description: string;
  /** Makes the value of what was typed. @throws an error that says what was expected */
  parse?: (text: string) => unknown;
  default?: unknown;
  /** The command does nothing without it. */
  required?: boolean;
}

/** One command of `belfry`. */
export interface CommandDefinition<O extends SharedOptions = SharedOptions> {
  /** With its arguments, as `retry [ids...]`. */
  name: string;
  /** One line, for the list of commands. */
  summary: string;
  /** What `--help` says beyond it. */
  details?: string;
  options?: readonly OptionDefinition[];
  /** Reads the rules file, and so takes `--config`. */
  readsRules?: boolean;
  /** Prints a result, and so takes `--json`. */
  prints?: boolean;
  /** Each a whole command, with what it does. */
  examples: readonly (readonly [command: string, does: string])[];
  run(context: Context, options: O, args: readonly string[]): Promise<ExitCode>;
}

/** A command whose own options nobody else needs to know. */
export type AnyCommand = Omit<CommandDefinition, 'run'> & {
  run(context: Context, options: never, args: readonly string[]): Promise<ExitCode>;
};
