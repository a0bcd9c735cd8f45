/** What a notification may lead to. Anything else (javascript:, data:, blob:, mailto: …) stays text. */
const safeProtocols = new Set(['http:', 'https:']);

/**
 * The link to put into an `href`, or undefined when it is not to be one. Relative ones are of the page that shows the
 * bell (`base`). The check reads the address as the browser will, which ignores tabs and newlines within `java\nscript:`.
 * `//host/path` is https elsewhere, and as good as any other; a user name in front of a host only pretends to be one.
 */
export function safeLink(link: string | null, base: string): string | undefined {
  if (link === null || link.trim() === '' || !URL.canParse(link, base)) return undefined;
  const url = new URL(link, base);
  return safeProtocols.has(url.protocol) && url.username === '' && url.password === '' ? url.href : undefined;
}
