/**
 * Where the character `offset` of a YAML scalar's value stands in the scalar's source, which may be quoted, escaped,
 * folded or indented. Those differ in blanks only, so the characters that are none are counted off. A blank is found
 * where the next character is.
 */
export function sourceOffset(source: string, value: string, offset: number): number {
  const quote = /^["']/.exec(source)?.[0];
  let at = quote ? 1 : /^[|>]/.test(source) ? source.indexOf('\n') + 1 : 0;
  let left = value.slice(0, offset).replace(BLANKS, '').length;
  while (at < source.length) {
    const length = quote === '"' ? escapeLength(source, at) : quote === "'" && source.startsWith("''", at) ? 2 : 1;
    const width = widthOf(source.slice(at, at + length));
    if (width > 0 && left <= 0) return at;
    left -= width;
    at += length;
  }
  return Math.max(0, source.length - 1);
}

const BLANKS = /[ \t\r\n]/g;

/** UTF-16 units of the value that this piece of source stands for, blanks not counted. */
function widthOf(piece: string): number {
  if (piece.startsWith('\\U')) return String.fromCodePoint(parseInt(piece.slice(2), 16)).length;
  return /^(\\[tnr \t\r\n]|\\x(09|0[aAdD]|20)|[ \t\r\n])$/.test(piece) ? 0 : 1;
}

function escapeLength(source: string, at: number): number {
  if (source[at] !== '\\') return 1;
  return { x: 4, u: 6, U: 10 }[source[at + 1] ?? ''] ?? 2;
}
