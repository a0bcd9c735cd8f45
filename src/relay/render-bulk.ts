import { grouped } from '../rules/grouped-number.js';
import { parseTemplate } from '../rules/liquid.js';
import { showTable, type Rule } from '../rules/rule.js';
import {
  channelsOf, compileEscalation, compileField, type Deadline, keyOfAudience, keyText, MAX_BODY, ONCE, orNull, type Render, type RenderableChange, scopeOf, severityOf,
  type Tally, timed, titleText,
} from './render-parts.js';
import type { Rendered, Words } from './rendered.js';
import { linkOf, textOf } from './rendered-text.js';

/** Changes of one transaction that are one. */
export interface BulkChange {
  /** How many. */
  count: number;
  /** The first few of them. */
  first: readonly RenderableChange[];
}

/** What a rule says of many changes at once. */
export interface CompiledBulk {
  /** More changes than this are one. */
  readonly over: number;
  /** As if it rang for the first time. Throws `RenderError`. */
  render(bulk: BulkChange): Rendered;
  /** The words of a digest that has rung before. Throws `RenderError`. */
  renderAgain(bulk: BulkChange, tally: Tally): Words;
}

/**
 * Parses what a rule says of its bulk. It is of no row, so no row resolves it; it has the rule's key where that is the same for
 * every row.
 */
export function compileBulk(rule: Rule): CompiledBulk | null {
  if (rule.bulk === null) return null;
  const own = rule.bulk;
  const deadline: Deadline = { at: Infinity };
  const field = (name: string, text: string): Render => compileField(rule, name, text, deadline);
  const audience = (own.audience ?? rule.audience).map((channel, index) => field(`audience[${index}]`, channel));
  const severity = field('severity', own.severity ?? rule.severity);
  const titleOfOne = field('title', rule.title);
  const [title, body, link] = (['title', 'body', 'link'] as const).map((name) => (own[name] === null ? null : field(`bulk.${name}`, own[name])));
  const escalation = compileEscalation(rule, deadline);
  const key = rule.key !== null && isOfNoRow(rule.key) ? field('key', rule.key) : null;

  const scopeOfAll = ({ first }: BulkChange, { count }: Tally): BulkScope => {
    const titles = first.map((change) => titleText(rule, titleOfOne(scopeOf(rule, change, ONCE))));
    const rows = first.map(({ operation, old, new: now }) => (operation === 'delete' ? old : now));
    return { topic: rule.topic, count, rows, titles };
  };
  const wordsOf = (scope: BulkScope): Words => ({
    severity: severityOf(rule, severity(scope)),
    title: titleText(rule, title ? title(scope) : `${grouped(scope.count)} × ${rule.topic}`),
    body: orNull(textOf(body ? body(scope) : listed(scope), MAX_BODY)),
  });

  return {
    over: own.over,
    render: timed(deadline, (bulk: BulkChange) => {
      const scope = scopeOfAll(bulk, { count: bulk.count, latest: [] });
      const channels = channelsOf(rule, audience, scope);
      const { link: target, dropped } = link ? linkOf(link(scope)) : { link: null, dropped: null };
      return {
        ...wordsOf(scope),
        topic: rule.topic,
        channels,
        link: target,
        linkDropped: dropped,
        sourceTable: showTable(rule.table),
        sourceKey: null,
        key: key ? keyText(rule, key(scope)) : rule.key === null && rule.digest !== null ? keyOfAudience(channels) : null,
        escalation: escalation(scope),
      };
    }),
    renderAgain: timed(deadline, (bulk: BulkChange, tally: Tally) => wordsOf(scopeOfAll(bulk, tally))),
  };
}

interface BulkScope {
  topic: string;
  count: number;
  rows: readonly unknown[];
  titles: readonly string[];
}

function listed({ count, titles }: BulkScope): string {
  const rest = count - titles.length;
  return [...titles, ...(rest > 0 ? [`… and ${grouped(rest)} more`] : [])].join('\n');
}

function isOfNoRow(text: string): boolean {
  return parseTemplate(text).uses.every(({ path }) => path[0] === 'topic');
}
