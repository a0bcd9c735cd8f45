import { describe, expect, it } from '@jest/globals';
import { cookie, credentialsOf } from './credentials.js';

describe('credentialsOf', () => {
  it('finds the bearer token first, then the cookie', () => {
    const headers = { authorization: 'Bearer a.b.c', cookie: 'belfry_token=d.e.f' };
    expect(credentialsOf(headers)).toEqual({ token: 'a.b.c', from: 'bearer' });
    expect(credentialsOf({ cookie: 'x=1; belfry_token=d.e.f; y=2' })).toEqual({ token: 'd.e.f', from: 'cookie' });
    expect(credentialsOf({ authorization: 'bearer  a.b-_c= ' })).toEqual({ token: 'a.b-_c=', from: 'bearer' });
  });

  it('does not fall back to the cookie when the bearer token is malformed', () => {
    for (const authorization of ['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a,b', 'Bearer "a"']) {
      expect(credentialsOf({ authorization, cookie: 'belfry_token=d.e.f' })).toHaveProperty('malformed');
    }
  });

  it("leaves a proxy's own scheme alone", () => {
    expect(credentialsOf({ authorization: 'Basic YTpi', cookie: 'belfry_token=d' })).toMatchObject({ token: 'd' });
    expect(credentialsOf({ authorization: 'Basic YTpi' })).toBeUndefined();
  });

  it('has nothing of nothing', () => {
    expect(credentialsOf({})).toBeUndefined();
    expect(credentialsOf({ cookie: 'belfry_token=' })).toBeUndefined();
  });
});

describe('cookie', () => {
  it('wants the whole name and takes the first', () => {
    expect(cookie('not_belfry_token=1; belfry_token=2; belfry_token=3', 'belfry_token')).toBe('2');
    expect(cookie('belfry_token2=1; =x; belfry_token', 'belfry_token')).toBeUndefined();
    expect(cookie('a=b=c', 'a')).toBe('b=c');
    expect(cookie(undefined, 'a')).toBeUndefined();
  });
});
