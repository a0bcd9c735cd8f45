/** Claims that differ from one token to the next of the same admin; none of them says who it is, nor what they may see. */
const ofTheTokenAlone: readonly string[] = ['exp', 'iat', 'nbf', 'jti', 'auth_time', 'nonce', 'at_hash', 'sid', 'uti', 'aio', 'rh'];

/**
 * What tokens of one admin with the same rights have in common, and nobody else's: a hash of all else that a JWT claims. Which claim
 * has the roles the server alone knows. It checks the token as well: here it is only compared.
 *
 * @returns undefined for what is no JWT
 */
export async function principalOf(token: string): Promise<string | undefined> {
  let claims: { sub?: unknown } | null;
  try {
    const [, payload = ''] = token.split('.');
    const text = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)))) as typeof claims;
  } catch {
    return undefined;
  }
  if (typeof claims?.sub !== 'string') return undefined;
  const lasting = Object.entries(claims).filter(([name]) => !ofTheTokenAlone.includes(name)).sort();
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(lasting)));
  return new Uint8Array(hash).join('-');
}
