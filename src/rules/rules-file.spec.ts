import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RulesError } from './rules-error.js';
import { parseRules, readRulesFile } from './rules-file.js';
import { MAX_RULES_FILE } from './rules-text.js';

const GOOD = `rules:
  - topic: order.created
    table: orders
    on: insert
    audience: [role:sales, "user:{{ row.owner }}"]
    title: "New order #{{ row.id }}"
`;

function mistakesOf(text: string): string[] {
  try {
    parseRules(text);
  } catch (error) {
    if (error instanceof RulesError) return error.message.split('\n').slice(1).map((line) => line.trim());
    throw error;
  }
  return [];
}

describe('a rules file', () => {
  it('is read with what it leaves out filled in', () => {
    expect(parseRules(GOOD).map(({ rule }) => rule)).toEqual([
      {
        topic: 'order.created', table: { schema: 'public', name: 'orders' }, on: ['insert'], columns: [], when: null,
        audience: ['role:sales', 'user:{{ row.owner }}'], severity: 'info', title: 'New order #{{ row.id }}', body: null, link: null,
        key: null, resolve: null, expire: null, digest: null, bulk: null, escalate: null,
      },
    ]);
    expect(parseRules('rules: []')).toEqual([]);
  });

  it('with many mistakes tells all of them, each with its place, what was found and what was expected', () => {
    expect(
      mistakesOf(`rules:
  - topic: Order.Created
    tabel: public.orders
    on: [insert, updat, insert]
    audience: [role: sales, sales]
    severity: fatal
    title: {{ row.id }}
    body: "{{ row.id | mony: 'x' }}"
    bulk: x
  - topic: a.b
    table: pg_catalog.pg_class
    on: insert
    columns: [x]
    when: ""
    audience: everyone
    title: >
      folded text
      and {{ rwo.id }}
  - topic: a.b
    title: 5
    table: a b
    on: delete
    audience: ["user:{{ new.x }}"]
    link:
    severity: "{% if row.x %}info"
  - just text
rule: []
`),
    ).toEqual([
      'belfry.yaml:2:5 rule "Order.Created": table: found nothing, expected a table as public.orders',
      'belfry.yaml:2:12 rule "Order.Created": topic: found Order.Created, expected a dotted name of lower-case letters, digits and _, as order.created',
      'belfry.yaml:3:5 rule "Order.Created": found the key "tabel", expected one of topic, table, on, columns, when, audience, severity, title, body, link, key, resolve, expire, digest, bulk, escalate (did you mean "table"?)',
      'belfry.yaml:4:18 rule "Order.Created": on: found updat, expected one of insert, update, delete',
      'belfry.yaml:4:25 rule "Order.Created": on: found insert a second time, expected each once',
      'belfry.yaml:5:16 rule "Order.Created": audience: found role: sales with a space after the colon, expected a channel: everyone, role:<name> or user:<id>',
      'belfry.yaml:5:29 rule "Order.Created": audience: found sales, expected a channel: everyone, role:<name> or user:<id>',
      'belfry.yaml:6:15 rule "Order.Created": severity: found fatal, expected one of info, success, warning, critical, or a template that gives one',
      'belfry.yaml:7:12 rule "Order.Created": title: found {{ row.id }} without quotes, expected text in quotes',
      'belfry.yaml:8:11 rule "Order.Created": body: the template does not parse: undefined filter: mony (did you mean "money"?)',
      'belfry.yaml:9:11 rule "Order.Created": bulk: found x, expected a number as 20, or a mapping with over',
      'belfry.yaml:11:12 rule "a.b": table: found pg_catalog.pg_class, expected a table of your own: the schemas of PostgreSQL and belfry are not watched',
      'belfry.yaml:13:14 rule "a.b": columns: found on: insert, expected update among them: only an update changes columns',
      'belfry.yaml:14:11 rule "a.b": when: found "", expected SQL, as "new.status = \'cancelled\'"',
      'belfry.yaml:15:15 rule "a.b": audience: found everyone, expected a list of channels, as [role:sales]',
      'belfry.yaml:18:14 rule "a.b": title: found {{ rwo.id }}, expected row, new, old, topic, operation, count, latest before the first dot (did you mean "row"?)',
      'belfry.yaml:19:12 rule "a.b": topic: found a.b a second time, expected each topic once; the first is in line 10',
      'belfry.yaml:20:12 rule "a.b": title: found 5, a number, expected text in quotes',
      'belfry.yaml:21:12 rule "a.b": table: found a b, expected a table as public.orders, or "Odd Schema"."Mixed Case" in quotes',
      'belfry.yaml:23:25 rule "a.b": audience: found {{ new.x }}, but delete has no new row',
      'belfry.yaml:24:10 rule "a.b": link: found nothing, expected text in quotes',
      'belfry.yaml:25:15 rule "a.b": severity: the template does not parse: tag {% if row.x %} not closed',
      'belfry.yaml:26:5 rule #4: found just text, expected a mapping with topic, table, on, audience and title',
      'belfry.yaml:27:1: found the key "rule", expected one of rules (did you mean "rules"?)',
    ]);
  });

  it.each([
    ['', 'belfry.yaml:1:1: the file: found nothing, expected a mapping with rules; for none write rules: []'],
    ['# only a comment\n', 'belfry.yaml:1:1: the file: found nothing, expected a mapping with rules; for none write rules: []'],
    ['rules:', 'belfry.yaml:1:7: rules: found nothing, expected a list of rules; for none write rules: []'],
    ['- a', 'belfry.yaml:1:1: the file: found a list, expected a mapping with rules; for none write rules: []'],
    ['rules:\n\t- a', 'belfry.yaml:2:1: the YAML does not parse: Tabs are not allowed as indentation'],
    ['rules:\n  - title: {{ row.x }} y', 'belfry.yaml:2:24: the YAML does not parse: Unexpected scalar at node end; a template must stand in quotes'],
    ['rules: []\nrules: []', 'belfry.yaml:2:1: found the key "rules" a second time, expected each once'],
    ['rules: !!js/function x', 'belfry.yaml:1:22: found the tag !!js/function, expected the value without it'],
    ['rules: "\\0"', 'belfry.yaml:1:8: found the character NUL or half of a surrogate pair, expected text that PostgreSQL can hold'],
  ])('%j is refused', (text, message) => expect(mistakesOf(text)).toContain(message));

  it('with anchors and aliases is refused before any is followed', () => {
    const levels = Array.from({ length: 30 }, (_, index) => `a${index}: &a${index} [${index === 0 ? 'x' : `*a${index - 1}, *a${index - 1}`}]`);
    expect(mistakesOf(levels.join('\n'))[0]).toBe('belfry.yaml:1:9: found an anchor or alias, expected the value itself: write it out');
  });

  it('has one notification live on, resolve, expire, and gather', () => {
    const resolving = (fields: string): unknown => parseRules(GOOD + fields)[0]?.rule.resolve;
    expect(resolving(`    resolve: { when: "new.done" }\n`)).toEqual({ on: ['update', 'delete'], when: 'new.done' });
    expect(resolving(`    resolve: { on: delete }\n`)).toEqual({ on: ['delete'], when: null });
    expect(resolving(`    resolve: { on: update, when: "new.done" }\n`)).toEqual({ on: ['update'], when: 'new.done' });
    const ringsOnDelete = GOOD.replace('on: insert', 'on: [insert, delete]').replace('{{ row.owner }}', 'x');
    expect(parseRules(`${ringsOnDelete}    resolve: { when: "new.done" }\n`)[0]?.rule.resolve).toEqual({ on: ['update'], when: 'new.done' });
    expect(parseRules(`${GOOD}    key: "order:{{ row.id }}"\n    expire: 2d\n    digest: 5m\n`)[0]?.rule).toMatchObject({
      key: 'order:{{ row.id }}', expire: 172_800, digest: 300,
    });
  });

  it.each([
    ['resolve: true', 'resolve: found true, a boolean, expected a mapping with when, or on: delete'],
    ['resolve: {}', 'resolve: found {}, expected when, a condition on the updated row, or on: delete'],
    ['resolve: { on: update }', 'resolve: found { on: update }, expected when, a condition on the updated row, or on: delete'],
    ['resolve: { on: insert }', 'on: found insert, expected one of update, delete'],
    ['resolve: { on: delete, when: x }', 'resolve: found { on: delete, when: x }, expected update among on, as when is asked of updates only: a deleted row resolves anyway'],
    ['resolve: { whem: x, on: delete }', 'found the key "whem", expected one of when, on (did you mean "when"?)'],
    ['resolve: { when: x }\n    digest: 5m', 'resolve: found digest without key, expected key too: it says which changes one notification is of'],
    ['expire: 2', 'expire: found 2, a number, expected a time as 2d or 12h, at most 366d'],
    ['expire: 400d', 'expire: found 400d, expected a time as 2d or 12h, at most 366d'],
    ['digest: 2d', 'digest: found 2d, expected a time as 5m, at most 1d'],
    ['key: "{{ old.id }}"', 'key: found {{ old.id }}, but insert has no old row'],
  ])('refuses %s', (field, message) => {
    expect(mistakesOf(`${GOOD}    ${field}\n`)).toEqual([expect.stringContaining(`rule "order.created": ${message}`)]);
  });

  it('does not have a delete ring and resolve at once', () => {
    expect(mistakesOf(`${GOOD.replace('on: insert', 'on: delete')}    resolve: { on: delete }\n`)[0]).toContain(
      'resolve: found delete, which already rings by on, expected it in one of them',
    );
  });

  it.each([
    ['nested without end', `rules: ${'['.repeat(200_000)}`, 'it is nested too deeply'],
    ['with as many keys as fit in', `rules:\n  - a: 1\n${Array.from({ length: 60_000 }, (_, at) => `    k${at}: 1\n`).join('')}`, 'found the key "k0"'],
    ['with one key again and again', `rules:\n  - topic: a.b\n${'    on: insert\n'.repeat(50_000)}`, 'and 49902 more'],
    ['with as many rules as fit in', `rules:\n${'  - x\n'.repeat(150_000)}`, 'and 149900 more'],
  ])('%s is refused in a few seconds, with the first mistakes', (_what, text, message) => {
    const found = mistakesOf(text);
    expect(found.some((line) => line.includes(message))).toBe(true);
    expect(found.length).toBeLessThanOrEqual(101);
  });

  it('of several documents is refused', () => {
    expect(mistakesOf(`${GOOD}---\n${GOOD}`)).toEqual(['belfry.yaml:7:1: found a second document, expected one']);
  });

  it('has keys and values as they stand there: yes, no and on are words', () => {
    expect(parseRules(`%YAML 1.2\n---\n${GOOD}`)).toHaveLength(1);
    expect(mistakesOf(`%YAML 1.1\n---\n${GOOD}`)).toEqual(['belfry.yaml:1:1: found %YAML 1.1, expected 1.2: take that line out']);
    expect(mistakesOf(GOOD.replace('on: insert', 'on: yes')).join()).toContain('on: found yes, expected one of insert, update, delete');
    expect(mistakesOf(GOOD.replace('    on: insert', '    <<: {on: insert}')).join()).toContain('found the key "<<"');
  });

  it('escalates after a time what nobody has claimed', () => {
    const escalating = (fields: string): unknown => parseRules(`${GOOD}    ${fields}\n`)[0]?.rule.escalate;
    expect(escalating('escalate: { after: 10m, unless: claimed, to: [role:lead] }')).toEqual({ after: 600, unless: 'claimed', to: ['role:lead'] });
    expect(escalating('escalate: { after: 1s, to: ["user:{{ row.manager }}"] }')).toEqual({ after: 1, unless: 'claimed', to: ['user:{{ row.manager }}'] });
    expect(escalating('key: "{{ row.id }}"\n    expire: 5m\n    escalate: { after: 10m, to: [role:lead] }')).toMatchObject({ after: 600 });
  });

  it.each([
    ['10m', '15', 'escalate: found 10m, expected a mapping with after and to, as { after: 10m, to: [role:lead] }'],
    ['{ to: [role:lead] }', '15', 'after: found nothing, expected a time as 10m or 2h, at most 30d'],
    ['{ after: 31d, to: [role:lead] }', '24', 'after: found 31d, expected a time as 10m or 2h, at most 30d'],
    ['{ after: 0s, to: [role:lead] }', '24', 'after: found 0s, expected a time as 10m or 2h, at most 30d'],
    ['{ after: 10m }', '15', 'to: found nothing, expected a list of channels, as [role:sales]'],
    ['{ after: 10m, to: [] }', '33', 'to: found [], expected a list of channels, as [role:sales]'],
    ['{ after: 10m, to: [lead] }', '34', 'to: found lead, expected a channel: everyone, role:<name> or user:<id>'],
    ['{ after: 10m, to: [role:a, role:a] }', '42', 'escalate.to: found role:a a second time, expected each once'],
    ['{ after: 10m, unless: read, to: [role:lead] }', '37', 'unless: found read, expected claimed'],
    ['{ after: 10m, two: [role:lead], to: [role:lead] }', '29', 'found the key "two", expected one of after, unless, to (did you mean "to"?)'],
    ['{ after: 10m, to: ["user:{{ rwo.id }}"] }', '43', 'to: found {{ rwo.id }}, expected row, new, old, topic, operation, count, latest before the first dot (did you mean "row"?)'],
    ['{ after: 10m, to: ["user:{{ old.id }}"] }', '43', 'escalate.to: found {{ old.id }}, but insert has no old row'],
    ['{ after: 10m, to: [role:lead] }\n    expire: 10m', '24', 'escalate: found after 10m, when it has expired (10m), expected a shorter time'],
    ['{ after: 10m, to: ["user:{{ row.id }}"] }\n    bulk: { over: 5, audience: [everyone] }', '43',
      'escalate: found {{ row.id }}, which depends on the row, expected channels that do not, or no bulk: one notification is of many rows'],
  ])('refuses the escalation %s', (escalate, column, message) => {
    expect(mistakesOf(`${GOOD}    escalate: ${escalate}\n`)).toEqual([`belfry.yaml:7:${column} rule "order.created": ${message}`]);
  });

  it('has a bulk as a number, or with what the one notification says', () => {
    const own = { over: 20, audience: null, severity: null, title: null, body: null, link: null };
    const bulkOf = (bulk: string, good = GOOD.replace(/audience: .*/, 'audience: [role:sales]')): unknown => parseRules(`${good}    bulk: ${bulk}\n`)[0]?.rule.bulk;
    expect(bulkOf('20')).toEqual(own);
    expect(bulkOf('{ over: 20, title: "{{ count | number }}: {{ titles[0] }}" }')).toEqual({ ...own, title: '{{ count | number }}: {{ titles[0] }}' });
    expect(bulkOf('{ over: 20, audience: [everyone] }', GOOD)).toEqual({ ...own, audience: ['everyone'] });
  });

  it.each([
    ['0', '11 rule "order.created": over: found 0, a number, expected a whole number from 1 to 500'],
    ['501', '11 rule "order.created": over: found 501, a number, expected a whole number from 1 to 500'],
    ['"20"', '11 rule "order.created": bulk: found "20", expected a number as 20, or a mapping with over'],
    ['{ over: 2, titel: x }', '22 rule "order.created": found the key "titel", expected one of over, audience, severity, title, body, link (did you mean "title"?)'],
    ['{ over: 2, title: "{{ row.id }}" }', '33 rule "order.created": title: found {{ row.id }}, expected topic, count, rows, titles before the first dot (did you mean "rows"?)'],
    ['{ over: 2, audience: ["user:{{ rows[0].id }}"] }', '42 rule "order.created": audience: found {{ rows.0.id }}, expected topic, count before the first dot'],
    ['20', '11 rule "order.created": bulk: found the audience {{ row.owner }}, which depends on the row, expected audience in bulk as well: one notification is of many rows'],
  ])('refuses the bulk %s', (bulk, message) => {
    expect(mistakesOf(`${GOOD}    bulk: ${bulk}\n`)).toContain(`belfry.yaml:7:${message}`);
  });

  it.each([
    ['orders', 'public', 'orders'],
    ['Public.Orders', 'public', 'orders'],
    [`'"Odd Schema"."Mixed ""Case"""'`, 'Odd Schema', 'Mixed "Case"'],
    ['größe.straße', 'größe', 'straße'],
  ])('names the table %s', (text, schema, name) => {
    expect(parseRules(GOOD.replace('table: orders', `table: ${text}`))[0]?.rule.table).toEqual({ schema, name });
  });

  it.each(['belfry.changes', 'information_schema.tables', 'pg_toast.x', 'a.b.c', '1a', '"unclosed', '"; drop table x', 'a;b'])('does not watch %s', (text) => {
    expect(mistakesOf(GOOD.replace('table: orders', `table: '${text}'`))).toEqual([expect.stringContaining('belfry.yaml:3:12 rule "order.created": table: found')]);
  });

  it('never fails in another way, whatever is in it', () => {
    const line = fc.constantFrom('rules:', '  - topic: a.b', '    on: insert', '    table: t', '    title: "{{ row.x }}"', '    audience: [everyone]', '    when: |', '      x', '  - ', 'null', '? a', ': b', '!!set {a}', '<<: {}', '- - -', '{', ']', '*x', '&x', '\t', '"', "'", '...', '%YAML 1.1', '@', '`');
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())).map((lines) => lines.join('\n')), (text) => {
        mistakesOf(text);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('reading a rules file', () => {
  const read = async (bytes: Uint8Array | string): Promise<unknown> => {
    const folder = await mkdtemp(join(tmpdir(), 'belfry-rules-'));
    try {
      await writeFile(join(folder, 'my.yaml'), bytes);
      return await readRulesFile(join(folder, 'my.yaml')).catch((error: unknown) => (error as Error).message.replaceAll(folder, '…'));
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it('takes a byte order mark and Windows line ends', async () => {
    expect(await read(`\ufeff${GOOD.replaceAll('\n', '\r\n')}`)).toHaveLength(1);
  });

  it.each([
    ['what is not UTF-8', Buffer.from('rules: [] # \xe9', 'latin1'), '…/my.yaml:1:13: found bytes that are not UTF-8, expected a text file in UTF-8'],
    ['UTF-16', Buffer.from('\ufeffrules: []', 'utf16le'), '…/my.yaml:1:1: found UTF-16, expected a text file in UTF-8'],
    ['what is too large', '#'.repeat(MAX_RULES_FILE + 1), `…/my.yaml: found ${MAX_RULES_FILE + 1} bytes, expected at most ${MAX_RULES_FILE}`],
    ['mistakes under its name', 'rules: 5', '…/my.yaml:1:8: rules: found 5, a number, expected a list of rules; for none write rules: []'],
  ])('refuses %s', async (_what, bytes, message) => expect(await read(bytes)).toBe(`1 mistake in the rules:\n  ${message}`));

  it('says when there is none, or a folder', async () => {
    await expect(readRulesFile('/nowhere/belfry.yaml')).rejects.toThrow('/nowhere/belfry.yaml: found no such file, expected the rules; BELFRY_CONFIG names another one');
    await expect(readRulesFile('/dev/zero')).rejects.toThrow('/dev/zero: found something that is no file, expected the rules');
    await expect(readRulesFile('/tmp')).rejects.toThrow('/tmp: found a folder, expected the rules');
  });
});
