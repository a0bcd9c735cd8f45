import { z } from 'zod';

const MAX_BIGINT = 9_223_372_036_854_775_807n;

/** PostgreSQL's text can't hold the character of code 0. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\0'), { error: 'must not have a NUL character' });

const decimal = z
  .union([z.string().regex(/^\d{1,19}$/), z.int().nonnegative()], {
    error: 'expected a whole number from 0, or its digits as a string',
  })
  .transform(BigInt)
  .refine((value) => value <= MAX_BIGINT, { error: `expected at most ${MAX_BIGINT}` });

/** An id in a path. */
export const idSchema = z
  .string()
  .regex(/^\d{1,19}$/, { error: 'expected the digits of an id' })
  .transform(BigInt)
  .refine((value) => value <= MAX_BIGINT, { error: `expected at most ${MAX_BIGINT}` });

/** An absent body is one that leaves everything to the shop. */
const body = <T extends z.ZodRawShape>(shape: T) => z.preprocess((value) => value ?? {}, z.object(shape));

export const newOrderSchema = body({
  customerName: text(200).optional(),
  totalCents: decimal.optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, { error: 'expected three capital letters, like EUR' })
    .optional(),
});
export type NewOrder = z.infer<typeof newOrderSchema>;

export const newCommentSchema = body({
  orderId: decimal.optional(),
  authorName: text(200).optional(),
  text: text(10_000).optional(),
});
export type NewComment = z.infer<typeof newCommentSchema>;

export const newTicketSchema = body({
  subject: text(500).optional(),
  priority: z.enum(['low', 'normal', 'high', 'urgent']).optional(),
});
export type NewTicket = z.infer<typeof newTicketSchema>;

export const assignSchema = z.object({ assigneeId: text(200) });
export type Assign = z.infer<typeof assignSchema>;

/** Rows a second; 0 is off. */
export const busySchema = z.object({ perSecond: z.number().min(0).max(200) });
export type Busy = z.infer<typeof busySchema>;
