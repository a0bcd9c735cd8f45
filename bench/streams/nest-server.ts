import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, type INestApplication, type MessageEvent, Module, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Observable } from 'rxjs';
import { answerParent } from '../child.js';

/** What Nest's own `@Sse` takes for an open stream: nobody is asked who they are, nothing is kept, nothing will ever be sent. */
@Controller()
class StreamController {
  @Sse('v1/stream')
  stream(): Observable<MessageEvent> {
    return new Observable((subscriber) => subscriber.next({ type: 'ready', id: '1', data: '{}' }));
  }
}

@Module({ controllers: [StreamController] })
class AppModule {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's option types are classes
const app = await NestFactory.create<INestApplication<Server>>(AppModule, { logger: false });
await app.init();
const server = app.getHttpServer();
await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));

/** @returns the address */
answerParent(() => Promise.resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
