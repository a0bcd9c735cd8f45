import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

type Answer<Reply> = { reply: Reply } | { error: string };

/** A process of the bench's own that does one thing at a time when asked, so that load and measuring don't share a loop. */
export class Child<Request, Reply> {
  private readonly process: ChildProcess;

  /** @param script its name among the bundled entry points */
  constructor(script: string, args: readonly string[] = [], nodeFlags: readonly string[] = []) {
    this.process = fork(new URL(`${script}.mjs`, import.meta.url), args, { execArgv: [...nodeFlags] });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** @throws what went wrong there */
  async ask(request: Request): Promise<Reply> {
    const answer = await new Promise<Answer<Reply>>((resolve) => {
      const onExit = (code: number | null): void => resolve({ error: `the process ended with ${code ?? 'a signal'}` });
      this.process.once('exit', onExit);
      this.process.once('message', (message) => {
        this.process.off('exit', onExit);
        resolve(message as Answer<Reply>);
      });
      this.process.send(request as object);
    });
    if ('error' in answer) throw new Error(answer.error);
    return answer.reply;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.disconnect();
    await exited;
  }
}

/** The child's end: answers each request with what `handle` returns, and ends when its parent is gone. */
export function answerParent(handle: (request: never) => Promise<unknown>): void {
  process.on('message', (request) => {
    handle(request as never).then(
      (reply) => process.send?.({ reply }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
