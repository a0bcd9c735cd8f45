// Preloaded into a server under test: at each SIGUSR2 its wall clock jumps, an hour on and an hour back by turns, as a clock
// does that was set by hand. Timers and performance.now() go on as they were.
const HOUR_MS = 3_600_000;
const { now } = Date;
let shift = 0;

process.on('SIGUSR2', () => {
  shift = shift > 0 ? -HOUR_MS : HOUR_MS;
});

globalThis.Date = class extends Date {
  constructor(...parts) {
    if (parts.length === 0) super(now() + shift);
    else super(...parts);
  }

  static now() {
    return now() + shift;
  }
};
