import pg from 'pg';

type Parse<T> = (text: string) => T;
const parserOf = pg.types.getTypeParser as (oid: number, format?: string) => Parse<unknown>;
const TIMESTAMPTZ = 1184;
const TEXTS = 1009;
const parseTime = parserOf(TIMESTAMPTZ) as Parse<Date>;
const parseTexts = parserOf(TEXTS) as Parse<string[]>;

/** As PostgreSQL writes a time of our era in UTC, which is the zone of every session of ours. */
const USUAL_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/;
/** An array of one that needed no quotes. */
const ONE_TEXT = /^\{[^",{}\\]+\}$/;

/** The last text and what it was read as: one transaction's rows have the same times, one rule's notifications the same channels. */
const remembering = <T>(read: Parse<T>): Parse<T> => {
  let last: { text: string; value: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: read(text) };
    return last.value;
  };
};

/** RFC 3339, to the millisecond: a `Date` in between costs several times as much, and every entry has three. */
function wireTime(text: string): string {
  if (!USUAL_TIME.test(text)) return parseTime(text).toISOString();
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).slice(0, 3).padEnd(3, '0')}Z`;
}

function wireTexts(text: string): string[] {
  return ONE_TEXT.test(text) && text !== '{NULL}' ? [text.slice(1, -1)] : parseTexts(text);
}

const time = remembering(wireTime);
const texts = remembering<readonly string[]>(wireTexts);

/** How the tail reads: a row is read in order to be sent, and most of what it costs is its reading. */
export const WIRE_TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: string) => {
    if (oid === TIMESTAMPTZ) return time;
    return oid === TEXTS ? texts : parserOf(oid, format);
  }) as pg.CustomTypesConfig['getTypeParser'],
};
