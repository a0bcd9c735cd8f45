/** PostgreSQL settings by name, as they stand in `postgresql.conf`. */
export type Settings = Record<string, string>;

/** What Belfry needs of its own PostgreSQL; each may be overridden by `ALTER SYSTEM`, or by the caller. */
export const DEFAULT_SETTINGS: Settings = {
  // Loopback only, and no socket file: a socket's path may have 107 bytes at most, and a deep checkout has more.
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  // Connections. The default 100 is too few for several processes side by side, each with its pools.
  max_connections: '200',
  // The time of commit, shown beside a notification.
  track_commit_timestamp: 'on',
  // Bounds the disk that the log of changes takes; the default 1 GB is much for a sample.
  max_wal_size: '256MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // A session that dies without closing its socket is noticed after about a minute, not after two hours.
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '3',
};

/** The text of `postgresql.conf`. */
export function renderSettings(settings: Settings): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return ['# Written anew at every start. For settings of your own use ALTER SYSTEM.', ...lines, ''].join('\n');
}
