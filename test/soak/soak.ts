// `npm run soak -- --minutes N --seed S`: the same as the crash test for as long as one likes. Bundled by scripts/soak.mjs.
import { parseArgs } from 'node:util';
import { soak } from './run.js';

/** Catching up for longer than this is worth a look at what the server said. */
const SLOW_MS = 3_000;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error(`found --minutes ${values.minutes} --seed ${values.seed}, expected a number of minutes and a whole number as seed`);
  process.exit(2);
}

const began = Date.now();
const log = (line: string): void => console.log(`${((Date.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
log(`seed ${seed}, ${minutes} min`);
const report = await soak({ seed, ms: minutes * 60_000, log });
log(`${report.rows} rows committed (${JSON.stringify(report.tally)}), ${report.faults.length} faults`);
for (const { name, received, connections } of report.readers) log(`${name}: ${received} notifications over ${connections} connections`);
log(`the last one ${report.caughtUpMs} ms after the last fault`);
for (const breach of report.breaches.slice(0, 50)) log(`BREACH ${breach}`);
if (report.breaches.length > 0 || report.caughtUpMs > SLOW_MS) console.error(report.output.slice(-20_000));
if (report.breaches.length > 0) {
  console.error(`${report.breaches.length} breaches; again with --seed ${seed}`);
  process.exitCode = 1;
} else {
  log('nothing lost, nothing doubled, nothing out of order');
}
