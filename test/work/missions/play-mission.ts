import { readRunExecution, type RunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { advanceMission } from '../../../commands/engine/missions/advance-mission.ts';
import { claimInputAnswers } from '../../../commands/engine/escalations/answer-delivery.ts';
import { recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { type RunReport, settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import type { TestApi } from '../../support/test-api.ts';
import { readMission } from '../../support/mission-view.ts';
import { addMission, type ApiCrew } from '../../support/mission-crew.ts';

export const DONE: RunReport = { outcome: { kind: 'exited', exitCode: 0, result: 'ok' }, summary: 'done' };
export const BROKEN: RunReport = { outcome: { kind: 'exited', exitCode: 1, result: 'missing' } };

/** A mission of these tasks that is started and has taken its first step. */
export async function beginMission(api: TestApi, crew: ApiCrew, tasks?: Readonly<Record<string, readonly string[]>>) {
  const mission = await addMission(crew, tasks);
  await startMission(api, crew, mission);
  return mission;
}

export async function startMission(
  api: TestApi,
  crew: ApiCrew,
  mission: { readonly id: string; readonly url: string },
): Promise<void> {
  await crew.owner.act(`${mission.url}/start`);
  await step(api, crew, mission.id);
}

/** Takes the mission's workflow's next step, of its present generation. */
export async function step(api: TestApi, crew: ApiCrew, missionId: string): Promise<void> {
  const { generation } = await readMission(api.database, crew.workspaceId, missionId);
  await advanceMission(api.database, { workspaceId: crew.workspaceId, id: missionId, generation });
}

/** Plays the host for an attempt that has a place: what it is given, and its start. */
export async function startRun(api: TestApi, crew: ApiCrew, runId: string): Promise<RunExecution> {
  const address = { workspaceId: crew.workspaceId, id: runId, generation: 0 };
  const execution = (await readRunExecution(api.database, address))!;
  const lateAnswers = execution.hasLateAnswers ? await claimInputAnswers(api.database, address) : [];
  const lateAnswerIds = lateAnswers.map((answer) => answer.escalation_id);
  await recordExec(api.database, address, { containerId: 'container', execId: `exec-${runId}`, lateAnswerIds });
  return { ...execution, lateAnswers };
}

/** Starts the oldest attempt of a mission that has a place and has not begun. */
export async function startOne(api: TestApi, crew: ApiCrew, missionId: string): Promise<RunExecution> {
  const { runs } = await readMission(api.database, crew.workspaceId, missionId);
  return startRun(api, crew, runs.find(({ status }) => status === 'ADMITTED')!.id);
}

/**
 * Plays the host for the oldest attempt that has a place: starts it and ends it with this report. False: there is none.
 */
export async function finishOne(api: TestApi, crew: ApiCrew, missionId: string, report: RunReport): Promise<boolean> {
  const { runs } = await readMission(api.database, crew.workspaceId, missionId);
  const run = runs.find(({ status }) => status === 'ADMITTED' || status === 'RUNNING');
  if (run === undefined) return false;
  const address = { workspaceId: crew.workspaceId, id: run.id, generation: 0 };
  if (run.status === 'ADMITTED') await startRun(api, crew, run.id);
  await settleRunRow(api.database, address, report);
  return true;
}

/** Runs a mission until it has nothing left to run: every attempt ends with this report. */
export async function playOut(api: TestApi, crew: ApiCrew, missionId: string, report: RunReport): Promise<void> {
  do await step(api, crew, missionId);
  while (await finishOne(api, crew, missionId, report));
}

export interface Transition {
  readonly entry_type: string;
  readonly task_id: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly status: string | null;
  readonly reason: string | null;
}

/** What the journal says of a mission, in the order it was written. */
export async function readTransitions(api: TestApi, missionId: string): Promise<readonly Transition[]> {
  return api.database.systemReads.any<Transition>(
    [],
    sql`
      SELECT j.entry_type, j.task_id, j.payload->>'from' AS "from", j.payload->>'to' AS "to",
        j.payload->>'status' AS status, j.payload->>'reason' AS reason
      FROM journal_unsequenced u JOIN journal_entries j ON j.id = u.entry_id AND j.ts = u.entry_ts
      WHERE j.mission_id = ${missionId} ORDER BY u.seq`,
  );
}
