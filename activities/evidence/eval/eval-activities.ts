import { createHash } from 'node:crypto';
import { addUsedTime, beginEval, concludeEval, storeMeasured } from '../../../commands/evidence/eval/eval-commands.ts';
import { type EvalRow, getEvalRun, readEvalRow } from '../../../db/evidence/eval/eval-runs-store.ts';
import { findTrajectory, readTrajectory, type TrajectoryRange } from '../../../db/evidence/eval/read-trajectory.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { compareMetrics } from '../../../domain/evidence/eval/compare-metrics.ts';
import { evalJob } from '../../../domain/evidence/eval/eval-job.ts';
import {
  type Divergence,
  EVAL_BUDGET_MS,
  type EvalSide,
  type Measured,
  sidesOf,
} from '../../../domain/evidence/eval/eval-run.ts';
import { createMeasurement } from '../../../domain/evidence/eval/metrics.ts';
import { isSameStep, signatureText, type Step, stepOf } from '../../../domain/evidence/eval/trajectory.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { JobError, type JobWork, whileAtWork } from '../../work/jobs/while-at-work.ts';

export type EvalActivities = ReturnType<typeof createEvalActivities>;

/** How often the time that was worked is kept: what a killed worker worked since then is not counted. */
const KEEP_TIME_MS = 5_000;

function rangeOf(row: EvalRow, side: EvalSide): { missionId: string; generation: number | null } {
  return side === 'baseline'
    ? { missionId: row.baseline_mission_id ?? '', generation: row.baseline_generation }
    : { missionId: row.mission_id, generation: row.generation };
}

/** The steps of evaluations. Each reads what is there first: one that is taken again does what is missing. */
export function createEvalActivities(deps: { readonly db: Database; readonly jobKinds: Pick<JobRegistry, 'find'> }) {
  const { db } = deps;
  const jobKind = deps.jobKinds.find(evalJob.name);

  /** Throws for good for a mission that has not ended. */
  async function trajectoryOf(row: EvalRow, side: EvalSide): Promise<TrajectoryRange> {
    const wanted = rangeOf(row, side);
    const range = await findTrajectory(db.reads, row.workspace_id, wanted);
    if (range !== null) return range;
    const which = wanted.generation === null ? '' : ` in generation ${wanted.generation}`;
    throw new JobError('mission_not_settled', `mission ${wanted.missionId} has not ended${which}`);
  }

  /** Works on an evaluation for as long as it may be worked on. */
  function work<Result>(
    address: WorkflowAddress,
    task: (row: EvalRow, tick: () => Promise<void>, job: JobWork) => Promise<Result>,
  ): Promise<Result> {
    return whileAtWork(deps, address, async (job) => {
      const row = await readEvalRow(db.reads, address.workspaceId, address.id);
      let keptAtMs = performance.now();
      let usedMs = row.used_ms;

      async function keepTime(): Promise<void> {
        const nowMs = performance.now();
        usedMs += nowMs - keptAtMs;
        await addUsedTime(db, address, nowMs - keptAtMs);
        keptAtMs = nowMs;
      }

      /** Between two pages. */
      async function tick(): Promise<void> {
        job.signal.throwIfAborted();
        const isUp = usedMs + performance.now() - keptAtMs > EVAL_BUDGET_MS;
        if (isUp || performance.now() - keptAtMs > KEEP_TIME_MS) await keepTime();
        if (isUp) throw new JobError('time_is_up', `not done within ${EVAL_BUDGET_MS / 60_000} minutes of work`);
      }

      await tick();
      const result = await task(row, tick, job);
      await keepTime();
      return result;
    });
  }

  async function measure(row: EvalRow, side: EvalSide, tick: () => Promise<void>, job: JobWork): Promise<Measured> {
    const range = await trajectoryOf(row, side);
    const measurement = createMeasurement();
    const signature = createHash('sha256');
    let steps = 0;
    for await (const page of readTrajectory(db.reads, row.workspace_id, range)) {
      for (const entry of page) {
        measurement.add(entry);
        signature.update(signatureText(stepOf(entry)));
      }
      steps += page.length;
      job.report({ message: `${side}: ${steps} steps` });
      await tick();
    }
    const { generation } = range;
    return { generation, steps, signature: `sha256:${signature.digest('hex')}`, metrics: measurement.metrics() };
  }

  /** Reads both at once as far as they are the same. */
  async function findDivergence(row: EvalRow, tick: () => Promise<void>): Promise<Divergence | null> {
    const [a, b] = await Promise.all(
      (['baseline', 'candidate'] as const).map(async (side) =>
        stepsOf(readTrajectory(db.reads, row.workspace_id, await trajectoryOf(row, side)), tick),
      ),
    );
    for (let step = 1; ; step += 1) {
      const [baseline, candidate] = [(await a!.next()).value, (await b!.next()).value];
      if (baseline === undefined && candidate === undefined) return null;
      if (!isSameStep(baseline, candidate)) {
        return { step, baseline: baseline ?? null, candidate: candidate ?? null };
      }
    }
  }

  return {
    beginEval: async (address: WorkflowAddress): Promise<void> => {
      const row = await readEvalRow(db.reads, address.workspaceId, address.id);
      const { seed } = await getEvalRun(db.reads, address.workspaceId, address.id);
      await beginEval(db, address, row, seed);
    },
    /** Measures one mission that is not measured yet; whether there may be another. */
    measureEval: (address: WorkflowAddress): Promise<boolean> =>
      work(address, async (row, tick, job) => {
        const side = sidesOf(row.kind).find((one) => row.measured[one] === undefined);
        if (side === undefined) return false;
        await storeMeasured(db, address, side, await measure(row, side, tick, job));
        return true;
      }),
    concludeEval: (address: WorkflowAddress): Promise<void> =>
      work(address, async (row, tick) => {
        if (jobKind === undefined) throw new Error('this worker does not know evaluations');
        const { mission, baseline, candidate } = row.measured;
        const subject = row.kind === 'replay' ? mission : candidate;
        if (subject === undefined || (row.kind === 'regression' && baseline === undefined)) {
          throw new JobError('not_measured', 'a mission was not measured');
        }
        const found =
          baseline === undefined
            ? { comparison: null, divergence: null }
            : {
                comparison: compareMetrics({ baseline: baseline.metrics, candidate: subject.metrics }, row.thresholds),
                divergence: baseline.signature === subject.signature ? null : await findDivergence(row, tick),
              };
        await concludeEval(db, address, jobKind, row, { mission: subject, baseline: baseline ?? null, ...found });
      }),
  };
}

async function* stepsOf(
  pages: AsyncIterable<readonly Parameters<typeof stepOf>[0][]>,
  tick: () => Promise<void>,
): AsyncGenerator<Step, undefined> {
  for await (const page of pages) {
    yield* page.map(stepOf);
    await tick();
  }
  return undefined;
}
