import { ConsoleLogger, LogLevel } from '@nestjs/common';
import type { Config } from '../config/config.js';

/** From the gravest on; a level shows itself and all before it. */
const LEVELS: Config['logLevel'][] = ['fatal', 'error', 'warn', 'info', 'debug', 'verbose'];

/** Nest's own logger with `LOG_LEVEL` as the threshold; coloured on a terminal only. */
export function createLogger(config: Pick<Config, 'logLevel'>): ConsoleLogger {
  const shown = LEVELS.slice(0, LEVELS.indexOf(config.logLevel) + 1);
  const logLevels = shown.map((level): LogLevel => (level === 'info' ? 'log' : level));
  return new ConsoleLogger({ prefix: 'Belfry', logLevels, colors: process.stdout.isTTY });
}
