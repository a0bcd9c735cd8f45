/** One of those who may sign in to the sample without a password. */
export interface SampleAdmin {
  user: string;
  name: string;
  roles: string[];
}

/** The sample's admins. `ops` lets them see the live metrics. */
export const SAMPLE_ADMINS: readonly SampleAdmin[] = [
  { user: 'ann', name: 'Ann', roles: ['sales', 'ops'] },
  { user: 'sam', name: 'Sam', roles: ['support', 'ops'] },
  { user: 'fay', name: 'Fay', roles: ['finance', 'ops'] },
  // Of no team: what reaches Lea has been escalated.
  { user: 'lea', name: 'Lea', roles: ['lead', 'ops'] },
  { user: 'dana', name: 'Dana', roles: ['sales', 'support', 'finance', 'lead', 'ops'] },
];
