import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Response } from 'express';
import { problem } from './problem.js';

/** Where the browser's side is built to, seen from `src/ops` and `dist/ops` alike. */
export const CLIENT_DIR = fileURLToPath(new URL('../../dist/client', import.meta.url));

/** Answers with a file of the browser's side. */
export async function sendClientFile(response: Response, file: string): Promise<void> {
  await access(join(CLIENT_DIR, file)).catch(() => {
    throw problem(404, `The file dist/client/${file} is not there; build it with: npm run build`);
  });
  // Asked for at every load, and answered 304 while the ETag is the same: a new release is there at once.
  response.set('Cache-Control', 'no-cache');
  await new Promise<void>((resolve, reject) => {
    response.sendFile(file, { root: CLIENT_DIR, cacheControl: false }, (error?: Error) => {
      if (error && !response.headersSent) reject(error);
      else resolve();
    });
  });
}
