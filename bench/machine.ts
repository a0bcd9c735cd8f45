import { open, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { median } from './figures.js';

/** What the figures were measured on. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  node: string;
  postgres: string;
  /** Median time of an 8 kB write made durable in the folder where the database lies, in microseconds. */
  fsyncUs: number;
}

export async function describeMachine(postgres: string): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    postgres,
    fsyncUs: await fsyncUs(),
  };
}

/** Commits wait for this: on a slower disk every ratio moves towards 1, and a plain NOTIFY's away from it. */
async function fsyncUs(): Promise<number> {
  const path = join(tmpdir(), `belfry-bench-fsync-${process.pid}`);
  const file = await open(path, 'w');
  try {
    const page = Buffer.alloc(8_192, 1);
    const times: number[] = [];
    for (let i = 0; i < 200; i++) {
      const start = performance.now();
      await file.write(page, 0, page.length, 0);
      await file.datasync();
      times.push((performance.now() - start) * 1_000);
    }
    return Math.round(median(times));
  } finally {
    await file.close();
    await rm(path);
  }
}
