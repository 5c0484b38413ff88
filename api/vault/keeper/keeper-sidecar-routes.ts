import { z } from 'zod';
import { giveUpKeeperRequest } from '../../../commands/engine/keeper/decide-keeper-request.ts';
import {
  DuplicateRequest,
  type NewKeeperRequest,
  openKeeperRequest,
  suppressDuplicate,
} from '../../../commands/engine/keeper/open-keeper-request.ts';
import { readEffectiveDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  getCrewKeeperRequest,
  readWaitedKeeperRequests,
  type WaitedKeeperRequest,
} from '../../../db/vault/keeper/read-keeper-requests.ts';
import type { Actor, InternalPrincipal } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { parseCommand } from '../../../domain/vault/keeper/command-filter.ts';
import { scrubText } from '../../../platform/scrubber/scrubber.ts';
import { actingAgent } from '../../crew-side/caller/acting-agent.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import type { Verdict, Waiters } from '../../http/waits/waiters.ts';
import {
  crewKeeperRequestAnswer,
  executeBody,
  executedAnswer,
  keeperRequestBody,
  keeperRequestParams,
  verdictAnswer,
} from './keeper-sidecar-schemas.ts';

type Asked = z.output<typeof keeperRequestBody>;

function isUnderWay({ decision, execution }: WaitedKeeperRequest): boolean {
  return decision === 'PENDING' || execution === 'due' || execution === 'running';
}

/** Answered when nothing is under way any more, or when what is has taken too long. */
function judge(row: WaitedKeeperRequest | null): Verdict<WaitedKeeperRequest> {
  if (row === null) throw notFound('keeper request');
  return isUnderWay(row) && row.left_ms > 0 ? { lookAgainInMs: row.left_ms } : { answer: row };
}

/** Who asks: what the run's token proves, and what the body says must not be another. */
function askingAgent(principal: InternalPrincipal, asked: Asked): string {
  if (asked.requesting_crew_id !== undefined && asked.requesting_crew_id !== principal.crewId) {
    throw new CrewshipError('forbidden', 'requesting_crew_id is not that of the caller');
  }
  const named = asked.requesting_agent_id;
  if (principal.agentId !== null && named !== undefined && named !== principal.agentId) {
    throw new CrewshipError('forbidden', 'requesting_agent_id is not that of the caller');
  }
  return actingAgent(named, principal.agentId);
}

/** Agents' requests to the keeper: docs/contracts/keeper.md, and internal-ipc.md, Keeper. */
export function createInternalKeeperRoutes(deps: {
  readonly database: Database;
  readonly keeperWaiters: Waiters<WaitedKeeperRequest>;
}): Route[] {
  const { database, keeperWaiters } = deps;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  async function hasJudge(workspaceId: string): Promise<boolean> {
    return (await readEffectiveDocument(database, { workspaceId, kind: 'llm', key: '' })) !== null;
  }

  async function requestOf(
    principal: InternalPrincipal,
    asked: Asked,
    run: Pick<NewKeeperRequest, 'type' | 'command' | 'envVar'>,
  ): Promise<NewKeeperRequest> {
    const workspaceId = principal.workspace.id;
    return {
      workspaceId,
      crewId: principal.crewId,
      agentId: askingAgent(principal, asked),
      runId: principal.runId,
      taskId: asked.task_id ?? null,
      wanted: asked.credential_id === undefined ? { envVar: asked.credential_name! } : { id: asked.credential_id },
      intent: scrubText(asked.intent, []),
      hasJudge: await hasJudge(workspaceId),
      ...run,
    };
  }

  /** The row as it is in the end: what took too long is given up here, whoever else should have seen to it. */
  async function settled(workspaceId: string, id: string, signal: AbortSignal): Promise<WaitedKeeperRequest> {
    const end = await keeperWaiters.wait<WaitedKeeperRequest>({ workspaceId, id, judge, signal });
    if (end.kind !== 'answer') throw new CrewshipError('unavailable', 'the client went away');
    if (!isUnderWay(end.answer)) return end.answer;
    await database.transaction({ workspaceIds: [workspaceId] }, (tx) => giveUpKeeperRequest(tx, id));
    const [row] = await readWaitedKeeperRequests(database.reads, [workspaceId], [id]);
    if (row === undefined || isUnderWay(row)) throw new CrewshipError('unavailable', 'the keeper is busy; ask again');
    return row;
  }

  /** Opens a request, and waits for what comes of it where that takes a judge or a host. */
  async function decide(
    ctx: { readonly requestId: string; readonly actor: Actor; readonly request: Parameters<typeof clientGone>[0] },
    asked: NewKeeperRequest,
  ): Promise<WaitedKeeperRequest> {
    const { workspaceId } = asked;
    const scope = { workspaceIds: [workspaceId], requestId: ctx.requestId };
    let opened: Awaited<ReturnType<typeof openKeeperRequest>>;
    try {
      opened = await database.transaction(scope, (tx) => openKeeperRequest(tx, asked, ctx.actor));
    } catch (error) {
      if (error instanceof DuplicateRequest) {
        await database.transaction(scope, (tx) => suppressDuplicate(tx, asked, ctx.actor));
      }
      throw error;
    }
    const { id, verdict } = opened;
    if (verdict !== null) {
      return {
        id,
        workspace_id: workspaceId,
        crew_id: asked.crewId,
        decision: verdict.decision,
        reason: verdict.reason,
        risk_score: verdict.riskScore,
        execution: null,
        execution_error: null,
        output: null,
        exit_code: null,
        left_ms: 0,
      };
    }
    const client = clientGone(ctx.request);
    try {
      return await settled(workspaceId, id, client.signal);
    } finally {
      client.release();
    }
  }

  const verdictOf = (row: WaitedKeeperRequest) => ({
    request_id: row.id,
    decision: row.decision as 'ALLOW' | 'DENY' | 'ESCALATE',
    reason: row.reason ?? '',
    risk_score: row.risk_score ?? 1,
  });

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/keeper/request',
      operationId: 'requestCredential',
      summary: 'Ask whether an agent may use a credential',
      description:
        'Answers when it is decided, which a model may have to do first; never with the value. ESCALATE: people ' +
        'decide, and `GET` of the request tells. 401 for an agent that is not there, 404 for a credential that does ' +
        'not work or that the agent does not have. Not repeated by an Idempotency-Key.',
      tags,
      authority,
      body: keeperRequestBody,
      responses: { 200: verdictAnswer },
      errors: ['not_found'],
      isLongLived: true,
      handler: async (ctx) => {
        const asked = await requestOf(ctx.principal, ctx.body, { type: 'access', command: null, envVar: null });
        return ok(verdictOf(await decide({ ...ctx, request: ctx.request.raw }, asked)));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/keeper/request/:requestId',
      operationId: 'getCredentialRequest',
      summary: 'How a request to the keeper stands',
      tags,
      authority,
      params: keeperRequestParams,
      responses: { 200: crewKeeperRequestAnswer },
      handler: async (ctx) => {
        const ref = { crewId: ctx.principal.crewId, id: ctx.params.requestId };
        const row = await getCrewKeeperRequest(database.reads, ctx.principal.workspace.id, ref);
        if (row === null) throw notFound('keeper request');
        return ok(row);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/keeper/execute',
      operationId: 'executeWithCredential',
      summary: 'Have a command run with a secret that the agent does not see',
      description:
        'The request is decided first; a command that is not allowed is not run, and answered without output. The ' +
        'same command again while it is under way, or within 5 s of its end, is a 409. One whose end is not known ' +
        'is a 502.',
      tags,
      authority,
      body: executeBody,
      responses: { 200: executedAnswer },
      errors: ['not_found', 'conflict', 'crew_unreachable'],
      isLongLived: true,
      handler: async (ctx) => {
        const { command, env_var: envVar } = ctx.body;
        parseCommand(command);
        if (scrubText(command, []) !== command) throw invalidField('command', 'must hold no secret');
        const run = { type: 'execute' as const, command, envVar: envVar ?? null };
        const row = await decide({ ...ctx, request: ctx.request.raw }, await requestOf(ctx.principal, ctx.body, run));
        if (row.execution === 'failed') {
          throw new CrewshipError('crew_unreachable', 'the command was not run to its end', {
            extensions: { request_id: row.id, reason: row.execution_error ?? 'unknown' },
          });
        }
        return ok({ ...verdictOf(row), output: row.output, exit_code: row.exit_code });
      },
    }),
  ];
}
