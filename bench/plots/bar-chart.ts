/** Bars side by side for each group; a bar that was not measured is left out. */
export interface BarChart {
  title: string;
  unit: string;
  series: readonly string[];
  groups: readonly { name: string; values: readonly (number | undefined)[] }[];
}

const WIDTH = 760;
const HEIGHT = 320;
const MARGIN = { top: 64, right: 16, bottom: 40, left: 56 };
const COLOURS = ['#1d4fd1', '#8a919e', '#c2410c', '#15803d'];
const TICKS = 4;
/** Readable on a light and on a dark page. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#1b1e26}.title{font-size:15px;font-weight:600}.grid{stroke:#8a919e;stroke-opacity:.35}
@media(prefers-color-scheme:dark){text{fill:#e6e8ee}}`;

/** The chart as an SVG document. @throws when there is nothing to draw */
export function barChart({ title, unit, series, groups }: BarChart): string {
  const top = niceAbove(Math.max(...groups.flatMap(({ values }) => values.map((value) => value ?? 0))));
  if (!(top > 0)) throw new Error(`the chart "${title}" has no values`);
  const inner = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const y = (value: number): number => MARGIN.top + inner.height * (1 - value / top);
  const groupWidth = inner.width / groups.length;
  const barWidth = (groupWidth * 0.8) / series.length;
  const grid = Array.from({ length: TICKS + 1 }, (_, n) => (top * n) / TICKS).map(
    (value) => `<path class="grid" d="M${MARGIN.left} ${round(y(value))}H${WIDTH - MARGIN.right}"/>${text(MARGIN.left - 6, y(value) + 4, show(value), 'end')}`,
  );
  const bars = groups.flatMap(({ name, values }, group) => [
    text(MARGIN.left + groupWidth * (group + 0.5), HEIGHT - MARGIN.bottom + 18, name, 'middle'),
    ...values.flatMap((value, nth) => {
      if (value === undefined) return [];
      const x = MARGIN.left + groupWidth * (group + 0.1) + barWidth * nth;
      const box = `x="${round(x)}" y="${round(y(value))}" width="${round(barWidth - 2)}" height="${round(inner.height + MARGIN.top - y(value))}"`;
      return [`<rect ${box} fill="${COLOURS[nth % COLOURS.length]}"/>`, text(x + barWidth / 2 - 1, y(value) - 4, show(value), 'middle')];
    }),
  ]);
  const legend = series.map((name, nth) => {
    const x = MARGIN.left + nth * 170;
    return `<rect x="${x}" y="34" width="10" height="10" fill="${COLOURS[nth % COLOURS.length]}"/>${text(x + 16, 43, name, 'start')}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>${escape(title)}</title><style>${STYLE}</style>
<text class="title" x="${MARGIN.left}" y="20">${escape(`${title}, ${unit}`)}</text>
${[...legend, ...grid, ...bars].join('\n')}
</svg>
`;
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is not below. */
export function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function text(x: number, y: number, content: string, anchor: string): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escape(content)}</text>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escape = (content: string): string => content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

function show(value: number): string {
  if (value >= 10_000) return `${Math.round(value / 1_000)}k`;
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}
