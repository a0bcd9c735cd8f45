import { expect, it } from '@jest/globals';
import { OwnPreferences } from './own-preferences.js';
import { BelfryError, type Rest } from './rest.js';
import type { Preferences } from './wire.js';

const kept: Preferences = {
  mutedTopics: [], toast: { minSeverity: 'info' }, sound: { minSeverity: 'none' }, desktop: { minSeverity: 'none' },
  title: true, quietHours: null, acknowledgeCritical: false,
};
const chosen: Preferences = { ...kept, title: false };

/** Answers when it is told to. */
class Server {
  readonly answers: Record<'read' | 'write', PromiseWithResolvers<Preferences>[]> = { read: [], write: [] };
  readonly rest = { preferences: () => this.ask('read'), setPreferences: () => this.ask('write') } as unknown as Rest;

  private ask(what: 'read' | 'write'): Promise<Preferences> {
    const answer = withResolvers<Preferences>();
    this.answers[what].push(answer);
    return answer.promise;
  }
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let settle: Omit<PromiseWithResolvers<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  if (!settle) throw new Error('a promise runs what it is given at once');
  return { promise, ...settle };
}

const server = new Server();
const own = new OwnPreferences(server.rest, () => undefined);

it('keeps what was chosen while an older answer was on its way, and begins anew for somebody else', async () => {
  own.start('ann');
  const saved = own.set(chosen);
  expect(own.current).toEqual(chosen);
  await Promise.resolve();
  server.answers.write[0]?.resolve(chosen);
  await saved;
  server.answers.read[0]?.resolve(kept);
  await server.answers.read[0]?.promise;
  await Promise.resolve();
  expect(own.current).toEqual(chosen);
  own.start('bob');
  expect(own.current).toBeUndefined();
});

it('asks at each connection until it was answered, but not again where the server knows of none', async () => {
  const asked = async (answer: Error): Promise<number> => {
    own.start('cid');
    server.answers.read.at(-1)?.reject(answer);
    await new Promise((resolve) => setTimeout(resolve, 0));
    return server.answers.read.length;
  };
  const once = await asked(new TypeError('fetch failed'));
  expect(await asked(new BelfryError(503, 'unavailable', ''))).toBe(once + 1);
  expect(await asked(new BelfryError(404, 'not found', ''))).toBe(once + 2);
  expect(await asked(new BelfryError(404, 'not found', ''))).toBe(once + 2);
});

it('has what the stream tells, asks for nothing then, and is not set back by an answer that was on its way', async () => {
  const asked = server.answers.read.length;
  const sent = server.answers.write.length;
  own.hear('eve', kept);
  own.start('eve');
  await own.load();
  expect(server.answers.read.length).toBe(asked);
  expect(own.current).toEqual(kept);

  const quiet: Preferences = { ...chosen, mutedTopics: ['a'] };
  const elsewhere: Preferences = { ...kept, mutedTopics: ['b'] };
  const saved = own.set(quiet);
  await Promise.resolve();
  // What another device chose before and after it; and the answer only then.
  own.hear('eve', chosen);
  own.hear('eve', quiet);
  own.hear('eve', elsewhere);
  server.answers.write[sent]?.resolve(quiet);
  await saved;
  expect(own.current).toEqual(elsewhere);
});

it('shows what was chosen without going back meanwhile, though the stream tells of an earlier choice', async () => {
  const sent = server.answers.write.length;
  own.hear('fay', kept);
  const saved = own.set(chosen);
  await Promise.resolve();
  own.hear('fay', { ...kept, mutedTopics: ['earlier'] });
  expect(own.current).toEqual(chosen);
  server.answers.write[sent]?.resolve(chosen);
  await saved;
  expect(own.current).toEqual(chosen);
});
