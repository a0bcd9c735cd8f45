import { expect, it } from '@jest/globals';
import { eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';

describeInBrowser('the bell speaks', ({ office, signIn }) => {
  it('the language of the page around it, and another one from the moment that the page changes', async () => {
    const sam = await signIn('sam');
    await sam.page.evaluate(() => { document.documentElement.lang = 'zh-CN'; });
    await office().sql(`insert into tickets (subject) values ('退款在哪里？'), ('网站打不开')`);
    await eventually(() => sam.voice.textContent(), '2 条新通知。网站打不开');
    await eventually(() => sam.button.getAttribute('aria-label'), '通知，2 条未读');
    await sam.open();
    await eventually(() => sam.panel.locator('[part=heading]').textContent(), '通知');
    expect(await sam.panel.getByRole('button', { name: '全部标为已读' }).count()).toBe(1);
    if (process.env.BELFRY_TEST_SCREENSHOT !== undefined) await sam.page.screenshot({ path: process.env.BELFRY_TEST_SCREENSHOT });
    await sam.panel.getByRole('button', { name: '标为已读', exact: true }).first().click();
    await eventually(() => sam.button.getAttribute('aria-label'), '通知，1 条未读');
    await sam.page.evaluate(() => { document.documentElement.lang = 'en'; });
    await eventually(() => sam.button.getAttribute('aria-label'), 'Notifications, 1 unread');
    expect(await sam.panel.getByRole('button', { name: 'Mark as read' }).count()).toBe(1);
  });

  it('a language that the page brings, and words of its own', async () => {
    const sam = await signIn('sam');
    await office().sql(`insert into tickets (subject) values ('one')`);
    await sam.bell.evaluate((bell) => {
      const { words } = bell.constructor as unknown as { words: Record<string, object> };
      words.de = { notifications: 'Meldungen', unread: (n: number) => `${n} ungelesen` };
      bell.setAttribute('lang', 'de-AT');
    });
    await eventually(async () => /^Meldungen, \d+ ungelesen$/.test((await sam.button.getAttribute('aria-label')) ?? ''), true);
    await sam.bell.evaluate((bell) => Object.assign(bell, { words: { notifications: 'Post' } }));
    await eventually(async () => (await sam.button.getAttribute('aria-label'))?.startsWith('Post, '), true);
  });
});
