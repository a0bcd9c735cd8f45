import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Connections } from '../database/connections.js';
import { sqlState } from '../database/server.js';
import type { Publication } from './publish.schemas.js';

/** What became of a publication. */
export interface Outcome {
  /** Its number: `GET /v1/publications/:id` tells more of it later, for a day. */
  publication: string;
  state: 'waiting' | 'sent' | 'failed';
  /** The notification's id once it is sent; an older one where what has the same key was open. */
  notification: string | null;
  /** Why it failed. Its change is parked, and can be sent again by `belfry retry`. */
  reason: string | null;
}

/** The same key came with another body. */
export class KeyReusedError extends Error {}
/** The words are not as they have to be. The message says what was found and expected. */
export class RefusedError extends Error {}

/** How long a request waits for the relay, in milliseconds. It takes some 5; a standby takes over within seconds. */
const PATIENCE_MS = 2_000;
/** Between two looks, doubled each time, in milliseconds. */
const FIRST_LOOK_MS = 5;
/** invalid_parameter_value, as belfry.publication() raises it. */
const REFUSED = '22023';

// One statement: the request is known if and only if its change is in the outbox. Who sends the same one meanwhile waits at
// the unique index until this is committed.
const PUBLISH = `
  with begun as (
    insert into belfry.publications (user_id, idempotency_key, fingerprint) values ($1, $2, $3)
    on conflict (user_id, idempotency_key) where idempotency_key is not null do nothing
    returning id
  ), sent as (
    insert into belfry.changes (operation, new, actor)
    select 'publish', belfry.publication($4, $5, $6, $7, $8, $9, $10, $11 * interval '1 s') || jsonb_build_object('publication', id::text), $1 from begun
    returning id
  )
  select begun.id, belfry.ring() from begun, sent`;
const FIND = `
  select id as publication, case when failed is not null then 'failed' when notification is not null then 'sent' else 'waiting' end as state,
         notification, failed as reason, fingerprint
    from belfry.publications
   where user_id = $1 and`;

/** What code publishes over REST. */
@Injectable()
export class Publications {
  constructor(private readonly connections: Connections) {}

  /**
   * Publishes, unless this user has with this key before, and waits a while for what becomes of it.
   * @throws RefusedError, KeyReusedError
   */
  async publish(userId: string, key: string | null, content: Publication): Promise<Outcome> {
    const fingerprint = createHash('sha256').update(JSON.stringify(content)).digest('hex');
    const { topic, audience, title, body, link, severity, expiresIn } = content;
    for (;;) {
      const { rows } = await this.connections.requests
        .query<{ id: string }>(PUBLISH, [userId, key, fingerprint, topic, audience, title, body, link, severity, content.key, expiresIn])
        .catch((error: unknown) => {
          throw sqlState(error) === REFUSED ? new RefusedError((error as Error).message) : error;
        });
      const begun = rows[0]?.id;
      const known = begun === undefined ? await this.ofKey(userId, key) : undefined;
      if (known && known.fingerprint !== fingerprint) throw new KeyReusedError();
      const id = begun ?? known?.publication;
      // Forgotten between the two looks: then it is a new one.
      if (id !== undefined) return this.settled(userId, id);
    }
  }

  /** What became of a publication of this user's; undefined where there is none, or no more. */
  async find(userId: string, id: string): Promise<Outcome | undefined> {
    const { rows } = await this.connections.requests.query<Row>(`${FIND} id = $2`, [userId, id]);
    return rows[0] && toOutcome(rows[0]);
  }

  private async ofKey(userId: string, key: string | null): Promise<Row | undefined> {
    const { rows } = await this.connections.requests.query<Row>(`${FIND} idempotency_key = $2`, [userId, key]);
    return rows[0];
  }

  private async settled(userId: string, id: string): Promise<Outcome> {
    const end = performance.now() + PATIENCE_MS;
    for (let wait = FIRST_LOOK_MS; ; wait *= 2) {
      const outcome = (await this.find(userId, id)) ?? { publication: id, state: 'waiting', notification: null, reason: null };
      const left = end - performance.now();
      if (outcome.state !== 'waiting' || left <= 0) return outcome;
      await sleep(Math.min(wait, left));
    }
  }
}

type Row = Outcome & { fingerprint: string };

function toOutcome({ publication, state, notification, reason }: Row): Outcome {
  return { publication, state, notification, reason };
}
