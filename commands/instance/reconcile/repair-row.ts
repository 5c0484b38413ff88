import type { WorkflowKind } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { RepairFacts } from '../../../domain/instance/reconcile/reconcile-entries.ts';
import type { Discrepancy } from '../../../domain/instance/reconcile/repair.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { LockedRow } from '../../../db/kernel/driven-workflow.ts';
import { journalRepair, journalRepairOnce } from './journal-repair.ts';
import { drivenWorkflows } from './driven-workflows.ts';

/** A row that a workflow drives, as it was compared; a repair that finds another generation changes nothing. */
export interface ComparedRow {
  readonly kind: WorkflowKind;
  readonly workspaceId: string;
  readonly id: string;
  readonly generation: number;
}

/** The row is live and the server does not know its workflow: starts it from the row. False: the row has moved on. */
export async function startAgain(db: Database, row: ComparedRow): Promise<boolean> {
  return repair(db, row, async (tx, locked) => {
    if (!locked.live || locked.generation !== row.generation) return false;
    await locked.lost?.();
    enqueue(tx, row, row.generation);
    journal(tx, row, locked, 'workflow_missing', row.generation, row.generation);
    return true;
  });
}

/**
 * The row is live and its workflow was closed by somebody else: the row's next generation, past all that Temporal
 * knows. A run has none to raise: a second workflow of its id takes up what is there, so that an agent that works goes
 * on and one that ended is settled by what it left. False: the row has moved on.
 */
export async function renew(
  db: Database,
  row: ComparedRow,
  found: { newestKnown: number; workflowStatus: string },
): Promise<boolean> {
  return repair(db, row, async (tx, locked) => {
    if (!locked.live || locked.generation !== row.generation) return false;
    const generation =
      locked.raise === null ? row.generation : Math.max(row.generation, found.newestKnown, locked.taken ?? 0) + 1;
    await locked.lost?.();
    await locked.raise?.(generation);
    enqueue(tx, row, generation, row.kind === 'run');
    journal(tx, row, locked, 'workflow_closed', row.generation, generation, { workflow_status: found.workflowStatus });
    return true;
  });
}

/**
 * A workflow of a newer generation than the row's exists: the row goes past it, with a workflow of its own when it is
 * live, and the workflow is told, reads that, and closes. False: nothing to do any more.
 */
export async function passGeneration(db: Database, row: ComparedRow, newestKnown: number): Promise<boolean> {
  return repair(db, row, async (tx, locked) => {
    if (locked.raise === null || locked.generation >= newestKnown) return false;
    const generation = locked.live ? newestKnown + 1 : newestKnown;
    await locked.raise(generation);
    if (locked.live) enqueue(tx, row, generation);
    enqueue(tx, row, newestKnown);
    journal(tx, row, locked, 'generation_behind', locked.generation, generation, { known: newestKnown });
    return true;
  });
}

/** An open, idle workflow missed that its row has something to do. False: it has not. */
export async function remind(db: Database, row: ComparedRow): Promise<boolean> {
  return repair(db, row, async (tx, locked) => {
    if (!locked.live || locked.generation !== row.generation) return false;
    if (!((await locked.hasStep?.()) ?? true)) return false;
    enqueue(tx, row, row.generation);
    journal(tx, row, locked, 'step_not_taken', row.generation, row.generation);
    return true;
  });
}

/** An open, idle workflow missed that its row is over or has a newer generation: told, it closes. */
export async function dismiss(db: Database, row: ComparedRow): Promise<boolean> {
  return repair(db, row, async (tx, locked) => {
    if (locked.live && locked.generation <= row.generation) return false;
    enqueue(tx, row, row.generation);
    journal(tx, row, locked, 'row_over', row.generation, locked.generation);
    return true;
  });
}

/** The entry of a workflow that is terminated because its row does not exist. */
export async function journalRowMissing(
  db: Database,
  workflow: ComparedRow & { runId: string; crewId: string | null; missionId: string | null },
): Promise<void> {
  const lost = workflow.kind === 'run';
  await journalRepairOnce(db, {
    discrepancy: lost ? 'record_lost' : 'row_missing',
    workspaceId: workflow.workspaceId,
    kind: workflow.kind,
    id: workflow.id,
    crewId: workflow.crewId,
    missionId: workflow.missionId,
    from: lost ? 'open' : workflow.generation,
    to: null,
    transitionId: lost
      ? recordLostTransition(workflow.id)
      : `reconcile-${workflow.kind}-${workflow.id}-${workflow.generation}:row-missing`,
  });
}

/** An attempt that ended while the database that was restored since knew nothing of it. False: journalled before. */
export async function journalLostAttempt(
  db: Database,
  run: {
    workspaceId: string;
    id: string;
    crewId: string | null;
    missionId: string | null;
    facts: RepairFacts;
  },
): Promise<boolean> {
  const { facts, ...ids } = run;
  return journalRepairOnce(db, {
    ...ids,
    discrepancy: 'record_lost',
    kind: 'run',
    from: 'closed',
    to: null,
    facts,
    transitionId: recordLostTransition(run.id),
  });
}

/** One entry an attempt, whoever finds it first: its workflow, its process or its directory. */
export function recordLostTransition(runId: string): string {
  return `reconcile-run-${runId}:record-lost`;
}

function repair(
  db: Database,
  row: ComparedRow,
  change: (tx: Tx, locked: LockedRow) => Promise<boolean>,
): Promise<boolean> {
  const onRow = async (tx: Tx): Promise<boolean> => {
    const locked = await drivenWorkflows[row.kind].lock(tx, row.id, row.generation);
    return locked === null ? false : change(tx, locked);
  };
  // A build is no workspace's.
  if (row.kind === 'build') return db.systemTransaction({}, onRow);
  return db.transaction({ workspaceIds: [row.workspaceId] }, onRow);
}

function enqueue(tx: Tx, row: ComparedRow, generation: number, again = false): void {
  tx.enqueue({
    kind: 'workflow',
    workflow: row.kind,
    address: { workspaceId: row.workspaceId, id: row.id, generation },
    ...(again ? { again } : {}),
  });
}

function journal(
  tx: Tx,
  row: ComparedRow,
  locked: LockedRow,
  discrepancy: Discrepancy,
  from: number,
  to: number,
  facts: RepairFacts = {},
): void {
  journalRepair(tx, {
    discrepancy,
    workspaceId: row.workspaceId,
    kind: row.kind,
    id: row.id,
    crewId: locked.crewId,
    missionId: locked.missionId,
    taskId: locked.taskId,
    from,
    to,
    facts,
  });
}
