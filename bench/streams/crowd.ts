import { connect, Socket } from 'node:net';
import { answerParent } from '../child.js';

export type CrowdRequest =
  /** Opens a stream for each token, each from where the one of that place in the list was left; until all are ready. */
  | { open: string; tokens: readonly string[] }
  /** Lets all of them go at once. */
  | { leave: true }
  /** Stops reading all of them. */
  | { stopReading: true }
  /** What those that were let go had been given since they were opened. */
  | { given: true };

/** What came over one stream since it was opened. */
export interface Given {
  /** The notifications' ids in the order they came. */
  ids: string[];
  isReady: boolean;
  isOver: boolean;
}

interface Stream extends Given {
  socket: Socket;
  cursor: string | undefined;
}

const ID = /^id: (.+)$/m;
const NOTIFICATION = /\{"id":"(\d+)"/g;
/** An overloaded machine may cut some off. */
const MOST_TRIES = 20;
const RETRY_MS = 500;
let streams: Stream[] = [];

answerParent(async (request: CrowdRequest): Promise<Given[] | number> => {
  if ('open' in request) return open(request.open, request.tokens);
  if ('leave' in request) for (const { socket } of streams) socket.destroy();
  if ('stopReading' in request) for (const { socket } of streams) socket.pause();
  return streams.map(({ ids, isReady, isOver }) => ({ ids, isReady, isOver }));
});

/** @returns milliseconds until all were ready */
async function open(url: string, tokens: readonly string[]): Promise<number> {
  const { hostname, port } = new URL(url);
  const cursors = streams.map(({ cursor }) => cursor);
  const start = performance.now();
  streams = tokens.map((_, nth) => ({ socket: new Socket(), cursor: cursors[nth], ids: [], isReady: false, isOver: false }));
  await Promise.all(streams.map((stream, nth) => follow(stream, { host: hostname, port: Number(port) }, tokens[nth] ?? '')));
  return performance.now() - start;
}

/** Until it is ready. One that is cut off before comes back with its cursor, as a browser does. */
async function follow(stream: Stream, address: { host: string; port: number }, token: string): Promise<void> {
  for (let tries = 0; !stream.isReady; tries++) {
    if (tries === MOST_TRIES) throw new Error(`a stream was cut off ${tries} times before it was ready`);
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    await new Promise<void>((resolve) => {
      const socket = connect(address);
      stream.socket = socket;
      stream.isOver = false;
      socket.setEncoding('utf8').on('error', () => undefined);
      socket.on('close', () => {
        stream.isOver = true;
        resolve();
      });
      const from = stream.cursor === undefined ? '' : `Last-Event-ID: ${stream.cursor}\r\n`;
      socket.write(`GET /v1/stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n${from}\r\n`);
      let rest = '';
      socket.on('data', (text: string) => {
        const frames = (rest + text).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) take(stream, frame);
        if (stream.isReady) resolve();
      });
    });
  }
}

function take(stream: Stream, frame: string): void {
  stream.cursor = ID.exec(frame)?.[1] ?? stream.cursor;
  if (frame.includes('event: notifications\n')) for (const [, id = ''] of frame.matchAll(NOTIFICATION)) stream.ids.push(id);
  if (frame.includes('event: ready\n')) stream.isReady = true;
}
