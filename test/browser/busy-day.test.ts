import { expect, it } from '@jest/globals';
import { eventually, type BellPage } from './bell-page.js';
import { listen, noiseIn, prefer } from './noise.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('on a busy day the bell', ({ office, signIn }) => {
  /** A tab whose clock goes only as far as the test says. */
  async function standStill(): Promise<BellPage> {
    const sam = await signIn('sam');
    await listen(sam.page.context());
    await sam.page.clock.install();
    await sam.page.reload();
    await sam.becomes('live');
    await sam.page.mouse.click(5, 5);
    // Less than what would be taken for a sleep.
    await sam.page.clock.pauseAt(await sam.page.evaluate(() => Date.now() + 15_000));
    return sam;
  }

  async function ring(sam: BellPage, subject: string, priority = 'normal'): Promise<void> {
    const before = (await sam.heard()).length;
    await office().sql('insert into tickets (subject, priority) values ($1, $2)', [subject, priority]);
    await eventually(async () => (await sam.heard()).length, before + 1);
  }

  const shown = async ({ toast }: BellPage): Promise<string | null> => ((await toast.isVisible()) ? toast.textContent() : '');

  it('adds up what comes into one toast, rests, and lets what is critical through', async () => {
    const sam = await standStill();
    const { clock } = sam.page;
    await ring(sam, 'first');
    await clock.runFor(400);
    expect(await shown(sam)).toBe('first');
    for (const n of [2, 3, 4]) {
      await ring(sam, `number ${n}`);
      await clock.runFor(5000);
      expect(await shown(sam)).toBe(`${n} new notifications. number ${n}`);
    }
    // Twenty seconds are over.
    await ring(sam, 'number 5');
    await clock.runFor(5000);
    expect(await shown(sam)).toBe('');
    await ring(sam, 'waits');
    await clock.runFor(5000);
    await ring(sam, 'waits too');
    await clock.runFor(400);
    expect(await shown(sam)).toBe('');
    await ring(sam, 'pump 3 has stopped', 'urgent');
    await clock.runFor(400);
    expect(await shown(sam)).toBe('3 new notifications, 1 critical. Critical: pump 3 has stopped');
    await clock.runFor(7000);
    expect(await shown(sam)).toBe('');
    // What waits has been seen by whoever has opened the list.
    await ring(sam, 'seen in the list');
    await sam.open();
    await sam.bell.evaluate((bell) => (bell as unknown as { close(): void }).close());
    await ring(sam, 'the last');
    await clock.runFor(7300);
    expect(await shown(sam)).toBe('the last');
  });

  it('makes a noise every five seconds at most, but for what is more urgent', async () => {
    const sam = await standStill();
    const { clock } = sam.page;
    await prefer(sam, { toast: { minSeverity: 'none' }, sound: { minSeverity: 'info' }, desktop: { minSeverity: 'info' } });
    const told = async (): Promise<string[]> => (await noiseIn(sam)).desktop.map(({ text }) => text);
    await ring(sam, 'one');
    await clock.runFor(400);
    for (const subject of ['two', 'three']) {
      await ring(sam, subject);
      await clock.runFor(1000);
    }
    expect(await told()).toEqual(['one']);
    expect((await noiseIn(sam)).tones).toBe(1);
    await ring(sam, 'pump 3 has stopped', 'urgent');
    await clock.runFor(400);
    const first = ['one', '3 new notifications, 1 critical. Critical: pump 3 has stopped'];
    expect(await told()).toEqual(first);
    await ring(sam, 'pump 4 has stopped', 'urgent');
    await clock.runFor(4000);
    expect(await told()).toEqual(first);
    await clock.runFor(1000);
    expect(await told()).toEqual([...first, 'Critical: pump 4 has stopped']);
    // Of info there is one tone, of what is critical there are three.
    expect((await noiseIn(sam)).tones).toBe(7);
  });

  it('tells of nothing that the machine has slept over', async () => {
    const sam = await standStill();
    const { clock } = sam.page;
    await prefer(sam, { sound: { minSeverity: 'info' } });
    await ring(sam, 'as the lid closes');
    await clock.fastForward('30:00');
    expect(await shown(sam)).toBe('');
    expect((await noiseIn(sam)).tones).toBe(0);
    expect(await sam.voice.textContent()).toBe('');
    await sam.becomes('live');
    await ring(sam, 'in the morning');
    await clock.runFor(400);
    expect(await shown(sam)).toBe('in the morning');
    expect((await noiseIn(sam)).tones).toBe(1);
  });
});
