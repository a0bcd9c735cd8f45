import { describe, expect, it } from '@jest/globals';
import { soak } from '../soak/run.js';

/** Long enough for every fault that must be, twice over; `npm run soak` takes as long as one likes. */
const FAULTS_MS = 20_000;

describe('twelve writers, while the server is killed and the database crashes', () => {
  it('gives every reader each committed row once, in order, without a reset', async () => {
    const seed = Number(process.env.BELFRY_TEST_SEED ?? Date.now() % 1_000_000);
    const report = await soak({ seed, ms: FAULTS_MS });
    const { rows, breaches, faults, readers, output } = report;
    if (breaches.length > 0) {
      console.error(`BELFRY_TEST_SEED=${seed} draws the same again (${faults.join('; ')})\n${output.slice(-10_000)}`);
    }
    expect({ seed, breaches: breaches.slice(0, 20) }).toEqual({ seed, breaches: [] });
    expect(rows).toBeGreaterThan(500);
    // The faults reached them: nobody came through on one connection.
    for (const { connections } of readers.slice(0, 5)) expect(connections).toBeGreaterThan(2);
  }, 90_000);
});
