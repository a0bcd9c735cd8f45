/** Tests ask more often than any admin. Those of the limits themselves set them in `env`. */
export const UNLIMITED = { BELFRY_LIMIT_REQUESTS: 'off', BELFRY_LIMIT_STREAMS: 'off', BELFRY_LIMIT_STRANGERS: 'off' };
