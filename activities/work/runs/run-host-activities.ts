import { scrubJson } from '../../../platform/scrubber/scrubber.ts';
import { Context } from '@temporalio/activity';
import { markContainerGone } from '../../../commands/engine/crews/advance-crew.ts';
import { claimInputAnswers } from '../../../commands/engine/escalations/answer-delivery.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { journalFoundAttempt } from '../../../commands/instance/reconcile/give-up-container.ts';
import { recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { readOutputTail } from '../../../db/work/runs/read-output-tail.ts';
import { findKeptRuns } from '../../../db/crews/ports/kept-runs.ts';
import { readTimeLeft } from '../../../db/work/runs/read-time-left.ts';
import { readRunContainer } from '../../../db/work/runs/read-run-container.ts';
import type { BlobDeps } from '../../../commands/kernel/blobs/write-blob.ts';
import { type RunReport, settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import type { DockerEvents } from '../../../platform/docker/docker-events.ts';
import type { InternalTokens } from '../../../platform/internal-tokens/internal-tokens.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { publishArtifacts } from '../artifacts/publish-artifacts.ts';
import { environmentInContainer } from '../../crews/containers/environment-in-container.ts';
import { agentEnvironment } from './adapters/agent-environment.ts';
import { findAgentAdapter } from './adapters/find-agent-adapter.ts';
import { createTurnReader } from '../../../domain/work/agent-output/turn-reader.ts';
import { usageReport } from './adapters/report-outcome.ts';
import {
  type AttemptDeps,
  createAttemptExec,
  discardAttemptInput,
  prepareAttempt,
  startAttempt,
} from './exec/attempt-exec.ts';
import { discardAttemptFiles, placeAttemptFiles } from './exec/attempt-files.ts';
import { createProcessEnder } from './end-processes.ts';
import type { LimitHits } from './groups/groups-program.ts';
import { runTimeoutMs } from '../../../domain/work/pipeline/pipeline-policy.ts';
import { gatherKnowledge } from './gather-knowledge.ts';
import { followRun, OUTPUT_LIMIT_BYTES, type RunEnd } from './follow-run.ts';
import { type HitLimit, limitHit } from '../../../domain/work/runs/limit-hit.ts';
import { CREW_PROCESSES } from '../../crews/containers/crew-container-options.ts';
import { readRunSkills } from '../../../db/crews/skills/read-run-skills.ts';
import { discardSkills, placeSkills, skillsOfAttempt } from './skills/place-skills.ts';
import { readRunExecution, runConfigOf, type RunExecution } from '../../../db/work/runs/read-run-execution.ts';

export interface RunHostDeps extends AttemptDeps {
  readonly db: Database;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly events: DockerEvents;
  readonly tokens: InternalTokens;
  readonly blobs: Pick<BlobDeps, 'store' | 'quotaBytes'>;
}

export type RunHostActivities = ReturnType<typeof createRunHostActivities>;

/** `not-started`: nothing runs and the row is as it was; look at it again. */
export type ExecuteRunResult = 'settled' | 'not-started';

type StopReason = 'cancelled' | 'timeout' | 'detach';

const HEARTBEAT_MS = 1_000;
const CANCEL_GRACE_MS = 5_000;
/** For what a command leaves behind, which was to end with it. */
const LEFT_GRACE_MS = 1_000;
const DRAIN_MS = 10_000;
/** Before the clock of an attempt whose time seems up is looked at again. */
const CLOCK_RETRY_MS = 1_000;

/** Runs attempts on this host's daemon. */
export function createRunHostActivities(deps: RunHostDeps) {
  const processes = createProcessEnder(deps);
  return {
    /**
     * One attempt from its row to its settled row. Whatever is there already is used: an exec that was created is
     * started, one that runs is followed from the stored offset, one that has ended is settled. So any number of
     * tries, by any worker beside this daemon, run the agent once.
     */
    async executeRun(address: WorkflowAddress): Promise<ExecuteRunResult> {
      const watch = watchContext();
      try {
        const execution = await readRunExecution(deps.db, address);
        if (execution === null) {
          await endLeftovers(address);
          return 'settled';
        }
        const exec = await ensureExec(address, execution, watch);
        if (exec === 'not-started' || exec === 'settled') return exec;
        return await followToSettlement(address, execution, exec, watch);
      } finally {
        watch.close();
      }
    },
  };

  /** The attempt's exec, created and committed but perhaps not started. */
  async function ensureExec(
    address: WorkflowAddress,
    execution: RunExecution,
    watch: ContextWatch,
  ): Promise<{ containerId: string; execId: string } | ExecuteRunResult> {
    const { run } = execution;
    if (run.status === 'RUNNING') return { containerId: run.container_id!, execId: run.exec_id! };
    if (execution.containerStatus !== 'running' || execution.containerId === null || watch.reason() !== null) {
      return 'not-started';
    }
    const token = runToken(execution);
    const lateAnswers = execution.hasLateAnswers ? await claimInputAnswers(deps.db, address) : [];
    const skills = skillsOfAttempt(run.id, await readRunSkills(deps.db, execution.workspaceId, execution.agent.id));
    const knowledge = await gatherKnowledge(deps, execution);
    const told = { ...execution, lateAnswers, knowledge, skills };
    const start = findAgentAdapter(execution.agent.cliAdapter)?.start(told, token);
    if (start === undefined || start.argv.length === 0) {
      await settleRunRow(deps.db, address, {
        outcome: { kind: 'not_started', code: 'adapter_unavailable' },
        errorMessage: `the ${execution.agent.cliAdapter} adapter is not available on this host`,
      });
      return 'settled';
    }
    const { containerId, crewId, workspaceId } = execution;
    const lateAnswerIds = lateAnswers.map((answer) => answer.escalation_id);
    // An attempt whose row was settled without its host may go on here: not beside the one that takes its place.
    if (run.predecessor_id !== null) await endLeftovers({ ...address, id: run.predecessor_id });
    try {
      if (skills !== null) await placeSkills(deps.dirs, { crewId, attemptId: run.id }, skills);
      await prepareAttempt(deps, { crewId, attemptId: run.id, input: start.input });
      const files = execution.chat?.files ?? [];
      await placeAttemptFiles(
        { dirs: deps.dirs, store: deps.blobs.store },
        { crewId, attemptId: run.id, workspaceId, files },
      );
      const { execId } = await createAttemptExec(deps, {
        containerId,
        attemptId: run.id,
        command: start.argv,
        env: {
          ...(await environmentInContainer(deps.docker, containerId, execution.devcontainerConfig)),
          ...agentEnvironment(execution, token),
          ...start.env,
        },
        outputLimitBytes: OUTPUT_LIMIT_BYTES,
      });
      const config = runConfigOf({ ...execution, skills });
      const timeoutMs = runTimeoutMs(execution.policy);
      const begun = { containerId, execId, lateAnswerIds, config, timeoutMs };
      if (await recordExec(deps.db, address, begun)) return { containerId, execId };
      // Nobody wants it any more, unless another try of this has just begun it.
      if ((await readRunExecution(deps.db, address)) === null) await discard(crewId, run.id);
      return 'not-started';
    } catch (error) {
      if (!isDockerError(error, 'not_found', 'not_running')) throw error;
      await markContainerGone(deps.db, { workspaceId, crewId, containerId });
      return 'not-started';
    }
  }

  async function followToSettlement(
    address: WorkflowAddress,
    execution: RunExecution,
    exec: { containerId: string; execId: string },
    watch: ContextWatch,
  ): Promise<ExecuteRunResult> {
    const { run, crewId } = execution;
    // Asked for before this try began: the row says so, whether or not a cancellation reaches this activity.
    const stopRequested = run.cancel_requested_at !== null || run.restart_requested_at !== null;
    if (run.status === 'RUNNING' && stopRequested) watch.cancel();
    watch.stopAfter(execution.timeLeftMs, () => readTimeLeft(deps.db, address));
    const adapter = findAgentAdapter(execution.agent.cliAdapter);
    const follow = (signal: AbortSignal, fromOffset: number) =>
      followRun(deps, {
        address,
        crewId,
        execId: exec.execId,
        fromOffset,
        secrets: [runToken(execution)],
        reader: adapter?.createReader(execution) ?? null,
        turnReader: execution.chat === null ? null : createTurnReader(adapter?.createTurnLines() ?? null),
        signal,
      });
    const endProcesses = (graceMs: number) =>
      processes.end({
        workspaceId: execution.workspaceId,
        crewId,
        containerId: exec.containerId,
        runId: run.id,
        graceMs,
      });
    let end: RunEnd;
    let before: LimitHits | undefined;
    try {
      // An exec that was recorded and never started is not started to be ended.
      watch.signal.throwIfAborted();
      const { start, hits } = await startExec({ ...exec, attemptId: run.id });
      before = hits;
      end = await follow(watch.signal, run.output_offset).catch((error: unknown): RunEnd => {
        // Gone before it was started. One that ended before its container went may have left its end behind.
        if (start === 'gone' && isDockerError(error, 'not_running'))
          return { kind: 'lost', truncated: false, outcome: null };
        throw error;
      });
    } catch (error) {
      const reason = watch.reason();
      if (reason === null) throw error;
      if (reason === 'detach') {
        // Settled meanwhile, or forgotten with an older database: its row says nothing of where it runs.
        if ((await readRunExecution(deps.db, address)) === null) {
          await endProcesses(CANCEL_GRACE_MS);
          await deps.groups.remove({ containerId: exec.containerId, attemptId: run.id });
        }
        throw error;
      }
      await endProcesses(CANCEL_GRACE_MS);
      const drained = await drain(address, follow);
      return settle(address, exec, crewId, { outcome: { kind: reason }, ...usageOf(drained) });
    }
    // What serves a port that it opened is asked for, and stays until the port or the mission is closed.
    if (end.kind === 'exited' && (await findKeptRuns(deps.db, [run.id])).has(run.id))
      await deps.groups.keep({ containerId: exec.containerId, attemptId: run.id });
    // Over when nothing of it is left: what it was and what it left behind, and what a lost one still has.
    const after = await endProcesses(end.kind === 'lost' ? CANCEL_GRACE_MS : LEFT_GRACE_MS);
    if (end.kind === 'lost' && end.taken === true) {
      const { workspace_id: workspaceId, mission_id: missionId, task_id: taskId } = run;
      await journalFoundAttempt(deps.db, { workspaceId, runId: run.id, crewId, missionId, taskId, found: 'directory' });
    }
    const whyGone = () =>
      processes.whyGone({ workspaceId: execution.workspaceId, crewId, containerId: exec.containerId });
    if (end.kind === 'lost' || adapter === undefined) {
      const withContainer = end.kind === 'lost' && (await deps.groups.list(exec.containerId)) === null;
      return settle(address, exec, crewId, {
        outcome: { kind: 'lost', withContainer },
        outputTruncated: end.truncated,
        ...usageOf(end),
        ...(withContainer ? { errorMessage: await whyGone() } : {}),
      });
    }
    const { exitCode, truncated: outputTruncated, outcome } = end;
    const ended = { crewId, attemptId: run.id, exitCode, outputTruncated, outcome };
    const readTail = (maxCharacters: number) => readOutputTail(deps.db, address, maxCharacters);
    // What the agent says of its work is shown to people as its output is.
    const said = await adapter.report({ dirs: deps.dirs, readTail }, ended);
    const report = scrubJson(said, [runToken(execution)]);
    const hit = limitHit(
      { exitCode, signal: end.signal, full: end.full, ...hitsSince(before, after) },
      { memoryMb: execution.memoryMb, processes: CREW_PROCESSES },
    );
    await publishArtifacts(deps, { address, crewId, named: report.artifacts ?? [] });
    return settle(address, exec, crewId, hit === null ? report : withHit(report, hit));
  }

  async function startExec(attempt: {
    containerId: string;
    execId: string;
    attemptId: string;
  }): Promise<{ start: 'started' | 'already' | 'gone'; hits: LimitHits | undefined }> {
    try {
      return await startAttempt(deps, attempt);
    } catch (error) {
      if (isDockerError(error, 'not_found', 'not_running')) return { start: 'gone', hits: undefined };
      throw error;
    }
  }

  /** Stores what the attempt wrote before it was ended, and returns its end if that was seen. */
  async function drain(
    address: WorkflowAddress,
    follow: (signal: AbortSignal, fromOffset: number) => Promise<RunEnd>,
  ): Promise<RunEnd | null> {
    const rest = await readRunExecution(deps.db, address);
    if (rest === null) return null;
    try {
      return await follow(AbortSignal.timeout(DRAIN_MS), rest.run.output_offset);
    } catch (error) {
      deps.log.warn({ err: error, run_id: address.id }, 'the end of a stopped run was not seen');
      return null;
    }
  }

  async function settle(
    address: WorkflowAddress,
    { containerId }: { containerId: string },
    crewId: string,
    report: RunReport,
  ): Promise<ExecuteRunResult> {
    await settleRunRow(deps.db, address, report);
    await discard(crewId, address.id);
    // An empty group holds nothing up; one that stays is removed with its container.
    await deps.groups
      .remove({ containerId, attemptId: address.id })
      .catch((error: unknown) => deps.log.warn({ err: error, run_id: address.id }, 'an empty group is left'));
    return 'settled';
  }

  /** A settled row whose process may still be there: settled by somebody else, or just before the worker died. */
  async function endLeftovers(address: WorkflowAddress): Promise<void> {
    const exec = await readRunContainer(deps.db, address);
    if (exec === null) return;
    const { containerId, crewId } = exec;
    const { workspaceId, id: runId } = address;
    await processes.end({ workspaceId, crewId, containerId, runId, graceMs: CANCEL_GRACE_MS });
    await deps.groups.remove({ containerId, attemptId: runId });
    await discard(crewId, runId);
  }

  /** What only the attempt was to read. */
  async function discard(crewId: string, attemptId: string): Promise<void> {
    await discardAttemptInput(deps, { crewId, attemptId });
    await discardAttemptFiles(deps, { crewId, attemptId });
    await discardSkills(deps.dirs, { crewId, attemptId });
  }

  function runToken(execution: RunExecution): string {
    return deps.tokens.issue({
      kind: 'run',
      workspaceId: execution.workspaceId,
      crewId: execution.crewId,
      agentId: execution.agent.id,
      runId: execution.run.id,
    });
  }
}

/** Counts that a group shares with its container began before it. */
function hitsSince(
  before: LimitHits | undefined,
  after: LimitHits | undefined,
): Pick<LimitHits, 'oomKills' | 'refusedForks'> {
  if (after === undefined || (!after.own && before === undefined)) return { oomKills: 0, refusedForks: 0 };
  const from = after.own || before === undefined ? { oomKills: 0, refusedForks: 0 } : before;
  return { oomKills: after.oomKills - from.oomKills, refusedForks: after.refusedForks - from.refusedForks };
}

/** What its host saw, before what its output says of it. */
function withHit(report: RunReport, hit: HitLimit): RunReport {
  if (report.outcome.kind !== 'exited') return report;
  const said = report.errorMessage ?? '';
  const errorMessage = /^(exit code \d+)?$/.test(said) ? hit.message : `${hit.message}; ${said}`;
  return { ...report, outcome: { ...report.outcome, hit: hit.code }, errorMessage, hit };
}

/** What an agent used that did not come to its end by itself. */
function usageOf(end: RunEnd | null): Pick<RunReport, 'llm' | 'costMicros'> {
  return end?.outcome == null ? {} : usageReport(end.outcome);
}

interface ContextWatch {
  readonly signal: AbortSignal;
  reason(): StopReason | null;
  cancel(): void;
  /** `left` says whether the time is up: it stands while the attempt waits for people. */
  stopAfter(delayMs: number, left: () => Promise<number>): void;
  close(): void;
}

/**
 * Heartbeats, and one signal for all that ends the following of an attempt: a cancellation asked for by the workflow,
 * the attempt's deadline, or (`detach`) this try being over while the agent goes on: the worker shuts down, or the
 * server gave the attempt to somebody else.
 */
function watchContext(): ContextWatch {
  const context = Context.current();
  const stop = new AbortController();
  let reason: StopReason | null = null;
  let deadline: NodeJS.Timeout | undefined;
  let isClosed = false;
  const end = (why: StopReason) => {
    reason ??= why;
    stop.abort(new Error(why));
  };
  const onCancel = () => end(context.cancellationDetails?.cancelRequested === true ? 'cancelled' : 'detach');
  if (context.cancellationSignal.aborted) onCancel();
  else context.cancellationSignal.addEventListener('abort', onCancel, { once: true });
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  return {
    signal: stop.signal,
    reason: () => reason,
    cancel: () => end('cancelled'),
    stopAfter(delayMs, left) {
      const look = async () => {
        const leftMs = await left().catch(() => CLOCK_RETRY_MS);
        if (isClosed) return;
        if (leftMs <= 0) end('timeout');
        // What is left while the clock stands stays the same: it may be little for long.
        else arm(Math.max(leftMs, CLOCK_RETRY_MS));
      };
      const arm = (inMs: number) => {
        deadline = setTimeout(() => void look(), Math.min(inMs, 2 ** 31 - 1));
      };
      if (delayMs <= 0) end('timeout');
      else arm(delayMs);
    },
    close() {
      isClosed = true;
      clearInterval(heartbeat);
      clearTimeout(deadline);
      context.cancellationSignal.removeEventListener('abort', onCancel);
    },
  };
}
