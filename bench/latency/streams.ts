import { connect, type Socket } from 'node:net';

/** Every row carries its number in its text, so. */
export const mark = (number: number): string => `@${number}@`;
const MARK = /@(\d+)@/g;

export interface StreamTarget {
  url: string;
  /** One stream for each, with this bearer token. */
  tokens: readonly string[];
}

/**
 * Opens a stream for each token and tells of every mark as the frame with it is whole. Sockets, not an HTTP client, so
 * that the reading side costs as little as can be: chunk lengths stand between the frames and have no mark.
 */
export async function openStreams(
  { url, tokens }: StreamTarget,
  onMark: (stream: number, mark: number) => void,
): Promise<Socket[]> {
  const { hostname, port, pathname } = new URL(url);
  return Promise.all(tokens.map(async (token, stream) => {
    const socket = connect(Number(port), hostname);
    socket.setEncoding('latin1').setNoDelay(true);
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      let rest = '';
      let isOpen = false;
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`stream ${stream} of ${url} was closed`)));
      socket.on('data', (text: string) => {
        rest += text;
        const end = rest.lastIndexOf('\n\n');
        if (end < 0) return;
        const frames = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (!isOpen) {
          isOpen = true;
          if (frames.startsWith('HTTP/1.1 200 ')) resolve();
          else reject(new Error(`stream ${stream} of ${url} was answered with ${frames.slice(0, frames.indexOf('\r'))}`));
        }
        for (const [, found] of frames.matchAll(MARK)) onMark(stream, Number(found));
      });
    });
    return socket;
  }));
}
