import { readFile, stat } from 'node:fs/promises';

/** Largest rules file, in bytes. */
export const MAX_RULES_FILE = 1_000_000;

/** Why a rules file can't be read as text, and where, from 1. */
export interface Unreadable {
  message: string;
  line: number | null;
  column: number | null;
}

/** The text of a rules file, or why there is none. */
export async function readRulesText(path: string): Promise<string | Unreadable> {
  const because = (message: string): Unreadable => ({ message, line: null, column: null });
  try {
    const found = await stat(path);
    // A pipe or a device may never end.
    if (!found.isFile()) return because(`found ${found.isDirectory() ? 'a folder' : 'something that is no file'}, expected the rules`);
    if (found.size > MAX_RULES_FILE) return because(`found ${found.size} bytes, expected at most ${MAX_RULES_FILE}`);
    return decode(await readFile(path));
  } catch (error) {
    const code = (error as { code?: string }).code ?? String(error);
    if (code === 'ENOENT') return because('found no such file, expected the rules; BELFRY_CONFIG names another one');
    return because(`found a file that can't be read (${code}), expected the rules`);
  }
}

function decode(bytes: Buffer): string | Unreadable {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const before = bytes.subarray(0, firstWrongByte(bytes)).toString('utf8').split('\n');
    return {
      message: `found ${isUtf16 ? 'UTF-16' : 'bytes that are not UTF-8'}, expected a text file in UTF-8`,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
    };
  }
}

/** Where decoding stumbles first. A character that was read whole encodes to the bytes it came from. */
function firstWrongByte(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString('utf8'), 'utf8');
  let at = 0;
  while (at < bytes.length && bytes[at] === again[at]) at++;
  return at;
}
