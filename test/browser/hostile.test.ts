import { expect, it } from '@jest/globals';
import { eventually } from './bell-page.js';
import { describeInBrowser } from './suite.js';


describeInBrowser('whatever a row says', ({ office, signIn }) => {
  it('is text, never markup', async () => {
    const subject = `<img src=x onerror="document.title='owned'"><b>bold</b> & "quotes" 'and' 🎉`;
    const sam = await signIn('sam');
    await office().sql('insert into tickets (subject) values ($1)', [subject]);
    await office().sql(`insert into comments (author_name, text) values ('<i>Eve</i>', $1)`, [`line one\n<script>1</script>`]);
    await eventually(async () => (await sam.heard()).length, 2);
    await sam.open();
    expect((await sam.titles()).slice(0, 2)).toEqual(['<i>Eve</i> commented', subject]);
    expect(await sam.rows.first().locator('[part=text]').textContent()).toBe('line one\n<script>1</script>');
    expect(await sam.panel.locator('img, b, i, script').count()).toBe(0);
    expect(await sam.page.title()).not.toBe('owned');
    expect(sam.faults).toEqual([]);
  });

  it('leads nowhere but to http, https and paths', async () => {
    const sam = await signIn('sam');
    await sam.open();
    const links = ['javascript:document.title="owned"', ' JAVA\tSCRIPT:1', 'data:text/html,x', 'https://a@b.example/', '/orders/1', '//cdn.example/x'];
    for (const [n, link] of links.entries()) {
      await office().sql(`insert into tickets (subject) values ($1)`, [`link ${n}`]);
      await eventually(() => sam.rows.first().locator('[part=title]').textContent(), `link ${n}`);
      // Past the server's own check: the bell is not to rely on it.
      await office().sql('update belfry.notifications set link = $1 where title = $2', [link, `link ${n}`]);
    }
    await sam.page.reload();
    await sam.becomes('live');
    await sam.open();
    const hrefs = (title: string): Promise<string[]> => sam.rows.filter({ hasText: title }).locator('a')
      .evaluateAll((anchors) => anchors.map((anchor) => (anchor as HTMLAnchorElement).href));
    await sam.rows.filter({ hasText: 'link 5' }).waitFor();
    expect(await Promise.all(links.map((_, n) => hrefs(`link ${n}`)))).toEqual([
      [], [], [], [], [`${office().url}/orders/1`], ['http://cdn.example/x'],
    ]);
  });
});
