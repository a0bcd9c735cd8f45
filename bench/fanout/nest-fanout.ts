import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, type INestApplication, type MessageEvent, Module, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Observable, Subject } from 'rxjs';
import { answerParent } from '../child.js';
import { publish, type PublishRequest } from './source.js';

/** What the documentation of `@Sse` shows: a subject that every stream subscribes to. */
const said = new Subject<MessageEvent>();

@Controller()
class StreamController {
  @Sse('v1/stream')
  stream(): Observable<MessageEvent> {
    return said;
  }
}

@Module({ controllers: [StreamController] })
class AppModule {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's option types are classes
const app = await NestFactory.create<INestApplication<Server>>(AppModule, { logger: false });
await app.init();
const server = app.getHttpServer();
await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));

/** @returns the address, or nothing when all is said */
answerParent(async (request: PublishRequest | { address: true }): Promise<string | undefined> => {
  if ('address' in request) return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/stream`;
  let id = 0;
  await publish(request, (frame) => said.next({ type: 'notifications', id: `abcdef012345-${++id}`, data: /^data: (.*)$/m.exec(frame)?.[1] ?? '' }));
  return undefined;
});
