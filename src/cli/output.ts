import { styleText } from 'node:util';
import { wantsColours } from '../config/config.js';

/** A stream that may be a terminal. */
export interface Sink {
  write(text: string): unknown;
  isTTY?: boolean;
  hasColors?(): boolean;
}

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** What a command says: its result on one stream, as text or as one JSON document, and its progress on the other. */
export class Output {
  /**
   * @param json   the result is wanted as JSON
   * @param stdout gets the result, and nothing else
   * @param stderr gets progress and errors
   * @param wanted whether it is to be painted; undefined: on a terminal
   */
  constructor(
    readonly json: boolean,
    private readonly stdout: Sink = process.stdout,
    private readonly stderr: Sink = process.stderr,
    private readonly wanted = wantsColours(),
  ) {}

  /** The command's result: the value where JSON is wanted, else the lines. */
  result(value: object, lines: readonly string[]): void {
    this.stdout.write(this.json ? `${JSON.stringify(value, null, 2)}\n` : lines.map((line) => `${line}\n`).join(''));
  }

  /** What takes long, or is waited for. */
  progress(line: string): void {
    this.stderr.write(`belfry: ${line}\n`);
  }

  /** Why the command could not be done; a program that reads JSON finds it there too. */
  failure(error: { message: string; problems?: readonly object[] }): void {
    const { message, problems } = error;
    if (this.json) this.stdout.write(`${JSON.stringify({ error: message, ...(problems && { problems }) }, null, 2)}\n`);
    this.stderr.write(`belfry: ${message}\n`);
  }

  /** Coloured on a terminal that can; elsewhere with FORCE_COLOR alone. NO_COLOR is heeded first. */
  paint(style: Style, text: string): string {
    return this.isColoured ? styleText(style, text, { validateStream: false }) : text;
  }

  private get isColoured(): boolean {
    if (this.json) return false;
    if (this.wanted !== undefined) return this.wanted;
    return this.stdout.isTTY === true && (this.stdout.hasColors?.() ?? false);
  }
}

/** Rows as columns of equal width, two blanks apart. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ').trimEnd());
}

/** `1 rule`, `2 rules` */
export function counted(count: number, word: string, plural = `${word}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? word : plural}`;
}
