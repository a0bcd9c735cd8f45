import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
import type { Principal } from '../auth/principal.js';
import { RecentEntries } from '../journal/recent.js';
import type { Tail } from '../journal/tail.service.js';
import { CountsKeeper } from './counts-keeper.service.js';
import type { CountsAt, CountsRepository } from './counts.repository.js';
import type { Inboxes } from './inboxes.service.js';
import { DEFAULT_PREFERENCES } from './preferences.schemas.js';

const none = { count: 0, capped: false };
const COUNTED: CountsAt = { position: 0n, oldest: null, unread: none, unseen: none, seenUpTo: 0n, raised: new Set(), preferences: DEFAULT_PREFERENCES };

function admin(userId: string): Principal {
  return { userId, roles: [], channels: ['everyone', `user:${userId}`], scopes: [], expiresAt: new Date() };
}

describe('counts of a crowd', () => {
  it('are asked of the database four at a time, and once for each admin, however many come at once', async () => {
    let atIt = 0;
    let most = 0;
    const asked: string[] = [];
    const repository = {
      counts: async ({ userId }: Principal) => {
        asked.push(userId);
        most = Math.max(most, ++atIt);
        await new Promise((resolve) => setImmediate(resolve));
        atIt--;
        return COUNTED;
      },
    };
    const tail = { recent: new RecentEntries(4, 10_000), replaced$: new Subject() };
    const inboxes = { begin: () => Promise.resolve(), forget: () => undefined };
    const keeper = new CountsKeeper(tail as unknown as Tail, repository as unknown as CountsRepository, inboxes as unknown as Inboxes);
    const crowd = Array.from({ length: 50 }, (_, nth) => `admin ${nth}`);
    // Each with two streams.
    await Promise.all([...crowd, ...crowd].map((userId) => keeper.of(admin(userId)).current()));
    expect(most).toBe(4);
    expect(asked).toEqual(crowd);
  });
});
