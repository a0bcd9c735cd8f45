import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export interface IssuerKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

/** A real issuer: its keys are behind an HTTP address. */
export class Issuer {
  /** What the next request is answered with. */
  published: IssuerKey[] = [];
  answer: 'keys' | 'error' | 'junk' = 'keys';
  requests = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Issuer> {
    const server = createServer((_, response) => {
      issuer.requests += 1;
      if (issuer.answer === 'error') response.writeHead(500);
      const keys = JSON.stringify({ keys: issuer.published.map(({ jwk }) => jwk) });
      response.end(issuer.answer === 'junk' ? '<html>' : keys);
    });
    const issuer = new Issuer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get jwksUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks`;
  }

  async makeKey(kid: string, alg: 'RS256' | 'ES256' | 'EdDSA' | 'RS512'): Promise<IssuerKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A token of `claims`, with what every good one has. */
export function signed(key: IssuerKey, claims: JWTPayload = {}): Promise<string> {
  return new SignJWT({ sub: 'ann', exp: inSeconds(60), ...claims })
    .setProtectedHeader({ alg: key.alg, kid: key.kid })
    .sign(key.privateKey);
}

/** A token signed with a shared secret. */
export function signedWithSecret(secret: string | Uint8Array, claims: JWTPayload = {}, alg = 'HS256'): Promise<string> {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
  return new SignJWT({ sub: 'ann', exp: inSeconds(60), ...claims }).setProtectedHeader({ alg }).sign(bytes);
}

/** A moment from now, as `exp` has it. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
