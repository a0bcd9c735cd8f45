import { createHash } from 'node:crypto';
import { parseTemplate, TOO_LONG } from '../rules/liquid.js';
import { MAX_CHANNELS, SEVERITIES, type Operation, type Rule, type Severity } from '../rules/rule.js';
import type { Rendered } from './rendered.js';
import { channelOf, textOf } from './rendered-text.js';

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

/** What rings for the first time. */
export const ONCE: Tally = { count: 1, latest: [] };

/** A parsed template. */
export type Render = (scope: object) => string;

/** When what is rendered now has to be done, in milliseconds of this process. */
export interface Deadline {
  at: number;
}

/** The title, on one line; the topic where there is none. */
export function titleText(rule: Rule, rendered: string): string {
  const text = textOf(rendered, MAX_TITLE);
  return (/\s{2}|[^\S ]/.test(text) ? text.replace(/\s+/g, ' ') : text) || rule.topic;
}

/** What a template of the rule may speak of. */
export function scopeOf({ topic }: Rule, { operation, old, new: current }: RenderableChange, { count, latest }: Tally): object {
  const row = operation === 'delete' ? old : current;
  return { row, old, new: current, topic, operation, count, latest };
}

/** A cut key would be another's: what is too long is refused. */
export function keyText(rule: Rule, text: string): string | null {
  const key = textOf(text, Infinity);
  if (key.length > MAX_KEY) throw new RenderError(rule, 'key', `found ${key.length} characters, expected at most ${MAX_KEY}`);
  return orNull(key);
}

/** A digest is one for each of these. */
export function keyOfAudience(channels: readonly string[]): string {
  const text = [...channels].sort().join(' ');
  return text.length <= MAX_KEY ? text : createHash('sha256').update(text).digest('hex');
}

/** Null for nothing. */
export const orNull = (text: string): string | null => (text === '' ? null : text);

/** A template of a rule's field, which throws `RenderError`. */
export function compileField(rule: Rule, field: string, text: string, deadline: Deadline): Render {
  const template = parseTemplate(text);
  const leftMs = (): number => deadline.at - performance.now();
  return (scope) => {
    try {
      return template.render(scope, leftMs);
    } catch (error) {
      throw new RenderError(rule, field, error instanceof Error ? error.message : String(error));
    }
  };
}

/** Times are by the clock, and a process that was stopped meanwhile is past them: what takes too long twice takes too long. */
export function timed<A extends unknown[], R>(deadline: Deadline, render: (...args: A) => R): (...args: A) => R {
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

/** Whom a rule escalates to. */
export function compileEscalation(rule: Rule, deadline: Deadline): (scope: object) => Rendered['escalation'] {
  const { escalate } = rule;
  if (!escalate) return () => null;
  const to = escalate.to.map((channel, index) => compileField(rule, `escalate.to[${index}]`, channel, deadline));
  return (scope) => {
    const channels = channelsOf(rule, to, scope, 'escalate.to');
    return channels.length === 0 ? null : { after: escalate.after, to: channels };
  };
}

/** The channels of a rendered audience, each once. */
export function channelsOf(rule: Rule, audience: readonly Render[], scope: object, field = 'audience'): string[] {
  const channels = new Set<string>();
  for (const [index, render] of audience.entries()) {
    const text = render(scope);
    const channel = channelOf(text);
    if (channel === undefined) {
      const expected = 'expected everyone, role:<name> or user:<id> of at most 200 printable characters';
      throw new RenderError(rule, `${field}[${index}]`, `found ${JSON.stringify(text.slice(0, 80))}, ${expected}`);
    }
    if (channel !== null) channels.add(channel);
  }
  if (channels.size > MAX_CHANNELS) {
    throw new RenderError(rule, field, `found ${channels.size} channels, expected at most ${MAX_CHANNELS}`);
  }
  return [...channels];
}

/** A rendered severity. */
export function severityOf(rule: Rule, text: string): Severity {
  const severity = SEVERITIES.find((candidate) => candidate === text.trim());
  if (severity) return severity;
  const found = JSON.stringify(text.slice(0, 80));
  throw new RenderError(rule, 'severity', `found ${found}, expected one of ${SEVERITIES.join(', ')}`);
}
