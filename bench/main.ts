import { parseArgs } from 'node:util';
import { benchAudience } from './audience/audience.js';
import { benchBell } from './bell/bell.js';
import type { Bench } from './bench.js';
import { startBenchServer } from './bench-database.js';
import { benchBulk } from './bulk/bulk.js';
import { benchCapture } from './capture/capture.js';
import { best, type Bounds, holds, readBounds, verdict } from './check.js';
import { benchFanout } from './fanout/fanout.js';
import { type Figure, isMet } from './figures.js';
import { benchInbox } from './inbox/inbox.js';
import { benchLatency } from './latency/latency.js';
import { benchMemory } from './memory/memory.js';
import { describeMachine } from './machine.js';
import { drawPlots, lastFigures } from './plots/plots.js';
import { benchRelay } from './relay/relay.js';
import { record, toTable } from './report.js';
import { benchRetention } from './retention/retention.js';
import { benchStreams } from './streams/streams.js';

const BENCHES: Record<string, Bench> = {
  capture: benchCapture,
  bulk: benchBulk,
  latency: benchLatency,
  fanout: benchFanout,
  relay: benchRelay,
  audience: benchAudience,
  inbox: benchInbox,
  memory: benchMemory,
  retention: benchRetention,
  streams: benchStreams,
  bell: benchBell,
};

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const closing: (() => Promise<void>)[] = [];

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, check: { type: 'boolean', default: false }, size: { type: 'string' }, plots: { type: 'boolean', default: false }, profile: { type: 'string' } },
  });
  if (values.plots) {
    for (const file of await drawPlots(await lastFigures('bench/results'), 'bench/plots')) log(`drew ${file}`);
    return true;
  }
  const { check } = values;
  const size = values.size === undefined ? undefined : Number(values.size);
  if (size !== undefined && !(size >= 1_000)) throw new Error(`--size: found ${values.size}, expected a number of 1000 or more`);
  const bounds = check ? await readBounds() : {};
  const names = positionals.length > 0 ? positionals : Object.keys(check ? bounds : BENCHES);
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) throw new Error(`no bench is called ${unknown.join(', ')}: there are ${Object.keys(BENCHES).join(', ')}`);

  const server = await startBenchServer();
  closing.push(() => server.remove());
  const machine = await describeMachine(server.version);
  const quick = values.quick || check;
  log(`${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, fsync ${machine.fsyncUs} µs; PostgreSQL ${machine.postgres}, Node ${machine.node}`);
  const figures: Figure[] = [];
  let rounds = 0;
  const measure = async (name: string): Promise<Figure[]> => {
    const own: (() => Promise<void>)[] = [];
    const atEnd = (close: () => Promise<void>): void => {
      own.push(close);
      closing.push(close);
    };
    const createDatabase = (database: string): Promise<string> => server.createDatabase(`${database}_${++rounds}`);
    const context = { server: { ...server, createDatabase }, quick, check, size, profileTo: values.profile, log: (line: string) => log(`${name}: ${line}`), atEnd };
    const measured = (await BENCHES[name]?.(context)) ?? [];
    for (const close of own.reverse()) await close();
    return measured;
  };
  if (check) return checkAll(names, bounds, measure);
  for (const name of names) figures.push(...(await measure(name)));
  process.stdout.write(`\n${toTable(figures)}\n\n`);
  log(`recorded in ${await record('bench/results', figures, { quick, machine })}`);
  return figures.every((figure) => isMet(figure) !== false);
}

/** @returns whether every bound holds */
async function checkAll(names: readonly string[], bounds: Bounds, measure: (name: string) => Promise<Figure[]>): Promise<boolean> {
  let all = true;
  for (const name of names) {
    const ofBench = bounds[name] ?? {};
    const found = await best(ofBench, () => measure(name));
    for (const [figure, bound] of Object.entries(ofBench)) {
      all &&= holds(bound, found.get(figure));
      process.stdout.write(`${verdict(figure, bound, found.get(figure))}\n`);
    }
  }
  return all;
}

/** Every close may be called again; what fails because of it is no news. */
async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close().catch((error: unknown) => log(String(error)));
}

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    void closeAll().finally(() => process.exit(130));
  });
}

main()
  .then((met) => (process.exitCode = met ? 0 : 1))
  .catch((error: unknown) => {
    if (interrupted) return;
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 2;
  })
  .finally(() => (interrupted ? undefined : closeAll()));
