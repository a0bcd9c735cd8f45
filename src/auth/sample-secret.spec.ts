import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleSecret } from './sample-secret.js';

describe('sampleSecret', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'belfry-secret-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is made once, and kept for its owner alone', () => {
    const dataDir = join(dir, 'new', 'folder');
    const secret = sampleSecret(dataDir);
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
    expect(sampleSecret(dataDir)).toBe(secret);
    expect(statSync(join(dataDir, 'jwt-secret')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['jwt-secret']);
  });

  it('is another in another folder', () => {
    expect(sampleSecret(join(dir, 'a'))).not.toBe(sampleSecret(join(dir, 'b')));
  });

  it('replaces what is too short to be one, whoever may read it', () => {
    writeFileSync(join(dir, 'jwt-secret'), 'half');
    chmodSync(join(dir, 'jwt-secret'), 0o644);
    const secret = sampleSecret(dir);
    expect(readFileSync(join(dir, 'jwt-secret'), 'utf8')).toBe(secret);
    expect(statSync(join(dir, 'jwt-secret')).mode & 0o777).toBe(0o600);
  });
});
