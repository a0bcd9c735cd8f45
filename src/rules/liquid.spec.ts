import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseExact } from './exact-number.js';
import { MAX_TEMPLATE, parseTemplate, TemplateError } from './liquid.js';
import { plainTemplate } from './plain-template.js';

const paths = (text: string): string[] => parseTemplate(text).uses.map(({ path }) => path.map((part) => part ?? '*').join('.'));

describe('where a template reads', () => {
  it.each([
    ['no template', []],
    ['{{ row.a }} {{ old["b c"] | append: new.d }}', ['row.a', 'old.b c', 'new.d']],
    ['{% for tag in row.tags %}{{ forloop.index }}{{ tag }}{% endfor %}', ['row.tags']],
    ['{% assign r = row %}{{ r.secret }}', ['row']],
    ['{{ row[old.column].x }}', ['row.*.x', 'old.column']],
    ['{% case row.p %}{% when old.q %}{% endcase %}{% cycle new.r, "x" %}', ['row.p', 'old.q', 'new.r']],
    ['{% raw %}{{ row.a }}{% endraw %}{% comment %}{{ row.b }}{% endcomment %}', []],
    ['{% liquid\n assign z = row.k\n echo z %}', ['row.k']],
  ])('%s', (text, expected) => expect(paths(text).sort()).toEqual([...expected].sort()));

  it('prints objects and lists as JSON, digit for digit, wherever they stand', () => {
    const row = parseExact('{"meta": {"a": {"b": [1, "x"]}, "n": 19.90}, "tags": ["a", "b"], "none": null, "size": 3}');
    const printed = (template: string): string => parseTemplate(template).render({ row });
    expect(printed('{{ row.meta }}')).toBe('{"a":{"b":[1,"x"]},"n":19.90}');
    expect(printed('{{ row.meta.a }} {{ row.meta.a.b }} {{ row.meta.n }}')).toBe('{"b":[1,"x"]} [1,"x"] 19.90');
    expect(printed('{{ row.tags }} {{ row.tags | join: ", " }} {{ row.tags | first }}{{ row.none }}')).toBe('["a","b"] a, b a');
  });

  it('knows the place in the text', () => {
    expect(parseTemplate('a\n\n {{ row.b }}').uses).toEqual([{ path: ['row', 'b'], offset: 7 }]);
  });
});

describe('a template that does not parse', () => {
  it.each([
    ['{{ row.a | nofilter }}', 'undefined filter: nofilter', 0],
    ['ab {% if row.a %}x', 'tag {% if row.a %} not closed', 3],
    ['{% include "secrets" %}', 'tag "include" not found', 0],
    ['{% render "secrets" %}', 'tag "render" not found', 0],
    ['{% layout "secrets" %}', 'tag "layout" not found', 0],
    ['x\n{{ row..a }}', 'expected "|" before filter', 9],
    ['{{' + 'x'.repeat(MAX_TEMPLATE), `found ${MAX_TEMPLATE + 2} characters, expected at most ${MAX_TEMPLATE}`, 0],
  ])('%s', (text, message, offset) => {
    expect(() => parseTemplate(text)).toThrow(new TemplateError(message, offset));
    try {
      parseTemplate(text);
    } catch (error) {
      expect((error as TemplateError).offset).toBe(offset);
    }
  });
});

describe('rendering', () => {
  it('prints nothing for what is null or missing', () => {
    expect(parseTemplate('[{{ row.a }}{{ old.b.c }}{{ new.x | upcase }}]').render({ row: { a: null }, old: null, new: {} })).toBe('[]');
  });

  it('reaches nothing but the scope own values', () => {
    expect(parseTemplate('{{ row.constructor }}{{ row.__proto__ }}{{ row.toString | upcase }}{{ process }}').render({ row: {} })).toBe('');
  });

  it.each([
    ['{{ row.s.constructor }}{{ row.l.constructor }}{{ row.n.toFixed }}{{ row.l.first.constructor }}', ''],
    ['{{ row["constr" | append: "uctor"] }}{% assign k = "__proto__" %}{{ row[k] }}{{ row[k].constructor }}', ''],
    ['{{ row | map: "constructor" }}{{ row.l | map: "constructor.name" }}{{ row.l | where_exp: "x", "x.constructor" | size }}', '[null][null,null]0'],
    ['{{ row.l | map: "__proto__" | json }}{{ row.l | find_exp: "x", "process.env" }}{{ row.l | where: "constructor" | size }}', '[null,null]0'],
    ['{{ this }}{{ globalThis }}{{ self }}{{ context }}{{ global }}{{ require }}{{ env }}', ''],
  ])('reaches nothing else by a way around: %s', (text, expected) => {
    const row = { a: { b: 1 }, l: [{ a: 1 }, { a: 2 }], s: 'text', n: 1.5 };
    expect(parseTemplate(text).render({ row })).toBe(expected);
  });

  it.each(['{{ 1 | date: "%99999999d" }}', '{{ "abc" | slice: 0, 999999999 }}', '{% for i in (1..60) %}{% assign a = a | append: a | append: "x" %}{% endfor %}'])(
    'is bounded in what a filter makes of little: %s',
    (text) => {
      expect(() => parseTemplate(text).render({ row: {} })).toThrow('memory alloc limit exceeded');
    },
  );

  it('is bounded in time and memory', () => {
    const loop = '{% for a in (1..1000) %}{% for b in (1..9000) %}{{ a }}{% endfor %}{% endfor %}';
    expect(() => parseTemplate(loop).render({})).toThrow('template render limit exceeded');
    expect(() => parseTemplate('{% for a in (1..999999999) %}x{% endfor %}').render({})).toThrow('memory alloc limit exceeded');
  });

  it('shows times in UTC', () => {
    expect(parseTemplate('{{ row.at | date: "%H:%M" }}').render({ row: { at: '2026-11-24T20:00:00+02:00' } })).toBe('18:00');
  });

  it('is the same with and without Liquid where both can', () => {
    const name = fc.constantFrom('a', 'b', 'name', 'toString', 'x1', '_y');
    const output = fc.tuple(fc.constantFrom('row', 'old', 'new'), name, fc.constantFrom('', ' ')).map(([root, column, gap]) => `{{${gap}${root}.${column}${gap}}}`);
    const argument = fc.oneof(
      fc.tuple(fc.constantFrom('row', 'old'), name).map((path) => path.join('.')),
      fc.constantFrom('"EUR"', "'JPY'", '"de"', '"fr, CH"', '""', '"a|b"', '"it\'s"', 'true', '3'),
    );
    const filtered = fc
      .tuple(fc.constantFrom('row', 'old'), name, fc.constantFrom('money', 'number'), fc.array(argument, { maxLength: 3 }), fc.constantFrom('', ' '))
      .map(([root, column, filter, args, gap]) => `{{${gap}${root}.${column}${gap}|${gap}${filter}${args.length > 0 ? `${gap}:${gap}${args.join(`${gap},${gap}`)}` : ''}${gap}}}`);
    const text = fc.array(fc.oneof(output, filtered, fc.constantFrom('x', ' ', '{', '}', '}}', '"', '\n', 'é'), fc.string())).map((parts) => parts.join(''));
    const value = fc.oneof(fc.constant(null), fc.string(), fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(parseExact('19.90')), fc.array(fc.oneof(fc.integer(), fc.constant(null))), fc.constant({ deep: 1 }));
    const row = fc.option(fc.dictionary(name, fc.oneof(value, fc.constantFrom('EUR', 'JPY', 'de', '-1204', '007'), fc.integer()), { noNullPrototype: true }));
    let withFilter = 0;
    fc.assert(
      fc.property(text, row, row, (template, current, old) => {
        const plain = plainTemplate(template);
        if (!plain || template === '') return;
        if (template.includes('|')) withFilter++;
        const scope = { row: current, new: current, old };
        // A tag that does nothing makes Liquid take it.
        expect(plain(scope)).toBe(parseTemplate(`{% comment %}{% endcomment %}${template}`).render(scope));
      }),
      { numRuns: 1_000 },
    );
    expect(withFilter).toBeGreaterThan(50);
  });
});
