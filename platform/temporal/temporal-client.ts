import { Client, Connection } from '@temporalio/client';
import type { Config } from '../config/config.ts';

export interface TemporalClient {
  readonly client: Client;
  /** Rejects when the server does not answer in time. */
  ping(timeoutMs: number): Promise<void>;
  /** How many workflows run in the namespace; null when the server does not say so in time. */
  countRunning(timeoutMs: number): Promise<number | null>;
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
    async countRunning(timeoutMs) {
      try {
        const { count } = await connection.withDeadline(Date.now() + timeoutMs, () =>
          client.workflow.count(`ExecutionStatus = 'Running'`),
        );
        return count;
      } catch {
        return null;
      }
    },
    close: () => connection.close(),
  };
}
