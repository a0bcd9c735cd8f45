import type { Bench } from '../bench.js';
import { compare, type Figure } from '../figures.js';
import { Backlog, type Drained } from '../relay/backlog.js';

/** Admins who all see each notification. The first is what the others are held against. */
const ADMINS = [1, 100, 10_000] as const;
const CHANGES = 20_000;
/** What may come of measuring: a checkpoint writes whole pages anew. */
const SAME = 1.1;

/** One change to one admin, to a hundred and to ten thousand: rows, bytes and time are the same. */
export const benchAudience: Bench = async (context) => {
  const { quick, log } = context;
  const changes = quick ? CHANGES / 4 : CHANGES;
  const backlogs = new Map<number, Backlog>();
  for (const admins of ADMINS) backlogs.set(admins, await Backlog.create(context, admins, changes));
  const rounds: Map<number, Drained>[] = [];
  for (let nth = 0; nth < (quick ? 2 : 5); nth++) {
    const round = new Map<number, Drained>();
    for (const [admins, backlog] of backlogs) round.set(admins, await backlog.drain());
    rounds.push(round);
    log([...round].map(([admins, { perSecond, rows, walBytes }]) => `${admins}: ${Math.round(perSecond)}/s, ${rows.toFixed(2)} rows, ${Math.round(walBytes)} B`).join('; '));
  }
  const figure = (admins: number, name: string, unit: string, of: keyof Drained, need: { atLeast?: number; atMost?: number }): Figure =>
    compare(
      `audience of ${admins}, ${name}`,
      unit,
      rounds.map((round) => ({ value: round.get(admins)?.[of] ?? NaN, baseline: round.get(ADMINS[0])?.[of] ?? NaN })),
      'an audience of 1',
      { of: 'ratio', ...need },
    );
  return ADMINS.slice(1).flatMap((admins) => [
    figure(admins, 'rows written for a change', 'rows', 'rows', { atMost: 1.001 }),
    figure(admins, 'write-ahead log for a change', 'bytes', 'walBytes', { atMost: SAME }),
    figure(admins, 'changes relayed', '/s', 'perSecond', { atLeast: 0.8 }),
  ]);
};
