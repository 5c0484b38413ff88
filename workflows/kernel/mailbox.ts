import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import type { WorkflowAddress } from '../../domain/kernel/outbox/outbox-command.ts';

/** The one message of every workflow: read your row again. Carries the id of the request that caused it. */
const changedSignal = defineSignal<[requestId: string | null]>('changed');

/** What the workflow last did, as ids, enums and numbers. */
export const stateQuery = defineQuery<Readonly<Record<string, string | number | boolean | null>>>('state');

export interface Mailbox {
  /** Empties the mailbox and returns the address to act on, with the request that asked for it. */
  take(): WorkflowAddress;
  /** Resolves at the next message, or after `timeoutMs` (null: only a message). */
  wait(timeoutMs: number | null): Promise<void>;
  readonly isEmpty: boolean;
}

/**
 * A workflow's mailbox. It starts full: a workflow begins by reading its row. Messages carry nothing to keep in order,
 * so it holds one bit, and it may be lost at continue-as-new without harm because the next run begins by reading too.
 */
export function openMailbox(address: WorkflowAddress): Mailbox {
  let full = true;
  let requestId: string | null = null;
  setHandler(changedSignal, (from) => {
    full = true;
    requestId = from;
  });
  return {
    take() {
      full = false;
      return { ...address, requestId };
    },
    async wait(timeoutMs) {
      if (timeoutMs === null) await condition(() => full);
      else if (timeoutMs > 0) await condition(() => full, timeoutMs);
    },
    get isEmpty() {
      return !full;
    },
  };
}
