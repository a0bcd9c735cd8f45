import type { Severity } from '../core/wire.js';

/** From which severity on; `none` is never. */
export type Threshold = Severity | 'none';

/** Times of the day, `HH:MM` in an IANA time zone; over midnight where `from` is later than `to`. The same twice is never. */
export interface QuietHours {
  from: string;
  to: string;
  timeZone: string;
}

/** What an admin wants to be disturbed by. */
export interface Preferences {
  toast: { minSeverity: Threshold };
  sound: { minSeverity: Threshold };
  desktop: { minSeverity: Threshold };
  /** The unread number before the page's title. */
  title: boolean;
  quietHours: QuietHours | null;
  /** A critical one stands on the page until somebody has acknowledged it. */
  acknowledgeCritical: boolean;
}

export const defaultPreferences: Preferences = {
  toast: { minSeverity: 'info' },
  sound: { minSeverity: 'none' },
  desktop: { minSeverity: 'none' },
  title: true,
  quietHours: null,
  acknowledgeCritical: false,
};
