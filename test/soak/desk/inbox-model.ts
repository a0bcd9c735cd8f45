/** A notification as a frame or a page has it, as far as an inbox goes by it. */
export interface Item {
  id: string;
  position: string;
  topic: string;
  title: string;
  occurrences: number;
  resolvedAt: string | null;
  claimedBy: string | null;
  escalatedAt: string | null;
  readAt: string | null;
  archivedAt: string | null;
  snoozedUntil: string | null;
  surfaced: string | null;
  returned?: boolean;
}

export interface ReceiptItem {
  ids?: string[];
  asOf?: string;
  upTo?: string;
  read?: boolean;
  archived?: boolean;
  snoozedUntil?: string | null;
  withdrawn?: boolean;
}

/** What of one is compared: between a device, REST and SQL. */
export interface Line {
  id: string;
  position: string;
  place: string;
  topic: string;
  title: string;
  occurrences: number;
  isRead: boolean;
  isResolved: boolean;
  claimedBy: string | null;
  isEscalated: boolean;
}

/** What came: a frame's data, and the position that it went on from. */
type Heard = { after: bigint | undefined } & ({ items: readonly Item[] } | { receipts: readonly ReceiptItem[] });

/**
 * One admin's inbox as docs/delivery.md says that a client may keep it, from pages and frames. It owes nothing to the client's own:
 * a fault in both would hide.
 */
export class InboxModel {
  private items = new Map<string, Item>();
  /** What came while pages are under way: these may be older. */
  private meanwhile: Heard[] | undefined;

  clear(): void {
    this.items.clear();
    this.meanwhile = undefined;
  }

  beginPages(): void {
    this.meanwhile = [];
  }

  /** All pages of one asking: what they have is all there is, but for what came meanwhile. */
  takePages(items: readonly Item[]): void {
    const heard = this.meanwhile ?? [];
    this.meanwhile = undefined;
    this.items.clear();
    for (const item of items) this.put(item);
    for (const one of heard) this.apply(one);
  }

  hear(heard: Heard): void {
    this.meanwhile?.push(heard);
    this.apply(heard);
  }

  /** The list, newest first. */
  get lines(): Line[] {
    return [...this.items.values()].map(lineOf).sort(byPlace);
  }

  get ids(): string[] {
    return this.lines.map(({ id }) => id);
  }

  find(id: string): Item | undefined {
    return this.items.get(id);
  }

  private apply(heard: Heard): void {
    if ('items' in heard) for (const item of heard.items) this.take(item, heard.after);
    else for (const receipt of heard.receipts) this.mark(receipt);
  }

  private take(item: Item, after: bigint | undefined): void {
    const known = this.items.get(item.id);
    if (item.returned) {
      // Their own state is on it, whole.
      if (!known || BigInt(known.position) <= BigInt(item.position)) this.put(item);
    } else if (!known) {
      // Put away, and told of only for others.
      if (after === undefined || BigInt(item.position) > after) this.put(item);
    } else if (BigInt(item.position) > BigInt(known.position)) this.put(item);
    // It speaks to all: what is this admin's own stays.
    else if (item.position === known.position) this.put({ ...item, readAt: known.readAt, surfaced: known.surfaced });
  }

  private put(item: Item): void {
    const known = this.items.get(item.id);
    if (known && BigInt(known.position) > BigInt(item.position)) return;
    if (item.archivedAt !== null || item.snoozedUntil !== null) this.items.delete(item.id);
    else this.items.set(item.id, item);
  }

  private mark({ ids, asOf, upTo, read, archived, snoozedUntil, withdrawn }: ReceiptItem): void {
    const isMeant = (item: Item): boolean =>
      upTo !== undefined ? placeOf(item) <= BigInt(upTo) : ids?.includes(item.id) === true && (asOf === undefined || BigInt(item.position) <= BigInt(asOf));
    for (const item of [...this.items.values()].filter(isMeant)) {
      if (archived === true || withdrawn === true || typeof snoozedUntil === 'string') this.items.delete(item.id);
      else if (read !== undefined) this.items.set(item.id, { ...item, readAt: read ? 'told' : null });
    }
  }
}

const placeOf = ({ position, surfaced }: Item): bigint => BigInt(surfaced ?? position);

export function lineOf(item: Item): Line {
  const { id, position, topic, title, occurrences, claimedBy } = item;
  const own = { place: String(placeOf(item)), isRead: item.readAt !== null };
  return { id, position, topic, title, occurrences, claimedBy, ...own, isResolved: item.resolvedAt !== null, isEscalated: item.escalatedAt !== null };
}

export function byPlace(a: Line, b: Line): number {
  return BigInt(a.place) < BigInt(b.place) ? 1 : -1;
}

/** How many count as unread for this admin. */
export function unreadAmong(lines: readonly Line[], user: string): number {
  return lines.filter(({ isRead, isResolved, claimedBy }) => !isRead && !isResolved && (claimedBy === null || claimedBy === user)).length;
}
