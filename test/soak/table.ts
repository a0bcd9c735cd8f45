import { nameOf, type Ledger } from '../support/ledger.js';
import { ledgerOf } from '../support/oracle.js';
import type { Report } from './run.js';

/** A row as it went: when its transaction began, and when the first reader had it; epoch milliseconds. */
interface Course {
  begunAt: number;
  toldAt: number;
}

/** What a run came to, fault by fault: how long until a row written after its beginning was told, and until all of its time were. */
export function tableOf(report: Report): string[] {
  const courses = coursesOf(report);
  const lines = [['fault', 'times', 'first row after, ms: p50', 'max', 'caught up after its end, ms: p50', 'max']];
  for (const name of [...new Set(report.happened.map((one) => one.name))].sort()) {
    const times = report.happened.filter((one) => one.name === name);
    const first: number[] = [];
    const caughtUp: number[] = [];
    for (const { from, to } of times) {
      // What lasts until the next fault is that one's as well.
      const next = Math.min(...report.happened.map((other) => other.from).filter((at) => at > to));
      const firstTold = Math.min(...courses.filter(({ begunAt }) => begunAt >= from).map(({ toldAt }) => toldAt));
      const lastTold = Math.max(to, ...courses.filter(({ begunAt }) => begunAt >= from && begunAt <= to).map(({ toldAt }) => toldAt));
      if (firstTold < next) first.push(firstTold - from);
      if (lastTold < next) caughtUp.push(lastTold - to);
    }
    lines.push([name, String(times.length), ...spread(first), ...spread(caughtUp)]);
  }
  return inColumns(lines);
}

/** Cells under each other: the first to the left, numbers to the right. */
export function inColumns(lines: readonly string[][]): string[] {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '));
}

/** How many of each kind of breach, and what was gone through. */
export function summaryOf({ breaches, ledgers, readers, marks, tally, happened, caughtUpMs, desk }: Report): string[] {
  const rows = ledgers.at(-1)?.rows.length ?? 0;
  const given = readers.reduce((sum, { lives }) => sum + lives.reduce((all, { received }) => all + received.length, 0), 0);
  const connections = readers.reduce((sum, reader) => sum + reader.connections, 0);
  const resets = readers.reduce((sum, { lives }) => sum + lives.length - 1, 0);
  const kinds = { lost: /never given|not list/, doubled: /twice/, 'out of order': / after \d|after row|went back|was put at/, foreign: /which is for|not for this/, miscounted: /counts|marked|receipts/ };
  const counted = Object.entries(kinds).map(([kind, pattern]) => `${kind} ${breaches.filter((text) => pattern.test(text)).length}`);
  return [
    `${rows} rows (${JSON.stringify(tally)}), ${happened.length} faults, ${given} notifications to ${readers.length} readers over ${connections} connections, ${marks} marks`,
    desk.summary,
    `${counted.join(', ')}, breaches in all ${breaches.length}; resets ${resets}, of ${ledgers.length - 1} restored backups; the last row ${caughtUpMs} ms after the end`,
  ];
}

/** Every row that anybody had, without those of the transactions that are long on purpose. */
function coursesOf({ ledgers, witnesses, readers }: Report): Course[] {
  const told = new Map<Ledger, Map<string, number>>();
  for (const [index, { lives }] of readers.entries()) {
    for (const [which, life] of lives.entries()) {
      const ledger = ledgerOf(witnesses[index]?.lives ?? [], which, ledgers);
      if (!ledger) continue;
      const times = told.get(ledger) ?? new Map<string, number>();
      told.set(ledger, times);
      for (const { at, ...source } of life.received) times.set(nameOf(source), Math.min(at, times.get(nameOf(source)) ?? Infinity));
    }
  }
  return ledgers.flatMap((ledger) =>
    ledger.rows.flatMap((row) => {
      const toldAt = told.get(ledger)?.get(nameOf(row));
      return toldAt === undefined || row.writer === 0 ? [] : [{ begunAt: row.begunAt, toldAt }];
    }),
  );
}

/** The median and the greatest, in words. */
export function spread(values: readonly number[]): [string, string] {
  const known = values.filter(Number.isFinite).sort((a, b) => a - b);
  return [String(known[Math.floor((known.length - 1) / 2)] ?? '-'), String(known.at(-1) ?? '-')];
}
