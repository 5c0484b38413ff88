import { readFileSync } from 'node:fs';
import type { Logger } from '../../../platform/logging/logger.ts';

/** Descriptors for everything that is not a waiting client: pools, listeners, other requests, files. */
const RESERVED_DESCRIPTORS = 1_000;

function openFilesLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * How many clients may wait in this process: as configured, but never more than there are descriptors for beside those
 * of `otherClients`.
 */
export function waiterCapacity(configured: number, log: Pick<Logger, 'warn'>, otherClients = 0): number {
  const room = Math.max(1, openFilesLimit() - RESERVED_DESCRIPTORS - otherClients);
  if (room >= configured) return configured;
  log.warn({ configured, max_waiters: room }, 'the limit of open files allows fewer waiting clients than configured');
  return room;
}
