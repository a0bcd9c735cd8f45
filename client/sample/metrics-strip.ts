import { make, setText } from '../bell/elements.js';
import type { Metrics } from '../core/wire.js';

const tiles: [string, (metrics: Metrics) => string][] = [
  ['Streams open', ({ streams }) => String(streams)],
  ['Changes waiting', ({ changesWaiting }) => String(changesWaiting)],
  ['Relay behind by', ({ relayLagMs }) => ms(relayLagMs)],
  ['Commit to frame, p50', ({ commitToFrameMs }) => ms(commitToFrameMs.p50)],
  ['Commit to frame, p95', ({ commitToFrameMs }) => ms(commitToFrameMs.p95)],
  ['Per minute', ({ perMinute }) => String(perMinute)],
];

/** How the system does, from the bell's own stream. Gives back what shows the next word of it; undefined: unknown. */
export function metricsStrip(list: HTMLElement): (metrics: Metrics | undefined) => void {
  const values = tiles.map(([name]) => {
    const value = make('dd', { text: '–' });
    list.append(make('div', {}, make('dt', { text: name }), value));
    return value;
  });
  return (metrics) => {
    for (const [index, [, text]] of tiles.entries()) {
      const value = values[index];
      if (value) setText(value, metrics ? text(metrics) : '–');
    }
  };
}

function ms(value: number | null): string {
  if (value === null) return '–';
  return value < 10 ? `${value.toFixed(1)} ms` : value < 10_000 ? `${Math.round(value)} ms` : `${Math.round(value / 1000)} s`;
}
