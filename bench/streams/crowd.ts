import { connect, type Socket } from 'node:net';
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
  streams = [];
  await Promise.all(tokens.map((token, nth) => new Promise<void>((resolve, reject) => {
    const cursor = cursors[nth];
    const socket = connect(Number(port), hostname);
    const stream: Stream = { socket, cursor, ids: [], isReady: false, isOver: false };
    streams.push(stream);
    socket.setEncoding('utf8');
    socket.write(
      `GET /v1/stream HTTP/1.1\r\nHost: ${hostname}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n` +
        `${cursor === undefined ? '' : `Last-Event-ID: ${cursor}\r\n`}\r\n`,
    );
    let rest = '';
    socket.on('error', reject);
    socket.on('close', () => {
      stream.isOver = true;
      reject(new Error(`stream ${nth} was closed before it was ready: ${rest.slice(0, 200)}`));
    });
    socket.on('data', (text: string) => {
      const frames = (rest + text).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        stream.cursor = ID.exec(frame)?.[1] ?? stream.cursor;
        if (frame.includes('event: notifications\n')) for (const [, id = ''] of frame.matchAll(NOTIFICATION)) stream.ids.push(id);
        if (!frame.includes('event: ready\n')) continue;
        stream.isReady = true;
        resolve();
      }
    });
  })));
  return performance.now() - start;
}
