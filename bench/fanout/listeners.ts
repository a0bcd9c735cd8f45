import { connect, type Socket } from 'node:net';
import { answerParent } from '../child.js';

export type ListenersRequest =
  | { open: string; tokens: readonly string[] }
  /** Answered when every stream has been given these bytes. */
  | { until: string }
  | { leave: true };

/** How long the last bytes may take: a naive server falls behind. */
const PATIENCE_MS = 120_000;

let sockets: Socket[] = [];
let missing = new Set<number>();
let wanted = Buffer.alloc(0);
let allThere: (() => void) | undefined;

// What comes is looked through for one mark and forgotten: the reading side is to cost as little as can be.
answerParent(async (request: ListenersRequest): Promise<number | undefined> => {
  if ('leave' in request) {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    return undefined;
  }
  if ('open' in request) return open(request.open, request.tokens);
  wanted = Buffer.from(request.until);
  missing = new Set(sockets.keys());
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${missing.size} of ${sockets.length} streams were not given ${request.until}`)), PATIENCE_MS);
    allThere = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return undefined;
});

async function open(url: string, tokens: readonly string[]): Promise<undefined> {
  const { hostname, port, pathname } = new URL(url);
  // In turns, as no listen queue takes them all at once.
  for (let from = 0; from < tokens.length; from += 200) {
    await Promise.all(tokens.slice(from, from + 200).map((token, nth) => follow(from + nth, connect(Number(port), hostname), pathname, token)));
  }
  return undefined;
}

async function follow(nth: number, socket: Socket, path: string, token: string): Promise<void> {
  sockets[nth] = socket;
  socket.setNoDelay(true).on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  let rest = Buffer.alloc(0);
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      resolve();
      if (!missing.has(nth)) return;
      // The mark may lie across two chunks.
      const isThere = chunk.includes(wanted) || Buffer.concat([rest, chunk.subarray(0, wanted.length)]).includes(wanted);
      rest = Buffer.from(chunk.subarray(-wanted.length));
      if (!isThere) return;
      missing.delete(nth);
      if (missing.size === 0) allThere?.();
    });
  });
}
