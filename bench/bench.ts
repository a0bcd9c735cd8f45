import type { BenchServer } from './bench-database.js';
import type { Figure } from './figures.js';

/** What every bench is given. */
export interface BenchContext {
  server: BenchServer;
  /** Fewer and shorter rounds: to see that all works, not to quote. */
  quick: boolean;
  /** Only the figures that `--check` has bounds for. */
  check: boolean;
  /** How much there is, where a bench can be told; its own choice else. */
  size: number | undefined;
  /** Folder for CPU profiles of the server under test, if wanted. */
  profileTo: string | undefined;
  log: (line: string) => void;
  /** Has this run at the end, last first, however the bench ends. */
  atEnd: (close: () => Promise<void>) => void;
}

export type Bench = (context: BenchContext) => Promise<Figure[]>;
