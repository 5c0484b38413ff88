import { type Client, WorkflowNotFoundError, type WorkflowExecutionInfo } from '@temporalio/client';
import {
  WORKFLOW_KINDS,
  type WorkflowKind,
  parseWorkflowId,
  workflowId,
} from '../../domain/kernel/outbox/outbox-command.ts';
import { searchAttributes } from './search-attributes.ts';

/** One workflow of ours as Temporal's list shows it, which may be a moment old. */
export interface ListedWorkflow {
  readonly workflowId: string;
  readonly kind: WorkflowKind;
  readonly id: string;
  readonly generation: number;
  readonly runId: string;
  readonly workspaceId: string | null;
  readonly crewId: string | null;
  readonly missionId: string | null;
  /** What it last did, see `show-state`. */
  readonly step: string | null;
  readonly status: string;
  readonly startedAt: Date;
  readonly closedAt: Date | null;
}

/** What the server itself says of a workflow id now. */
export type InspectedWorkflow =
  | { readonly state: 'unknown' }
  | { readonly state: 'closed'; readonly status: string }
  /** `busy`: an activity or a step of its own is under way or waits for a worker; then it will look at its row. */
  | { readonly state: 'open'; readonly busy: boolean };

export interface WorkflowLookup {
  /** The open ones of these ids. */
  findOpen(workflowIds: readonly string[]): Promise<ReadonlyMap<string, ListedWorkflow>>;
  /** All that are open, in pages. */
  listOpen(): AsyncIterable<readonly ListedWorkflow[]>;
  /** Runs whose workflow closed since then, in pages. */
  listClosedRuns(since: Date): AsyncIterable<readonly ListedWorkflow[]>;
  inspect(workflowId: string): Promise<InspectedWorkflow>;
  /** The newest generation that has a workflow, open or closed; at least `atLeast`. */
  newestGeneration(kind: WorkflowKind, id: string, atLeast: number): Promise<number>;
  /** One that has closed meanwhile is no error. */
  terminate(workflow: Pick<ListedWorkflow, 'workflowId' | 'runId'>, reason: string): Promise<void>;
}

const PAGE = 500;
const CALL_MS = 10_000;
const LISTING_MS = 120_000;

const ours = `WorkflowType IN (${WORKFLOW_KINDS.map((kind) => `'${kind}Workflow'`).join(', ')})`;

/** Every call has a deadline, ends with the signal, and rejects without Temporal. */
export function createWorkflowLookup(client: Client, signal: AbortSignal): WorkflowLookup {
  function call<Result>(untilMs: number, run: () => Promise<Result>): Promise<Result> {
    return client.withAbortSignal(signal, () => client.withDeadline(untilMs, run));
  }

  async function* list(query: string): AsyncGenerator<readonly ListedWorkflow[]> {
    const workflows = client.workflow.list({ query, pageSize: PAGE })[Symbol.asyncIterator]();
    const until = Date.now() + LISTING_MS;
    let page: ListedWorkflow[] = [];
    for (;;) {
      const next = await call(until, () => workflows.next());
      if (next.done === true) break;
      const workflow = toListed(next.value);
      if (workflow !== null) page.push(workflow);
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async function inspect(id: string): Promise<InspectedWorkflow> {
    try {
      const found = await call(Date.now() + CALL_MS, () => client.workflow.getHandle(id).describe());
      if (found.status.name !== 'RUNNING') return { state: 'closed', status: found.status.name };
      const { pendingActivities, pendingWorkflowTask } = found.raw;
      return { state: 'open', busy: (pendingActivities ?? []).length > 0 || pendingWorkflowTask != null };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { state: 'unknown' };
      throw error;
    }
  }

  return {
    inspect,
    async findOpen(workflowIds) {
      const found = new Map<string, ListedWorkflow>();
      if (workflowIds.length === 0) return found;
      const ids = workflowIds.map((id) => `'${id}'`).join(', ');
      for await (const page of list(`ExecutionStatus = 'Running' AND WorkflowId IN (${ids})`)) {
        for (const workflow of page) found.set(workflow.workflowId, workflow);
      }
      return found;
    },
    listOpen: () => list(`ExecutionStatus = 'Running' AND ${ours}`),
    listClosedRuns: (since) =>
      list(`WorkflowType = 'runWorkflow' AND ExecutionStatus != 'Running' AND CloseTime > '${since.toISOString()}'`),
    async newestGeneration(kind, id, atLeast) {
      let newest = atLeast;
      for await (const page of list(`WorkflowId STARTS_WITH '${kind}-${id}-'`)) {
        for (const workflow of page) if (workflow.id === id) newest = Math.max(newest, workflow.generation);
      }
      // The list may be behind; the server is not.
      while ((await inspect(workflowId(kind, { id, generation: newest + 1 }))).state !== 'unknown') newest += 1;
      return newest;
    },
    async terminate(workflow, reason) {
      try {
        await call(Date.now() + CALL_MS, () =>
          client.workflow.getHandle(workflow.workflowId, workflow.runId).terminate(reason),
        );
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}

function toListed(info: WorkflowExecutionInfo): ListedWorkflow | null {
  const address = parseWorkflowId(info.workflowId);
  if (address === null) return null;
  const attribute = (key: (typeof searchAttributes)[keyof typeof searchAttributes]) =>
    info.typedSearchAttributes.get(key) ?? null;
  return {
    ...address,
    workflowId: info.workflowId,
    runId: info.runId,
    workspaceId: attribute(searchAttributes.workspaceId),
    crewId: attribute(searchAttributes.crewId),
    missionId: attribute(searchAttributes.missionId),
    step: attribute(searchAttributes.status),
    status: info.status.name,
    startedAt: info.startTime,
    closedAt: info.closeTime ?? null,
  };
}
