import { createHash } from 'node:crypto';
import { parseTemplate, type Template, TOO_LONG } from '../rules/liquid.js';
import { MAX_CHANNELS, SEVERITIES, showTable, type Operation, type Rule, type Severity } from '../rules/rule.js';
import { channelOf, linkOf, textOf } from './rendered-text.js';

/** A captured change, its jsonb parsed by `parseExact`. */
export interface RenderableChange {
  operation: Operation;
  /** Primary key of the row; null where the table has none. */
  key: string | null;
  old: unknown;
  new: unknown;
}

/** How often, and with what, a notification has rung. */
export interface Tally {
  count: number;
  /** Titles of the last few, newest first. */
  latest: readonly string[];
}

/** What depends on how often it has rung. */
export type Words = Pick<Rendered, 'severity' | 'title' | 'body'>;

/** What a notification says and to whom. */
export interface Rendered {
  topic: string;
  /** Each once. Empty when the change is nobody's: a `user:` of a column that is null. */
  channels: string[];
  severity: Severity;
  title: string;
  body: string | null;
  link: string | null;
  /** Why there is no link although the rule has one; null otherwise. */
  linkDropped: string | null;
  /** Null: published by code. */
  sourceTable: string | null;
  sourceKey: string | null;
  /** Changes with the same one are of one notification. Null: of this change alone. */
  key: string | null;
}

/** Characters (code points) that a title and a body may have; what is longer ends in an ellipsis. */
export const MAX_TITLE = 200;
export const MAX_BODY = 2_000;
/** What all templates of one change may take together, in milliseconds. */
const CHANGE_MS = 250;
/** Characters that a key may have. */
export const MAX_KEY = 200;

/** A change that can't become a notification. The message names the rule and the field, and is kept with the change. */
export class RenderError extends Error {
  override readonly name = 'RenderError';

  constructor(rule: Rule, field: string, reason: string) {
    super(`rule "${rule.topic}", ${field}: ${reason}`);
  }
}

/** A rule whose templates are parsed once. */
export interface CompiledRule {
  readonly rule: Rule;
  /** As if it rang for the first time. Throws `RenderError`. */
  render(change: RenderableChange): Rendered;
  /** As a test of the rule, for these channels: marked, and with made-up values, which may be no severity. */
  renderTest(change: RenderableChange, channels: readonly string[]): Rendered;
  /** The words of a notification that has rung before. Throws `RenderError`. */
  renderAgain(change: RenderableChange, tally: Tally): Words;
  /** By what a change that resolves finds what it resolves: the rule's key. Throws `RenderError`. */
  keyOf(change: RenderableChange): string | null;
}

/** What rings for the first time. */
const ONCE: Tally = { count: 1, latest: [] };

/** What the title of a test begins with. */
export const TEST_MARK = '[Test] ';

type Render = (scope: object) => string;

/** When what is rendered now has to be done, in milliseconds of this process. */
interface Deadline {
  at: number;
}

/**
 * Parses a rule's templates. Rendering is synchronous and pure. A link that can't be followed safely is left out rather
 * than failing the change: the admin is told of the row all the same.
 */
export function compileRule(rule: Rule): CompiledRule {
  const deadline: Deadline = { at: Infinity };
  const field = (name: string, text: string): Render => guarded(rule, name, parseTemplate(text), deadline);
  const audience = rule.audience.map((channel, index) => field(`audience[${index}]`, channel));
  const severity = field('severity', rule.severity);
  const title = field('title', rule.title);
  const body = rule.body === null ? null : field('body', rule.body);
  const link = rule.link === null ? null : field('link', rule.link);
  const key = rule.key === null ? null : field('key', rule.key);
  const sourceTable = showTable(rule.table);
  const titleOf = (scope: object, mark = ''): string => textOf(`${mark}${title(scope)}`, MAX_TITLE).replace(/\s+/g, ' ') || rule.topic;
  const bodyOf = (scope: object): string | null => body && orNull(textOf(body(scope), MAX_BODY));
  const texts = (scope: object, mark = ''): Pick<Rendered, 'topic' | 'title' | 'body' | 'link' | 'linkDropped' | 'sourceTable'> => {
    const { link: target, dropped } = link ? linkOf(link(scope)) : { link: null, dropped: null };
    return {
      topic: rule.topic,
      title: titleOf(scope, mark),
      body: bodyOf(scope),
      link: target,
      linkDropped: dropped,
      sourceTable,
    };
  };

  return {
    rule,
    render: timed(deadline, (change) => {
      const scope = scopeOf(rule, change, ONCE);
      const channels = channelsOf(rule, audience, scope);
      return {
        ...texts(scope),
        channels,
        severity: severityOf(rule, severity(scope)),
        sourceKey: change.key,
        key: key ? keyText(rule, key(scope)) : rule.digest === null ? null : keyOfAudience(channels),
      };
    }),
    renderTest: timed(deadline, (change, channels) => {
      const scope = scopeOf(rule, change, ONCE);
      const level = SEVERITIES.find((candidate) => candidate === severity(scope).trim()) ?? 'info';
      return { ...texts(scope, TEST_MARK), channels: [...channels], severity: level, sourceKey: null, key: null };
    }),
    renderAgain: timed(deadline, (change, tally) => {
      const scope = scopeOf(rule, change, tally);
      const words = { severity: severityOf(rule, severity(scope)), title: titleOf(scope), body: bodyOf(scope) };
      // A digest without words of its own for it lists what it is of.
      return rule.digest === null || body ? words : { ...words, body: textOf(tally.latest.join('\n'), MAX_BODY) };
    }),
    keyOf: timed(deadline, (change) => key && keyText(rule, key(scopeOf(rule, change, ONCE)))),
  };
}

function scopeOf({ topic }: Rule, { operation, old, new: current }: RenderableChange, tally: Tally): object {
  const row = operation === 'delete' ? old : current;
  return { row, old, new: current, topic, operation, ...tally };
}

/** A cut key would be another's: what is too long is refused. */
function keyText(rule: Rule, text: string): string | null {
  const key = textOf(text, Infinity);
  if (key.length > MAX_KEY) throw new RenderError(rule, 'key', `found ${key.length} characters, expected at most ${MAX_KEY}`);
  return orNull(key);
}

function keyOfAudience(channels: readonly string[]): string {
  const text = [...channels].sort().join(' ');
  return text.length <= MAX_KEY ? text : createHash('sha256').update(text).digest('hex');
}

const orNull = (text: string): string | null => (text === '' ? null : text);

function guarded(rule: Rule, field: string, template: Template, deadline: Deadline): Render {
  return (scope) => {
    try {
      return template.render(scope, deadline.at - performance.now());
    } catch (error) {
      throw new RenderError(rule, field, error instanceof Error ? error.message : String(error));
    }
  };
}

/** Times are by the clock, and a process that was stopped meanwhile is past them: what takes too long twice takes too long. */
function timed<A extends unknown[], R>(deadline: Deadline, render: (...args: A) => R): (...args: A) => R {
  const once = (...args: A): R => {
    deadline.at = performance.now() + CHANGE_MS;
    return render(...args);
  };
  return (...args) => {
    try {
      return once(...args);
    } catch (error) {
      if (!(error as Error).message.includes(TOO_LONG)) throw error;
      return once(...args);
    }
  };
}

function channelsOf(rule: Rule, audience: readonly Render[], scope: object): string[] {
  const channels = new Set<string>();
  for (const [index, render] of audience.entries()) {
    const text = render(scope);
    const channel = channelOf(text);
    if (channel === undefined) {
      const expected = 'expected everyone, role:<name> or user:<id> of at most 200 printable characters';
      throw new RenderError(rule, `audience[${index}]`, `found ${JSON.stringify(text.slice(0, 80))}, ${expected}`);
    }
    if (channel !== null) channels.add(channel);
  }
  if (channels.size > MAX_CHANNELS) {
    throw new RenderError(rule, 'audience', `found ${channels.size} channels, expected at most ${MAX_CHANNELS}`);
  }
  return [...channels];
}

function severityOf(rule: Rule, text: string): Severity {
  const severity = SEVERITIES.find((candidate) => candidate === text.trim());
  if (severity) return severity;
  const found = JSON.stringify(text.slice(0, 80));
  throw new RenderError(rule, 'severity', `found ${found}, expected one of ${SEVERITIES.join(', ')}`);
}
