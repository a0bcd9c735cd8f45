import { ShopDatabase, type ShopOptions } from './shop-database.js';

/** A shop that has been open for a while. */
const ORDERS = [
  { customerName: 'Grace Adeyemi', totalCents: 12_990n, currency: 'EUR', status: 'placed' },
  { customerName: 'Jonas Berg', totalCents: 4_500n, currency: 'EUR', status: 'placed' },
  { customerName: 'Éloïse Dubois', totalCents: 23_495n, currency: 'EUR', status: 'cancelled' },
  { customerName: 'Hiro Sato', totalCents: 980_000n, currency: 'JPY', status: 'placed' },
  { customerName: "Inés O'Brien", totalCents: 7_999n, currency: 'GBP', status: 'placed' },
];
const COMMENTS = [
  { authorName: 'Jonas Berg', text: 'Could you leave it with the neighbours at number 12?' },
  { authorName: 'Hiro Sato', text: 'Arrived a day early, thank you!' },
];
const TICKETS = [
  { subject: 'Refund has not arrived', priority: 'high', status: 'open', assigneeId: 'sam' },
  { subject: 'How do I change the delivery address?', priority: 'low', status: 'closed' },
  { subject: 'Wrong size delivered', priority: 'normal', status: 'open' },
];

/** Fills an empty shop, so that its first visitor sees one in business. Tells whether it was empty. */
export async function seedShop(options: ShopOptions): Promise<boolean> {
  const database = new ShopDatabase(options);
  try {
    return await database.$transaction(async (shop) => {
      if ((await shop.order.count()) + (await shop.ticket.count()) + (await shop.comment.count()) > 0) return false;
      const orders = await shop.order.createManyAndReturn({ data: ORDERS });
      const idOf = (customerName: string) => orders.find((order) => order.customerName === customerName)?.id ?? null;
      await shop.comment.createMany({
        data: COMMENTS.map((comment) => ({ ...comment, orderId: idOf(comment.authorName) })),
      });
      await shop.ticket.createMany({ data: TICKETS });
      return true;
    });
  } finally {
    await database.onApplicationShutdown();
  }
}
