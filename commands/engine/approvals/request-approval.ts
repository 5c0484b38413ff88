import { type Actor, systemActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AutonomyLevel } from '../../../domain/crews/autonomy/autonomy.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import {
  ACTION_KIND_NAMES,
  ACTION_KINDS,
  type ActionKindName,
  classifyAction,
  gateModeOf,
  missingMember,
} from '../../../domain/people/approvals/action-kinds.ts';
import type { ApprovalOutcome, ApprovalStatus, GateMode } from '../../../domain/people/approvals/approval.ts';
import { isOver } from '../../../domain/work/missions/mission-status.ts';
import {
  PIPELINE_POLICY,
  type PipelinePolicy,
  ruledMode,
  stricterMode,
} from '../../../domain/work/pipeline/pipeline-policy.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { readBindingIn } from '../../../db/instance/config-documents/binding-document.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { hasOtherDecider } from '../../../db/people/approvals/other-decider.ts';
import { readGovernance } from '../../../db/vault/keeper/keeper-governance-store.ts';
import { lockMission } from '../../../db/work/missions/mission-row.ts';
import { syncMissionClock } from '../missions/mission-clock.ts';
import { tellMission } from '../missions/tell-mission.ts';
import { askPeople } from './ask-deciders.ts';
import { giveTrustBack, useTrust } from './trust-grants.ts';
import { countOpening, type Opener } from '../runs/count-opening.ts';
import { type ApprovalRow, approvalRowColumns, factsOf, journalApproval, tellApproval } from './approval-commands.ts';

/** Most that a crew's agents may have people asked at a time. */
const MAX_OPEN_OF_CREW = 5_000;
const SUBJECT = 'action';

/** What an agent asks people to allow. */
export interface ActionRequest {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string;
  /** The run that asks, proven by its token. */
  readonly runId: string | null;
  readonly openedBy: Opener | null;
  readonly kind: ActionKindName;
  readonly reason: string;
  /** Scrubbed of secrets. */
  readonly payload: JsonObject;
  /** The agent's name for it: whichever attempt of its task asks again, has the same one. */
  readonly key: string | null;
  readonly seconds: number;
  /** How its agent goes on, where that is ruled for this action and does not follow from its crew's autonomy. */
  readonly mode?: 'async' | 'sync';
}

export interface RequestedApproval {
  readonly id: string;
  readonly kind: string;
  readonly status: ApprovalStatus;
  readonly mode: GateMode;
  readonly deadlineAt: string;
  /** Whether the agent goes on at once. */
  readonly proceeds: boolean;
}

interface Asked extends ApprovalRow {
  readonly status: ApprovalStatus;
  readonly outcome: ApprovalOutcome | null;
  readonly gate_mode: GateMode;
  readonly deadline_at: string;
}

const askedColumns = sql.fragment`${approvalRowColumns}, status, outcome, gate_mode`;

/**
 * Asks people to allow what an agent is about to do, as the autonomy of its crew says: they are asked and it waits,
 * they are asked and it goes on, or nobody is. With a key, what was asked under it before is the answer, decided or
 * not. Throws `unauthenticated`, `not_found` for an agent that is not the crew's, `wrong_state` when its mission is
 * over, `invalid_request` for a payload that lacks what its kind says, `conflict` for a key that stands for something
 * else, and `limit_reached`.
 */
export async function requestApproval(tx: Tx, request: ActionRequest, actor: Actor): Promise<RequestedApproval> {
  const kind = classifyAction(request.kind, request.payload);
  const missing = missingMember(request.kind, request.payload);
  if (missing !== null) throw invalidField(`payload.${missing}`, `is required for ${request.kind}`);
  const agent = await tx.maybeOne(sql`
    SELECT 1 FROM agents WHERE id = ${request.agentId} AND crew_id = ${request.crewId} AND deleted_at IS NULL`);
  if (agent === null) throw notFound('agent');
  const run = await readRun(tx, request);
  const mission = run?.mission_id == null ? null : await lockMission(tx, run.mission_id);
  if (mission !== null && isOver(mission.status)) throw wrongState('mission', mission.status);
  const earlier = await findEarlier(tx, request, run?.task_id ?? null);
  if (earlier !== null) {
    if (mission !== null && (await syncMissionClock(tx, mission.id))) tellMission(tx, mission);
    return { ...answerOf(earlier), proceeds: goesOnUnasked(earlier) };
  }
  await countOpening(tx, 'questions', request.openedBy);
  await refuseTooMany(tx, request.crewId);
  const { autonomy_level: level } = await tx.one<{ autonomy_level: AutonomyLevel }>(sql`
    SELECT autonomy_level FROM crews WHERE id = ${request.crewId}`);
  const governance = await readGovernance(tx, request.workspaceId);
  const fourEyes = ACTION_KINDS[kind].fourEyes || governance.require_second_approver;
  const actsFor = run?.for_user ?? null;
  const { at_start: policy } = await readBindingIn<PipelinePolicy>(tx, request.workspaceId, {
    ...{ kind: PIPELINE_POLICY, runId: run === null ? null : request.runId },
  });
  const tool = typeof request.payload.tool === 'string' ? request.payload.tool : null;
  const ruled = ruledMode(policy, tool, request.payload);
  const usual = gateModeOf(level, kind);
  const mode = request.mode ?? (ruled === null ? usual : stricterMode(usual, ruled));
  const isAlone =
    governance.require_second_approver &&
    (actsFor === null ||
      !(await hasOtherDecider(tx, {
        ...{ workspace_id: request.workspaceId, run_id: run === null ? null : request.runId },
        acts_for_user_id: actsFor,
      })));
  const grantId =
    mode === 'none' || kind === 'custom' || fourEyes ? null : await useTrust(tx, trustedAction(request, kind));
  const [status, outcome] = grantId === null ? openedAs(mode, isAlone) : (['approved', 'trust_grant'] as const);
  const row = await tx.maybeOne<Asked>(sql`
    INSERT INTO approvals (id, workspace_id, crew_id, agent_id, mission_id, run_id, task_id, acts_for_user_id, kind,
      subject_type, subject_id, reason, payload, required_authority, requested_by, generation, four_eyes, gate_mode,
      status, outcome, decided_at, request_key, deadline_at)
    VALUES (${newId()}, ${request.workspaceId}, ${request.crewId}, ${request.agentId}, ${mission?.id ?? null},
      ${run === null ? null : request.runId}, ${run?.task_id ?? null}, ${actsFor}, ${kind}, ${SUBJECT}, ${newId()},
      ${request.reason}, ${sql.jsonb(request.payload)}, 'manage', ${request.agentId}, 1, ${fourEyes}, ${mode},
      ${status}, ${outcome}, CASE WHEN ${status} = 'pending' THEN NULL ELSE clock_timestamp() END, ${request.key},
      clock_timestamp() + ${request.seconds} * interval '1 second')
    ON CONFLICT (crew_id, coalesce(task_id, run_id, ''), request_key) WHERE request_key IS NOT NULL DO NOTHING
    RETURNING ${askedColumns}`);
  // Somebody of the same task asked the same at this moment; what was taken for it is given back.
  if (row === null) {
    if (grantId !== null) await giveTrustBack(tx, grantId);
    const other = (await findEarlier(tx, request, run?.task_id ?? null))!;
    return { ...answerOf(other), proceeds: goesOnUnasked(other) };
  }
  const about = { actor, traceId: request.runId };
  const asked = { gate_mode: mode, autonomy_level: level, run_id: run === null ? null : request.runId };
  journalApproval(tx, row, { type: 'approval.requested', payload: { ...factsOf(row), ...asked } }, about);
  if (status !== 'pending') {
    const type = status === 'approved' ? 'approval.granted' : 'approval.denied';
    const payload = {
      ...factsOf(row),
      ...(outcome === null ? {} : { outcome }),
      ...(grantId === null ? {} : { grant_id: grantId }),
    };
    journalApproval(tx, row, { type, payload }, { actor: systemActor(), traceId: request.runId });
    return answerOf(row);
  }
  await askPeople(tx, row, 'manage');
  tellApproval(tx, row);
  // Waiting for people, its attempt may be all that went on.
  if (mission !== null && (await syncMissionClock(tx, mission.id))) tellMission(tx, mission);
  return answerOf(row);
}

/** How it begins: `isAlone` where two people are needed, and there is only the one that the run works for. */
function openedAs(mode: GateMode, isAlone: boolean): readonly [ApprovalStatus, ApprovalOutcome | null] {
  if (mode === 'none') return ['approved', 'autonomy'];
  return isAlone ? ['denied', 'no_second_approver'] : ['pending', null];
}

/** What a standing permission is compared with. */
function trustedAction({ crewId, agentId, payload }: ActionRequest, kind: ActionKindName) {
  const { tool, cost_estimate_usd: cost } = payload;
  return {
    crewId,
    agentId,
    kind,
    tool: typeof tool === 'string' ? tool : null,
    costUsd: typeof cost === 'number' ? cost : null,
  };
}

function answerOf(row: Asked): RequestedApproval {
  const proceeds = row.status === 'approved' || (row.status === 'pending' && row.gate_mode === 'async');
  const { id, kind, status, gate_mode: mode, deadline_at: deadlineAt } = row;
  return { id, kind, status, mode, deadlineAt, proceeds };
}

/** What was decided under a key is handed over by its wait, once, with its edits: asking again says no more of it. */
function goesOnUnasked(row: Asked): boolean {
  return row.gate_mode === 'none' || (row.status === 'pending' && row.gate_mode === 'async');
}

async function readRun(tx: Tx, { runId, crewId }: ActionRequest) {
  if (runId === null) return null;
  return tx.maybeOne<{ mission_id: string | null; task_id: string | null; for_user: string | null }>(sql`
    SELECT r.mission_id, r.task_id, (SELECT p.user_id FROM memberships p
        WHERE p.workspace_id = r.workspace_id AND p.user_id = coalesce(m.created_by, r.triggered_by)) AS for_user
    FROM runs r LEFT JOIN missions m ON m.id = r.mission_id WHERE r.id = ${runId} AND r.crew_id = ${crewId}`);
}

/** What was asked under the same key; it is the asking attempt's from here on. */
async function findEarlier(tx: Tx, request: ActionRequest, taskId: string | null): Promise<Asked | null> {
  if (request.key === null) return null;
  const found = await tx.maybeOne<Asked & { is_same: boolean }>(sql`
    SELECT ${askedColumns}, payload = ${sql.jsonb(request.payload)} AS is_same FROM approvals
    WHERE crew_id = ${request.crewId} AND coalesce(task_id, run_id, '') = ${taskId ?? request.runId ?? ''}
      AND request_key = ${request.key}`);
  if (found === null) return null;
  if (found.outcome === 'changes_requested' && !found.is_same) {
    await tx.execute(sql`UPDATE approvals SET request_key = NULL WHERE id = ${found.id}`);
    return null;
  }
  if (!found.is_same) throw new CrewshipError('conflict', 'something else was asked under this key');
  if (request.runId !== null) {
    await tx.execute(sql`
      UPDATE approvals SET run_id = ${request.runId}, updated_at = now()
      WHERE id = ${found.id} AND consumed_at IS NULL AND run_id IS DISTINCT FROM ${request.runId}`);
  }
  return found;
}

async function refuseTooMany(tx: Tx, crewId: string): Promise<void> {
  const { open } = await tx.one<{ open: number }>(sql`
    SELECT count(*) AS open FROM (
      SELECT 1 FROM approvals WHERE crew_id = ${crewId} AND status = 'pending'
        AND kind = ANY (${sql.array([...ACTION_KIND_NAMES], 'text')}) ${sql.limit(MAX_OPEN_OF_CREW)}) found`);
  if (open < MAX_OPEN_OF_CREW) return;
  throw new CrewshipError('limit_reached', `agents of a crew have at most ${MAX_OPEN_OF_CREW} approvals open`, {
    extensions: { kind: 'approvals', limit: MAX_OPEN_OF_CREW },
  });
}
