import { z } from 'zod';
import {
  journalBlockedSelfApproval,
  resolveKeeperRequest,
  SelfApprovalBlocked,
} from '../../../commands/engine/keeper/decide-keeper-request.ts';
import { changeGovernance, purgeKeeperRequests } from '../../../commands/engine/keeper/keeper-admin-commands.ts';
import { readEffectiveDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getGovernance } from '../../../db/vault/keeper/keeper-governance-store.ts';
import {
  listKeeperRequestEvents,
  listKeeperRequests,
  readKeeperFigures,
} from '../../../db/vault/keeper/list-keeper-requests.ts';
import { DECIDE_SCOPE, howDecides } from '../../../domain/people/approvals/deciding.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { keeperSignals } from '../../../domain/vault/keeper/keeper-health.ts';
import { type LlmConfig, modelsFor } from '../../../domain/money/llm/llm-config.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  governanceAnswer,
  governanceBody,
  keeperRequestEvent,
  keeperRequestParams,
  keeperRequestsQuery,
  keeperStatusAnswer,
  listedKeeperRequest,
  resolvedKeeperAnswer,
  resolveKeeperBody,
} from './keeper-admin-schemas.ts';

/** The keeper as those who run a workspace see and set it: docs/contracts/keeper.md, Administration. */
export function createKeeperAdminRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'systemReads' | 'transaction'>;
}): Route[] {
  const { database } = deps;
  const { reads } = database;
  const tags = ['Keeper'];
  const owner = { access: 'member', action: 'manage', minRole: 'OWNER', scope: 'workspace:admin' } as const;
  const manage = { access: 'member', action: 'manage', scope: 'workspace:admin' } as const;
  const decide = { access: 'member', action: 'manage', scope: DECIDE_SCOPE } as const;

  /** The model that judges, as the workspace's configuration has it. */
  async function readJudge(workspaceId: string) {
    const found = await readEffectiveDocument(database, { workspaceId, kind: 'llm', key: '' });
    if (found === null) return { source: null, target: null };
    // What was written passed the schema.
    const { targets } = modelsFor(found.body as unknown as LlmConfig, { purpose: 'keeper' });
    return { source: found.source, target: targets[0]! };
  }
  const judgeMembers = ({ source, target }: Awaited<ReturnType<typeof readJudge>>) => ({
    gov_model_provider: target?.provider ?? null,
    gov_model_id: target?.model ?? null,
    gov_model_credential_id: source === 'workspace' ? (target?.credential_id ?? null) : null,
  });

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/system/keeper',
      operationId: 'getKeeperStatus',
      summary: 'How the keeper is set up, and what it decided',
      tags,
      authority: { access: 'member', action: 'read', scope: 'workspace:read' },
      responses: { 200: keeperStatusAnswer },
      handler: async (ctx) => {
        const { id } = ctx.workspace;
        const [governance, judge, figures] = await Promise.all([
          getGovernance(reads, id),
          readJudge(id),
          readKeeperFigures(reads, id),
        ]);
        const { recent: _recent, recent_progressed: _progressed, recent_failed: _failed, ...counts } = figures;
        return ok({
          enabled: governance.enabled,
          gatekeeper_configured: judge.target !== null,
          model: judge.target?.model ?? null,
          model_source: judge.source,
          ollama_url: judge.source === 'workspace' ? (judge.target?.base_url ?? null) : null,
          ollama_online: null,
          ollama_probed: false,
          ...counts,
          signals: keeperSignals(figures),
          ...judgeMembers(judge),
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/keeper/requests',
      operationId: 'listKeeperRequests',
      summary: 'List what agents asked the keeper for, newest first',
      tags,
      authority: owner,
      query: keeperRequestsQuery,
      responses: { 200: z.array(listedKeeperRequest) },
      handler: async (ctx) => {
        const page = await listKeeperRequests(reads, ctx.workspace.id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/admin/keeper/requests',
      operationId: 'purgeKeeperRequests',
      summary: 'Delete the requests that are over',
      description:
        'What is open or has just ended stays. The journal keeps that they were, and that they were deleted.',
      tags,
      authority: manage,
      responses: { 200: z.object({ deleted: z.int() }) },
      handler: (ctx) =>
        ctx.write(async (tx) => ok({ deleted: await purgeKeeperRequests(tx, ctx.workspace.id, ctx.actor) })),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/keeper/requests/:requestId/events',
      operationId: 'listKeeperRequestEvents',
      summary: 'List the steps of a request, in their order',
      tags,
      authority: manage,
      params: keeperRequestParams,
      responses: { 200: z.array(keeperRequestEvent) },
      handler: async (ctx) => {
        const events = await listKeeperRequestEvents(reads, ctx.workspace.id, ctx.params.requestId);
        if (events === null) throw notFound('keeper request');
        return ok(events);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/admin/keeper/requests/:requestId/resolve',
      operationId: 'resolveKeeperRequest',
      summary: 'Decide what the judge would not',
      description:
        'By a person who signed in, or a token with the scope `approvals:decide`; where two people are needed, by a ' +
        'person. Who the run works for may always deny, and allow only as the OWNER where nobody else could and one ' +
        'person is enough. What is not ESCALATE is a 409 with `current_status`. An allowed command is run at once.',
      tags,
      authority: decide,
      params: keeperRequestParams,
      body: resolveKeeperBody,
      responses: { 200: resolvedKeeperAnswer },
      errors: ['wrong_state', 'deadline_passed', 'interactive_required'],
      handler: async (ctx) => {
        const { requestId } = ctx.params;
        const { decision, reason, adjudicator } = ctx.body;
        const words = [adjudicator, reason].filter((text) => text !== null).join(': ');
        const by = {
          decision,
          reason: words === '' ? null : words,
          userId: ctx.principal.userId,
          isOwner: ctx.workspace.role === 'OWNER',
          how: howDecides(ctx.principal),
        };
        try {
          return await ctx.write(async (tx) => {
            const decided = await resolveKeeperRequest(tx, requestId, by, ctx.actor);
            return ok({
              request_id: requestId,
              decision: decided.decision,
              reason: decided.reason,
              decided_at: decided.decidedAt,
            });
          });
        } catch (error) {
          if (error instanceof SelfApprovalBlocked) {
            await database.transaction({ workspaceIds: [ctx.workspace.id], requestId: ctx.requestId }, (tx) =>
              journalBlockedSelfApproval(tx, requestId, ctx.actor),
            );
          }
          throw error;
        }
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/keeper/governance',
      operationId: 'getKeeperGovernance',
      summary: 'What the workspace lets the keeper decide by itself',
      tags,
      authority: manage,
      responses: { 200: governanceAnswer },
      handler: async (ctx) => {
        const [governance, judge] = await Promise.all([
          getGovernance(reads, ctx.workspace.id),
          readJudge(ctx.workspace.id),
        ]);
        return ok({ ...governance, ...judgeMembers(judge) });
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/v1/admin/keeper/governance',
      operationId: 'setKeeperGovernance',
      summary: 'Say what the keeper may decide by itself',
      description:
        'Members that are left out stay as they are. The model that judges is set by `PUT /admin/llm-config`.',
      tags,
      authority: manage,
      body: governanceBody,
      responses: { 200: governanceAnswer },
      handler: async (ctx) => {
        const judge = await readJudge(ctx.workspace.id);
        return ctx.write(async (tx) => {
          const by = { actor: ctx.actor, userId: ctx.principal.userId };
          return ok({ ...(await changeGovernance(tx, ctx.workspace.id, ctx.body, by)), ...judgeMembers(judge) });
        });
      },
    }),
  ];
}
