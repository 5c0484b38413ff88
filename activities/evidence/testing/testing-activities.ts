import { createSession } from '../../../commands/conversations/chats/session-commands.ts';
import { cancelChildJobs } from '../../../commands/engine/jobs/child-jobs.ts';
import { beginTurn } from '../../../commands/engine/turns/begin-turn.ts';
import { findAnsweringAgent } from '../../../commands/engine/turns/answering-agent.ts';
import { concludeTestRun, endResult, noteTurn } from '../../../commands/evidence/testing/play-results.ts';
import { refuseOpenNetwork } from '../../../commands/evidence/testing/test-run-effect.ts';
import type { LlmClient } from '../../../commands/money/llm/llm-client.ts';
import {
  getTestRunAtWork,
  listResultsAtWork,
  readPlayedTurn,
  type ResultAtWork,
  type TestRunAtWork,
} from '../../../db/evidence/testing/test-runs-store.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { AssertionResult } from '../../../domain/evidence/testing/scenario.ts';
import { testRunJob } from '../../../domain/evidence/testing/test-run-job.ts';
import { quartermasterActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { isJobOver } from '../../../domain/work/jobs/job-status.ts';
import type { StepOutcome } from '../../../domain/work/jobs/job-step.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { whileAtWork } from '../../work/jobs/while-at-work.ts';
import { holdAssertions } from './hold-assertions.ts';

export type TestingActivities = ReturnType<typeof createTestingActivities>;

/** Scenarios of a run that are played at once. */
const AT_ONCE = 4;

/** What a step before the one that begins has left. */
interface SoFar {
  readonly assertions: readonly AssertionResult[];
  readonly costUsd: string;
}

/** The steps of a run of scenarios. Each looks at what is there and does what is left, so it may be taken again. */
export function createTestingActivities(deps: {
  readonly db: Database;
  readonly llm: Pick<LlmClient, 'completeObject'>;
  readonly jobKinds: Pick<JobRegistry, 'find'>;
}) {
  const { db, llm } = deps;
  const jobKind = deps.jobKinds.find(testRunJob.name);

  /** The session that a scenario is played in: private, and its creator's. */
  async function openSession(tx: Tx, run: TestRunAtWork, address: WorkflowAddress, result: ResultAtWork) {
    if (result.chat_id !== null) return result.chat_id;
    const { workspaceId } = address;
    const session = await createSession(
      tx,
      {
        ...{ workspaceId, userId: run.created_by, id: newId(), title: `Test: ${result.scenario.name}`.slice(0, 200) },
        ...{ projectId: null, agent: run.agent_id, visibility: 'private', externalId: null, origin: 'UI' },
        metadata: { test_run_id: address.id },
      },
      quartermasterActor(),
    );
    return session.id;
  }

  /** Begins a step's turn; one that cannot begin ends the result. */
  async function begin(
    run: TestRunAtWork,
    address: WorkflowAddress,
    result: ResultAtWork,
    step: number,
    soFar: SoFar,
  ): Promise<void> {
    const { workspaceId } = address;
    const ref = { runId: address.id, place: result.place };
    try {
      await db.transaction(workflowScope(address), async (tx) => {
        const chatId = await openSession(tx, run, address, result);
        const { id: agentId } = await findAnsweringAgent(
          tx,
          { workspaceId, agentId: run.agent_id, projectId: null },
          null,
        );
        await refuseOpenNetwork(tx, agentId);
        const message = result.scenario.steps[step]!.message;
        const turn = {
          ...{ workspaceId, chatId, userId: run.created_by, message, agent: agentId, metadata: {} },
          parentId: address.id,
        };
        const { jobId } = await beginTurn(tx, turn, quartermasterActor());
        const noted = await noteTurn(tx, ref, { after: result.turn_job_id, chatId, jobId, step, ...soFar });
        if (!noted) throw new Superseded();
      });
    } catch (error) {
      if (error instanceof Superseded) return;
      // What passes is tried again by whoever takes the step again.
      if (!(error instanceof CrewshipError) || PASSING.has(error.code)) throw error;
      const { code } = error;
      await db.transaction(workflowScope(address), (tx) =>
        endResult(tx, ref, { status: 'error', errorCode: code, ...soFar }),
      );
    }
  }

  /** Holds the turn that is over against what is expected, and goes on. */
  async function goOn(
    run: TestRunAtWork,
    address: WorkflowAddress,
    result: ResultAtWork,
    signal: AbortSignal,
  ): Promise<void> {
    const { workspaceId } = address;
    const ref = { runId: address.id, place: result.place };
    const { scenario, step } = result;
    const played = await readPlayedTurn(db.reads, workspaceId, { chatId: result.chat_id!, jobId: result.turn_job_id! });
    const costUsd = played.cost_usd;
    if (result.turn_status !== 'completed') {
      const errorCode = result.turn_error ?? `turn_${result.turn_status ?? 'lost'}`;
      await db.transaction(workflowScope(address), (tx) =>
        endResult(tx, ref, { status: 'error', errorCode, assertions: result.assertions, costUsd }),
      );
      return;
    }
    const caller = {
      ...{ workspaceId, userId: run.created_by, jobId: address.id, signal },
      requestId: address.requestId ?? `testing-${address.id}`,
    };
    const held = await holdAssertions({ llm, caller }, step + 1, scenario.steps[step]!.expect, played);
    const assertions = [...result.assertions, ...held];
    const hasFailed = held.some(({ passed }) => !passed);
    if (!hasFailed && step + 1 < scenario.steps.length) {
      await begin(run, address, result, step + 1, { assertions, costUsd });
      return;
    }
    await db.transaction(workflowScope(address), (tx) =>
      endResult(tx, ref, { status: hasFailed ? 'failed' : 'passed', errorCode: null, assertions, costUsd }),
    );
  }

  return {
    /** Takes each result as far as it goes: its turns tell when they are over. */
    playScenarios: (address: WorkflowAddress): Promise<StepOutcome> =>
      whileAtWork(deps, address, async ({ signal, report }) => {
        const { workspaceId } = address;
        const run = await getTestRunAtWork(db.reads, workspaceId, address.id);
        for (const result of await listResultsAtWork(db.reads, workspaceId, address.id)) {
          signal.throwIfAborted();
          const isOver = result.turn_status !== null && isJobOver(result.turn_status);
          if (result.status === 'running' && isOver) await goOn(run, address, result, signal);
        }
        const left = await listResultsAtWork(db.reads, workspaceId, address.id);
        const running = left.filter(({ status }) => status === 'running').length;
        const next = left.filter(({ status }) => status === 'pending').slice(0, Math.max(0, AT_ONCE - running));
        for (const result of next) {
          signal.throwIfAborted();
          await begin(run, address, result, 0, { assertions: [], costUsd: '0' });
        }
        const now = await listResultsAtWork(db.reads, workspaceId, address.id);
        report({ message: `${now.length} to be played` });
        if (now.length === 0) return 'done';
        const canGoOn = now.some(({ status, turn_status: turn }) =>
          status === 'running' ? turn !== null && isJobOver(turn) : false,
        );
        const hasRoom = now.filter(({ status }) => status === 'running').length < AT_ONCE;
        return canGoOn || (hasRoom && now.some(({ status }) => status === 'pending')) ? 'again' : 'wait';
      }),
    concludeTestRun: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async () => {
        if (jobKind === undefined) throw new Error('this worker does not know runs of scenarios');
        await concludeTestRun(db, address, jobKind);
      }),
    cancelTestRun: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(
        deps,
        address,
        () => cancelChildJobs(db, address, { actor: quartermasterActor(), reason: 'the test run was cancelled' }),
        { undoing: true },
      ),
  };
}

/** Somebody else has begun the step, or the run is to end: what this one did is as though it had not been. */
class Superseded extends Error {}

const PASSING: ReadonlySet<string> = new Set(['unavailable', 'turn_in_progress']);
