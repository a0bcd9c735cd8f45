import { SignJWT } from 'jose';

/** The key that every server under test is started with. */
export const SECRET = 'a secret of the tests, 32 bytes or more';

/** A token as a team's own sign-in would issue it; `more`: claims beside the roles. */
export async function tokenFor(user: string, roles: string[] = [], expiresIn: number | string = '1h', more: object = {}): Promise<string> {
  const expiry = typeof expiresIn === 'number' ? Math.floor(Date.now() / 1_000 + expiresIn) : expiresIn;
  return new SignJWT({ roles, ...more })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime(expiry)
    .sign(new TextEncoder().encode(SECRET));
}
