import type { BrowserContext } from 'playwright-core';
import type { BellPage } from './bell-page.js';

/** What a tab has made of it. */
export interface Noise {
  tones: number;
  desktop: { text: string; tag: string | undefined }[];
}

/** Counts tones and the desktop's notifications in each tab of a profile instead of making them. */
export async function listen(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const noise: Noise = { tones: 0, desktop: [] };
    Object.assign(window, { noise });
    const Tone = window.OscillatorNode;
    window.OscillatorNode = class extends Tone {
      constructor(...given: ConstructorParameters<typeof OscillatorNode>) {
        super(...given);
        noise.tones += 1;
      }
    };
    window.Notification = class extends EventTarget {
      static readonly permission = 'granted';
      constructor(text: string, options: NotificationOptions = {}) {
        super();
        noise.desktop.push({ text, tag: options.tag });
      }
    } as unknown as typeof Notification;
  });
}

export const noiseIn = ({ page }: BellPage): Promise<Noise> => page.evaluate(() => (window as unknown as { noise: Noise }).noise);

/** What its page wants the bell to disturb by. */
export const prefer = ({ bell }: BellPage, preferences: object): Promise<unknown> =>
  bell.evaluate((element, given) => Object.assign(element, { preferences: given }), preferences);
