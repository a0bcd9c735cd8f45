import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The sample's own secret, made at its first start and kept in the data folder, for its owner's eyes only. */
export function sampleSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt-secret');
  const kept = read(file);
  if (kept !== undefined && Buffer.byteLength(kept) >= 32) return kept;

  mkdirSync(dataDir, { recursive: true });
  const made = randomBytes(48).toString('base64url');
  // Whole or not at all: a start that is cut off here leaves no half secret behind.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, made, { mode: 0o600 });
  renameSync(draft, file);
  return made;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
