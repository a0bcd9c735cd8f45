/** What a command ends with. */
export const EXIT = {
  /** Done, and nothing to say against it. */
  ok: 0,
  /** It could not be done; the message says why. */
  failed: 1,
  /** Done, and something was found: the plan has changes, the doctor found trouble. */
  found: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What whoever called the command can mend, told in words. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
