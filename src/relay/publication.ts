import type pg from 'pg';
import { PUBLISH, type PublishedContent, readContent } from '../publish/content.js';
import type { Live } from './ledger.js';
import type { Outcome, Ring } from './outcome.js';
import type { Change } from './outbox.js';
import { MAX_BODY, MAX_TITLE } from './render-parts.js';
import type { Rendered } from './rendered.js';
import { textOf } from './rendered-text.js';

/** What becomes of content that code has published: `belfry.publication()` has checked it, and what is too long is cut as a rule's is. */
export function published(json: string): Ring {
  const content = readContent(json);
  const rendered = render(content);
  return {
    kind: 'notification',
    rendered,
    again: () => rendered,
    rule: { expire: content.expiresIn, digest: null, resolvable: false },
    drift: null,
    count: 1,
  };
}

/** What becomes of a topic and key that code has taken back. */
export function taken(json: string): Outcome {
  const { topic, key } = JSON.parse(json) as { topic: string; key: string };
  return { kind: 'resolve', topic, table: '', by: 'key', key };
}

/** Which row of `belfry.publications` waits to learn what becomes of this; undefined for what SQL has published, and for all else. */
export function publicationOf({ operation, new: content }: Change): string | undefined {
  return operation === PUBLISH && content !== null ? readContent(content).publication : undefined;
}

/** What a row of `belfry.publications` is to learn: the notification, or why there is none. */
export interface Answer {
  id: string;
  outcome: Live | string;
}

/** Tells those who publish over REST what became of it, in the caller's transaction. Asks nothing where nobody waits. */
export async function answerPublications(client: pg.ClientBase, publications: readonly Answer[]): Promise<void> {
  if (publications.length === 0) return;
  await client.query({
    name: 'relay-answer',
    text: `update belfry.publications p set notification = a.notification, failed = a.failed
             from unnest($1::bigint[], $2::bigint[], $3::text[]) as a (id, notification, failed)
            where p.id = a.id`,
    values: [
      publications.map(({ id }) => id),
      publications.map(({ outcome }) => (typeof outcome === 'string' ? null : outcome.id)),
      publications.map(({ outcome }) => (typeof outcome === 'string' ? outcome : null)),
    ],
  });
}

function render({ topic, audience, severity, title, body, link, key }: PublishedContent): Rendered {
  return {
    topic,
    channels: audience,
    severity,
    title: textOf(title, MAX_TITLE).replace(/\s+/g, ' ') || topic,
    body: (body !== null && textOf(body, MAX_BODY)) || null,
    link,
    linkDropped: null,
    sourceTable: null,
    sourceKey: null,
    key,
    escalation: null,
  };
}
