/** A host whose last heartbeat is older than this is not given work. */
export const HOST_ALIVE_MS = 30_000;

export interface HostDisk {
  readonly total_bytes: number;
  readonly free_bytes: number;
  /** So little is free that no attempt begins. */
  readonly low: boolean;
  /** Whether the file system keeps quotas of projects. */
  readonly quotas: boolean;
}

/** A file system, as a host's heartbeat tells of it. */
export interface SeenDisk {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly quotas: boolean;
  /** The part of it, in percent, that has to be free for attempts to begin; 0: any. */
  readonly minFreePercent: number;
}

/** Once a disk is low, this much more, in percent of it, has to be free: else attempts would begin one at a time. */
const LOW_MARGIN_PERCENT = 1;

export function isDiskLow(disk: SeenDisk, wasLow: boolean): boolean {
  const { totalBytes, freeBytes, minFreePercent } = disk;
  if (minFreePercent === 0) return false;
  return freeBytes < (totalBytes * (minFreePercent + (wasLow ? LOW_MARGIN_PERCENT : 0))) / 100;
}

/** A Docker host as operators see it. */
export interface Host {
  readonly id: string;
  readonly status: 'up' | 'draining' | 'lost';
  readonly live: boolean;
  readonly architecture: string;
  readonly engine_version: string;
  /** How many crews have it. */
  readonly crews: number;
  readonly slots: { readonly capacity: number; readonly in_use: number };
  /** The file system that its data is on; null: not known yet. */
  readonly disk: HostDisk | null;
  /** What crews take of it, as far as it was measured. */
  readonly disk_bytes: number;
  readonly last_heartbeat_at: string;
  readonly created_at: string;
}
