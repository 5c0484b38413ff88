import { Client, Connection } from '@temporalio/client';
import type { Config } from '../config/config.ts';

export interface TemporalClient {
  readonly client: Client;
  /** Rejects when the server does not answer in time. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A client that connects when it is first used, so that a process starts and serves while Temporal is down. Calls need
 * a deadline of their own: without one they wait as long as the server is away.
 */
export function createTemporalClient(config: Pick<Config, 'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE'>): TemporalClient {
  const connection = Connection.lazy({ address: config.TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
  return {
    client,
    async ping(timeoutMs) {
      await connection.withDeadline(Date.now() + timeoutMs, () => connection.workflowService.getSystemInfo({}));
    },
    close: () => connection.close(),
  };
}
