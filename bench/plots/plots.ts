import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from '../figures.js';
import { type BarChart, barChart } from './bar-chart.js';

type Known = ReadonlyMap<string, Figure>;

/** The last figure of each name that was recorded, but for those of a quick round. */
export async function lastFigures(folder: string): Promise<Known> {
  const known = new Map<string, Figure>();
  for (const file of (await readdir(folder)).sort()) {
    for (const line of (await readFile(join(folder, file), 'utf8')).split('\n').filter(Boolean)) {
      const figure = JSON.parse(line) as Figure & { quick: boolean };
      if (!figure.quick) known.set(figure.name, figure);
    }
  }
  return known;
}

/** Draws what there are figures for. @returns the files */
export async function drawPlots(known: Known, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const [name, chart] of Object.entries(charts(known))) {
    const groups = chart.groups.filter(({ values }) => values.some((value) => value !== undefined));
    if (groups.length === 0) continue;
    const file = join(folder, `${name}.svg`);
    await writeFile(file, barChart({ ...chart, groups }));
    files.push(file);
  }
  return files;
}

function charts(known: Known): Record<string, BarChart> {
  const value = (name: string): number | undefined => known.get(name)?.value;
  const baseline = (name: string): number | undefined => known.get(name)?.baseline ?? undefined;
  const fanout = (load: string): (number | undefined)[] => {
    const to = (what: string): string => `fan-out, ${load}, CPU a delivery, to ${what}`;
    const bare = to('res.write of the same bytes');
    return [value(bare), baseline(bare), baseline(to('a naive Nest @Sse')), baseline(to('Nchan'))];
  };
  return {
    latency: {
      title: 'From the commit to the frame, 1,000 streams',
      unit: 'ms',
      series: ['Belfry', 'LISTEN and res.write'],
      groups: [1, 50, 500].flatMap((rate) =>
        ['p50', 'p99'].map((at) => {
          const name = `latency, ${rate}/s on 1000 streams, commit to frame, ${at}`;
          return { name: `${rate}/s, ${at}`, values: [value(name), baseline(name)] };
        }),
      ),
    },
    fanout: {
      title: 'CPU of the server for each delivery, by streams and notifications a second',
      unit: 'µs',
      series: ['Belfry', 'res.write', 'naive Nest @Sse', 'Nchan'],
      groups: [500, 1_000, 2_000].flatMap((streams) => [20, 200].map((rate) => `${streams} streams, ${rate}/s`)).map((load) => ({ name: load.replace(' streams', ''), values: fanout(load) })),
    },
    inbox: {
      title: 'What a question costs PostgreSQL, p95, by the size of the inbox',
      unit: 'ms',
      series: ['100,000', '1,000,000', '10,000,000'],
      groups: Object.entries({
        counts: 'the counts', 'first page': 'the first page', unread: 'the first page of what is unread', 'page 500': 'page 500', critical: 'what is critical', search: 'a search that finds nothing',
      }).map(([name, question]) => {
        const to = (what: string): string => `inbox of 10000000, ${question}, p95, to ${what}`;
        return { name, values: [baseline(to('a hundredth of it')), baseline(to('a tenth of it')), value(to('a tenth of it'))] };
      }),
    },
    streams: {
      title: 'Memory of an idle stream, by how many are open',
      unit: 'KB',
      series: ['Belfry', 'bare http response', "Nest's @Sse with nothing in it"],
      groups: [500, 1_000, 2_000].map((count) => {
        const name = `${count} idle streams, in use`;
        return { name: `${count} streams`, values: [value(name), baseline(name), baseline(`${name}, to Nest's @Sse`)] };
      }),
    },
    capture: {
      title: 'Inserts a second into a table',
      unit: 'commits/s',
      series: ['watched by Belfry', 'no trigger', 'plain NOTIFY trigger'],
      groups: [1, 8, 32, 64].map((count) => {
        const of = (way: string): string => `capture, inserts, ${count} ${count === 1 ? 'writer' : 'writers'}, ${way}`;
        return { name: count === 1 ? '1 writer' : `${count} writers`, values: [value(of("Belfry's trigger alone")), baseline(of("Belfry's trigger alone")), value(of('plain NOTIFY'))] };
      }),
    },
  };
}
