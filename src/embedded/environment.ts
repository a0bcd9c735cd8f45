/** What PostgreSQL's programs may see of our environment: PGHOST, PGDATA or a locale of ours would change what they do. */
const PASSED_ON = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP'];

export function cleanEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  return { ...kept, LC_ALL: 'C', TZ: 'UTC' };
}

/** True when connection strings that don't speak of TLS mean something else than usual. */
export function presetsTls(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.PGSSLMODE !== undefined;
}
