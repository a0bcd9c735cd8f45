import { setTimeout as sleep } from 'node:timers/promises';
import { epochOf, positionOf, type Received } from '../support/ledger.js';
import type { Life, Witness } from '../support/oracle.js';
import type { Count } from '../support/oracle-marks.js';
import { listInbox } from './inbox-client.js';
import type { Chance } from './random.js';
import { type Habits, type Told, TirelessStream } from './tireless-stream.js';

/** A notification with when it came, and the epoch of its frame. */
export interface Arrived extends Received {
  at: number;
  epoch: string;
}

/** A receipts frame's item, as far as it is about reading. */
interface ReadReceipt {
  ids?: string[];
  upTo?: string;
  read?: boolean;
}

type OwnLife = Omit<Life, 'received'> & { received: Arrived[] };

/** A reader of notifications that each come once, who keeps all that it was told in the order in which it was. */
export class TirelessReader extends TirelessStream {
  readonly lives: OwnLife[] = [newLife()];
  told: Count | undefined;
  private readonly fetching: Promise<void>[] = [];
  private readUpTo = 0n;
  private readonly readIds = new Set<string>();

  /** @param servers where the stream is to be found: a load balancer's list */
  constructor(user: string, roles: readonly string[], servers: readonly string[], habits: Habits, chance: Chance) {
    super(user, roles, servers, habits, chance);
    this.life.cursor = habits.from;
    this.start();
  }

  get name(): string {
    return `${this.user}${this.habits.from === undefined ? '' : ' (from the beginning)'}`;
  }

  get life(): OwnLife {
    const life = this.lives.at(-1);
    if (!life) throw new Error('a reader has at least one life');
    return life;
  }

  /** Has other roles from its next connection on, which is soon. */
  become(roles: readonly string[]): void {
    this.roles = roles;
    this.drop();
  }

  override async stop(): Promise<void> {
    await super.stop();
    await Promise.all(this.fetching);
  }

  /** Whether its own tabs know of an id as read, from what the stream said. */
  knowsAsRead(id: string): boolean {
    return this.readIds.has(id) || BigInt(id) <= this.readUpTo;
  }

  testify(asked: Pick<Witness, 'marks' | 'listed'>, counts: Witness['counts']): Witness {
    const { name, lives, faults, told } = this;
    return { name, lives, faults, counts: { 'the stream': told, ...counts }, ...asked };
  }

  protected get cursor(): string | undefined {
    return this.life.cursor;
  }

  protected set cursor(id: string | undefined) {
    this.life.cursor = id;
  }

  protected greeted(id: string, channels: readonly string[]): void {
    const { life } = this;
    if (life.stretches.length === 0) life.sinceTime = Date.now();
    if (String(life.stretches.at(-1)?.channels) !== String(channels)) life.stretches.push({ since: positionOf(id), channels });
  }

  /** As a client does: drops what it holds, asks REST, and goes on from the reset's id. */
  protected beginAnew(id: string, channels: readonly string[]): void {
    const life = newLife();
    life.cursor = id;
    life.stretches.push({ since: positionOf(id), channels });
    life.sinceTime = Date.now();
    this.lives.push(life);
    this.readIds.clear();
    this.readUpTo = 0n;
    this.fetching.push(this.fetch(life));
  }

  protected hear({ event, id, data }: Told): void {
    if (event === 'notifications') this.keep(id, data as { id: string; source: { table: string; key: string } }[]);
    if (event === 'receipts') this.keepReceipts(data as ReadReceipt[]);
    if (event === 'counts' || event === 'ready') this.told = (data as { unread: Count }).unread;
  }

  private async fetch(life: OwnLife): Promise<void> {
    const { token } = this;
    while (!this.stopping && !life.fetched) {
      const listed = await listInbox(this.chance.pick(this.servers), await token).catch(() => undefined);
      if (listed) life.fetched = listed;
      else await sleep(100);
    }
  }

  private keep(id: string, notifications: { id: string; source: { table: string; key: string } }[]): void {
    const [at, epoch] = [Date.now(), epochOf(id)];
    for (const { id: own, source } of notifications) this.life.received.push({ id: own, ...source, at, epoch });
    const last = notifications.at(-1)?.id;
    if (last === undefined || BigInt(last) !== positionOf(id)) this.faults.push(`a frame with id ${id} ends with notification ${last}`);
  }

  private keepReceipts(receipts: readonly ReadReceipt[]): void {
    for (const { ids, upTo, read } of receipts) {
      if (!read) continue;
      for (const id of ids ?? []) this.readIds.add(id);
      if (upTo !== undefined && BigInt(upTo) > this.readUpTo) this.readUpTo = BigInt(upTo);
    }
  }
}

function newLife(): OwnLife {
  return { stretches: [], sinceTime: 0, received: [], cursor: undefined };
}
