/** Names that begin so are ours, and a typing error in one would be passed over in silence. */
const OURS = 'BELFRY_';
/** Set by the test and start scripts for their own use. */
const SCRIPTS = /^BELFRY_(TEST|BENCH|START)_/;
/** A name further away than this many edits is not offered. */
const FAR = 3;

/** A sentence for each variable that looks like ours and is none, with the nearest name that is. */
export function unknownVariables(names: string[], known: string[]): string[] {
  return names
    .filter((name) => name.startsWith(OURS) && !SCRIPTS.test(name) && !known.includes(name))
    .map((name) => {
      const near = known
        .map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
        .sort((a, b) => a.edits - b.edits)[0];
      const hint = near && near.edits <= FAR ? `; did you mean ${near.candidate}?` : '';
      return `${name} is set, and no variable of that name exists${hint}`;
    });
}

/** Insertions, deletions and replacements between two names (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
