import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Figure, isMet, type Need } from './figures.js';

const HEADINGS = ['figure', 'value', 'baseline', 'ratio', 'spread', 'needed', ''];

/** The figures as a table for people; wide enough for its content, numbers to the right. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${show(figure.value)} ${figure.unit}`,
    figure.baseline === null ? '' : `${show(figure.baseline)} ${figure.unit}`,
    figure.ratio === null ? '' : show(figure.ratio),
    figure.spread.map(show).join(' – '),
    figure.need ? showNeed(figure.need, figure.unit) : '',
    { true: 'met', false: 'MISSED', null: '' }[String(isMet(figure)) as 'true' | 'false' | 'null'],
  ]);
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ').trimEnd();
  return [line(HEADINGS), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Appends the figures to `<folder>/<date>.jsonl`, one a line, each with the machine it was measured on. @returns the file */
export async function record(folder: string, figures: readonly Figure[], about: object): Promise<string> {
  const at = new Date().toISOString();
  const file = join(folder, `${at.slice(0, 10)}.jsonl`);
  await mkdir(folder, { recursive: true });
  await appendFile(file, figures.map((figure) => `${JSON.stringify({ ...figure, at, ...about })}\n`).join(''));
  return file;
}

function show(value: number): string {
  const size = Math.abs(value);
  return size >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(size >= 10 ? 1 : 2);
}

function showNeed({ of, atLeast, atMost }: Need, unit: string): string {
  const bound = atLeast === undefined ? `≤ ${show(atMost ?? NaN)}` : `≥ ${show(atLeast)}`;
  return of === 'ratio' ? `ratio ${bound}` : `${bound} ${unit}`;
}
