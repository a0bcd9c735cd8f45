import { describe, expect, it } from '@jest/globals';
import { isOwnOrigin } from './own-origin.js';

const allowed = ['https://admin.example'];

describe('isOwnOrigin', () => {
  it.each([
    ['no browser at all', { host: 'belfry:3000' }],
    ['a page of ours', { host: 'belfry:3000', origin: 'http://belfry:3000' }],
    ['a page of ours, through TLS', { host: 'belfry.example', origin: 'https://belfry.example' }],
    ['a page of ours, by the word of the browser', { host: 'inside', 'sec-fetch-site': 'same-origin' }],
    ['an address typed in', { host: 'belfry', 'sec-fetch-site': 'none' }],
    ['an allowed origin', { host: 'belfry', origin: 'https://admin.example', 'sec-fetch-site': 'cross-site' }],
  ])('lets in %s', (_, headers) => {
    expect(isOwnOrigin(headers, allowed)).toBe(true);
  });

  it.each([
    ['another site', { host: 'belfry:3000', origin: 'https://evil.example' }],
    ['another port', { host: 'belfry:3000', origin: 'http://belfry:3001' }],
    ['a sandboxed frame', { host: 'belfry', origin: 'null' }],
    ['another site that hides its origin', { host: 'belfry', 'sec-fetch-site': 'cross-site' }],
    ['a neighbour under the same domain', { host: 'belfry', 'sec-fetch-site': 'same-site' }],
    ['a name that only begins like the allowed one', { host: 'belfry', origin: 'https://admin.example.evil.example' }],
    ['no host', { origin: 'http://belfry' }],
  ])('keeps out %s', (_, headers) => {
    expect(isOwnOrigin(headers, allowed)).toBe(false);
  });
});
