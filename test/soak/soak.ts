// `npm run soak -- --minutes N --seed S --servers K`: the same as the fault tests for as long as one likes, and
// `npm run soak -- --take-overs N`: how long another server needs to take over. Bundled by scripts/soak.mjs.
import { parseArgs } from 'node:util';
import { FAULT_NAMES, type FaultName } from './faults/index.js';
import { soak } from './run.js';
import { inColumns, spread, summaryOf, tableOf } from './table.js';
import { timeTakeOvers } from './take-overs.js';

/** Catching up for longer than this is worth a look at what the servers said. */
const SLOW_MS = 5_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    servers: { type: 'string', default: '3' },
    'take-overs': { type: 'string' },
    fault: { type: 'string', multiple: true, default: [] },
  },
});
const minutes = Number(values.minutes);
const servers = Number(values.servers);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const first = values.fault.filter((name): name is FaultName => FAULT_NAMES.some((known) => known === name));
if (!(minutes >= 0) || !Number.isSafeInteger(seed) || !(servers >= 1 && servers <= 9) || first.length < values.fault.length) {
  console.error(
    `found --minutes ${values.minutes} --seed ${values.seed} --servers ${values.servers} --fault ${values.fault.join(' --fault ')}, ` +
      `expected a number of minutes, whole numbers as seed and servers (1 to 9), and faults out of: ${FAULT_NAMES.join('; ')}`,
  );
  process.exit(2);
}

const began = Date.now();
const log = (line: string): void => console.log(`${((Date.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
if (values['take-overs'] === undefined) await soakOn();
else await tellTakeOvers(Number(values['take-overs']));

async function tellTakeOvers(times: number): Promise<void> {
  const taken = await timeTakeOvers(times, log);
  const lines = [...taken].map(([way, took]) => [way, String(took.length), ...spread(took)]);
  for (const line of inColumns([['the leading relay', 'times', 'next row after, ms: p50', 'max'], ...lines])) console.log(line);
}

async function soakOn(): Promise<void> {
  log(`seed ${seed}, ${minutes} min, ${servers} servers`);
  const report = await soak({ seed, servers, ms: minutes * 60_000, first, together: 0.3, checkEvery: 6, log });
  for (const { name, lives, connections } of report.readers) {
    log(`${name}: ${lives.map(({ received }) => received.length).join(' + ')} notifications over ${connections} connections`);
  }
  for (const line of [...tableOf(report), ...summaryOf(report)]) console.log(line);
  const breaches = [...report.breaches, ...report.disagreements];
  for (const breach of breaches.slice(0, 50)) log(`BREACH ${breach}`);
  if (breaches.length > 0 || report.caughtUpMs > SLOW_MS) console.error(report.output);
  if (breaches.length > 0) {
    console.error(`${breaches.length} breaches; again with --seed ${seed} --servers ${servers} --minutes ${minutes}`);
    process.exitCode = 1;
  } else {
    log('nothing lost, nothing doubled, nothing out of order');
  }
}
