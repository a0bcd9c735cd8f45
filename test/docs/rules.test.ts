import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parseRules } from '../../src/rules/rules-file.js';
import { RULE_KEYS, ruleSchema } from '../../src/rules/rule-schema.js';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

const text = await readFile(fileURLToPath(new URL('../../docs/rules.md', import.meta.url)), 'utf8');

interface Example {
  yaml: string;
  sql: string;
  expected: string[];
}

/** A key's chapter: what it says of the key, and its examples. */
function chapter(key: string): { prose: string; examples: Example[] } {
  const [, found = ''] = new RegExp(`^## ${key}\n([^]*?)(?=^## )`, 'm').exec(text) ?? [];
  const examples = [...found.matchAll(/```yaml\n([^]*?)```\s+```sql\n([^]*?)```\s+```text\n([^]*?)```/g)].map(
    ([, yaml = '', sql = '', expected = '']) => ({ yaml, sql, expected: expected.trim().split('\n') }),
  );
  return { prose: found.split('```', 1)[0] ?? '', examples };
}

/** The tables that the examples are about. */
const [, TABLES = ''] = /```sql\n([^]*?)```/.exec(text) ?? [];

describe('docs/rules.md', () => {
  let app: TestApp | undefined;
  beforeAll(() => expect(TABLES).toContain('create table'));
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  it.each([...RULE_KEYS])('says of %s whether it is required or what its default is', (key) => {
    const { prose, examples } = chapter(key);
    const optional = ruleSchema.shape[key as keyof typeof ruleSchema.shape].safeParse(undefined);
    if (!optional.success) expect(prose).toMatch(/\bRequired\b/);
    else expect(prose).toMatch(optional.data === undefined ? /\bDefault: / : new RegExp(`Default: \`${optional.data as string}\``));
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.some(({ yaml }) => new RegExp(`^ {2}[- ] ${key}: `, 'm').test(yaml))).toBe(true);
  });

  it('has no YAML that is no rules file', () => {
    for (const [, yaml = ''] of text.matchAll(/```yaml\n([^]*?)```/g)) parseRules(yaml);
  });

  const examples = RULE_KEYS.flatMap((key) => chapter(key).examples.map((example, at) => [`${key} ${at + 1}`, example] as const));
  it.each(examples)('shows what really comes of %s', async (_name, { yaml, sql, expected }) => {
    app = await TestApp.start({ rules: yaml, prepare: async (client) => { await client.query(TABLES); } });
    const { business } = app;
    for (const statement of sql.trim().split(/;\n?/).filter((part) => part.trim() !== '')) await business.query(statement);
    await until('the relay has taken all', async () => (await business.query('select from belfry.changes')).rowCount === 0);
    const { rows } = await business.query<{ line: string }>(`
      select concat(n.severity, '  ', array_to_string(j.channels, ', '), '  ', n.title,
                    ' | ' || replace(n.body, E'\\n', '⏎'), ' → ' || n.link,
                    case when n.occurrences > 1 then concat(' (', n.occurrences, ' times)') end,
                    case when n.resolved_at is not null then ' (resolved)' end,
                    ' (for ' || extract(day from n.expires_at - n.updated_at) || ' days)',
                    ' (after ' || extract(minute from n.escalate_at - coalesce(n.committed_at, n.created_at)) || ' minutes to ' || array_to_string(n.escalate_to, ', ') || ')') as line
        from belfry.notifications n
        join belfry.journal j using (position)
       order by n.source_key, n.id`);
    expect(rows.map(({ line }) => line)).toEqual(expected);
  });
});
