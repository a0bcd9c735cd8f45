import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { Connections } from '../database/connections.js';
import { MarksRepository } from './marks.repository.js';

/** Admins whose inbox is known to exist, so that it is not asked for at every request. */
const REMEMBERED = 100_000;

/** Begins inboxes as their admins are first seen. */
@Injectable()
export class Inboxes {
  private readonly begun = new Set<string>();

  constructor(
    private readonly marks: MarksRepository,
    connections: Connections,
  ) {
    // A backup takes a database's place while nobody is connected to it. The tail finds that out too, but later than the next request.
    for (const loss of ['error', 'remove'] as const) connections.requests.on(loss, () => this.forget());
  }

  async begin({ userId }: Pick<Principal, 'userId'>): Promise<void> {
    if (this.begun.has(userId)) return;
    await this.marks.begin(userId);
    if (this.begun.size >= REMEMBERED) this.begun.clear();
    this.begun.add(userId);
  }

  /** Another journal has taken the place of this one, or may have: who has an inbox there is not known. */
  forget(): void {
    this.begun.clear();
  }
}
