import type { Severity } from '../rules/rule.js';

/** What depends on how often it has rung. */
export type Words = Pick<Rendered, 'severity' | 'title' | 'body'>;

/** What a notification says and to whom. */
export interface Rendered {
  topic: string;
  /** Each once. Empty when the change is nobody's: a `user:` of a column that is null. */
  channels: string[];
  severity: Severity;
  title: string;
  body: string | null;
  link: string | null;
  /** Why there is no link although the rule has one; null otherwise. */
  linkDropped: string | null;
  /** Null: published by code. */
  sourceTable: string | null;
  sourceKey: string | null;
  /** Changes with the same one are of one notification. Null: of this change alone. */
  key: string | null;
  /** Whom it goes to as well, where nobody has taken it on for so long; null: nobody. */
  escalation: { after: number; to: string[] } | null;
}
