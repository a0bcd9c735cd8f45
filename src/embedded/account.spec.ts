import { describe, expect, it } from '@jest/globals';
import { chooseAccount, parsePasswd } from './account.js';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash
nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin
broken:x:
`;
const asRoot = process.getuid?.() === 0 ? it : it.skip;

describe('the account that PostgreSQL runs as', () => {
  const passwd = parsePasswd(PASSWD);

  it('is read from the whole lines of passwd', () => {
    expect(passwd).toEqual([
      { name: 'root', uid: 0, gid: 0 },
      { name: 'postgres', uid: 101, gid: 104 },
      { name: 'nobody', uid: 65534, gid: 65533 },
    ]);
  });

  asRoot('is postgres for root, else nobody, never root, and an error without either', () => {
    expect(chooseAccount('/nowhere', passwd)?.name).toBe('postgres');
    expect(chooseAccount('/nowhere', passwd.slice(2))?.name).toBe('nobody');
    expect(() => chooseAccount('/nowhere', passwd.slice(0, 1))).toThrow(/useradd --system postgres/);
    expect(() => chooseAccount('/nowhere', [{ name: 'postgres', uid: 0, gid: 0 }])).toThrow();
  });

  (process.getuid?.() === 0 ? it.skip : it)('is nobody else for an ordinary user', () => {
    expect(chooseAccount('/nowhere', passwd)).toBeUndefined();
  });
});
