import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { JSON_SCHEMA_FILE, rulesJsonSchema } from './json-schema.js';
import { RULE_KEYS } from './rule-schema.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { properties } = rulesJsonSchema() as {
  properties: { rules: { items: { properties: Record<string, { description?: string; examples?: unknown[] }> } } };
};

describe('the schema for editors', () => {
  it('is the one in the checkout; npm run schema writes it', async () => {
    expect(JSON.parse(await readFile(`${root}/${JSON_SCHEMA_FILE}`, 'utf8'))).toEqual(rulesJsonSchema());
  });

  it.each([...RULE_KEYS])('explains %s and gives an example', (key) => {
    const { description, examples } = properties.rules.items.properties[key] ?? {};
    expect(description).toMatch(/\.$/);
    expect(examples?.length).toBeGreaterThan(0);
  });

  it('is named by the rules of the sample', async () => {
    expect(await readFile(`${root}/belfry.yaml`, 'utf8')).toMatch(/^# yaml-language-server: \$schema=\.\/belfry\.schema\.json\n/);
  });
});
