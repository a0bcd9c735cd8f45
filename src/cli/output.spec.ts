import { describe, expect, it } from '@jest/globals';
import { wantsColours } from '../config/config.js';
import { Output } from './output.js';

const RED = '\u001b[31mtext\u001b[39m';

function paint(isTTY: boolean, env: Record<string, string>, { json = false, depth = true } = {}): string {
  const sink = { write: () => undefined, isTTY, hasColors: () => depth };
  return new Output(json, sink, sink, wantsColours(env)).paint('red', 'text');
}

describe('what a command says', () => {
  it.each([
    ['a terminal', true, {}, RED],
    ['a pipe', false, {}, 'text'],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, 'text'],
    ['a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }, RED],
    ['a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }, RED],
    ['a pipe with both', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, 'text'],
    ['a terminal with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, 'text'],
  ])('is painted as it has to be for %s', (_what, isTTY, env, expected) => expect(paint(isTTY, env as Record<string, string>)).toBe(expected));

  it('is never painted as JSON, nor on a terminal without colours', () => {
    expect(paint(true, { FORCE_COLOR: '1' }, { json: true })).toBe('text');
    expect(paint(true, {}, { depth: false })).toBe('text');
  });
});
