import { isIP } from 'node:net';
import { z } from 'zod';

/** The address without what stands before `@`: a password has no business in a message. */
export function withoutPassword(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@').replace(/(password=)[^&\s]*/gi, '$1***');
}

/** `host` reaches this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|\[::1\])$/i.test(host);
}

function isUrl(value: string, schemes: string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol);
}

/** A PostgreSQL connection URL. */
export const postgresUrl = z.string().refine((value) => isUrl(value, ['postgres:', 'postgresql:']), {
  error: ({ input }) =>
    `is '${withoutPassword(String(input))}', expected postgresql://user:password@host:5432/database ` +
    '(characters like @ : / in user or password are percent-encoded)',
});

/** A web address. */
export const webUrl = z.string().refine((value) => isUrl(value, ['https:', 'http:']), {
  error: ({ input }) => `is '${withoutPassword(String(input))}', expected an https:// (or http://) URL`,
});

/** Origins between commas, each exactly as a browser sends it. */
export const origins = z.string().transform((list, context) => {
  const given = list.split(',').map((origin) => origin.trim()).filter((origin) => origin !== '');
  for (const origin of given) {
    if (isUrl(origin, ['https:', 'http:']) && new URL(origin).origin === origin) continue;
    context.addIssue({
      code: 'custom',
      message:
        `has '${withoutPassword(origin)}', expected origins as a browser sends them, between commas: ` +
        'scheme, host in lower case and port, nothing behind, like https://admin.example.com ' +
        "(never *: a page that may call with an admin's cookie is named)",
    });
  }
  return given;
});

/** How often one caller may come: `burst` at once, `perSecond` on average. */
export interface Rate {
  perSecond: number;
  burst: number;
}

const SECONDS: Record<string, number> = { s: 1, min: 60, h: 3_600 };

/** `50/s burst 500`; `off`: no limit, said outright. */
export const rate = z.string().transform((text, context): Rate | undefined => {
  if (text.trim() === 'off' || text.trim() === '0') return undefined;
  const [, times = '', unit = '', burst = ''] = /^ *([1-9]\d{0,6}) *\/ *(s|min|h) +burst +([1-9]\d{0,6}) *$/.exec(text) ?? [];
  if (times !== '') return { perSecond: Number(times) / (SECONDS[unit] ?? 1), burst: Number(burst) };
  context.addIssue({ code: 'custom', message: `is '${text}', expected a rate as 50/s burst 500 (s, min or h), or off` });
  return z.NEVER;
});

const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const longest = isIP(address) === 4 ? 32 : 128;
  const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest);
  return NAMED_NETWORKS.includes(text) || (isIP(address) !== 0 && isPrefix && rest.length === 0);
}

/** Addresses and networks between commas. */
export const networks = z.string().transform((list, context) => {
  const given = list.split(',').map((network) => network.trim()).filter((network) => network !== '');
  for (const network of given.filter((each) => !isNetwork(each))) {
    context.addIssue({
      code: 'custom',
      message: `has '${network}', expected addresses or networks between commas: 10.0.0.7, 10.0.0.0/8, or ${NAMED_NETWORKS.join(', ')}`,
    });
  }
  return given;
});
