import { createSecretKey, KeyObject } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, JWTPayload, RemoteJWKSet } from 'jose';
import type { JwtConfig } from '../config/config.js';
import { isKeysUnavailable, issuerKeys, KeysUnavailableError, KeyTimes } from './issuer-keys.js';
import { ClaimError, Principal, toPrincipal } from './principal.js';

/** A longer token is refused unread, in characters. Browsers keep 4 kB of cookie, Node 16 kB of headers. */
const MAX_TOKEN = 8192;
/** How far the issuer's clock may be from ours, in seconds. */
const CLOCK_TOLERANCE = 5;
/** What each kind of key may verify. A public key is never taken for a secret: the lists have nothing in common. */
const SECRET_ALGORITHMS = ['HS256'];
const JWKS_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

/** The token does not show who its bearer is. The message may be shown to them. */
export class TokenError extends Error {
  override name = 'TokenError';
}

/** Checks tokens: the algorithm must fit the kind of key, `exp` is required, issuer and audience count where set. */
export class TokenVerifier {
  private readonly secret: KeyObject | undefined;
  private readonly jwks: RemoteJWKSet | undefined;

  constructor(
    private readonly jwt: JwtConfig,
    times: KeyTimes = {},
  ) {
    this.secret = jwt.secret === undefined ? undefined : createSecretKey(jwt.secret, 'utf8');
    this.jwks = jwt.jwksUrl === undefined ? undefined : issuerKeys(jwt.jwksUrl, times);
  }

  /** @throws TokenError, KeysUnavailableError */
  async verify(token: string): Promise<Principal> {
    if (token.length > MAX_TOKEN) {
      throw new TokenError(`The token has ${token.length} characters, expected at most ${MAX_TOKEN}.`);
    }
    try {
      return toPrincipal(await this.claims(token), this.jwt.rolesClaim);
    } catch (error) {
      throw asTokenError(error);
    }
  }

  private async claims(token: string): Promise<JWTPayload> {
    const algorithm = String(decodeProtectedHeader(token).alg);
    const checks = {
      ...(this.jwt.issuer !== undefined && { issuer: this.jwt.issuer }),
      ...(this.jwt.audience !== undefined && { audience: this.jwt.audience }),
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: ['sub', 'exp'],
    };
    if (this.secret && SECRET_ALGORITHMS.includes(algorithm)) {
      return (await jwtVerify(token, this.secret, { ...checks, algorithms: SECRET_ALGORITHMS })).payload;
    }
    if (this.jwks && JWKS_ALGORITHMS.includes(algorithm)) {
      return (await jwtVerify(token, this.jwks, { ...checks, algorithms: JWKS_ALGORITHMS })).payload;
    }
    const allowed = [...(this.secret ? SECRET_ALGORITHMS : []), ...(this.jwks ? JWKS_ALGORITHMS : [])];
    throw new TokenError(`The token's algorithm is '${algorithm.slice(0, 20)}', expected ${allowed.join(', ')}.`);
  }
}

function asTokenError(error: unknown): Error {
  if (error instanceof TokenError) return error;
  if (error instanceof ClaimError) return new TokenError(`The token is genuine, but ${error.message}.`);
  if (error instanceof errors.JWTExpired) return new TokenError('The token has expired; get a new one.');
  if (error instanceof errors.JWTClaimValidationFailed) {
    const found = error.reason === 'missing' ? 'is missing' : 'is not the expected one';
    return new TokenError(`The token's claim '${error.claim}' ${found}.`);
  }
  if (error instanceof errors.JWKSNoMatchingKey) return new TokenError("The issuer has no key of the token's key id.");
  if (error instanceof errors.JWSSignatureVerificationFailed) return new TokenError("The token's signature is wrong.");
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return new TokenError('The token names no key id, and several keys of the issuer would fit.');
  }
  if (isKeysUnavailable(error)) {
    return new KeysUnavailableError("The issuer's keys can't be fetched at the moment.", { cause: error });
  }
  return new TokenError('The token is malformed, expected a signed JWT.', { cause: error });
}
