import type { Severity } from '../rules/rule.js';

/** The operation of such a change, and of one that takes back what was published with a key. */
export const PUBLISH = 'publish';
export const RESOLVE = 'resolve';

/** What was published, as `belfry.publication()` puts it into the outbox. */
export interface PublishedContent {
  topic: string;
  /** Channels, each once. */
  audience: string[];
  severity: Severity;
  title: string;
  body: string | null;
  link: string | null;
  /** What has the same one is one notification, as long as that is open. */
  key: string | null;
  /** Seconds after which it resolves itself. */
  expiresIn: number | null;
  /** The row of `belfry.publications` that waits for the outcome; undefined for what SQL has published. */
  publication?: string;
}

export function readContent(json: string): PublishedContent {
  return JSON.parse(json) as PublishedContent;
}
