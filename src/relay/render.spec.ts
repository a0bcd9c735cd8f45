import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { parseExact } from '../rules/exact-number.js';
import type { Rule } from '../rules/rule.js';
import { compileRule } from './render.js';
import { MAX_BODY, MAX_TITLE, RenderError, type RenderableChange } from './render-parts.js';
import type { Rendered } from './rendered.js';

const RULE: Rule = {
  topic: 'order.created', table: { schema: 'public', name: 'orders' }, on: ['insert'], columns: [], when: null,
  audience: ['everyone'], severity: 'info', title: '{{ row.name }}', body: null, link: null, key: null, resolve: null, expire: null, digest: null, bulk: null, escalate: null,
};

function render(rule: Partial<Rule>, row: unknown, change: Partial<RenderableChange> = {}): Rendered {
  return compileRule({ ...RULE, ...rule }).render({ operation: 'insert', key: '1', old: null, new: row, ...change });
}

describe('rendering a change', () => {
  it('fills the templates of the rule', () => {
    const rule = { audience: ['role:sales', 'user:{{ row.owner }}'], body: '{{ old.status }} → {{ new.status }}, {{ row.price }}', link: '/orders/{{ row.id }}' };
    const now = parseExact('{"id": 9007199254740993, "name": "A", "owner": 7, "status": "paid", "price": 19.90}');
    expect(render(rule, now, { operation: 'update', key: '9007199254740993', old: { status: 'new' } })).toEqual({
      topic: 'order.created', channels: ['role:sales', 'user:7'], severity: 'info', title: 'A', body: 'new → paid, 19.90',
      link: '/orders/9007199254740993', linkDropped: null, sourceTable: 'public.orders', sourceKey: '9007199254740993', key: null, escalation: null,
    });
  });

  it('calls the old row `row` after a delete', () => {
    expect(render({}, null, { operation: 'delete', old: { name: 'gone' } }).title).toBe('gone');
  });

  it('gives a title that came out empty the name of the topic, and no empty body', () => {
    expect(render({ body: '{{ row.text }}' }, { name: ' \n\u0000 ' })).toMatchObject({ title: 'order.created', body: null });
  });

  it('names the field of what can not be rendered', () => {
    expect(() => render({ body: '{% for a in (1..99999999) %}x{% endfor %}' }, {})).toThrow(RenderError);
    expect(() => render({ body: '{% for a in (1..99999999) %}x{% endfor %}' }, {})).toThrow(/^rule "order.created", body: .*limit exceeded/);
  });

  it('takes a time that does not grow with the number of its templates', () => {
    let now = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => (now += 5));
    const audience = Array.from({ length: 100 }, (_, at) => `user:{{ row.id | plus: ${at} }}`);
    try {
      expect(render({ audience: audience.slice(0, 5) }, { id: 1 }).channels).toHaveLength(5);
      expect(() => render({ audience }, { id: 1 })).toThrow(/audience\[[1-9]\d*\]: template render limit exceeded/);
    } finally {
      clock.mockRestore();
    }
  });
});

describe('the escalation', () => {
  const escalate = (to: string[]): Rule['escalate'] => ({ after: 600, unless: 'claimed', to });
  const bulk = { over: 2, audience: null, severity: null, title: null, body: null, link: null };

  it('has a time and channels, or is none where these come out without a name', () => {
    expect(render({ escalate: escalate(['role:lead', 'user:{{ row.boss }}']) }, { boss: 'bo' }).escalation).toEqual({ after: 600, to: ['role:lead', 'user:bo'] });
    expect(render({ escalate: escalate(['user:{{ row.boss }}', "{% if row.hot %}role:lead{% endif %}"]) }, { boss: null }).escalation).toBeNull();
    expect(render({}, {}).escalation).toBeNull();
  });

  it('is of many changes as of one, and of no test', () => {
    const compiled = compileRule({ ...RULE, bulk, escalate: escalate(['role:{{ topic }}']) });
    const change: RenderableChange = { operation: 'insert', key: '1', old: null, new: { name: 'x' } };
    expect(compiled.bulk?.render({ count: 3, first: [change] }).escalation).toEqual({ after: 600, to: ['role:order.created'] });
    expect(compiled.renderTest(change, ['user:ann']).escalation).toBeNull();
  });

  it('is refused where it is no channel', () => {
    expect(() => render({ escalate: escalate(['role:lead', '{{ row.boss }}']) }, { boss: 'bo' })).toThrow(
      'rule "order.created", escalate.to[1]: found "bo", expected everyone, role:<name> or user:<id> of at most 200 printable characters',
    );
  });
});

describe('the audience', () => {
  const channels = (audience: string[], row: unknown = {}): string[] => render({ audience }, row).channels;

  it.each([
    [['everyone', 'everyone '], ['everyone']],
    [['user:{{ row.none }}', 'role: '], []],
    [['user:{{ row.a }}', 'user:{{ row.b }}', 'role:{{ row.a }}'], ['user:x', 'role:x']],
    [['{% if row.a %}role:chief{% endif %}', '{% if row.none %}everyone{% endif %}'], ['role:chief']],
    [['user:{{ row.odd }}'], ['user:a:b c@d.é']],
  ])('%j', (audience, expected) => expect(channels(audience, { a: 'x', b: 'x', odd: ' a:b c@d.é ' })).toEqual(expected));

  it.each([
    ['admin', '"admin"'],
    ['everyone else', '"everyone else"'],
    ['user:a\u0000b', String.raw`"user:a\u0000b"`],
    ['user:\ud800', String.raw`"user:\ud800"`],
  ])('%j is no channel', (channel, found) => {
    expect(() => channels(['{{ row.channel }}'], { channel })).toThrow(`rule "order.created", audience[0]: found ${found}`);
  });

  it('is bounded in names and number', () => {
    expect(() => channels([`user:${'x'.repeat(201)}`])).toThrow('audience[0]: found "user:xxx');
    const audience = Array.from({ length: 101 }, (_, index) => `user:${index}`);
    expect(channels(audience.slice(1))).toHaveLength(100);
    expect(() => channels(audience)).toThrow('found 101 channels, expected at most 100');
  });
});

describe('the severity', () => {
  it('may be a template', () => expect(render({ severity: ' {{ row.level }}\n' }, { level: 'critical' }).severity).toBe('critical'));
  it('is one of four', () => {
    expect(() => render({ severity: '{{ row.level }}' }, { level: 'loud' })).toThrow(
      'rule "order.created", severity: found "loud", expected one of info, success, warning, critical',
    );
  });
});

describe('the link', () => {
  it.each(['/orders/1', 'orders/1?a=b:c#d', '?page=2', '#top', 'https://example.org/a', 'HTTP://example.org', './a:b', '/a//b'])('may be %s', (link) => {
    expect(render({ link: '{{ row.link }}' }, { link })).toMatchObject({ link, linkDropped: null });
  });

  it.each([
    'javascript:alert(1)', ' JavaScript:alert(1)', 'java\nscript:alert(1)', '\u0001javascript:alert(1)', 'data:text/html,x', 'vbscript:x',
    '//evil.example', '/\\evil.example', '\\\\evil.example', '\\evil', 'mailto:a@b.c', 'https:evil', 'http:///evil', 'a:b',
  ])('is dropped, and the rest delivered, when it is %j', (link) => {
    expect(render({ link: '{{ row.link }}' }, { link, name: 'N' })).toMatchObject({ title: 'N', link: null, linkDropped: expect.stringMatching(/^link: found/) });
  });

  it('is dropped rather than cut', () => {
    expect(render({ link: `/${'x'.repeat(2_000)}` }, {})).toMatchObject({ link: null, linkDropped: 'link: found 2001 characters, expected at most 2000' });
  });

  it('is none without a reason when it came out empty', () => {
    expect(render({ link: '{{ row.link }}' }, {})).toMatchObject({ link: null, linkDropped: null });
  });

  it('leads a browser nowhere but to http and https', () => {
    const part = fc.constantFrom('javascript', 'data', ':', '/', '\\', '\t', '\n', ' ', 'http', 'https', 'a', '?', '#', '@', '\u0000', 'evil.example');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')), (text) => {
        const { link } = render({ link: '{{ row.link }}' }, { link: text });
        if (link === null || !URL.canParse(link, 'https://admin.example/inbox')) return;
        const { protocol, host } = new URL(link, 'https://admin.example/inbox');
        expect(['http:', 'https:']).toContain(protocol);
        if (!/^https?:\/\//i.test(link)) expect(host).toBe('admin.example');
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('texts', () => {
  const title = (name: string): string => render({}, { name }).title;
  const body = (name: string): string | null => render({ body: '{{ row.name }}' }, { name }).body;

  it('keep what people write', () => {
    const text = `it's "<b>" & \\u0000 👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 עברית`;
    expect(title(text)).toBe(text);
    expect(body(`${text}\n\n${text}`)).toBe(`${text}\n\n${text}`);
  });

  it('have one line in a title, and clean ones in a body', () => {
    expect(title('a\r\nb\n\n c\td')).toBe('a b c d');
    expect(body('a\r\nb\u0000\u001b[31mc\u0085\ud83d')).toBe('a\nb[31mc\ufffd');
  });

  it('end in an ellipsis when they are too long, between characters', () => {
    expect(title('x'.repeat(MAX_TITLE))).toBe('x'.repeat(MAX_TITLE));
    expect(title('x'.repeat(MAX_TITLE + 1))).toBe(`${'x'.repeat(MAX_TITLE - 1)}…`);
    expect(title('😀'.repeat(MAX_TITLE))).toBe('😀'.repeat(MAX_TITLE));
    expect(title(`${'x'.repeat(MAX_TITLE - 3)}👩‍👩‍👧`)).toBe(`${'x'.repeat(MAX_TITLE - 3)}…`);
    expect(body('y'.repeat(1_000_000))).toBe(`${'y'.repeat(MAX_BODY - 1)}…`);
  });

  it('are always short, well formed and printable', () => {
    const character = fc.oneof(fc.constantFrom('\u0000', '\n', '\r', '\t', '\ud800', '\udc00', '\u200d', '👩', '\u0301', ' '), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(character, { maxLength: 400 }).map((parts) => parts.join('')), (text) => {
        for (const [shown, limit] of [[title(text), MAX_TITLE], [body(text) ?? '', MAX_BODY]] as const) {
          expect(Array.from(shown).length).toBeLessThanOrEqual(limit);
          expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Surrogate}/u);
        }
      }),
    );
  });
});

