import type { Client } from '@temporalio/client';
import { WORKFLOW_KINDS, type WorkflowKind, type WakeTopic } from '../../domain/kernel/outbox/outbox-command.ts';
import type { WakeBus } from '../../platform/bus/wake-bus.ts';
import type { Logger } from '../../platform/logging/logger.ts';
import { tellWorkflow } from '../../platform/temporal/workflow-starter.ts';
import { createSequencer } from '../evidence/journal/sequencer.ts';
import type { Database } from '../kernel/database.ts';
import type { ClaimedCommand } from './outbox-queue.ts';
import { createRelay, type Delivery } from './relay.ts';

export interface CommittedWork {
  start(): void;
  stop(): Promise<void>;
}

/**
 * What every process that commits also runs: the relay and the sequencer, nudged by its own commits and swept at a
 * constant rate for those of processes that died.
 */
export function createCommittedWork(deps: {
  db: Database;
  temporal: Client;
  bus: Pick<WakeBus, 'publish'>;
  log: Logger;
  owner: string;
}): CommittedWork {
  const relay = createRelay({
    db: deps.db,
    log: deps.log,
    owner: deps.owner,
    deliver: (command, deadlineMs) => deliver(deps, command, deadlineMs),
  });
  const sequencer = createSequencer({
    db: deps.db,
    log: deps.log,
    announce: (grown) => {
      // Refused while Redis is away, which the bus says once: readers find out by themselves.
      for (const { workspaceId, position } of grown) {
        deps.bus.publish({ topic: 'journal', id: workspaceId, workspaceId, position }).catch(() => {});
      }
    },
  });
  deps.db.onCommit((committed) => {
    if (committed.outbox) relay.nudge();
    if (committed.journal) sequencer.nudge();
  });
  return {
    start() {
      relay.start();
      sequencer.start();
    },
    async stop() {
      await Promise.all([relay.stop(), sequencer.stop()]);
    },
  };
}

async function deliver(
  deps: { temporal: Client; bus: Pick<WakeBus, 'publish'> },
  command: ClaimedCommand,
  deadlineMs: number,
): Promise<Delivery> {
  const { payload } = command;
  if (command.kind === 'wake') {
    try {
      await deps.bus.publish({
        topic: payload.topic as WakeTopic,
        id: payload.id as string,
        workspaceId: command.workspace_id,
      });
      return 'delivered';
    } catch {
      return { retry: 'redis_unavailable' };
    }
  }
  const workflow = payload.actor as WorkflowKind;
  if (!WORKFLOW_KINDS.includes(workflow)) return { refused: 'unknown_workflow' };
  return tellWorkflow(
    deps.temporal,
    workflow,
    { workspaceId: payload.workspaceId as string, id: payload.id as string, generation: payload.generation as number },
    { requestId: command.request_id, deadlineMs, again: payload.again === true },
  );
}
