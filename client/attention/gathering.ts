/** What is told later than this after its time is no news any more: the machine slept. A hidden page's timers are a second late. Unit: ms. */
const staleMs = 10_000;

/** Gathers what comes at about one time, to tell of it once. */
export class Gathering<T> {
  private gathered: T[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = 0;

  constructor(private readonly tell: (gathered: T[]) => void) {}

  /** To be told in that time, unit ms, together with what waits already: sooner than that was to be, but not later. */
  add(some: readonly T[], waitMs: number): void {
    if (some.length === 0) return;
    this.gathered.push(...some);
    const due = Date.now() + waitMs;
    if (this.timer !== undefined && this.due <= due) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(() => this.end(), waitMs);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.gathered = [];
  }

  private end(): void {
    const { gathered } = this;
    this.clear();
    if (Date.now() - this.due <= staleMs) this.tell(gathered);
  }
}
