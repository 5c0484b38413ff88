import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

const SECRET_KEYS = [
  'authorization',
  'cookie',
  'password',
  'token',
  'cli_token',
  'access_token',
  'refresh_token',
  'api_key',
  'crew_token',
  'internal_token',
  'secret',
  'value',
  'x-internal-token',
  'x-crewos-api-key',
  'x-run-token',
];

/** What database errors quote of rows and parameters. */
const QUOTED_DATA = ['err.detail', 'err.where', 'err.values', 'err.row'];

/** JSON lines on stdout. Keys that hold secrets are censored at the top level and one level down. */
export function createLogger(options: { name: string; level: string }): Logger {
  return pino({
    name: options.name,
    level: options.level,
    base: { process: options.name },
    redact: {
      paths: [...SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]), ...QUOTED_DATA],
      censor: '[REDACTED]',
    },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}
