/** Claims that differ from one token to the next of the same admin; none of them says who it is, nor what they may see. */
const ofTheTokenAlone: readonly string[] = [
  'exp', 'iat', 'nbf', 'jti', 'auth_time', 'nonce', 'at_hash', 'c_hash', 'sid', 'session_state', 'uti', 'aio', 'rh',
];

/**
 * What tokens of one admin with the same rights have in common, and nobody else's: a hash of all else that a JWT claims. Which claim
 * has the roles the server alone knows. It checks the token as well: here it is only compared.
 *
 * @returns undefined for what is no JWT
 */
export async function principalOf(token: string): Promise<string | undefined> {
  const [, payload, signature, more] = token.split('.');
  if (payload === undefined || signature === undefined || more !== undefined) return undefined;
  let claims: unknown;
  try {
    claims = JSON.parse(new TextDecoder().decode(bytesOf(payload)));
  } catch {
    return undefined;
  }
  if (typeof claims !== 'object' || claims === null || typeof (claims as { sub?: unknown }).sub !== 'string') return undefined;
  const lasting = Object.entries(claims).filter(([name]) => !ofTheTokenAlone.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(lasting)));
  return Array.from(new Uint8Array(hash, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bytesOf(base64url: string): Uint8Array {
  return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
}
