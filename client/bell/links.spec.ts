import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { safeLink } from './links.js';

const base = 'https://admin.example/shop/';

describe('safeLink', () => {
  it.each([
    ['/orders/7', 'https://admin.example/orders/7'],
    ['orders/7?a=b#c', 'https://admin.example/shop/orders/7?a=b#c'],
    ['https://other.example/x', 'https://other.example/x'],
    ['//other.example/x', 'https://other.example/x'],
    ['HTTP://OTHER.example', 'http://other.example/'],
    ['/javascript:alert(1)', 'https://admin.example/javascript:alert(1)'],
  ])('keeps %s', (link, href) => {
    expect(safeLink(link, base)).toBe(href);
  });

  it.each([
    null, '', '  ', 'javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', '\u0001javascript:alert(1)',
    'java\nscript:alert(1)', 'java\tscript:alert(1)', 'data:text/html,<script>alert(1)</script>', 'blob:https://a/b',
    'vbscript:x', 'file:///etc/passwd', 'mailto:a@b', 'ftp://a/b', 'https://admin.example@evil.example/', 'http://',
  ])('refuses %j', (link) => {
    expect(safeLink(link, base)).toBeUndefined();
  });

  it('never gives anything but http and https', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.string({ unit: 'binary' })), (link) => {
      expect(safeLink(link, base) ?? 'https:').toMatch(/^https?:/);
    }));
  });
});
