import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { taskRunJob } from '../../../domain/work/tasks/task-run-job.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';
import { refuseUnderReview } from '../agents/agent-commands.ts';
import { openCircuits } from '../agents/circuit-breaker.ts';
import { handOnQuestions } from '../escalations/questions-of-run.ts';
import { placeCrew } from '../hosts/place-crew.ts';
import { insertJob } from '../jobs/request-job.ts';
import { admitRuns, lockPlaces } from '../runs/queue-runs.ts';
import { addTaskEvent } from './task-journal.ts';

interface AgentOfTask {
  readonly id: string;
  readonly crew_id: string;
  readonly status: string;
  readonly timeout_seconds: number;
}

/**
 * The next attempt of a held task, which waits for a place like any other; committed before anything runs. Returns the
 * host that is to admit it, {@link admitAt}. Throws `wrong_state` for a task that is not PENDING or has one, `conflict`
 * for one without an agent, whose agent is under review or whose circuit is open, `no_live_host`, `forbidden` for a
 * held crew.
 */
export async function queueTaskRun(tx: Tx, task: ManagedTaskRow, jobId: string): Promise<string> {
  const agent = await agentOf(tx, task);
  const hostId = await placeCrew(tx, agent.crew_id);
  const runId = newId();
  await tx.execute(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, task_id, project_id, job_id, trigger_type,
      triggered_by, iteration, attempt_no, predecessor_id, timeout_ms, queued_at)
    SELECT ${runId}, ${task.workspace_id}, ${agent.id}, ${agent.crew_id}, ${hostId}, ${task.id}, t.project_id,
      ${jobId}, 'JOB', ${jobId}, t.iteration, 1 + coalesce((SELECT max(r.attempt_no) FROM runs r
        WHERE r.task_id = t.id AND r.generation = 0 AND r.iteration = t.iteration), 0),
      (SELECT r.id FROM runs r WHERE r.task_id = t.id AND NOT r.reported
        ORDER BY r.iteration DESC, r.attempt_no DESC LIMIT 1),
      ${agent.timeout_seconds} * 1000::bigint, clock_timestamp()
    FROM tasks t WHERE t.id = ${task.id}`);
  await tx.execute(sql`
    UPDATE tasks SET run_id = ${runId}, job_id = ${jobId}, crew_id = ${agent.crew_id}, updated_at = now()
    WHERE id = ${task.id}`);
  await handOnQuestions(tx, [runId]);
  return hostId;
}

async function agentOf(tx: Tx, task: ManagedTaskRow): Promise<AgentOfTask> {
  if (task.status !== 'PENDING') throw wrongState('task', task.status);
  if (task.run_id !== null) throw wrongState('task', task.status, 'the task’s agent is on its way already');
  const agent = await tx.maybeOne<AgentOfTask>(sql`
    SELECT id, crew_id, status, timeout_seconds FROM agents
    WHERE id = ${task.assigned_agent_id} AND crew_id IS NOT NULL AND deleted_at IS NULL`);
  if (agent === null) {
    throw new CrewshipError('conflict', 'the task has no agent that could run it', {
      extensions: { reason: 'agent_unavailable' },
    });
  }
  refuseUnderReview(agent);
  if ((await openCircuits(tx, agent.crew_id)).get(agent.id) === 'open') {
    throw new CrewshipError('conflict', 'the agent’s circuit is open: it failed several times in a row', {
      extensions: { reason: 'circuit_open' },
    });
  }
  return agent;
}

/** Lets hosts admit attempts that were queued; the last thing that a transaction does with runs. */
export async function admitAt(tx: Tx, hostIds: readonly string[]): Promise<void> {
  const hosts = [...new Set(hostIds)].toSorted();
  if (hosts.length > 1) await lockPlaces(tx, hosts);
  for (const host of hosts) await admitRuns(tx, host);
}

/** A job that runs a held task's agent, and its first attempt, which the returned host is to admit. */
export async function startTaskRun(
  tx: Tx,
  task: ManagedTaskRow,
  actor: Actor,
): Promise<{ readonly jobId: string; readonly hostId: string }> {
  const jobId = newId();
  const input = { task_id: task.id };
  await insertJob(tx, {
    id: jobId,
    workspaceId: task.workspace_id,
    kind: taskRunJob,
    input,
    actor,
    subject: taskRunJob.subjectOf(input),
    status: 'queued',
  });
  await setProject(tx, jobId, task);
  const hostId = await queueTaskRun(tx, task, jobId);
  return { jobId, hostId };
}

/** Whoever sees the task's project sees the job. */
export async function setProject(tx: Tx, jobId: string, task: ManagedTaskRow): Promise<void> {
  if (task.project_id === null) return;
  await tx.execute(sql`UPDATE jobs SET project_id = ${task.project_id} WHERE id = ${jobId}`);
}

/**
 * Begins those that begin by themselves and have nothing before them any more. One that cannot begin says why in its
 * events, and stays PENDING for people to start. Crews are locked here, in their order; returns the hosts that are to
 * admit attempts. `alsoCrewId` is a crew that the transaction locks later.
 */
export async function startDueTasks(
  tx: Tx,
  due: readonly ManagedTaskRow[],
  alsoCrewId: string | null = null,
): Promise<readonly string[]> {
  if (due.length === 0) return [];
  const agents = due.map((task) => task.assigned_agent_id!);
  await tx.any(sql`
    SELECT 1 FROM crews WHERE id = ${alsoCrewId}
      OR id IN (SELECT crew_id FROM agents WHERE id = ANY (${sql.array(agents, 'text')}))
    ORDER BY id FOR NO KEY UPDATE`);
  const hosts: string[] = [];
  for (const task of due) {
    try {
      hosts.push((await startTaskRun(tx, task, orchestratorActor())).hostId);
    } catch (error) {
      if (!(error instanceof CrewshipError)) throw error;
      await addTaskEvent(tx, task, {
        type: 'not_started',
        actor: orchestratorActor(),
        message: error.message,
        data: { code: error.code },
      });
    }
  }
  return hosts;
}
