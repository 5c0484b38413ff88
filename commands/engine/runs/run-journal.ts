import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { EntryFrame, EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { Severity } from '../../../domain/kernel/journal/journal-entry.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { RunFacts } from '../../../domain/work/runs/run-entries.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';

const SUMMARIES = {
  'run.started': 'run started',
  'run.completed': 'run completed',
  'run.failed': 'run failed',
  'run.cancelled': 'run cancelled',
  'run.timeout': 'run timed out',
} as const;

/** Whose entry it is that says something of a run, and the trace it belongs to. */
export function runPlace(
  run: RunRow,
): Pick<
  EntryFrame,
  'workspaceId' | 'crewId' | 'agentId' | 'missionId' | 'taskId' | 'targetType' | 'targetId' | 'traceId'
> {
  return {
    workspaceId: run.workspace_id,
    crewId: run.crew_id,
    agentId: run.agent_id,
    missionId: run.mission_id,
    taskId: run.task_id,
    ...aboutWhat(run),
    traceId: run.id,
  };
}

/** What is told of a turn of a chat, or of a project's task, is read by those who see that. */
function aboutWhat(run: RunRow): { readonly targetType: string; readonly targetId: string } {
  if (isTurn(run)) return { targetType: 'chat', targetId: run.chat_id };
  if (run.project_id !== null) return { targetType: 'project', targetId: run.project_id };
  return { targetType: 'run', targetId: run.id };
}

/** Whether it is an attempt at a turn of a chat. */
export function isTurn<Run extends Pick<RunRow, 'trigger_type' | 'chat_id' | 'job_id'>>(
  run: Run,
): run is Run & { readonly chat_id: string; readonly job_id: string } {
  return run.trigger_type === 'CHAT' && run.chat_id !== null && run.job_id !== null;
}

export function runFacts(run: RunRow): RunFacts {
  return {
    run_id: run.id,
    trigger_type: run.trigger_type,
    ...(run.purpose === 'planning' ? { purpose: run.purpose } : {}),
    iteration: run.iteration,
    attempt: run.attempt_no,
    ...(run.predecessor_id === null ? {} : { predecessor_id: run.predecessor_id }),
  };
}

/** A `run.*` entry: the public runs are these, correlated by trace id. */
export function journalRun(tx: Tx, run: RunRow, actor: Actor, entry: EntryParts<keyof typeof SUMMARIES>): void {
  const severity: Severity = entry.type === 'run.failed' || entry.type === 'run.timeout' ? 'error' : 'info';
  tx.journal({
    transitionId: `run-${run.id}:${entry.type === 'run.started' ? 'started' : 'settled'}`,
    severity,
    actor,
    ...runPlace(run),
    summary: SUMMARIES[entry.type],
    ...entry,
  });
}
