import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Workbench } from './workbench.js';

const opened: (() => Promise<void>)[] = [];

/** A workbench that is closed after its proof. */
export async function openBench(sql: string): Promise<Workbench> {
  const bench = await Workbench.open(sql);
  closeLater(() => bench.close());
  return bench;
}

/** What a proof opened is closed after it, the last first. */
export function closeLater(close: () => Promise<void>): void {
  opened.push(close);
}

/**
 * A test for each line of a table of docs/tables.md, by what stands in its first cell. A line without a proof fails, and so
 * does a proof without a line.
 */
export function proves(section: string, proofs: Record<string, () => Promise<void>>): void {
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  describe(section, () => {
    it('has a proof for each line', async () => {
      const text = await readFile('docs/tables.md', 'utf8');
      const [, found = ''] = text.split(`\n## ${section}\n`);
      const [body = ''] = found.split('\n## ');
      const lines = [...body.matchAll(/^\| (.+?) \| .+ \|$/gm)].map(([, first]) => first).slice(1);
      expect(Object.keys(proofs)).toEqual(lines);
    });

    for (const [line, proof] of Object.entries(proofs)) it(line, proof);
  });
}
