import { Body, Controller, Get, HttpCode, Inject, NotFoundException, Post, Res } from '@nestjs/common';
import type { CookieOptions, Response } from 'express';
import { SignJWT } from 'jose';
import { z } from 'zod';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { Public } from './auth.guard.js';
import { TOKEN_COOKIE } from './credentials.js';
import { CurrentPrincipal } from './current-principal.decorator.js';
import type { Principal } from './principal.js';
import { SAMPLE_ADMINS, type SampleAdmin } from './sample-admins.js';

/** Injects the secret that signs the sample's tokens. */
export const SAMPLE_SECRET = Symbol('SampleSecret');

/** How long a sample admin stays signed in, in seconds. */
const SIGNED_IN = 8 * 60 * 60;
// Not `secure`: the sample is plain HTTP on loopback.
const COOKIE: CookieOptions = { httpOnly: true, sameSite: 'strict', path: '/' };

const signInSchema = z.object({ user: z.string() });
type SignIn = z.infer<typeof signInSchema>;

/** Signs the sample's admins in, without a password. Mounted in the embedded sample on loopback, nowhere else. */
@Controller('sample')
export class SampleSignInController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(SAMPLE_SECRET) private readonly secret: string,
  ) {}

  @Get('admins')
  @Public()
  admins(): readonly SampleAdmin[] {
    return SAMPLE_ADMINS;
  }

  @Get('me')
  me(@CurrentPrincipal() principal: Principal): SampleAdmin {
    const known = SAMPLE_ADMINS.find(({ user }) => user === principal.userId);
    return { user: principal.userId, name: known?.name ?? principal.userId, roles: principal.roles };
  }

  /** The token is in the cookie for browsers, and in the answer for programs. */
  @Post('sign-in')
  @HttpCode(200)
  @Public()
  async signIn(
    @Body({ schema: signInSchema }) body: SignIn,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SampleAdmin & { token: string }> {
    const admin = SAMPLE_ADMINS.find(({ user }) => user === body.user);
    if (!admin) {
      const names = SAMPLE_ADMINS.map(({ user }) => user).join(', ');
      throw new NotFoundException(`There is no sample admin '${body.user}', expected one of ${names}.`);
    }
    const token = await this.tokenFor(admin);
    response.cookie(TOKEN_COOKIE, token, { ...COOKIE, maxAge: SIGNED_IN * 1000 });
    return { ...admin, token };
  }

  @Post('sign-out')
  @HttpCode(204)
  @Public()
  signOut(@Res({ passthrough: true }) response: Response): void {
    response.clearCookie(TOKEN_COOKIE, COOKIE);
  }

  private async tokenFor(admin: SampleAdmin): Promise<string> {
    const { issuer, audience, rolesClaim } = this.config.jwt;
    const token = new SignJWT({ scope: 'publish', [rolesClaim]: admin.roles }).setProtectedHeader({ alg: 'HS256' });
    token.setSubject(admin.user).setIssuedAt().setExpirationTime(`${SIGNED_IN} s`);
    if (issuer !== undefined) token.setIssuer(issuer);
    if (audience !== undefined) token.setAudience(audience);
    return token.sign(new TextEncoder().encode(this.secret));
  }
}
