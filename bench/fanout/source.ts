/** What a server without a database is asked to do: give every stream a frame, so often, and end with a mark. */
export interface PublishRequest {
  /** What is sent each time; `MARK` in it is replaced by the mark. */
  frame: string;
  times: number;
  perSecond: number;
  mark: string;
}

export const MARK = '@mark@';

/** Says it `times` times, evenly; the last with the mark. */
export async function publish({ frame, times, perSecond, mark }: PublishRequest, say: (frame: string) => void | Promise<void>): Promise<void> {
  const start = performance.now();
  for (let nth = 1; nth <= times; nth++) {
    const due = start + (nth * 1_000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    await say(frame.replaceAll(MARK, nth === times ? mark : `${nth}`));
  }
}
