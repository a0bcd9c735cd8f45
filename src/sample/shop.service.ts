import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { type Comment, type Order, Prisma, type Ticket } from './generated/client.js';
import { madeUpComment, madeUpOrder, madeUpTicket } from './made-up.js';
import { ShopDatabase } from './shop-database.js';
import type { NewComment, NewOrder, NewTicket } from './shop.schemas.js';

/** How many rows a list has. */
const NEWEST = { orderBy: { id: 'desc' }, take: 20 } as const;

/** The shop's doings. It writes rows, and that is all it does: what hears of them is none of its business. */
@Injectable()
export class ShopService {
  constructor(private readonly database: ShopDatabase) {}

  orders(): Promise<Order[]> {
    return this.database.order.findMany(NEWEST);
  }

  comments(): Promise<Comment[]> {
    return this.database.comment.findMany(NEWEST);
  }

  tickets(): Promise<Ticket[]> {
    return this.database.ticket.findMany(NEWEST);
  }

  /** What the order does not say is made up. */
  placeOrder(order: NewOrder): Promise<Order> {
    return this.database.order.create({ data: { ...madeUpOrder(), ...given(order) } });
  }

  cancelOrder(id: bigint): Promise<Order> {
    const { order } = this.database;
    const data = { status: 'cancelled' };
    return settle(
      { what: `order ${id}`, state: 'cancelled' },
      () => order.updateManyAndReturn({ where: { id, status: { not: 'cancelled' } }, data }),
      () => order.count({ where: { id } }),
    );
  }

  /** About the newest order, when it does not say which. */
  async comment(comment: NewComment): Promise<Comment> {
    const newest = comment.orderId ?? (await this.database.order.findFirst({ orderBy: { id: 'desc' } }))?.id ?? null;
    try {
      return await this.database.comment.create({ data: { ...madeUpComment(), ...given(comment), orderId: newest } });
    } catch (error) {
      const noOrder = error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003';
      throw noOrder ? new NotFoundException(`There is no order ${newest}.`) : error;
    }
  }

  openTicket(ticket: NewTicket): Promise<Ticket> {
    return this.database.ticket.create({ data: { ...madeUpTicket(), ...given(ticket) } });
  }

  assignTicket(id: bigint, assigneeId: string): Promise<Ticket> {
    const somebodyElses = { OR: [{ assigneeId: null }, { assigneeId: { not: assigneeId } }] };
    return this.changeTicket(id, `assigned to ${assigneeId}`, somebodyElses, { assigneeId });
  }

  closeTicket(id: bigint): Promise<Ticket> {
    return this.changeTicket(id, 'closed', { status: { not: 'closed' } }, { status: 'closed' });
  }

  reopenTicket(id: bigint): Promise<Ticket> {
    return this.changeTicket(id, 'open', { status: { not: 'open' } }, { status: 'open' });
  }

  private changeTicket(
    id: bigint,
    state: string,
    from: Prisma.TicketWhereInput,
    data: Prisma.TicketUpdateManyMutationInput,
  ): Promise<Ticket> {
    const { ticket } = this.database;
    return settle(
      { what: `ticket ${id}`, state },
      () => ticket.updateManyAndReturn({ where: { id, ...from }, data }),
      () => ticket.count({ where: { id } }),
    );
  }
}

/** Changes a row, in one statement, unless it is so already: of two who press at once, one is told. */
async function settle<Row>(
  { what, state }: { what: string; state: string },
  change: () => Promise<Row[]>,
  count: () => Promise<number>,
): Promise<Row> {
  const [row] = await change();
  if (row !== undefined) return row;
  if ((await count()) === 0) throw new NotFoundException(`There is no ${what}.`);
  throw new ConflictException(`The ${what} is ${state} already.`);
}

/** Without the fields that were left out: they must not overwrite what was made up. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
