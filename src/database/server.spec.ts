import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { checkServerVersion, ServerVersionError } from './server.js';

/** A server that says it is of this version. */
const server = (number: number, name: string): pg.ClientBase => ({ query: () => Promise.resolve({ rows: [{ number: String(number), name }] }) }) as unknown as pg.ClientBase;

describe('the version of a server', () => {
  it.each([[130022, '13.22'], [90624, '9.6.24']])('is refused before 14: %i', async (number, name) => {
    await expect(checkServerVersion(server(number, name))).rejects.toThrow(ServerVersionError);
    await expect(checkServerVersion(server(number, name))).rejects.toThrow(`found PostgreSQL ${name}, expected 14 or newer`);
  });

  it.each([[140019, '14.20'], [150014, '15.15'], [160010, '16.11'], [170006, '17.7'], [180000, '18.1']])(
    'is warned of below the minor that mends LISTEN: %i', async (number, sound) => {
      expect(await checkServerVersion(server(number, 'x'))).toContain(`${sound} mends it`);
    });

  it.each([140020, 140023, 150015, 160011, 170007, 180001, 180004, 190000])('is fine from there on: %i', async (number) => {
    expect(await checkServerVersion(server(number, 'x'))).toBeUndefined();
  });
});
