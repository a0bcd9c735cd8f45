import { HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Limits } from '../config/config.js';
import { callerAddress } from './caller-address.js';
import type { Principal } from './principal.js';
import { RateLimit } from './rate-limit.js';

/** The longest that a reader in a loop is told to stay away, in milliseconds. */
const STREAM_WAIT_MS = 60_000;

/**
 * How often somebody may come to this process: an admin by their user id, wherever they come from, and a stranger by their
 * address. An office behind one address has as many limits as it has admins.
 */
export class RateLimits {
  /** Opened streams, by user id. Spoken of in the stream: any answer but 200 shuts a browser's EventSource for good. */
  readonly streams: RateLimit;
  private readonly requests: RateLimit;
  private readonly strangers: RateLimit;

  constructor({ requests, streams, strangers }: Limits) {
    this.requests = new RateLimit(requests);
    this.streams = new RateLimit(streams, { growsToMs: STREAM_WAIT_MS });
    this.strangers = new RateLimit(strangers);
  }

  /** @throws 429 when this admin, or who comes from this address without a good token, has come too often */
  count(principal: Principal | undefined, request: Request, response: Response): void {
    if (principal) refuseAfter(this.requests.take(principal.userId), 'of this admin', response);
    else refuseAfter(this.strangers.take(callerAddress(request.ip)), 'without a good token from this address', response);
  }
}

function refuseAfter(waitMs: number, whose: string, response: Response): void {
  if (waitMs === 0) return;
  const seconds = Math.ceil(waitMs / 1_000);
  response.setHeader('Retry-After', seconds);
  throw new HttpException(`There are too many requests ${whose}; try again in ${seconds} s.`, 429);
}
