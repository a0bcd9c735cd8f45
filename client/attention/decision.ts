import type { Preferences, QuietHours, Severity, Threshold } from '../core/wire.js';

/** Where the page stands. */
export interface Place {
  /** This tab is the one of the browser that may make a noise. */
  leads: boolean;
  /** What comes is news; not caught up with after a break. */
  live: boolean;
  /** The page is before somebody's eyes. */
  visible: boolean;
}

export interface Deeds {
  /** Said to a screen reader. */
  speak: boolean;
  toast: boolean;
  sound: boolean;
  desktop: boolean;
  acknowledge: boolean;
}

const order: readonly Threshold[] = ['info', 'success', 'warning', 'critical', 'none'];

/**
 * How to tell of a notification that has just come. In quiet hours not at all, but for critical ones of whoever has asked to
 * acknowledge those: that is what it is asked for. A toast that is seen spares the desktop's notification.
 */
export function whatToDo(severity: Severity, preferences: Preferences, now: Date, { leads, live, visible }: Place): Deeds {
  const { toast, sound, desktop, quietHours, acknowledgeCritical } = preferences;
  const acknowledge = live && acknowledgeCritical && severity === 'critical';
  const heard = live && (acknowledge || !isQuiet(quietHours, now));
  const reaches = ({ minSeverity }: { minSeverity: Threshold }): boolean =>
    heard && order.indexOf(severity) >= order.indexOf(minSeverity);
  const seen = visible && (acknowledge || reaches(toast));
  return { speak: heard, toast: reaches(toast), sound: leads && reaches(sound), desktop: leads && !seen && reaches(desktop), acknowledge };
}

/** Whether a time lies within quiet hours, by the clock on the wall there: as long as it shows them, summer time or not. */
export function isQuiet(hours: QuietHours | null, now: Date): boolean {
  if (!hours) return false;
  const { from, to, timeZone } = hours;
  const clock = clockIn(timeZone, now);
  // A zone that this browser does not know: rather heard than missed.
  if (clock === undefined) return false;
  return from <= to ? from <= clock && clock < to : from <= clock || clock < to;
}

/** `HH:MM`, which orders as text does. */
function clockIn(timeZone: string, now: Date): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(now);
  } catch {
    return undefined;
  }
}
