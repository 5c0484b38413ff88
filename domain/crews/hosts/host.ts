/** A host whose last heartbeat is older than this is not given work. */
export const HOST_ALIVE_MS = 30_000;

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
  readonly last_heartbeat_at: string;
  readonly created_at: string;
}
