import { z } from 'zod';
import { didYouMean } from '../config/did-you-mean.js';
import { parseDuration } from './duration.js';
import { FILTERS, isTemplate, parseTemplate, ROOTS, TAGS, TemplateError } from './liquid.js';
import { MAX_CHANNELS, SEVERITIES } from './rule.js';

/** A list of channels, templates over these names. */
export function channels(roots: readonly string[] = ROOTS): z.ZodArray<z.ZodString> {
  const channel = template(z.string({ error: 'a channel: everyone, role:<name> or user:<id>' }), roots).refine(
    (text) => /^\s*(everyone\s*$|(role|user):\s*\S|\{[{%])/.test(text),
    'a channel: everyone, role:<name> or user:<id>',
  );
  return list(channel, 'a list of channels, as [role:sales]').max(MAX_CHANNELS, `at most ${MAX_CHANNELS} channels: a role reaches many admins`);
}

/** A severity, or a template over these names. */
export function severityText(roots: readonly string[] = ROOTS): z.ZodString {
  return template(z.string({ error: `one of ${SEVERITIES.join(', ')}, or a template` }), roots).refine(
    (text) => isTemplate(text) || (SEVERITIES as readonly string[]).includes(text),
    `one of ${SEVERITIES.join(', ')}, or a template that gives one`,
  );
}

/** Text that is not empty, a template over these names. */
export function text(roots: readonly string[] = ROOTS): z.ZodString {
  return template(z.string({ error: 'text in quotes' }).refine((value) => value.trim() !== '', 'text'), roots);
}

/** A time as `5m`, of at most so many seconds. */
export function duration(most: number, expected: string): z.ZodString {
  return z.string({ error: expected }).refine((value) => (parseDuration(value) ?? Infinity) <= most, expected);
}

/** A list that is not empty. */
export function list<T extends z.ZodType<string>>(item: T, expected: string): z.ZodArray<T> {
  return z.array(item, { error: expected }).min(1, expected);
}

/** Liquid that parses and speaks of these names only. */
export function template<T extends z.ZodType<string>>(schema: T, roots: readonly string[] = ROOTS): T {
  return schema.check(({ value, issues }) => {
    for (const { message, offset } of templateMistakes(value, roots)) {
      issues.push({ code: 'custom', input: value, message, params: { template: true, offset } });
    }
  });
}

function* templateMistakes(value: string, roots: readonly string[]): Generator<{ message: string; offset: number }> {
  try {
    for (const { path, offset } of parseTemplate(value).uses) {
      const root = path[0];
      if (typeof root === 'string' && roots.includes(root)) continue;
      const hint = didYouMean(String(root), roots);
      const expected = `${roots.join(', ')} before the first dot${hint}`;
      yield { message: `found {{ ${path.join('.')} }}, expected ${expected}`, offset };
    }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const message = `the template does not parse: ${error.message}${unknownNameHint(error.message)}`;
    yield { message, offset: error.offset };
  }
}

function unknownNameHint(message: string): string {
  const filter = /^undefined filter: (.*)$/.exec(message)?.[1];
  if (filter !== undefined) return didYouMean(filter, FILTERS);
  const tag = /^tag "(.*)" not found$/.exec(message)?.[1];
  return tag === undefined ? '' : didYouMean(tag, TAGS);
}
