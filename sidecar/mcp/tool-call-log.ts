import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { MCP_SERVER_ID } from '../../domain/crews/sidecar/mcp-server.ts';
import { ApiUnreachableError } from '../api/api-client.ts';
import type { Forwarding } from '../api/forwarding.ts';
import type { ToolCaller } from './carry-tool.ts';
import { innerRequest } from './inner-request.ts';

export interface ToolCallEntry {
  readonly tool_name: string;
  readonly status: 'success' | 'error' | 'denied' | 'timeout';
  readonly duration_ms: number;
  readonly error_message: string | null;
}

export interface ToolCallLog {
  /** Whether one more call could be recorded. */
  hasRoom(): boolean;
  /** Records a call beside its answer: nobody waits for it. */
  add(caller: ToolCaller, entry: ToolCallEntry): void;
  /** Resolves when all that was added is recorded or given up, at most after the time. */
  settle(timeoutMs: number): Promise<void>;
}

const MAX_PENDING = 1_000;
const GIVE_UP_MS = 600_000;
const RETRY_MS = 5_000;
const AGAIN = new Set([502, 503, 504]);

/**
 * Says to the API which tools agents used. A record is sent again under its own key until the API has taken it, for ten
 * minutes; who has no room for more refuses calls, so that none goes unrecorded.
 */
export function createToolCallLog(forwarding: Pick<Forwarding, 'write'>): ToolCallLog {
  const pending = new Set<Promise<void>>();
  const never = new AbortController().signal;

  async function record({ headers, context }: ToolCaller, entry: ToolCallEntry): Promise<void> {
    const key = { 'idempotency-key': randomUUID() };
    let request = innerRequest(headers, {}, key);
    const fields = { ...entry, agent_id: context.agentId, mcp_server_id: MCP_SERVER_ID, mcp_server_scope: 'crew' };
    const endsAt = performance.now() + GIVE_UP_MS;
    while (performance.now() < endsAt) {
      try {
        const { status } = await forwarding.write(request, { method: 'POST', path: '/mcp-tool-calls', fields }, never);
        if (status === 403 && 'x-run-token' in request.headers) {
          // A forged run is one more reason for a record, in the name that it claims.
          request = innerRequest({}, {}, key);
          continue;
        }
        if (!AGAIN.has(status)) return;
      } catch (error) {
        if (!(error instanceof ApiUnreachableError)) return;
      }
      await pause(RETRY_MS, undefined, { ref: false });
    }
  }

  return {
    hasRoom: () => pending.size < MAX_PENDING,
    add(caller, entry) {
      const recorded = record(caller, entry);
      pending.add(recorded);
      void recorded.finally(() => pending.delete(recorded));
    },
    async settle(timeoutMs) {
      const late = new AbortController();
      await Promise.race([Promise.all(pending), pause(timeoutMs, undefined, { signal: late.signal }).catch(() => {})]);
      late.abort();
    },
  };
}
