import type { Frame } from './reader.js';
import { tokenFor } from './tokens.js';

/** One answer of `/v1/stream/poll`. */
export interface PollAnswer {
  frames: Pick<Frame, 'event' | 'id' | 'data'>[];
  cursor: string;
}

export interface Asked {
  cursor?: string | undefined;
  /** Seconds. Default: the server's. */
  wait?: number;
  signal?: AbortSignal;
}

/** Asks once. @throws when the answer is not 200 */
export async function pollOnce(url: string, token: string, { cursor, wait, signal }: Asked = {}): Promise<PollAnswer> {
  const query = new URLSearchParams({
    ...(cursor !== undefined && { last_event_id: cursor }),
    ...(wait !== undefined && { wait: String(wait) }),
  });
  const response = await fetch(`${url}/v1/stream/poll?${query.toString()}`, {
    headers: { authorization: `Bearer ${token}` },
    ...(signal && { signal }),
  });
  if (response.status !== 200) throw new Error(`the poll was answered with ${response.status}: ${await response.text()}`);
  return (await response.json()) as PollAnswer;
}

/** Asks again and again, each time with the cursor of the answer before. */
export class Poller {
  readonly answers: PollAnswer[] = [];

  constructor(
    private readonly url: string,
    private readonly user: string,
    private readonly roles: string[],
    public cursor?: string,
  ) {}

  async ask(asked: Omit<Asked, 'cursor'> = {}): Promise<PollAnswer> {
    const answer = await pollOnce(this.url, await tokenFor(this.user, this.roles), { cursor: this.cursor, ...asked });
    this.cursor = answer.cursor;
    this.answers.push(answer);
    return answer;
  }

  get frames(): PollAnswer['frames'] {
    return this.answers.flatMap(({ frames }) => frames);
  }

  /** Every notification given, in order. */
  get titles(): string[] {
    return titlesOf(this.frames);
  }
}

export function titlesOf(frames: PollAnswer['frames']): string[] {
  return frames.flatMap(({ event, data }) => (event === 'notifications' ? (data as { title: string }[]) : [])).map(({ title }) => title);
}
