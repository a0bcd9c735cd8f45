import { didYouMean } from './did-you-mean.js';

/** Names that begin so are ours, and a typing error in one would be passed over in silence. */
const OURS = 'BELFRY_';
/** Set by the test and start scripts for their own use. */
const SCRIPTS = /^BELFRY_(TEST|BENCH|START)_/;
/** A name further away than this many edits is not offered: all of them begin alike. */
const FAR = 3;

/** A sentence for each variable that looks like ours and is none, with the nearest name that is. */
export function unknownVariables(names: string[], known: string[]): string[] {
  return names
    .filter((name) => name.startsWith(OURS) && !SCRIPTS.test(name) && !known.includes(name))
    .map((name) => `${name} is set, and no variable of that name exists${didYouMean(name, known, FAR)}`);
}
