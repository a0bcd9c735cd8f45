import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Connections } from './database/connections.js';
import type { Door } from './ops/door.js';
import { ReadinessChecks } from './ops/readiness.js';
import { Relay } from './relay/relay.service.js';

/** When a reader that does not take its last frames is cut, in milliseconds after the start of the end, as are all below. */
const UNREAD_MS = 1_000;
/** When what the requests still wait for in the database is cancelled, so that they are answered. */
const CANCEL_MS = 3_000;
/** When every connection is cut, the browsers' and the database's. */
const CUT_MS = 3_500;
const CUT_AGAIN_MS = 50;
/** When it is left as it is. */
const GIVE_UP_MS = 4_000;

/**
 * Ends an application in order: not ready, no new connection, `goodbye` to every stream and the relay's lock given back at
 * once; then requests finish. What hangs is cut in steps, so that every wait in the stations' own ends comes to an end.
 */
export async function closeApp(door: Door, app: NestExpressApplication | undefined, logger: LoggerService): Promise<void> {
  const ended = new AbortController();
  const at = async (ms: number, step: () => unknown): Promise<void> => {
    await sleep(ms, undefined, { signal: ended.signal }).then(step, () => undefined);
  };
  app?.get(ReadinessChecks).stopping();
  const sessions = app?.get(Connections).sessions;
  const steps = [
    at(UNREAD_MS, () => door.cutIdle()),
    at(CANCEL_MS, () => sessions?.cancel()),
    at(CUT_MS, async () => {
      // More than once: who lost a connection to a database that is silent may have begun to open another.
      while (!ended.signal.aborted) {
        door.cut();
        sessions?.cut();
        await sleep(CUT_AGAIN_MS);
      }
    }),
    at(GIVE_UP_MS, () => logger.error('not everything has ended in time; what is left ends with the process')),
  ];
  door.close();
  // The relay beside the streams, not after them: another process is to lead at once.
  const ending = Promise.all([app?.get(Relay).onModuleDestroy(), app ? app.close() : door.closed()]);
  await Promise.race([ending, steps.at(-1)]).finally(() => ended.abort());
}
