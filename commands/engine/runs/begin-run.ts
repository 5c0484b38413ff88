import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { AgentFields } from '../../../domain/crews/agents/agent.ts';
import type { LateAnswer } from '../../../domain/people/escalations/answer-delivery.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import type { ActorAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { isTerminalRun } from '../../../domain/work/runs/run-status.ts';
import { agentStarted, lockAgent } from '../agents/agent-status.ts';
import { type CrewRow, lockCrew, requestContainer } from '../crews/crew-actor.ts';
import { outdatedContainer } from '../../../db/crews/crews/outdated-container.ts';
import { hasLateAnswers, recordInputAnswers } from '../escalations/answer-delivery.ts';
import { actorScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { journalTaskStatus } from '../missions/mission-journal.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { dependencyResults } from './dependency-results.ts';
import { journalRun, runFacts } from './run-journal.ts';
import { admitRuns, lockPlaces } from './queue-runs.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { lockRun, settleLockedRun } from './settle-run.ts';

/** What the run's actor does next. */
export type RunStep = { readonly crewId: string | null; readonly missionId: string | null } & RunStepKind;

type RunStepKind =
  | { readonly kind: 'closed' }
  /** The crew's container is not up yet; wait to be told. */
  | { readonly kind: 'waiting' }
  /** Hand the attempt to its host; its time is up in `timeLeftMs`. */
  | {
      readonly kind: 'execute';
      readonly hostId: string;
      readonly timeLeftMs: number;
      /** To be ended, for good or to be run once more. */
      readonly cancelRequested: boolean;
    };

/**
 * One step of a run's actor: is it still wanted, is its crew's container up? Asks for the container when it is not.
 * An admitted run that was cancelled before its process existed ends here.
 */
export async function beginRun(db: Database, address: ActorAddress): Promise<RunStep> {
  return db.transaction(actorScope(address), async (tx): Promise<RunStep> => {
    const locked = await lockRun(tx, address.id);
    if (locked === null) return { kind: 'closed', crewId: null, missionId: null };
    const { run, mission } = locked;
    return { crewId: run.crew_id, missionId: run.mission_id, ...(await nextStep(tx, run, mission)) };
  });
}

async function nextStep(tx: Tx, run: RunRow, mission: MissionRow | null): Promise<RunStepKind> {
  if (isTerminalRun(run.status)) return { kind: 'closed' };
  // Not admitted any more (an older state of the database came back): an actor that closed could not be told again.
  if (run.status === 'QUEUED') return { kind: 'waiting' };
  if (run.host_id === null || run.crew_id === null) {
    await settleLockedRun(tx, run, mission, { outcome: { kind: 'not_started', code: 'no_host' } });
    return { kind: 'closed' };
  }
  if (run.status === 'RUNNING') return execute(tx, run, run.host_id);
  if (run.cancel_requested_at !== null || !isWanted(run, mission)) {
    await settleLockedRun(tx, run, mission, { outcome: { kind: 'cancelled' } });
    return { kind: 'closed' };
  }
  const crew = await lockCrew(tx, run.crew_id);
  if (crew === null || crew.deleted_at !== null) {
    await settleLockedRun(tx, run, mission, { outcome: { kind: 'not_started', code: 'crew_deleted' } });
    return { kind: 'closed' };
  }
  if (crew.host_id !== run.host_id) {
    // The crew was moved while this one was on its way to the old host's places.
    if (run.agent_id !== null) await lockAgent(tx, run.agent_id);
    await lockPlaces(tx, [run.host_id, crew.host_id]);
    await settleLockedRun(tx, run, mission, { outcome: { kind: 'lost' }, errorMessage: 'the crew was moved' });
    await admitRuns(tx, crew.host_id);
    return { kind: 'closed' };
  }
  if (crew.container_status === 'running') {
    const outdated = await outdatedContainer(tx, crew.id);
    if (outdated === 'leave') return { kind: 'waiting' };
    if (outdated === null) return execute(tx, run, run.host_id);
  }
  if (crew.container_status === 'error' && crew.generation === run.crew_generation) {
    const { container_error: message } = await tx.one<{ container_error: string | null }>(sql`
        SELECT container_error FROM crews WHERE id = ${crew.id}`);
    await settleLockedRun(tx, run, mission, {
      outcome: { kind: 'not_started', code: 'crew_start_failed' },
      errorMessage: message,
    });
    return { kind: 'closed' };
  }
  const generation = crew.container_status === 'starting' ? crew.generation : await requestContainer(tx, crew);
  await tx.execute(sql`UPDATE runs SET crew_generation = ${generation} WHERE id = ${run.id}`);
  return { kind: 'waiting' };
}

function isWanted(run: RunRow, mission: MissionRow | null): boolean {
  if (run.mission_id === null) return true;
  return mission !== null && mission.status === 'IN_PROGRESS' && mission.generation === run.generation;
}

async function execute(tx: Tx, run: RunRow, hostId: string): Promise<RunStepKind> {
  const { left_ms: leftMs } = await tx.one<{ left_ms: number }>(sql`
    SELECT coalesce(ceil(extract(epoch FROM deadline_at - clock_timestamp()) * 1000)::bigint, timeout_ms) AS left_ms
    FROM runs WHERE id = ${run.id}`);
  return {
    kind: 'execute',
    hostId,
    timeLeftMs: Math.max(0, leftMs),
    cancelRequested:
      run.cancel_requested_at !== null || (run.status === 'RUNNING' && run.restart_requested_at !== null),
  };
}

/** What an attempt needs to run, read by its host. */
export interface RunExecution {
  readonly run: RunRow;
  /** Until the attempt's deadline, by the database's clock; its whole time when it has not started. */
  readonly timeLeftMs: number;
  readonly containerId: string | null;
  readonly containerStatus: string;
  /** The crew's, as it is now: it says what agents find in their environment. */
  readonly devcontainerConfig: string | null;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agent: {
    readonly id: string;
    readonly slug: string;
    readonly name: string;
    readonly cliAdapter: AgentFields['cli_adapter'];
    readonly llmProvider: AgentFields['llm_provider'];
    readonly llmModel: string | null;
    readonly memoryEnabled: boolean;
    readonly command: readonly string[] | null;
    readonly systemPrompt: string | null;
  };
  readonly mission: { readonly id: string; readonly title: string; readonly description: string | null } | null;
  readonly task: {
    readonly id: string;
    readonly title: string;
    readonly description: string | null;
    readonly iteration: number;
  } | null;
  /** What another agent gave this one to do, or asks of it. */
  readonly request: {
    readonly id: string;
    readonly kind: 'assignment' | 'query';
    readonly content: string;
    readonly from: { readonly id: string; readonly slug: string; readonly name: string } | null;
  } | null;
  /** The results of the tasks this one depends on. */
  readonly dependencies: readonly {
    readonly task_id: string;
    readonly title: string;
    readonly result_summary: string | null;
    /** The result was longer than its share of the input. */
    readonly result_truncated: boolean;
    readonly handoff: unknown;
    /** The handoff is left out: longer than its share of the input. */
    readonly handoff_truncated: boolean;
    readonly confidence: number | null;
  }[];
  /** What a run that plans its mission goes by; null for any other. */
  readonly planning: PlanningContext | null;
  /** Whether an answer that came late is to go into the input: {@link claimInputAnswers}. */
  readonly hasLateAnswers: boolean;
  /** Those answers, once they are claimed. */
  readonly lateAnswers: readonly LateAnswer[];
}

export interface PlanningContext {
  /** What people have written down as the mission's plan. */
  readonly plan: string | null;
  /** Whom tasks may be assigned to: the crew's live agents. */
  readonly agents: readonly {
    readonly id: string;
    readonly slug: string;
    readonly name: string;
    readonly role: string;
    readonly role_title: string | null;
    readonly description: string | null;
  }[];
  /** Why the first plan was refused; empty the first time. */
  readonly problems: readonly string[];
}

interface ExecutionRow extends RunRow {
  readonly time_left_ms: number;
  readonly container_now: string | null;
  readonly container_status: string;
  readonly devcontainer_config: string | null;
  readonly agent_slug: string;
  readonly agent_name: string;
  readonly cli_adapter: AgentFields['cli_adapter'];
  readonly llm_provider: AgentFields['llm_provider'];
  readonly llm_model: string | null;
  readonly memory_enabled: boolean;
  readonly command: string[] | null;
  readonly system_prompt: string | null;
  readonly mission_title: string | null;
  readonly mission_description: string | null;
  readonly task_title: string | null;
  readonly task_description: string | null;
  readonly request: RunExecution['request'];
  readonly dependencies: RunExecution['dependencies'];
  readonly planning: PlanningContext | null;
  readonly has_late_answers: boolean;
}

/** Reads what a live run needs; null when it is settled or gone. */
export async function readRunExecution(db: Database, address: ActorAddress): Promise<RunExecution | null> {
  const row = await db.reads.maybeOne<ExecutionRow>(
    [address.workspaceId],
    sql`
      SELECT r.id, r.workspace_id, r.agent_id, r.crew_id, r.host_id, r.mission_id, r.task_id, r.chat_id, r.trigger_type,
        r.purpose, r.status, r.generation, r.iteration, r.attempt_no, r.predecessor_id, r.crew_generation, r.container_id, r.exec_id,
        r.output_offset, r.timeout_ms, r.deadline_at, r.cancel_requested_at, r.restart_requested_at, r.error_code,
        coalesce(ceil(extract(epoch FROM r.deadline_at - clock_timestamp()) * 1000)::bigint, r.timeout_ms) AS time_left_ms,
        c.container_id AS container_now, c.container_status, c.devcontainer_config, a.slug AS agent_slug, a.name AS agent_name, a.cli_adapter,
        a.command, a.llm_provider, a.llm_model, a.memory_enabled, a.system_prompt,
        m.title AS mission_title, m.description AS mission_description,
        t.title AS task_title, t.description AS task_description,
        (SELECT jsonb_build_object('id', q.id, 'kind', q.kind, 'content', q.content, 'from',
            CASE WHEN f.id IS NOT NULL THEN jsonb_build_object('id', f.id, 'slug', f.slug, 'name', f.name) END)
          FROM peer_requests q LEFT JOIN agents f ON f.id = q.from_agent_id WHERE q.run_id = r.id) AS request,
        ${dependencyResults} AS dependencies, ${hasLateAnswers} AS has_late_answers,
        CASE WHEN r.purpose = 'planning' THEN jsonb_build_object('plan', m.plan,
          'problems', to_jsonb(coalesce(m.plan_problems, '{}')),
          'agents', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'slug', p.slug, 'name', p.name, 'role', p.agent_role,
              'role_title', p.role_title, 'description', p.description) ORDER BY p.created_at, p.id), '[]')
            FROM agents p WHERE p.crew_id = r.crew_id AND p.deleted_at IS NULL
          )) END AS planning
      FROM runs r
      JOIN crews c ON c.id = r.crew_id
      JOIN agents a ON a.id = r.agent_id
      LEFT JOIN missions m ON m.id = r.mission_id
      LEFT JOIN tasks t ON t.id = r.task_id
      WHERE r.id = ${address.id} AND r.status IN ('ADMITTED', 'RUNNING')`,
  );
  if (row === null) return null;
  return {
    run: row,
    timeLeftMs: row.time_left_ms,
    containerId: row.container_now,
    containerStatus: row.container_status,
    devcontainerConfig: row.devcontainer_config,
    workspaceId: row.workspace_id,
    crewId: row.crew_id!,
    agent: {
      id: row.agent_id!,
      slug: row.agent_slug,
      name: row.agent_name,
      cliAdapter: row.cli_adapter,
      llmProvider: row.llm_provider,
      llmModel: row.llm_model,
      memoryEnabled: row.memory_enabled,
      command: row.command,
      systemPrompt: row.system_prompt,
    },
    mission:
      row.mission_id === null
        ? null
        : { id: row.mission_id, title: row.mission_title!, description: row.mission_description },
    task:
      row.task_id === null
        ? null
        : { id: row.task_id, title: row.task_title!, description: row.task_description, iteration: row.iteration },
    request: row.request,
    dependencies: row.dependencies,
    planning: row.planning,
    hasLateAnswers: row.has_late_answers,
    lateAnswers: [],
  };
}

/**
 * ADMITTED → RUNNING with the exec that is about to start: committed before the process exists, so that whoever comes
 * next re-attaches instead of starting another. False: the run is no longer wanted and nothing may be started.
 */
export async function recordExec(
  db: Database,
  address: ActorAddress,
  exec: { containerId: string; execId: string; lateAnswerIds?: readonly string[] },
): Promise<boolean> {
  return db.transaction(actorScope(address), async (tx) => {
    const locked = await lockRun(tx, address.id);
    if (locked === null || locked.run.status !== 'ADMITTED') return false;
    const { run, mission } = locked;
    if (run.cancel_requested_at !== null || !isWanted(run, mission)) return false;
    if (run.restart_requested_at !== null) {
      // What was read for this start is old: it is read again.
      await tx.execute(sql`UPDATE runs SET restart_requested_at = NULL WHERE id = ${run.id}`);
      return false;
    }
    // Tasks are locked before crews.
    if (run.task_id !== null) await tx.execute(sql`SELECT 1 FROM tasks WHERE id = ${run.task_id} FOR UPDATE`);
    const crew = run.crew_id === null ? null : await lockCrew(tx, run.crew_id);
    // Its container may be being replaced since the exec was created.
    if (crew !== null && hasLeft(crew, exec.containerId)) return false;
    await tx.execute(sql`
      UPDATE runs SET status = 'RUNNING', container_id = ${exec.containerId}, exec_id = ${exec.execId},
        started_at = clock_timestamp(), deadline_at = clock_timestamp() + timeout_ms * interval '1 millisecond'
      WHERE id = ${run.id}`);
    journalRun(tx, run, orchestratorActor(), {
      type: 'run.started',
      payload: { ...runFacts(run), container_id: exec.containerId },
    });
    await recordInputAnswers(tx, run.id, exec.lateAnswerIds ?? []);
    if (mission !== null && run.task_id !== null) await startTask(tx, mission, run, run.task_id);
    await tx.execute(sql`UPDATE crews SET last_used_at = now() WHERE id = ${run.crew_id}`);
    await agentStarted(tx, run, run.agent_id === null ? null : await lockAgent(tx, run.agent_id));
    return true;
  });
}

/** Whether a locked crew goes on in another container than this one. One that is gone without another shows by itself. */
function hasLeft(crew: CrewRow, containerId: string): boolean {
  return (
    crew.container_status === 'starting' || (crew.container_status === 'running' && crew.container_id !== containerId)
  );
}

async function startTask(tx: Tx, mission: MissionRow, run: RunRow, taskId: string): Promise<void> {
  const task = await tx.maybeOne<{ from: TaskStatus }>(sql`
    UPDATE tasks t SET status = 'IN_PROGRESS', started_at = clock_timestamp(), updated_at = now(),
      generation = ${mission.generation}, error_code = NULL, error_message = NULL
    FROM (SELECT id, status FROM tasks WHERE id = ${taskId} AND run_id = ${run.id} AND status = 'PENDING' FOR UPDATE) old
    WHERE t.id = old.id RETURNING old.status AS "from"`);
  if (task === null) return;
  journalTaskStatus(tx, mission, {
    taskId,
    from: task.from,
    to: 'IN_PROGRESS',
    actor: orchestratorActor(),
    agentId: run.agent_id,
    transitionId: `run-${run.id}:task-started`,
    payload: { run_id: run.id, iteration: run.iteration, attempt: run.attempt_no },
  });
}
