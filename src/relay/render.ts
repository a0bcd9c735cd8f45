import { SEVERITIES, showTable, type Rule } from '../rules/rule.js';
import { type CompiledBulk, compileBulk } from './render-bulk.js';
import {
  channelsOf, compileEscalation, compileField, type Deadline, keyOfAudience, keyText, MAX_BODY, ONCE, orNull, type Render, type RenderableChange, scopeOf, severityOf,
  type Tally, timed, titleText,
} from './render-parts.js';
import type { Rendered, Words } from './rendered.js';
import { linkOf, textOf } from './rendered-text.js';

/** A rule whose templates are parsed once. */
export interface CompiledRule {
  readonly rule: Rule;
  /** Of many changes at once; null: the rule has no bulk. */
  readonly bulk: CompiledBulk | null;
  /** As if it rang for the first time. Throws `RenderError`. */
  render(change: RenderableChange): Rendered;
  /** As a test of the rule, for these channels: marked, and with made-up values, which may be no severity. */
  renderTest(change: RenderableChange, channels: readonly string[]): Rendered;
  /** The words of a notification that has rung before. Throws `RenderError`. */
  renderAgain(change: RenderableChange, tally: Tally): Words;
  /** By what a change that resolves finds what it resolves: the rule's key. Throws `RenderError`. */
  keyOf(change: RenderableChange): string | null;
}

const NO_LINK = { link: null, dropped: null };

/** What the title of a test begins with. */
export const TEST_MARK = '[Test] ';

/**
 * Parses a rule's templates. Rendering is synchronous and pure. A link that can't be followed safely is left out rather
 * than failing the change: the admin is told of the row all the same.
 */
export function compileRule(rule: Rule): CompiledRule {
  const deadline: Deadline = { at: Infinity };
  const field = (name: string, text: string): Render => compileField(rule, name, text, deadline);
  const audience = rule.audience.map((channel, index) => field(`audience[${index}]`, channel));
  const severity = field('severity', rule.severity);
  const title = field('title', rule.title);
  const body = rule.body === null ? null : field('body', rule.body);
  const link = rule.link === null ? null : field('link', rule.link);
  const key = rule.key === null ? null : field('key', rule.key);
  const escalation = compileEscalation(rule, deadline);
  const sourceTable = showTable(rule.table);
  const titleOf = (scope: object, mark = ''): string => titleText(rule, `${mark}${title(scope)}`);
  const bodyOf = (scope: object): string | null => body && orNull(textOf(body(scope), MAX_BODY));
  // Written out, here and wherever it is done for each change: a spread costs as much as the rendering does.
  const rendered = (
    scope: object, mark: string, channels: string[], level: Rendered['severity'], sourceKey: string | null, ownKey: string | null, escalated: Rendered['escalation'],
  ): Rendered => {
    const { link: target, dropped } = link ? linkOf(link(scope)) : NO_LINK;
    return {
      topic: rule.topic,
      channels,
      severity: level,
      title: titleOf(scope, mark),
      body: bodyOf(scope),
      link: target,
      linkDropped: dropped,
      sourceTable,
      sourceKey,
      key: ownKey,
      escalation: escalated,
    };
  };

  return {
    rule,
    bulk: compileBulk(rule),
    render: timed(deadline, (change) => {
      const scope = scopeOf(rule, change, ONCE);
      const channels = channelsOf(rule, audience, scope);
      const ownKey = key ? keyText(rule, key(scope)) : rule.digest === null ? null : keyOfAudience(channels);
      return rendered(scope, '', channels, severityOf(rule, severity(scope)), change.key, ownKey, escalation(scope));
    }),
    renderTest: timed(deadline, (change, channels) => {
      const scope = scopeOf(rule, change, ONCE);
      const level = SEVERITIES.find((candidate) => candidate === severity(scope).trim()) ?? 'info';
      return rendered(scope, TEST_MARK, [...channels], level, null, null, null);
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
