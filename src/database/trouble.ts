/** A trouble that lasts and is met again at every try: to be said once, and anew when its reason changes. */
export class Trouble {
  private reason: string | undefined;

  /** Why things do not go on, undefined while they do. */
  get current(): string | undefined {
    return this.reason;
  }

  /** @returns whether this is news */
  meet(reason: string): boolean {
    const isNew = reason !== this.reason;
    this.reason = reason;
    return isNew;
  }

  /** @returns whether there was one */
  end(): boolean {
    const had = this.reason !== undefined;
    this.reason = undefined;
    return had;
  }
}
