import http from 'node:http';
import https from 'node:https';

/** Connections kept for the next request: setting one up costs more than all that is done here. */
const KEPT_IDLE_MS = 30_000;
/** Of one pool to one place. */
const MOST_IDLE = 8;

/** Whose connections a request may use; without one it uses nobody's. */
export interface OfPool {
  readonly pool?: string;
}

/**
 * Connections that are kept, each for one pool: no request of one ever follows a request of another. Nothing is kept of
 * a pool that is not used.
 */
export function createSeparateConnections(): {
  readonly agents: Readonly<Record<'http:' | 'https:', http.Agent>>;
  close(): void;
} {
  const options = { keepAlive: true, timeout: KEPT_IDLE_MS, maxFreeSockets: MOST_IDLE };
  const agents = {
    'http:': new (class extends http.Agent {
      override getName(request: http.RequestOptions & OfPool = {}): string {
        return `${super.getName(request)}:${request.pool}`;
      }
    })(options),
    'https:': new (class extends https.Agent {
      // Also under which the session of a connection is kept, so that not even that is shared.
      override getName(request: https.RequestOptions & OfPool = {}): string {
        return `${super.getName(request)}:${request.pool}`;
      }
    })(options),
  } as const;
  return {
    agents,
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
