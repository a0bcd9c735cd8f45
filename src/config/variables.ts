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
