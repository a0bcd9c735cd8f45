/** What a command ends with. */
export const EXIT = {
  /** Done, and nothing to say against it. */
  ok: 0,
  /** It could not be done; the message says why. */
  failed: 1,
  /** Done, and something was found: the plan has changes, the doctor found trouble. */
  found: 2,
  /** Ended by Ctrl-C (SIGINT) or by SIGTERM, as a shell has it: 128 and the signal's number. */
  SIGINT: 130,
  SIGTERM: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Signals that end a command in order. A second one ends it at once. */
export const ENDING = ['SIGINT', 'SIGTERM'] as const;

/** Why an abort signal of a command was raised. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(readonly by: (typeof ENDING)[number]) {
    super(`ended by ${by}`);
  }
}

/** What whoever called the command can mend, told in words. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
