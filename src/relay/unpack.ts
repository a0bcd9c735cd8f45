import type pg from 'pg';
import type { Captures } from '../rules/captures.js';
import { CompactRows, isCompact } from '../rules/compact-row.js';

/** What of a change is captured in a short form. */
interface Packed {
  rule: number | null;
  key: string | null;
  old: string | null;
  new: string | null;
  capture: string | null;
}

/** Makes whole again what triggers capture without the columns' names, by the versions of rules that it meets. */
export class Unpacker {
  private readonly versions = new Map<number, CompactRows>();

  constructor(private readonly client: pg.ClientBase) {}

  /** Where the version of the rule is gone the change stays as it is: it can't be rendered either. */
  async unpack(changes: readonly Packed[]): Promise<void> {
    const packed = changes.filter((change): change is Packed & { rule: number } => change.rule !== null && (isCompact(change.new) || isCompact(change.old)));
    await this.learn(packed);
    for (const change of packed) {
      const rows = this.versions.get(change.rule);
      if (rows) unpackOne(change, rows);
    }
  }

  private async learn(changes: readonly { rule: number }[]): Promise<void> {
    const unknown = new Set(changes.map(({ rule }) => rule).filter((rule) => !this.versions.has(rule)));
    if (unknown.size === 0) return;
    const { rows } = await this.client.query<{ id: number; captures: Captures }>('select id, captures from belfry.rules where id = any ($1::integer[])', [[...unknown]]);
    for (const { id, captures } of rows) this.versions.set(id, new CompactRows(captures));
  }
}

function unpackOne(change: Packed, rows: CompactRows): void {
  try {
    const [old, now] = [change.old, change.new].map((json) => (isCompact(json) ? rows.read(json) : null));
    change.key ??= now?.key ?? old?.key ?? null;
    change.old = old?.row ?? change.old;
    change.new = now?.row ?? change.new;
  } catch (error) {
    // It alone is parked for it.
    change.capture ??= (error as Error).message;
  }
}
