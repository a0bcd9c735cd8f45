import { Prisma } from '../database/generated/client.js';
import { type Direction, filteredStretch, NO_END } from './own-state.sql.js';

/** So many rows of a place are passed over for being muted. Where more lie on top, its other topics are looked through one by one. */
const PASSED_OVER = 500;

/** Topics as a value, or as a column of a table that has them. */
export type Muted = readonly string[] | Prisma.Sql;

/** Of what is muted, by a column with the topic. For nobody's sake where nothing is. */
export function isMuted(topic: Prisma.Sql, muted: Muted): Prisma.Sql {
  if (muted instanceof Prisma.Sql) return Prisma.sql`${topic} = any (${muted})`;
  return muted.length === 0 ? Prisma.sql`false` : Prisma.sql`${topic} = any (${muted}::text[])`;
}

/**
 * The topics and severities `(topic, severity)` that a channel `c` has rows of, but for what is muted: a jump through the index for each
 * pair, however many rows it has. No `a.channel = c.channel` beside the jump: PostgreSQL began at the channel's first row then, each time.
 * Nor does `topic = concat(topic)` leave out any: PostgreSQL believes in a hundred pairs otherwise, takes the whole for so dear that it compiles
 * it first (JIT), and needs seconds for that. Not `jit = off` for the connection: a transaction pooler refuses that setting at connect, and may hand out
 * another session for the next statement. `which`: of these `pair`s.
 */
export function unmutedPairs(muted: Muted, which = Prisma.sql`true`): Prisma.Sql {
  return Prisma.sql`(
    with recursive pair as (
      (select a.topic, a.severity from belfry.audience a where a.channel = c.channel order by a.channel, a.topic, a.severity, a.position limit 1)
      union all
      select next.topic, next.severity
        from pair cross join lateral (
          select a.topic, a.severity from belfry.audience a
           where (a.channel, a.topic, a.severity, a.position) > (c.channel, pair.topic, pair.severity, ${NO_END}) and a.channel <= c.channel
           order by a.channel, a.topic, a.severity, a.position limit 1) as next)
    select topic, severity from pair where topic = concat(topic) and not ${isMuted(Prisma.sql`topic`, muted)} and ${which})`;
}

/** Rows of the audience `a` between two positions, of a place in its own order. */
export interface Stretch {
  where: Prisma.Sql;
  order: Prisma.Sql;
  above: Prisma.Sql;
  below: Prisma.Sql;
  direction: Direction;
  /** Of the row alone; and what it is looked at for as it comes. */
  only: Prisma.Sql;
  wanted: Prisma.Sql;
  /** Of the pairs that are looked through by themselves. */
  which: Prisma.Sql;
  limit: number;
}

/**
 * The table `(position, part)` of a place's first rows that are not muted, `limit` of each part at most: the rows as they come, or where
 * too many of these are muted, what lies beyond by topic and severity, which then are parts of their own.
 *
 * `near` is read no further than `given` needs, in the order that it is read in; to its end only where that was not enough. Its second limit
 * has PostgreSQL reckon with that, or in many roles it would take the whole for dear enough to compile it first (JIT).
 */
export function unmutedOf({ where, order, above, below, direction, only, wanted, which, limit }: Stretch, muted: readonly string[]): Prisma.Sql {
  const most = limit + PASSED_OVER;
  const [first, last] = direction === 'desc' ? [above, Prisma.sql`cut.off`] : [Prisma.sql`cut.off`, below];
  const beyond = filteredStretch('topic', first, last, direction);
  const lookedAt = (wanted: Prisma.Sql): Prisma.Sql => Prisma.sql`cross join lateral (select ${wanted} as wanted offset 0) as looked_at`;
  return Prisma.sql`
    with near as materialized (
      select position, is_given from (
        select a.position, not ${isMuted(Prisma.sql`a.topic`, muted)} as is_given
          from belfry.audience a ${lookedAt(wanted)}
         where ${where} and ${only} and looked_at.wanted
         order by ${order} limit ${most}) as walked
       limit (select ${most}::bigint)),
    given as materialized (select position from near where is_given limit ${limit}),
    cut as materialized (
      select ${direction === 'desc' ? Prisma.sql`min` : Prisma.sql`max`}(position) as off from near where (select count(*) from given) < ${limit} having count(*) = ${most})
    (select position, '' as part from given)
    union all
    select beyond.position, concat_ws(' ', f.topic, f.severity) as part
      from cut cross join lateral ${unmutedPairs(muted, which)} as f
     cross join lateral (
       select a.position
         from belfry.audience a ${lookedAt(Prisma.sql`${only} and ${wanted}`)}
        where ${beyond.where} and looked_at.wanted
        order by ${beyond.order} limit ${limit}) as beyond`;
}
