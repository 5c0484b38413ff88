/** What a process logs at least, from all there is to the worst. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A level for a while. */
export interface TimedLogLevel {
  readonly level: LogLevel;
  /** RFC 3339. */
  readonly expires_at: string;
}
