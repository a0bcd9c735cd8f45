import { LiveTable, type Cell, type TableShape } from './live-table.js';
import { ask, type Comment, type Order, type Ticket } from './shop.js';

/** How often the tables are looked at while nothing is heard. Unit: ms. */
const pollMs = 2000;
/** At most this often when much is heard. Unit: ms. */
const refreshEveryMs = 200;

const pill = (text: string): Cell => ({ text, className: `pill ${text}` });

const orders: TableShape<Order> = {
  path: '/shop/orders',
  cells: ({ id, customerName, totalCents, currency, status }) => [
    { text: `#${id}`, className: 'muted' },
    { text: customerName, className: 'long' },
    { text: money(totalCents, currency), className: 'number' },
    pill(status),
    { buttons: status === 'cancelled' ? [] : [{ label: 'Cancel', path: `orders/${id}/cancel` }] },
  ],
};

const ticketsFor = (user: () => string): TableShape<Ticket> => ({
  path: '/shop/tickets',
  cells: ({ id, subject, priority, status, assigneeId }) => {
    const open = status === 'open';
    const take = { label: 'Take', path: `tickets/${id}/assign`, body: { assigneeId: user() } };
    const end = { label: open ? 'Close' : 'Reopen', path: `tickets/${id}/${open ? 'close' : 'reopen'}` };
    return [
      { text: `#${id}`, className: 'muted' },
      { text: subject, className: open ? 'long' : 'long closed' },
      pill(priority),
      { text: assigneeId ?? '–' },
      { buttons: open && assigneeId !== user() ? [take, end] : [end] },
    ];
  },
});

const comments: TableShape<Comment> = {
  path: '/shop/comments',
  cells: ({ orderId, authorName, text }) => [
    { text: orderId === null ? '–' : `#${orderId}`, className: 'muted' },
    { text: authorName },
    { text, className: 'long' },
  ],
};

export type TableName = 'orders' | 'tickets' | 'comments';

/** The three tables, looked at again when something was heard of, and now and then anyway while the page is visible. */
export class Tables {
  private readonly tables: Record<TableName, () => Promise<void>>;
  private readonly pointers: Record<TableName, (id: string) => boolean>;
  private due: ReturnType<typeof setTimeout> | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;
  private running = false;

  constructor(user: () => string) {
    const order = new LiveTable(bodyOf('orders'), orders);
    const ticket = new LiveTable(bodyOf('tickets'), ticketsFor(user));
    const comment = new LiveTable(bodyOf('comments'), comments);
    this.tables = {
      orders: async () => order.show((await ask<Order[]>('GET', orders.path)) ?? []),
      tickets: async () => ticket.show((await ask<Ticket[]>('GET', '/shop/tickets')) ?? []),
      comments: async () => comment.show((await ask<Comment[]>('GET', comments.path)) ?? []),
    };
    this.pointers = { orders: (id) => order.point(id), tickets: (id) => ticket.point(id), comments: (id) => comment.point(id) };
  }

  start(): void {
    this.poll ??= setInterval(() => {
      if (document.visibilityState === 'visible') this.soon();
    }, pollMs);
  }

  stop(): void {
    clearInterval(this.poll);
    this.poll = undefined;
  }

  /** Looks again shortly: many calls become one look. */
  soon(): void {
    this.due ??= setTimeout(() => {
      this.due = undefined;
      if (this.running) this.soon();
      else void this.refresh();
    }, refreshEveryMs);
  }

  async refresh(): Promise<void> {
    this.running = true;
    try {
      await Promise.all(Object.values(this.tables).map((look) => look()));
    } catch {
      // The shop is away: the next look will tell. The rows stay as they were.
    } finally {
      this.running = false;
    }
  }

  point(table: TableName, id: string): boolean {
    return this.pointers[table](id);
  }
}

function bodyOf(section: TableName): HTMLTableSectionElement {
  const body = document.querySelector<HTMLTableSectionElement>(`#${section} tbody`);
  if (!body) throw new Error(`The page has no table for ${section}.`);
  return body;
}

/** Minor units to an amount, without a detour over Number: totals are 64 bits wide. */
function money(cents: string, currency: string): string {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    const padded = cents.padStart(digits + 1, '0');
    const amount = digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
    return format.format(amount as `${number}`);
  } catch {
    return `${cents} ${currency}`;
  }
}
