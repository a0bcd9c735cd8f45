import { isatty } from 'node:tty';
import { ConsoleLogger, LogLevel } from '@nestjs/common';
import type { Config } from '../config/config.js';

/** From the gravest on; a level shows itself and all before it. */
const LEVELS: Config['logLevel'][] = ['fatal', 'error', 'warn', 'info', 'debug', 'verbose'];
/** What Nest tells of its own start, a line for each module and route. */
const STARTING = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Nest's own logger, with its own start at `debug`: the first screen is the address's. */
class Logger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && STARTING.has(context)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}

/** A logger with `LOG_LEVEL` as its threshold; coloured on a terminal only. */
export function createLogger(config: Pick<Config, 'logLevel'>): ConsoleLogger {
  const shown = LEVELS.slice(0, LEVELS.indexOf(config.logLevel) + 1);
  const logLevels = shown.map((level): LogLevel => (level === 'info' ? 'log' : level));
  return new Logger({ prefix: 'Belfry', logLevels, colors: isatty(1) });
}
