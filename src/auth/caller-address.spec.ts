import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { callerAddress } from './caller-address.js';

describe('the address of a caller', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['not an address', 'not an address'],
    [undefined, 'unknown'],
  ])('of %s is %s', (ip, address) => {
    expect(callerAddress(ip)).toBe(address);
  });

  it('is the same for all addresses of a /64, and another for another', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const half = fc.tuple(group, group, group, group).map((groups) => groups.join(':'));
    fc.assert(
      fc.property(half, half, half, half, (network, other, host, otherHost) => {
        expect(callerAddress(`${network}:${host}`)).toBe(callerAddress(`${network}:${otherHost}`));
        if (network !== other) expect(callerAddress(`${network}:${host}`)).not.toBe(callerAddress(`${other}:${host}`));
      }),
    );
  });
});
