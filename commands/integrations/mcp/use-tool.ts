import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { ToolRule } from '../../../domain/integrations/mcp/tool-config.ts';
import { type ApprovalStatus, DEFAULT_APPROVAL_SECONDS } from '../../../domain/people/approvals/approval.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { consumeDecision } from '../../engine/approvals/end-approval.ts';
import { requestApproval } from '../../engine/approvals/request-approval.ts';
import { openerOf } from '../../engine/runs/count-opening.ts';

/** A call of a tool that a rule binds. */
export interface ToolUse {
  readonly workspaceId: string;
  readonly crewId: string;
  /** Who calls, proven by the token of its run; null: no run says so. */
  readonly agent: { readonly id: string; readonly runId: string } | null;
  readonly rule: ToolRule;
  /** What it is called with, scrubbed and short enough for who decides. */
  readonly shown: JsonObject;
  /** A digest of tool and arguments as an agent sends them. */
  readonly digest: string;
  /** The digest of arguments as a person has changed them. */
  readonly digestOfEdited: (edited: JsonObject) => string;
  /** The digest of the sender's own key and the call: what is sent again is one call. Null: it has none. */
  readonly requestKey: string | null;
  /** Most questions that an attempt opens. */
  readonly maxQuestions: number;
}

interface Asked {
  readonly id: string;
  readonly status: ApprovalStatus;
  readonly request_key: string;
  readonly edited: JsonObject | null;
  readonly is_handed: boolean;
  readonly is_used: boolean;
}

const MAX_ASKED = 200;

/**
 * Lets a call of a tool through, counted, or says why not: what it asks people is kept either way. Calls that one rule
 * binds are let through one after the other, so that limits hold to the call.
 */
export async function useTool(tx: Tx, use: ToolUse, actor: Actor): Promise<CrewshipError | null> {
  const { rule, agent } = use;
  if (agent === null && (rule.approval !== 'none' || rule.limits.per_run !== null)) {
    return new CrewshipError('forbidden', `X-Run-Token says who calls ${rule.name}, and is missing`);
  }
  const one = rule.limits.per_hour === null ? `run/${agent?.runId ?? ''}` : 'all';
  const lock = `tool-uses/${use.workspaceId}/${rule.name}/${one}`;
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${lock}, 0))`);
  if (await wasSent(tx, use)) return null;
  const full = await limitReached(tx, use);
  if (full !== null) return full;
  const { approval: mode } = rule;
  const allowed = mode === 'none' || agent === null ? { approvalId: null } : await ask(tx, use, { agent, mode }, actor);
  if (allowed instanceof CrewshipError) return allowed;
  await tx.execute(sql`
    INSERT INTO tool_uses (id, workspace_id, crew_id, run_id, tool, request_key, approval_id)
    VALUES (${newId()}, ${use.workspaceId}, ${use.crewId}, ${agent?.runId ?? null}, ${rule.name}, ${use.requestKey},
      ${allowed.approvalId})`);
  return null;
}

async function wasSent(tx: Tx, { workspaceId, requestKey }: ToolUse): Promise<boolean> {
  if (requestKey === null) return false;
  const sent = await tx.maybeOne(sql`
    SELECT 1 FROM tool_uses WHERE workspace_id = ${workspaceId} AND request_key = ${requestKey}`);
  return sent !== null;
}

async function limitReached(tx: Tx, { workspaceId, agent, rule }: ToolUse): Promise<CrewshipError | null> {
  const { per_run: perRun, per_hour: perHour } = rule.limits;
  const refuse = (limit: number, per: string) =>
    new CrewshipError('limit_reached', `${rule.name} is called at most ${limit} times ${per}`, {
      extensions: { kind: 'tool', tool: rule.name, limit },
    });
  if (perRun !== null && agent !== null) {
    const { used } = await tx.one<{ used: number }>(sql`
      SELECT count(*) AS used FROM tool_uses WHERE run_id = ${agent.runId} AND tool = ${rule.name}`);
    if (used >= perRun) return refuse(perRun, 'by an attempt');
  }
  if (perHour === null) return null;
  const { used } = await tx.one<{ used: number }>(sql`
    SELECT count(*) AS used FROM (SELECT 1 FROM tool_uses WHERE workspace_id = ${workspaceId} AND tool = ${rule.name}
      AND used_at > clock_timestamp() - interval '1 hour' ${sql.limit(perHour)}) recent`);
  return used >= perHour ? refuse(perHour, 'within an hour in this workspace') : null;
}

/** What people said of this very call, asked now unless they were; an approval allows one call. */
async function ask(
  tx: Tx,
  use: ToolUse,
  { agent, mode }: { readonly agent: NonNullable<ToolUse['agent']>; readonly mode: 'async' | 'sync' },
  actor: Actor,
): Promise<{ readonly approvalId: string | null } | CrewshipError> {
  const { rule, digest } = use;
  const asked = await readAsked(tx, use.crewId, agent.runId, rule.name);
  const isThis = ({ edited, request_key: key }: Asked) =>
    edited === null ? key.startsWith(`tool:${digest}:`) : use.digestOfEdited(edited) === digest;
  const own = asked.filter(isThis);
  const approved = own.find(({ status, is_used: isUsed }) => status === 'approved' && !isUsed);
  if (approved !== undefined) {
    if (!approved.is_handed) {
      await consumeDecision(tx, approved.id, { crewId: use.crewId, runId: agent.runId }, actor);
    }
    return { approvalId: approved.id };
  }
  const denied = own.find(({ status }) => status === 'denied');
  if (denied !== undefined) return refused(rule.name, denied.id, 'denied');
  const open = own.find(({ status }) => status === 'pending');
  if (open !== undefined) return mode === 'async' ? { approvalId: null } : refused(rule.name, open.id, 'pending');
  const opened = await requestApproval(
    tx,
    {
      workspaceId: use.workspaceId,
      crewId: use.crewId,
      agentId: agent.id,
      runId: agent.runId,
      openedBy: openerOf(agent.runId, use.maxQuestions),
      kind: 'tool_call',
      reason: `The workspace has people asked before ${rule.name} is called.`,
      payload: { tool: rule.name, arguments: use.shown },
      key: `tool:${digest}:${asked.length}`,
      seconds: DEFAULT_APPROVAL_SECONDS,
      mode,
    },
    actor,
  );
  // Allowed at once, by a standing permission.
  if (opened.status === 'approved') return { approvalId: opened.id };
  if (opened.proceeds) return { approvalId: null };
  return refused(rule.name, opened.id, opened.status === 'denied' ? 'denied' : 'pending');
}

/** What was asked of this tool for the same task, or by the run where it has none; the newest first. */
function readAsked(tx: Tx, crewId: string, runId: string, tool: string): Promise<readonly Asked[]> {
  return tx.any<Asked>(sql`
    SELECT a.id, a.status, a.request_key, a.edits -> 'arguments' AS edited, a.consumed_at IS NOT NULL AS is_handed,
      u.id IS NOT NULL AS is_used
    FROM runs r
    JOIN approvals a ON a.crew_id = r.crew_id AND coalesce(a.task_id, a.run_id, '') = coalesce(r.task_id, r.id)
      AND a.request_key LIKE 'tool:%' AND a.payload ->> 'tool' = ${tool}
    LEFT JOIN tool_uses u ON u.approval_id = a.id
    WHERE r.id = ${runId} AND r.crew_id = ${crewId} ORDER BY a.created_at DESC, a.id DESC ${sql.limit(MAX_ASKED)}`);
}

/** Tells the agent what it can do about it. */
function refused(tool: string, approvalId: string, decision: 'denied' | 'pending'): CrewshipError {
  const text =
    decision === 'denied'
      ? `people do not allow this call of ${tool}`
      : `people are asked whether ${tool} may be called so: have their decision with wait_for_approval, then call it ` +
        'again with the same arguments, or with those that they changed';
  return new CrewshipError('approval_required', text, { extensions: { tool, approval_id: approvalId, decision } });
}
