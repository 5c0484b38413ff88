import type { Database } from '../../../db/kernel/database.ts';
import { freePlacesOfEndedRuns } from '../../../commands/instance/reconcile/free-places.ts';
import { readKnownRows, readLiveRows } from '../../../commands/instance/reconcile/read-driven-rows.ts';
import { readKnownWorkspaces } from '../../../db/instance/reconcile/read-known-workspaces.ts';
import { readPendingTargets } from '../../../db/instance/reconcile/read-pending-targets.ts';
import type { LiveRow } from '../../../db/kernel/driven-workflow.ts';
import {
  type ComparedRow,
  dismiss,
  journalLostAttempt,
  journalRowMissing,
  passGeneration,
  remind,
  renew,
  startAgain,
} from '../../../commands/instance/reconcile/repair-row.ts';
import { WORKFLOW_KINDS, type WorkflowKind, workflowId } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { ListedWorkflow, WorkflowLookup } from '../../../platform/temporal/workflow-lookup.ts';

export interface ReconcileWorkflowsDeps {
  readonly db: Database;
  readonly workflows: WorkflowLookup;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Called between pages; rejects to end the pass. */
  readonly checkpoint: () => Promise<void>;
}

export interface ReconcileWorkflowsOptions {
  /** What closed before this has been compared. */
  readonly comparedUntil: Date;
  /** What is due by the clock is overdue this much later. */
  readonly graceMs: number;
}

const PAGE = 500;
const AT_ONCE = 8;
/** The list of workflows is this much behind at most; what closed about then is compared twice. */
const LIST_LAG_MS = 60_000;

/**
 * Compares the rows that a workflow drives with Temporal's workflows, both ways and page by page, and repairs what does
 * not agree. The list of workflows says where to look; what is repaired was asked of the server itself and is checked
 * again under the row's lock. When all is well it is one query of each side a page, and nothing is written. Returns the
 * number of repairs.
 */
export async function reconcileWorkflows(
  deps: ReconcileWorkflowsDeps,
  options: ReconcileWorkflowsOptions,
): Promise<number> {
  const { db, workflows, log } = deps;
  let repairs = 0;

  async function repair(what: Readonly<Record<string, unknown>>, change: () => Promise<boolean>): Promise<void> {
    if (!(await change())) return;
    repairs += 1;
    log.warn(what, 'repaired');
  }

  /** Missions first: a repaired one takes its attempts along. */
  async function compareRows(kind: WorkflowKind): Promise<void> {
    for (let afterId = ''; ; ) {
      const rows = await readLiveRows(db.systemReads, kind, { afterId, limit: PAGE, graceMs: options.graceMs });
      await compareRowPage(kind, rows);
      if (rows.length < PAGE) return;
      afterId = rows.at(-1)!.id;
      await deps.checkpoint();
    }
  }

  async function compareRowPage(kind: WorkflowKind, rows: readonly LiveRow[]): Promise<void> {
    const open = await workflows.findOpen(rows.map((row) => workflowId(kind, row)));
    const suspects = rows.filter((row) => {
      const workflow = open.get(workflowId(kind, row));
      return workflow === undefined || row.overdue || (row.running && workflow.step === 'waiting');
    });
    await eachUnlessPending(
      suspects,
      (row) => workflowId(kind, row),
      (row) => repairRow({ kind, workspaceId: row.workspace_id, id: row.id, generation: row.generation }),
    );
  }

  /**
   * What has a command on its way is left to it. The outbox is read before the server is asked: whoever is not known
   * after its command was carried out was lost.
   */
  async function eachUnlessPending<Item>(
    items: readonly Item[],
    targetOf: (item: Item) => string,
    act: (item: Item) => Promise<void>,
  ): Promise<void> {
    if (items.length === 0) return;
    const pending = await readPendingTargets(db.systemReads, items.map(targetOf));
    const queue = items.filter((item) => !pending.has(targetOf(item)));
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, queue.length) }, async () => {
        for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
          await act(item);
          await deps.checkpoint();
        }
      }),
    );
  }

  async function repairRow(row: ComparedRow): Promise<void> {
    const workflow = workflowId(row.kind, row);
    const found = await workflows.inspect(workflow);
    if (found.state === 'unknown') {
      await repair({ workflow, discrepancy: 'workflow_missing' }, () => startAgain(db, row));
    } else if (found.state === 'closed') {
      const newestKnown = row.kind === 'run' ? 0 : await workflows.newestGeneration(row.kind, row.id, row.generation);
      await repair({ workflow, discrepancy: 'workflow_closed' }, () =>
        renew(db, row, { newestKnown, workflowStatus: found.status }),
      );
    } else if (!found.busy) {
      await repair({ workflow, discrepancy: 'step_not_taken' }, () => remindIfOverdue(row));
    }
  }

  /** Asked again, as the first answer is from before the workflow was found idle. */
  async function remindIfOverdue(row: ComparedRow): Promise<boolean> {
    const { graceMs } = options;
    const [now] = await readLiveRows(db.systemReads, row.kind, { afterId: '', only: row.id, limit: 1, graceMs });
    return now !== undefined && (now.overdue || now.running) ? remind(db, row) : false;
  }

  async function compareOpenWorkflows(): Promise<void> {
    for await (const page of workflows.listOpen()) {
      for (const kind of WORKFLOW_KINDS) {
        const listed = page.filter((workflow) => workflow.kind === kind);
        const rows = await readKnownRows(db.systemReads, kind, [...new Set(listed.map(({ id }) => id))]);
        const missing = listed.filter(({ id }) => !rows.has(id));
        await endWithoutRow(missing);
        const strays = listed.flatMap((workflow) => {
          const row = rows.get(workflow.id);
          if (row === undefined || (row.live && row.generation === workflow.generation)) return [];
          return [{ workflow, workspaceId: row.workspace_id, rowGeneration: row.generation }];
        });
        await eachUnlessPending(strays, ({ workflow }) => workflow.workflowId, repairStray);
      }
      await deps.checkpoint();
    }
  }

  async function repairStray(stray: {
    workflow: ListedWorkflow;
    workspaceId: string;
    rowGeneration: number;
  }): Promise<void> {
    const { workflow, workspaceId, rowGeneration } = stray;
    const { kind, id, generation } = workflow;
    const found = await workflows.inspect(workflow.workflowId);
    if (found.state !== 'open') return;
    const row = { kind, workspaceId, id, generation };
    if (generation > rowGeneration) {
      const newestKnown = await workflows.newestGeneration(kind, id, generation);
      await repair({ workflow: workflow.workflowId, discrepancy: 'generation_behind' }, () =>
        passGeneration(db, row, newestKnown),
      );
    } else if (!found.busy) {
      await repair({ workflow: workflow.workflowId, discrepancy: 'row_over' }, () => dismiss(db, row));
    }
  }

  /** Ending a run's workflow makes its host end the process. */
  async function endWithoutRow(missing: readonly ListedWorkflow[]): Promise<void> {
    const known = await knownWorkspaces(missing);
    for (const workflow of missing) {
      const found = await workflows.inspect(workflow.workflowId);
      if (found.state !== 'open' || (workflow.kind !== 'run' && found.busy)) continue;
      const about = { workflow: workflow.workflowId, discrepancy: 'row_missing' };
      if (workflow.workspaceId === null || !known.has(workflow.workspaceId)) {
        // Rather another database than one that lost a workspace: nothing is ended on that ground.
        log.warn(about, 'an open workflow of a workspace that the database does not know is left alone');
        continue;
      }
      const { workspaceId } = workflow;
      await journalRowMissing(db, { ...workflow, workspaceId });
      await workflows.terminate(workflow, 'the database does not know it');
      repairs += 1;
      log.warn(about, 'repaired');
    }
  }

  /** A database that was restored came back with the time of its last pass, so all that it missed is looked at. */
  async function findLostRecords(): Promise<void> {
    const since = new Date(options.comparedUntil.getTime() - LIST_LAG_MS);
    for await (const page of workflows.listClosedRuns(since)) {
      const rows = await readKnownRows(
        db.systemReads,
        'run',
        page.map(({ id }) => id),
      );
      const lost = page.filter(({ id }) => !rows.has(id));
      const known = await knownWorkspaces(lost);
      for (const { id, workspaceId, crewId, missionId, status, startedAt } of lost) {
        if (workspaceId === null || !known.has(workspaceId)) continue;
        const facts = { workflow_status: status, started_at: startedAt.toISOString() };
        await repair({ workflow: `run-${id}`, discrepancy: 'record_lost' }, () =>
          journalLostAttempt(db, { workspaceId, id, crewId, missionId, facts }),
        );
      }
      await deps.checkpoint();
    }
  }

  function knownWorkspaces(listed: readonly ListedWorkflow[]): Promise<ReadonlySet<string>> {
    return readKnownWorkspaces(db.systemReads, [...new Set(listed.flatMap(({ workspaceId }) => workspaceId ?? []))]);
  }

  for (const kind of WORKFLOW_KINDS) await compareRows(kind);
  await compareOpenWorkflows();
  await findLostRecords();
  repairs += await freePlacesOfEndedRuns(db);
  return repairs;
}
