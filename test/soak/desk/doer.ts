import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf } from '../inbox-client.js';
import type { Chance } from '../random.js';
import { listAll, type Shelf } from './asking.js';
import { type Deed, draw, isForEverybody, isOfTheDesk } from './deeds.js';
import type { Device } from './device.js';
import type { Item } from './inbox-model.js';

/** Longest wait between two deeds, in milliseconds. */
const BETWEEN_MS = 250;
/** Servers whose clocks have jumped find a snooze over. */
const REFUSALS: Record<string, readonly number[]> = { snooze: [400, 404], claim: [404, 409], release: [404, 409], undo: [409] };

/** An admin who does all that one can, at any server, from what any of their devices shows; again, until it is answered. */
export class Doer {
  readonly faults: string[] = [];
  readonly done: Record<string, number> = {};
  /** Where what was last put away or taken back has to be, for as long as it is not raised. */
  readonly shelved = new Map<string, { position: string; shelf: Shelf }>();
  private undo: object | undefined;
  private away: string[] = [];
  private paused = false;
  private stopping = false;
  private doing: Promise<void> | undefined;
  private readonly running: Promise<void>;

  /** @param holders who has claimed what, among all doers */
  constructor(
    readonly user: string,
    readonly devices: readonly Device[],
    private readonly servers: readonly string[],
    private readonly holders: Map<string, string>,
    private readonly chance: Chance,
  ) {
    this.running = this.run();
  }

  /** Ends the deed it is at, and does none until `resume`. */
  async pause(): Promise<void> {
    this.paused = true;
    await this.doing;
  }

  resume(): void {
    this.paused = false;
  }

  /** A backup takes the database's place: nothing that was done need be there any more. */
  forget(): void {
    this.shelved.clear();
    this.undo = undefined;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      await sleep(this.chance.between(20, BETWEEN_MS));
      this.doing = this.paused ? undefined : this.doOne();
      await this.doing;
    }
  }

  private async doOne(): Promise<void> {
    const { undo, away } = this;
    const { lines } = this.chance.pick(this.devices).inbox;
    const deed = draw(this.chance, this.user, { lines, away, undo });
    if (!deed) return;
    while (!this.stopping) {
      try {
        if (await this.attempt(deed)) return;
      } catch {
        // Not answered: the server is down, or was cut off.
      }
      await sleep(this.chance.between(20, 200));
    }
  }

  /** @returns whether it was answered, however */
  private async attempt(deed: Deed): Promise<boolean> {
    const { user, holders } = this;
    const [token, url] = [await this.token, this.chance.pick(this.servers)];
    const { id, verb } = deed;
    if (id !== undefined && isForEverybody(verb) && !(await this.isTheDesks(url, token, id))) return true;
    if (id !== undefined && (verb === 'release' || verb === 'resolve')) holders.delete(id);
    const { status, text } = await answerOf(url, token, deed.method, deed.path, deed.body);
    if (status === 503) return false;
    const kind = deed.body !== undefined && 'after' in deed.body ? 'undo' : (verb ?? '');
    if (status !== 200 && !(REFUSALS[kind] ?? [404]).includes(status)) this.faults.push(`${deed.path} was answered with ${status}: ${text}`);
    const name = `${kind || deed.path.replace('/notifications/', '')}${status === 200 ? '' : ` ${status}`}`;
    this.done[name] = (this.done[name] ?? 0) + 1;
    if (kind === 'undo') this.undo = undefined;
    if (status !== 200) return true;
    const after = JSON.parse(text) as Item & { undo?: object | null };
    if (deed.path === '/notifications/read') this.undo = after.undo ?? undefined;
    if (verb === 'claim' && id !== undefined) {
      const holder = holders.get(id) ?? user;
      if (holder !== user) this.faults.push(`has claimed ${id}, and so has ${holder}`);
      if (after.claimedBy !== user) this.faults.push(`has claimed ${id}, and it is ${after.claimedBy}'s`);
      holders.set(id, user);
    }
    if (id !== undefined) this.note(id, verb, after);
    else if (deed.path.includes('archive')) this.shelved.clear();
    if (this.chance.happens(0.2)) await this.lookAtShelf(url, token);
    return true;
  }

  private get token(): Promise<string> {
    const [device] = this.devices;
    if (!device) throw new Error(`${this.user} has no device`);
    return device.token;
  }

  /** Where it has to be from now on. */
  private note(id: string, verb: string | undefined, { position, archivedAt, snoozedUntil }: Item): void {
    if (verb === 'archive') this.shelved.set(id, { position, shelf: archivedAt === null ? 'list' : 'archive' });
    // In the archive since it was drawn, it stays there.
    if (verb === 'unsnooze' || verb === 'unarchive') this.shelved.set(id, { position, shelf: shelfOf(archivedAt, snoozedUntil) });
    if (verb === 'snooze') this.shelved.set(id, { position, shelf: 'snoozed' });
  }

  private async lookAtShelf(url: string, token: string): Promise<void> {
    const [archived, snoozed] = [await listAll(() => url, token, '&archived=true'), await listAll(() => url, token, '&snoozed=true')];
    this.away = [...archived.slice(0, 20), ...snoozed.slice(0, 20)].map(({ id }) => id);
  }

  private async isTheDesks(url: string, token: string, id: string): Promise<boolean> {
    const { status, text } = await answerOf(url, token, 'GET', `/notifications/${id}`);
    if (status === 503) throw new Error(text);
    return status === 200 && isOfTheDesk((JSON.parse(text) as Item).topic);
  }
}

function shelfOf(archivedAt: string | null, snoozedUntil: string | null): Shelf {
  if (archivedAt !== null) return 'archive';
  return snoozedUntil === null ? 'list' : 'snoozed';
}
