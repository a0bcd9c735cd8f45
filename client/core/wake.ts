/** How often the clock is looked at, and which gap means that the machine slept. Unit: ms. */
const tickMs = 5000;
const gapMs = 20_000;

export interface WakeHandlers {
  /** Shown again, thawed or woken: a stream that looks open may be dead. */
  onWake: () => void;
  /** Back on a network: a stream from before is dead. */
  onOnline: () => void;
  /** The page goes into the back/forward cache, which an open stream would keep it out of. */
  onFreeze: () => void;
  onThaw: () => void;
}

/** Listens for the ends of sleeps that kill a connection without a word. Gives back what ends the listening. */
export function watchWake({ onWake, onOnline, onFreeze, onThaw }: WakeHandlers): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const ifVisible = (): void => {
    if (document.visibilityState === 'visible') onWake();
  };
  document.addEventListener('visibilitychange', ifVisible, { signal });
  document.addEventListener('resume', ifVisible, { signal });
  window.addEventListener('online', onOnline, { signal });
  window.addEventListener('pagehide', ({ persisted }) => persisted && onFreeze(), { signal });
  window.addEventListener('pageshow', ({ persisted }) => persisted && onThaw(), { signal });

  // A lid closed over a visible page fires none of these. A hidden page's clock is slowed by the browser: not counted.
  let last = Date.now();
  let wasVisible = true;
  const ticks = setInterval(() => {
    const now = Date.now();
    const visible = document.visibilityState === 'visible';
    if (visible && wasVisible && now - last > gapMs) onWake();
    last = now;
    wasVisible = visible;
  }, tickMs);
  signal.addEventListener('abort', () => clearInterval(ticks));
  return () => ending.abort();
}
