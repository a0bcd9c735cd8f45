import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse, parseDocument, stringify } from 'yaml';
import { sourceOffset } from './source-offset.js';

describe('the place of a character', () => {
  it.each([
    ['abcX', 3],
    ['"ab\\"cX"', 6],
    ["'it''s X'", 7],
    ['"a\\n\\tX"', 6],
    ['|\n    one\n    twoX\n', 17],
    ['>-\n  folded\n  twice X', 20],
    ['one\n    two X', 12],
  ])('%j', (source, place) => {
    const value = parse(source) as string;
    expect(sourceOffset(source, value, value.indexOf('X'))).toBe(place);
  });

  it('is that character, however YAML writes the text', () => {
    const text = fc.array(fc.constantFrom('a', ' ', '  ', '\n', '\n\n', '"', "'", '\\', ': ', '#', '{{ x }}', 'é', '\t', '-'), { maxLength: 12 }).map((parts) => `a${parts.join('')}Z${parts.join('')}`);
    const style = fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED') as fc.Arbitrary<'PLAIN'>;
    fc.assert(
      fc.property(text, style, (value, defaultStringType) => {
        const source = stringify(value, { defaultStringType, lineWidth: 20 });
        // Folding can put `---` at a line's start, which YAML's own reader then refuses.
        fc.pre(parseDocument(source).errors.length === 0 && parse(source) === value);
        expect(source[sourceOffset(source, value, value.indexOf('Z'))]).toBe('Z');
      }),
      { numRuns: 1_000 },
    );
  });
});
