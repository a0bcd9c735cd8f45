import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

interface Named {
  name: string;
  kind?: string;
}

interface Manifest {
  modules: { declarations: Record<'attributes' | 'members' | 'events' | 'slots' | 'cssProperties' | 'cssParts', Named[]>[] }[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const sources = ['client/bell', 'client/attention'].flatMap((folder) =>
  readdirSync(join(root, folder)).filter((file) => /^[\w-]+\.ts$/.test(file)).map((file) => read(join(folder, file)))).join('\n');
const document = read('docs/bell.md');
const [element] = (JSON.parse(read('custom-elements.json')) as Manifest).modules.flatMap(({ declarations }) => declarations);

const found = (pattern: RegExp, text = sources): string[] => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort();
const named = (list: Named[] = []): string[] => [...new Set(list.map(({ name }) => name))].sort();
const severities = ['info', 'success', 'warning', 'critical'];

const properties = found(/^ {2}set (\w+)\(/gm, read('client/bell/attributes.ts'));

/** What the code has, by where it says so. */
const code = {
  attributes: [...properties.map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)), 'lang'].sort(),
  events: found(/this\.tell\('([\w-]+)'/g),
  slots: found(/make\('slot', \{ attributes: \{ name: '([\w-]+)'/g),
  cssProperties: found(/var\((--belfry-[\w-]+)/g),
  cssParts: [...found(/\bpart: '([\w-]+)'/g), ...found(/\bbutton\('([\w-]+)'/g), 'row', 'row-read', 'row-unread',
    ...severities.map((severity) => `row-${severity}`)].sort(),
};

describe("the bell's manifest (custom-elements.json)", () => {
  it.each(['attributes', 'events', 'slots', 'cssProperties', 'cssParts'] as const)('has the %s that the code has, and docs/bell.md too', (kind) => {
    expect(code[kind].length).toBeGreaterThan(2);
    expect(named(element?.[kind])).toEqual(code[kind]);
    for (const name of code[kind]) expect({ name, documented: document.includes(`\`${name}\``) }).toEqual({ name, documented: true });
  });

  it('has the public methods and properties', () => {
    const own = read('client/bell/bell.ts');
    const methods = found(/^ {2}(?:async )?([a-z]\w+)\(.*\{$/gm, own).filter((name) => !/Callback$|^constructor$/.test(name));
    const others = found(/^ {2}get (\w+)\(/gm, own);
    expect(named(element?.members)).toEqual([...methods, ...others, ...properties].sort());
  });
});
