import { createRemoteJWKSet, customFetch, errors, FetchImplementation, RemoteJWKSet } from 'jose';

/** The issuer's keys can't be had at the moment, so nothing is known about the token. */
export class KeysUnavailableError extends Error {
  override name = 'KeysUnavailableError';
}

/** How the issuer's keys are fetched, in milliseconds. */
export interface KeyTimes {
  /** An unknown key id makes us look again, at most this often. Default 30 s. */
  cooldown?: number;
  /** Keys older than this are fetched anew. Default 10 min. */
  maxAge?: number;
  /** Default 5 s. */
  timeout?: number;
  /** After a fetch that failed the next one waits this long: junk tokens must not hammer an issuer. Default 2 s. */
  failureCooldown?: number;
}

/** The keys behind a JWKS URL, kept, and fetched again when they are old or a token names one that is not there. */
export function issuerKeys(url: string, times: KeyTimes = {}): RemoteJWKSet {
  return createRemoteJWKSet(new URL(url), {
    cooldownDuration: times.cooldown ?? 30_000,
    cacheMaxAge: times.maxAge ?? 600_000,
    timeoutDuration: times.timeout ?? 5_000,
    [customFetch]: fetchOnceInAWhile(times.failureCooldown ?? 2_000),
  });
}

function fetchOnceInAWhile(failureCooldown: number): FetchImplementation {
  let failedAt = -Infinity;
  return async (url, options) => {
    if (performance.now() < failedAt + failureCooldown) throw new KeysUnavailableError(`${url} failed a moment ago`);
    try {
      const response = await fetch(url, options);
      if (response.status !== 200) throw new Error(`${url} answered ${response.status}, expected 200`);
      return response;
    } catch (cause) {
      failedAt = performance.now();
      throw new KeysUnavailableError(`${url} can't be fetched`, { cause });
    }
  };
}

/** Whether verifying failed for want of keys rather than because of the token. */
export function isKeysUnavailable(error: unknown): boolean {
  return (
    error instanceof KeysUnavailableError ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    // What jose throws when the answer is no JSON.
    (error instanceof errors.JOSEError && error.code === errors.JOSEError.code)
  );
}
