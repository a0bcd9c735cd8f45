/** Why a stream ends that could go on: the process leaves, its time or its token's is over, or the admin has opened too many. */
export type GoodbyeReason = 'drain' | 'age' | 'token' | 'displaced';

/** What a page has to renew its cookie in, once its token has ended; at once, it would come back with the old one. */
export const TOKEN_RENEWAL_MS = 1_000;
