/** Longest link, in characters. A longer one is dropped: cut, it would lead somewhere else. */
export const MAX_LINK = 2_000;
/** Longest name of a role or id of a user in a channel, in characters. */
export const MAX_CHANNEL_NAME = 200;

// PostgreSQL's text holds no NUL, and no admin wants to see the others.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Marks that turn the direction of what follows, beyond the end of the text: a title could rewrite the page around it. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
const ANY_CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;
/** Half of a surrogate pair: PostgreSQL refuses it. */
const HALVES = /\p{Surrogate}/gu;
/** Whether any of these may be in a text: most have none, and are looked through once. */
const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Text that PostgreSQL, JSON and a browser take as it is: no control characters but tab and newline, no half emoji. */
export function textOf(rendered: string, limit: number): string {
  // Whatever is far beyond the limit need not be looked at: a column may hold a megabyte.
  const head = rendered.length > limit * 16 ? rendered.slice(0, limit * 16) : rendered;
  if (!ODD.test(head)) return cut(head.trim(), limit);
  return cut(head.replace(/\r\n?/g, '\n').replace(CONTROLS, '').replace(TURNS, '').replace(HALVES, '\ufffd').trim(), limit);
}

/** At most `limit` code points, the last of them an ellipsis where something is missing; never half a grapheme. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let points = 0;
  let end = 0;
  let whole = true;
  for (const { segment, index } of graphemes.segment(text)) {
    points += Array.from(segment).length;
    if (points <= limit - 1) end = index + segment.length;
    if (points > limit) {
      whole = false;
      break;
    }
  }
  return whole ? text : `${text.slice(0, end)}…`;
}

/** A channel; null for one without a name, which is nobody's; undefined for what is no channel. */
export function channelOf(rendered: string): string | null | undefined {
  const text = rendered.trim();
  if (text === '' || text === 'everyone') return text || null;
  const [, kind, name] = /^(role|user):\s*(.*)$/su.exec(text) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  if (name === '') return null;
  const printable = name.search(ANY_CONTROL) < 0 && name.search(HALVES) < 0;
  return printable && name.length <= MAX_CHANNEL_NAME ? `${kind}:${name}` : undefined;
}

/**
 * A link that is http, https or relative to the admin's own site. Anything else (`javascript:`, another host without a
 * scheme) is dropped, with the reason.
 */
export function linkOf(rendered: string): { link: string | null; dropped: string | null } {
  const link = rendered.replace(ANY_CONTROL, '').replace(HALVES, '\ufffd').trim();
  if (link === '') return { link: null, dropped: null };
  const dropped =
    link.length > MAX_LINK
      ? `link: found ${link.length} characters, expected at most ${MAX_LINK}`
      : /^[\\/]{2}|^\\/.test(link)
        ? 'link: found another host without http: or https:, expected one with it or a path'
        : /^[^/?#]*:/.test(link) && !/^https?:\/\/[^/]/i.test(link)
          ? `link: found ${JSON.stringify(link.slice(0, 40))}, expected http:, https: or a path`
          : null;
  return { link: dropped === null ? link : null, dropped };
}
