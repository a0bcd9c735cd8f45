import { make, setText } from '../bell/elements.js';
import type { Metrics } from '../core/wire.js';
import { Sparkline } from './sparkline.js';

/** Readings that a plot has room for: two minutes, at one every 2 s. */
const room = 60;

interface Tile {
  name: string;
  read: (metrics: Metrics) => number | null;
  show: (value: number) => string;
}

const tiles: readonly Tile[] = [
  { name: 'Streams open', read: ({ streams }) => streams, show: String },
  { name: 'Changes waiting', read: ({ changesWaiting }) => changesWaiting, show: String },
  { name: 'Relay behind by', read: ({ relayLagMs }) => relayLagMs, show: ms },
  { name: 'Commit to frame, p50', read: ({ commitToFrameMs }) => commitToFrameMs.p50, show: ms },
  { name: 'Commit to frame, p95', read: ({ commitToFrameMs }) => commitToFrameMs.p95, show: ms },
  { name: 'Per minute', read: ({ perMinute }) => perMinute, show: String },
];

export interface MetricsStrip {
  /** The next word of how the system does. Undefined: nothing is known, which leaves a gap in the plots. */
  show: (metrics: Metrics | undefined) => void;
  /** Somebody else looks: nothing of what was. */
  clear: () => void;
}

/** How the system does, from the bell's own stream: each figure as it is now, and its last two minutes. */
export function metricsStrip(list: HTMLElement): MetricsStrip {
  const shown = tiles.map((tile) => {
    const value = make('span', { text: '–' });
    const plot = new Sparkline(room, (lowest, highest) => `in the last two minutes from ${tile.show(lowest)} to ${tile.show(highest)}`);
    list.append(make('div', {}, make('dt', { text: tile.name }), make('dd', {}, value, plot.element)));
    return { tile, value, plot };
  });
  const show = (metrics: Metrics | undefined): void => {
    for (const { tile, value, plot } of shown) {
      const reading = metrics ? tile.read(metrics) : null;
      setText(value, reading === null ? '–' : tile.show(reading));
      plot.add(reading);
    }
  };
  return {
    show,
    clear() {
      show(undefined);
      for (const { plot } of shown) plot.clear();
    },
  };
}

function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : value < 10_000 ? `${Math.round(value)} ms` : `${Math.round(value / 1000)} s`;
}
