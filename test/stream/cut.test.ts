import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Hub } from '../../src/stream/hub.service.js';
import { TestApp } from '../support/app.js';
import { CUT_AFTER, CuttingProxy } from '../support/cutting-proxy.js';
import { EventStreamParser } from '../support/event-stream-parser.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

/** Two thousand streams on a busy machine: how long each stage may take. */
const PATIENCE_MS = 150_000;

/** A reader that is cut off after so many bytes of its first answer, and comes back as a browser does. */
class CutReader {
  readonly parser: EventStreamParser;
  /** What came in all, headers included. */
  bytes = 0;
  headerBytes = 0;
  isOver = false;

  constructor(
    readonly url: string,
    readonly token: string,
    cursor: string,
    readonly cutAfter: number | undefined,
  ) {
    this.parser = new EventStreamParser(cursor);
  }

  read(cutAfter = this.cutAfter): void {
    this.isOver = false;
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(this.parser.lastEventId !== '' && { 'last-event-id': this.parser.lastEventId }),
      ...(cutAfter !== undefined && { [CUT_AFTER]: cutAfter }),
    };
    // Half an event of the last time is forgotten, and so is half an id.
    const parser = new EventStreamParser(this.parser.lastEventId);
    const sent = request(this.url, { agent: false, headers });
    sent.on('close', () => {
      this.isOver = true;
    });
    sent.on('error', () => undefined).on('response', (response) => {
      const { rawHeaders } = response;
      this.headerBytes = 'HTTP/1.1 200 OK\r\n\r\n'.length + rawHeaders.join('').length + (rawHeaders.length / 2) * ': \r\n'.length;
      response.on('error', () => undefined).on('data', (chunk: Buffer) => {
        this.bytes = response.socket.bytesRead;
        const known = parser.events.length;
        parser.feed(chunk);
        this.parser.events.push(...parser.events.slice(known));
        this.parser.lastEventId = parser.lastEventId;
      });
    });
    sent.end();
  }

  has(type: string): boolean {
    return this.parser.events.some((event) => event.type === type);
  }

  get titles(): string[] {
    const frames = this.parser.events.filter(({ type }) => type === 'notifications');
    return frames.flatMap(({ data }) => JSON.parse(data) as { title: string }[]).map(({ title }) => title);
  }
}

/** Every byte of such an answer's body and so many beyond it; of the headers, some. */
function cuts({ headerBytes, bytes }: CutReader, beyond: number): number[] {
  const body = Array.from({ length: bytes + beyond - headerBytes }, (_, nth) => headerBytes + nth);
  return [0, 1, Math.floor(headerBytes / 2), headerBytes - 1, ...body];
}

describe('a stream that is cut off', () => {
  let app: TestApp;
  let proxy: CuttingProxy;
  let token: string;
  const read = (cursor: string, cutAfter?: number): CutReader => {
    const reader = new CutReader(`http://127.0.0.1:${proxy.port}/v1/stream`, token, cursor, cutAfter);
    reader.read();
    return reader;
  };
  const insert = (...names: string[]) => app.business.query('insert into things (name) select unnest($1::text[])', [names]);

  beforeAll(async () => {
    app = await TestApp.start({ limits: { perAdmin: Infinity } });
    proxy = await CuttingProxy.start(Number(new URL(app.url).port));
    token = await tokenFor('ann', ['staff']);
  });
  afterAll(async () => {
    await proxy.close();
    await app.close();
  });

  it('loses and doubles nothing, whichever its last byte: of the greeting, the replay, `ready`, what came live', async () => {
    const witness = read('');
    await until('it is ready', () => witness.has('ready'));
    const cursor = witness.parser.lastEventId;
    await insert('missed 1', 'missed 2 — ünïcödé ✓');
    await until('they are in the journal', () => witness.titles.length === 2);

    const whole = read(cursor);
    await until('it is ready', () => whole.has('ready'));
    // And on over what two live frames can take.
    const readers = cuts(whole, 1_000).map((cutAfter) => read(cursor, cutAfter));
    await until('all are cut off, or ready', () => readers.every((reader) => reader.isOver || reader.has('ready')), PATIENCE_MS);
    await insert('live 1');
    await until('all are cut off, or told', () => readers.every((reader) => reader.isOver || reader.has('counts')), PATIENCE_MS);
    const longest = readers.filter(({ isOver }) => !isOver);
    // Else the last bytes of the last frame were never cut.
    expect(longest.length).toBeGreaterThan(0);
    await insert('live 2');
    await until('all have come back to the end', () => {
      const away = readers.filter((reader) => !reader.titles.includes('live 2'));
      for (const reader of away) if (reader.isOver) reader.read(Infinity);
      return away.length === 0;
    }, PATIENCE_MS);
    for (const reader of readers) {
      expect(reader.titles).toEqual(['missed 1', 'missed 2 — ünïcödé ✓', 'live 1', 'live 2']);
    }
  }, 3 * PATIENCE_MS);

  it.each(['foreign00000-7', 'nonsense'])('says `reset` to %s until it has been heard', async (cursor) => {
    const whole = read(cursor);
    await until('it is ready', () => whole.has('ready'));
    const readers = cuts(whole, 100).map((cutAfter) => read(cursor, cutAfter));
    await until('all are cut off, or ready', () => readers.every((reader) => reader.isOver || reader.has('ready')), PATIENCE_MS);
    const cut = readers.filter((reader) => !reader.has('ready'));
    expect(cut.length).toBeLessThan(readers.length);
    for (const reader of cut) reader.read(Infinity);
    await until('all are ready', () => readers.every((reader) => reader.has('ready')), PATIENCE_MS);
    for (const reader of readers) expect(reader.has('reset')).toBe(true);
  }, 3 * PATIENCE_MS);

  it('leaves nothing behind in the server', async () => {
    await proxy.close();
    const hub = app.running.app.get(Hub);
    await until('every stream is gone', () => hub.size === 0);
    proxy = await CuttingProxy.start(Number(new URL(app.url).port));
  });
});
