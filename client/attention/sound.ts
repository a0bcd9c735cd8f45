import type { Severity } from '../core/wire.js';

/** Tones one after the other. Unit: Hz. */
const tones: Record<Severity, readonly number[]> = { info: [660], success: [660, 880], warning: [587, 587], critical: [880, 660, 880] };
/** Unit: s. */
const toneLength = 0.14;
/** From 0 to 1. */
const volume = 0.12;

/** A short sound, made here: there is no file to fetch. Nothing before somebody has clicked or typed in the page, as browsers ask. */
export class Sound {
  private context: AudioContext | undefined;

  play(severity: Severity): void {
    if (!navigator.userActivation.hasBeenActive) return;
    this.context ??= new AudioContext();
    void this.context.resume();
    const { context } = this;
    for (const [index, frequency] of tones[severity].entries()) {
      const begin = context.currentTime + index * toneLength;
      const tone = new OscillatorNode(context, { frequency });
      const loudness = new GainNode(context, { gain: volume });
      // Fades out: cut off it would click.
      loudness.gain.setValueAtTime(volume, begin);
      loudness.gain.exponentialRampToValueAtTime(0.001, begin + toneLength);
      tone.connect(loudness).connect(context.destination);
      tone.start(begin);
      tone.stop(begin + toneLength);
    }
  }

  close(): void {
    void this.context?.close();
    this.context = undefined;
  }
}
