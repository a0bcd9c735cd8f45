import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExactNumber, parseExact, stringifyExact } from './exact-number.js';
import { parseTemplate } from './liquid.js';

describe('parseExact', () => {
  it('keeps every digit of every number', () => {
    const digits = fc.tuple(fc.bigInt(), fc.option(fc.stringMatching(/^\d{1,30}$/))).map(([whole, rest]) => (rest === null ? `${whole}` : `${whole}.${rest}`));
    fc.assert(
      fc.property(digits, (text) => {
        const { value } = parseExact(`{"value": ${text}}`) as { value: unknown };
        expect(String(value)).toBe(text);
      }),
    );
  });

  it('is JSON.parse for everything else', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        const plain = (item: unknown): unknown => (item instanceof ExactNumber ? Number(item) : item);
        expect(JSON.parse(stringifyExact(parseExact(text)))).toEqual(JSON.parse(text));
        if (typeof value !== 'object') expect(plain(parseExact(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('gives JavaScript numbers where they are exact', () => {
    expect(parseExact('[1, -5, 0.5, 9007199254740991, 1.25]')).toEqual([1, -5, 0.5, 9007199254740991, 1.25]);
  });
});

describe('an exact number in a template', () => {
  const row = parseExact('{"id": 9007199254740993, "one_less": 9007199254740992, "price": 19.90, "half": 9.95}');
  const render = (text: string): string => parseTemplate(text).render({ row });

  it.each([
    ['{{ row.id }} {{ row.price }}', '9007199254740993 19.90'],
    ['{% if row.id == row.one_less %}same{% else %}other{% endif %}', 'other'],
    ['{% if row.id > row.one_less and row.one_less < row.id %}more{% endif %}', 'more'],
    ['{% if row.id >= row.id and row.id <= row.id %}equal{% endif %}', 'equal'],
    ['{% if row.price == 19.9 and 19.9 == row.price %}equal{% endif %}', 'equal'],
    ['{% if row.price > 20 or row.price < "x" or row.price == nil %}wrong{% else %}right{% endif %}', 'right'],
    ['{% case row.price %}{% when 19.9 %}found{% endcase %}', 'found'],
    ['{{ row.half | times: 2 }} {{ row.price | ceil }} {{ row.price | minus: row.half | round: 2 }}', '19.9 20 9.95'],
    ['{{ row.id | append: "!" }} {{ row.price | split: "." | first }}', '9007199254740993! 19'],
    ['{{ row | json }}', '{"id":9007199254740993,"one_less":9007199254740992,"price":19.90,"half":9.95}'],
  ])('%s', (text, expected) => expect(render(text)).toBe(expected));
});
