import pg from 'pg';

/**
 * A connection that gives times as ISO 8601 and in UTC, whatever the database or the role is set to. `pg` reads no other style:
 * `German` would come as no date at all. Prisma's adapter drops the offset: another zone's times would be hours off. Said as
 * the session is begun, as JDBC does, so that poolers keep to it.
 */
export class Client extends pg.Client {
  /** What `pg` sends at the start of a session; its own options know no such setting. */
  protected getStartupConf(): Record<string, string> {
    const inherited = pg.Client.prototype as unknown as { getStartupConf(this: pg.Client): Record<string, string> };
    return { ...inherited.getStartupConf.call(this), DateStyle: 'ISO', TimeZone: 'UTC' };
  }
}
