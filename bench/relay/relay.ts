import type { Bench } from '../bench.js';
import { Backlog } from './backlog.js';
import { compare, type Figure } from '../figures.js';
import { copyInSql, rowPerRecipient } from './baselines.js';

const BACKLOG = 50_000;
/** What the same is held against, so that the slope is seen. */
const SMALLER = [2_500, 12_500] as const;
const MANY_ADMINS = 500;
/** Changes that the row-per-recipient baseline writes: with 500 recipients the whole backlog would be 25 million rows. */
const PER_RECIPIENT_CHANGES = 1_000;

/** How fast the relay empties a backlog, and that the number of admins who see each notification does not matter. */
export const benchRelay: Bench = async (context) => {
  const one = await Backlog.create(context, 1, BACKLOG);
  const many = await Backlog.create(context, MANY_ADMINS, BACKLOG);
  const smaller: { changes: number; backlog: Backlog; perSecond: number[] }[] = [];
  for (const changes of SMALLER) smaller.push({ changes, backlog: await Backlog.create(context, 1, changes), perSecond: [] });
  const rounds: { one: number; many: number; sql: number; perRecipient: number }[] = [];
  for (let nth = 0; nth < (context.quick ? 2 : 5); nth++) {
    const first = nth % 2 === 0 ? one : many;
    const drains = new Map<Backlog, number>();
    for (const backlog of [first, first === one ? many : one]) drains.set(backlog, (await backlog.drain()).perSecond);
    const round = {
      one: drains.get(one) ?? NaN,
      many: drains.get(many) ?? NaN,
      sql: await copyInSql(one.client, BACKLOG),
      perRecipient: await rowPerRecipient(many.client, PER_RECIPIENT_CHANGES, MANY_ADMINS),
    };
    rounds.push(round);
    for (const { backlog, perSecond } of smaller) perSecond.push((await backlog.drain()).perSecond);
    const { one: o, many: m, sql, perRecipient } = round;
    context.log(
      `1 admin ${Math.round(o)}, ${MANY_ADMINS} admins ${Math.round(m)}, copied in SQL ${Math.round(sql)}, ` +
        `row per recipient ${Math.round(perRecipient)} changes/s`,
    );
  }
  const need = { of: 'value', atLeast: 10_000 } as const;
  const figures: Figure[] = [
    compare('relay, 1 admin', '/s', rounds.map((r) => ({ value: r.one, baseline: r.sql })), 'the same rows copied by SQL alone', need),
    compare(
      `relay, ${MANY_ADMINS} admins`,
      '/s',
      rounds.map((r) => ({ value: r.many, baseline: r.perRecipient })),
      'a row per recipient',
      need,
    ),
    compare(`relay, ${MANY_ADMINS} admins to 1`, '/s', rounds.map((r) => ({ value: r.many, baseline: r.one })), 'relay, 1 admin', {
      of: 'ratio',
      atLeast: 0.8,
    }),
    ...smaller.map(({ changes, perSecond }) =>
      compare(`relay, backlog of ${BACKLOG} to ${changes}`, '/s', rounds.map((r, nth) => ({ value: r.one, baseline: perSecond[nth] ?? NaN })), `a backlog of ${changes}`, null),
    ),
  ];
  return figures;
};
