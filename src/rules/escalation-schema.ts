import { z } from 'zod';
import { UNLESS } from './rule.js';
import { channels, duration } from './schema-parts.js';

/** Seconds. */
const LONGEST = 30 * 86_400;

const mapping = {
  after: duration(LONGEST, 'a time as 10m or 2h, at most 30d').meta({
    description: 'How long after it first rang, as 90s, 10m, 2h or 1d. That it rings again does not begin the time anew.',
    examples: ['10m'],
  }),
  unless: z
    .enum(UNLESS, { error: UNLESS.join(' or ') })
    .default('claimed')
    .meta({ description: 'What keeps it from being escalated: somebody has claimed it. What is resolved never is.' }),
  to: channels().meta({
    description: 'Who is told then as well: everyone, role:<name> or user:<id>. Liquid is allowed; a channel without a name is nobody.',
    examples: [['role:lead']],
  }),
};

export const escalate = z.strictObject(mapping, { error: 'a mapping with after and to, as { after: 10m, to: [role:lead] }' }).meta({
  description:
    'Where nobody has taken it on after a while: it goes to these as well, comes up on top and is unread again for everybody. ' +
    'It stays theirs until it is resolved.',
  examples: [{ after: '10m', unless: 'claimed', to: ['role:lead'] }],
});

export const ESCALATE_KEYS: readonly string[] = Object.keys(mapping);
