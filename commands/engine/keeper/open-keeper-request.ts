import { createHash } from 'node:crypto';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  DUPLICATE_CLAIM_SECONDS,
  DUPLICATE_DEBOUNCE_SECONDS,
  FAST_PATH,
  GATED_LEVEL,
  JUDGE_SLACK_SECONDS,
  type KeeperGovernance,
  type KeeperRequestType,
  refuseShortIntent,
  takesFastPath,
  unjudged,
  type Verdict,
} from '../../../domain/vault/keeper/keeper-request.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  findRequestedCredential,
  type RequestedCredential,
} from '../../../db/vault/keeper/find-requested-credential.ts';
import { readGovernance } from '../../../db/vault/keeper/keeper-governance-store.ts';
import { type KeeperRequestRow, keeperRequestColumns } from '../../../db/vault/keeper/keeper-request-row.ts';
import { askedOf, frameOf, noteStep, tellKeeper } from './keeper-journal.ts';
import { settleDecision } from './settle-decision.ts';

export interface NewKeeperRequest {
  readonly workspaceId: string;
  readonly crewId: string;
  /** Who asks: the run's agent, or as its crew says. */
  readonly agentId: string;
  readonly runId: string | null;
  readonly taskId: string | null;
  readonly wanted: { readonly id: string } | { readonly envVar: string };
  /** Scrubbed of secrets. */
  readonly intent: string;
  readonly type: KeeperRequestType;
  readonly command: string | null;
  /** The variable that the command finds the secret in; null: the one that the agent has it in. */
  readonly envVar: string | null;
  /** Whether a model is configured that can be asked. */
  readonly hasJudge: boolean;
}

export interface OpenedKeeperRequest {
  readonly id: string;
  /** Null: a judge is asked, and the row says what comes of it. */
  readonly verdict: Verdict | null;
}

/** The refusal of a command that is under way already; the caller keeps the request by {@link suppressDuplicate}. */
export class DuplicateRequest extends CrewshipError {
  constructor() {
    super('conflict', 'the same command is under way with this credential; ask again when it has ended', {
      extensions: { reason: 'duplicate' },
    });
  }
}

/**
 * An agent asks the keeper (docs/contracts/keeper.md, How a request is decided). What needs neither a judge nor people
 * is decided here; the rest has a workflow from this commit on. Throws `unauthenticated` for an unknown agent,
 * `forbidden` for one of another crew or whose run is over, `not_found` for a credential that does not work or that the
 * agent does not have, and {@link DuplicateRequest}.
 */
export async function openKeeperRequest(tx: Tx, request: NewKeeperRequest, actor: Actor): Promise<OpenedKeeperRequest> {
  const { agentId, workspaceId, crewId, type, intent } = request;
  const agent = await tx.maybeOne<{ crew_id: string | null }>(sql`
    SELECT crew_id FROM agents WHERE id = ${agentId} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`);
  if (agent === null) throw unauthenticated('invalid_credentials', 'no such agent');
  if (agent.crew_id !== crewId) throw new CrewshipError('forbidden', 'the agent is not of this crew');
  const run = await readRun(tx, request);
  const credential = await findRequestedCredential(tx, { id: agentId, runId: request.runId }, request.wanted);
  if (credential === null || (type === 'execute' && credential.type !== 'SECRET')) throw notFound('credential');
  const dedupeKey = dedupeKeyOf(request, credential);
  if (dedupeKey !== null) await refuseDuplicate(tx, dedupeKey);
  const governance = await readGovernance(tx, workspaceId);
  const row = await insertRequest(tx, request, { run, credential, dedupeKey, governance });
  await noteStep(tx, row, { state: 'PENDING', actor });
  tx.journal({
    ...frameOf(row, { ...actor, type: 'agent', id: agentId }),
    transitionId: `keeper-${row.id}:asked`,
    type: 'keeper.request',
    severity: 'notice',
    summary: `agent asks the keeper: ${type}`,
    payload: { ...askedOf(row), run_proven: request.runId !== null },
  });
  const verdict = judgeAtOnce({ type, intent, level: row.security_level }, credential, governance, request.hasJudge);
  if (verdict === null) {
    tellKeeper(tx, row);
    return { id: row.id, verdict: null };
  }
  return { id: row.id, verdict: await settleDecision(tx, row, verdict, { governance }) };
}

/** What is decided without anybody being asked; null: a judge is. */
function judgeAtOnce(
  request: { readonly type: KeeperRequestType; readonly intent: string; readonly level: number },
  credential: RequestedCredential,
  governance: KeeperGovernance,
  hasJudge: boolean,
): Verdict | null {
  const tooShort = refuseShortIntent(request.intent, request.level);
  if (tooShort !== null) return tooShort;
  if (takesFastPath(request, governance)) return FAST_PATH;
  if (governance.hard_gate && request.level >= GATED_LEVEL && !credential.has_grant) {
    return {
      decision: 'DENY',
      reason: 'a credential of this tier needs a grant or a binding',
      riskScore: request.level * 2,
    };
  }
  return hasJudge ? null : unjudged('no model is configured that could judge this');
}

async function readRun(tx: Tx, { runId, crewId }: NewKeeperRequest) {
  const run = await tx.maybeOne<{
    mission_id: string | null;
    task_id: string | null;
    for_user: string | null;
    over: boolean;
  }>(sql`
    SELECT r.mission_id, r.task_id, coalesce(m.created_by, r.triggered_by) AS for_user,
      r.status NOT IN ('QUEUED', 'ADMITTED', 'RUNNING') AS over
    FROM runs r LEFT JOIN missions m ON m.id = r.mission_id WHERE r.id = ${runId} AND r.crew_id = ${crewId}`);
  if (run?.over === true) throw new CrewshipError('forbidden', 'the run that asks is over');
  return run;
}

function dedupeKeyOf(request: NewKeeperRequest, credential: RequestedCredential): string | null {
  if (request.command === null) return null;
  const parts = [request.workspaceId, request.agentId, credential.id, request.command];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** One of several that come at once gets on; the others wait for its commit and find it. */
async function refuseDuplicate(tx: Tx, dedupeKey: string): Promise<void> {
  await tx.any(sql`SELECT pg_advisory_xact_lock(hashtextextended(${dedupeKey}, 0))`);
  const other = await tx.maybeOne(sql`
    SELECT 1 FROM keeper_requests
    WHERE dedupe_key = ${dedupeKey} AND (
      (decision = 'PENDING' OR execution IN ('due', 'running'))
        AND created_at > now() - ${DUPLICATE_CLAIM_SECONDS} * interval '1 second'
      OR execution IN ('done', 'failed') AND executed_at > now() - ${DUPLICATE_DEBOUNCE_SECONDS} * interval '1 second')
    LIMIT 1`);
  if (other !== null) throw new DuplicateRequest();
}

/** Keeps a request that was refused as a duplicate: what was asked is in the log, whatever came of it. */
export async function suppressDuplicate(tx: Tx, request: NewKeeperRequest, actor: Actor): Promise<void> {
  const credential = await findRequestedCredential(tx, { id: request.agentId, runId: request.runId }, request.wanted);
  if (credential === null) return;
  const run = await readRun(tx, request);
  const governance = await readGovernance(tx, request.workspaceId);
  const row = await insertRequest(tx, request, { run, credential, dedupeKey: null, governance });
  const reason = 'the same command was under way';
  await tx.execute(sql`
    UPDATE keeper_requests SET decision = 'DUPLICATE_SUPPRESSED', reason = ${reason}, decided_at = clock_timestamp()
    WHERE id = ${row.id}`);
  await noteStep(tx, row, { state: 'DUPLICATE_SUPPRESSED', actor, reason });
}

async function insertRequest(
  tx: Tx,
  request: NewKeeperRequest,
  found: {
    readonly run: Awaited<ReturnType<typeof readRun>>;
    readonly credential: RequestedCredential;
    readonly dedupeKey: string | null;
    readonly governance: KeeperGovernance;
  },
): Promise<KeeperRequestRow> {
  const { run, credential, governance } = found;
  const isRun = request.type === 'execute';
  return tx.one<KeeperRequestRow>(sql`
    INSERT INTO keeper_requests (id, workspace_id, crew_id, agent_id, run_id, mission_id, task_id, acts_for_user_id,
      credential_id, credential_name, security_level, request_type, intent, command, env_var, dedupe_key,
      judge_deadline_at)
    VALUES (${newId()}, ${request.workspaceId}, ${request.crewId}, ${request.agentId}, ${request.runId},
      ${run?.mission_id ?? null}, ${run?.task_id ?? request.taskId}, ${run?.for_user ?? null}, ${credential.id},
      ${credential.name}, ${credential.security_level}, ${request.type}, ${request.intent}, ${request.command},
      ${isRun ? (request.envVar ?? credential.env_var) : null}, ${found.dedupeKey},
      clock_timestamp() + ${governance.judge_timeout_seconds + JUDGE_SLACK_SECONDS} * interval '1 second')
    RETURNING ${keeperRequestColumns}`);
}
