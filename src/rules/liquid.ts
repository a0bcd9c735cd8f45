import { Liquid, LiquidError, type Template as Parsed } from 'liquidjs';
import { stringifyExact } from './exact-number.js';
import { grouped } from './grouped-number.js';
import { money } from './money.js';
import { plainTemplate } from './plain-template.js';
import { printValue } from './print-value.js';

/**
 * What a template may speak of. `row` is the row as it is now, or as it was before a delete; `count` how many changes the
 * notification is of, and `latest` the titles of the last few of them, newest first.
 */
export const ROOTS = ['row', 'new', 'old', 'topic', 'operation', 'count', 'latest'] as const;

/** What a template may speak of that is of many changes: how many, the first few rows, and what each would have said. */
export const BULK_ROOTS = ['topic', 'count', 'rows', 'titles'] as const;

/** Longest template, in characters. */
export const MAX_TEMPLATE = 10_000;
/** Characters that one rendering may create: ten times a 1 MB column. */
const MAX_MEMORY = 10_000_000;
/**
 * Milliseconds that one rendering may take; a template takes microseconds, so only a runaway loop gets there. Meanwhile
 * nothing else runs in this process.
 */
const MAX_RENDER_MS = 100;
/** How the message of what took longer begins. */
export const TOO_LONG = 'template render limit exceeded';

const engine = new Liquid({
  strictFilters: true,
  ownPropertyOnly: true,
  // A column that is null prints nothing, and so does one that drifted away: better a bell with a gap than none.
  strictVariables: false,
  parseLimit: MAX_TEMPLATE,
  memoryLimit: MAX_MEMORY,
  renderLimit: MAX_RENDER_MS,
  // Times are shown in UTC whatever zone the server runs in; `date` takes another as its second argument.
  timezoneOffset: 0,
  outputEscape: printValue,
  templates: {},
});
// These read other templates, and a rule has none.
for (const tag of ['include', 'render', 'layout', 'block']) Reflect.deleteProperty(engine.tags, tag);
engine.registerFilter('money', money);
engine.registerFilter('number', grouped);
engine.registerFilter('json', (value: unknown, space?: unknown) => stringifyExact(value, Number(space) || undefined));

export const FILTERS: readonly string[] = Object.keys(engine.filters);
export const TAGS: readonly string[] = Object.keys(engine.tags);

/** Where a template reads a value: `['row', 'id']`. A null stands for a part that is known only when rendering. */
export interface TemplateUse {
  path: (string | number | null)[];
  /** Characters from the template's start. */
  offset: number;
}

/** A parsed template. Rendering it is synchronous and touches nothing but its scope. */
export interface Template {
  readonly uses: readonly TemplateUse[];
  /** @param leftMs less than it may take by itself; asked only where it can take long */
  render(scope: object, leftMs?: () => number): string;
}

/** A template that does not parse, with the place inside it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';

  constructor(message: string, readonly offset: number) {
    super(message);
  }
}

/** Parses a template, or throws `TemplateError`. */
export function parseTemplate(text: string): Template {
  if (!isTemplate(text)) return { uses: [], render: () => text };
  if (text.length > MAX_TEMPLATE) {
    throw new TemplateError(`found ${text.length} characters, expected at most ${MAX_TEMPLATE}`, 0);
  }
  const parsed = parse(text);
  const render = plainTemplate(text) ?? ((scope: object, leftMs = () => MAX_RENDER_MS) => {
    const renderLimit = Math.max(1, Math.min(leftMs(), MAX_RENDER_MS));
    return String(engine.renderSync(parsed, scope, { renderLimit }));
  });
  return { uses: usesOf(parsed, text), render };
}

/** Whether the text has anything to render. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

function parse(text: string): Parsed[] {
  try {
    return engine.parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const offset = LiquidError.is(error) ? error.token.begin : 0;
    throw new TemplateError(error.message.replace(/, line:\d+, col:\d+$/, ''), offset);
  }
}

function usesOf(parsed: Parsed[], text: string): TemplateUse[] {
  const { globals } = engine.analyzeSync(parsed, { partials: false });
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  return Object.values(globals).flat().map(({ segments, location }) => ({
    path: segments.map((segment) => (typeof segment === 'object' ? null : segment)),
    offset: (lineStarts[location.row - 1] ?? 0) + location.col - 1,
  }));
}
