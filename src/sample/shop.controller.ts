import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { BusyDay } from './busy-day.service.js';
import { ShopService } from './shop.service.js';
import {
  type Assign,
  assignSchema,
  type Busy,
  busySchema,
  idSchema,
  type NewComment,
  newCommentSchema,
  type NewOrder,
  newOrderSchema,
  type NewTicket,
  newTicketSchema,
} from './shop.schemas.js';

/** A row as JSON has it: 64-bit numbers as their digits. */
type Wire<Row> = { [Column in keyof Row]: Row[Column] extends bigint | null ? string | null : Row[Column] };

/** The back office of the sample shop. */
@Controller('shop')
@ApiTags('sample shop')
export class ShopController {
  constructor(
    private readonly shop: ShopService,
    private readonly busyDay: BusyDay,
  ) {}

  @Get('orders')
  async orders() {
    return (await this.shop.orders()).map(toWire);
  }

  @Get('comments')
  async comments() {
    return (await this.shop.comments()).map(toWire);
  }

  @Get('tickets')
  async tickets() {
    return (await this.shop.tickets()).map(toWire);
  }

  @Post('orders')
  async placeOrder(@Body({ schema: newOrderSchema }) order: NewOrder) {
    return toWire(await this.shop.placeOrder(order));
  }

  @Post('orders/:id/cancel')
  @HttpCode(200)
  async cancelOrder(@Param('id', { schema: idSchema }) id: bigint) {
    return toWire(await this.shop.cancelOrder(id));
  }

  @Post('comments')
  async comment(@Body({ schema: newCommentSchema }) comment: NewComment) {
    return toWire(await this.shop.comment(comment));
  }

  @Post('tickets')
  async openTicket(@Body({ schema: newTicketSchema }) ticket: NewTicket) {
    return toWire(await this.shop.openTicket(ticket));
  }

  @Post('tickets/:id/assign')
  @HttpCode(200)
  async assignTicket(@Param('id', { schema: idSchema }) id: bigint, @Body({ schema: assignSchema }) to: Assign) {
    return toWire(await this.shop.assignTicket(id, to.assigneeId));
  }

  @Post('tickets/:id/close')
  @HttpCode(200)
  async closeTicket(@Param('id', { schema: idSchema }) id: bigint) {
    return toWire(await this.shop.closeTicket(id));
  }

  @Post('tickets/:id/reopen')
  @HttpCode(200)
  async reopenTicket(@Param('id', { schema: idSchema }) id: bigint) {
    return toWire(await this.shop.reopenTicket(id));
  }

  @Get('busy')
  busy(): Busy {
    return { perSecond: this.busyDay.perSecond };
  }

  @Put('busy')
  async setBusy(@Body({ schema: busySchema }) { perSecond }: Busy): Promise<Busy> {
    await this.busyDay.setPerSecond(perSecond);
    return { perSecond };
  }
}

function toWire<Row extends object>(row: Row): Wire<Row> {
  const digits = ([column, value]: [string, unknown]) => [column, typeof value === 'bigint' ? String(value) : value];
  return Object.fromEntries(Object.entries(row).map(digits)) as Wire<Row>;
}
