import { type DynamicModule, Module } from '@nestjs/common';
import { BusyDay } from './busy-day.service.js';
import { SHOP_OPTIONS, ShopDatabase, type ShopOptions } from './shop-database.js';
import { ShopController } from './shop.controller.js';
import { ShopService } from './shop.service.js';

/** A small shop and its back office: a business application like any other. */
@Module({})
export class SampleModule {
  static forRoot(options: ShopOptions): DynamicModule {
    return {
      module: SampleModule,
      controllers: [ShopController],
      providers: [{ provide: SHOP_OPTIONS, useValue: options }, ShopDatabase, ShopService, BusyDay],
    };
  }
}
