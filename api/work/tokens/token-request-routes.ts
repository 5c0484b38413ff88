import { pageHeaders } from '../../http/kernel/pagination.ts';
import {
  executeTokenRequest,
  failsRequest,
  failTokenRequest,
} from '../../../commands/work/tokens/execute-token-request.ts';
import { internalLedger } from '../../../commands/work/tokens/internal-ledger.ts';
import {
  approveTokenRequest,
  rejectTokenRequest,
  requestTokens,
} from '../../../commands/work/tokens/token-request-commands.ts';
import { listTokenRequests } from '../../../db/work/tokens/tokens-store.ts';
import { LedgerRefused } from '../../../domain/work/tokens/ledger-rules.ts';
import { optionalBody } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { enteredProject, onProject, type ProjectDeps } from '../projects/on-project.ts';
import {
  approveBody,
  newTokenRequestBody,
  rejectBody,
  tokenParams,
  tokenRequestAnswer,
  tokenRequestParams,
  tokenRequestsAnswer,
  tokenRequestsQuery,
  toTokenRequestAnswer,
} from './token-schemas.ts';

/** What is asked of a project's token, and what becomes of it: docs/contracts/tokens.md, Requests. */
export function createTokenRequestRoutes(deps: ProjectDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Tokens'];
  const write = { access: 'member', action: 'read', scope: 'tokens:write' } as const;
  const errors = ['conflict', 'wrong_state', 'ambiguous_reference'] as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/tokenization/token-requests',
      operationId: 'listTokenRequests',
      summary: 'List what was asked of a project’s token, newest first',
      tags,
      authority: { access: 'member', action: 'read', scope: 'tokens:read' },
      params: tokenParams,
      query: tokenRequestsQuery,
      responses: { 200: tokenRequestsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        const { status: statuses, type: types, limit, offset } = ctx.query;
        const page = await listTokenRequests(reads, project, { statuses, types }, ctx.query);
        const body = { items: page.rows.map(toTokenRequestAnswer), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects/:projectId/tokenization/token-requests',
      operationId: 'requestTokens',
      summary: 'Ask for units of a token to be made, moved or destroyed',
      description:
        'For editors of the project. What the ledger would not book as it is now is a 409 with its `reason`.',
      tags,
      authority: write,
      params: tokenParams,
      body: newTokenRequestBody,
      responses: { 201: tokenRequestAnswer },
      errors: [...errors, 'limit_reached'],
      handler: async (ctx) => {
        const { type, amount, reason, from_address: from, to_address: to, expires_at: expiresAt } = ctx.body;
        const wish = { type, amount, reason, from: from ?? null, to: to ?? null };
        const call = { ...(await onProject(deps, ctx)), wish, expiresAt: expiresAt ?? null };
        return ctx.write(async (tx) => created(toTokenRequestAnswer(await requestTokens(tx, call, ctx.actor))));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects/:projectId/tokenization/token-requests/:tokenRequestId/approve',
      operationId: 'approveTokenRequest',
      summary: 'Approve a request that is open, or one that failed',
      description:
        'For owners of the project; where four eyes are needed, another one than who asked. Of those who decide at ' +
        'the same moment one does, the others get a 409 with `current_status`.',
      tags,
      authority: write,
      params: tokenRequestParams,
      body: optionalBody(approveBody),
      responses: { 200: tokenRequestAnswer },
      errors,
      handler: async (ctx) => {
        const call = {
          ...(await onProject(deps, ctx)),
          requestId: ctx.params.tokenRequestId,
          note: ctx.body?.note ?? null,
        };
        return ctx.write(async (tx) => ok(toTokenRequestAnswer(await approveTokenRequest(tx, call, ctx.actor))));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects/:projectId/tokenization/token-requests/:tokenRequestId/reject',
      operationId: 'rejectTokenRequest',
      summary: 'Reject a request that is open, or withdraw one’s own',
      description: 'For owners of the project. Whoever asked withdraws it: it is `cancelled`.',
      tags,
      authority: write,
      params: tokenRequestParams,
      body: rejectBody,
      responses: { 200: tokenRequestAnswer },
      errors: ['wrong_state', 'ambiguous_reference'],
      handler: async (ctx) => {
        const call = { ...(await onProject(deps, ctx)), requestId: ctx.params.tokenRequestId, reason: ctx.body.reason };
        return ctx.write(async (tx) => ok(toTokenRequestAnswer(await rejectTokenRequest(tx, call, ctx.actor))));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects/:projectId/tokenization/token-requests/:tokenRequestId/execute',
      operationId: 'executeTokenRequest',
      summary: 'Execute an approved request, once',
      description:
        'For owners of the project. A request that the ledger refuses for a wallet or the cap has `failed`, with the ' +
        '409’s `reason` as its `error`, and can be approved again.',
      tags,
      authority: write,
      params: tokenRequestParams,
      responses: { 200: tokenRequestAnswer },
      errors,
      handler: async (ctx) => {
        const call = { ...(await onProject(deps, ctx)), requestId: ctx.params.tokenRequestId };
        try {
          return await ctx.write(async (tx) =>
            ok(toTokenRequestAnswer(await executeTokenRequest(tx, internalLedger, call, ctx.actor))),
          );
        } catch (error) {
          if (error instanceof LedgerRefused && failsRequest(error.reason)) {
            const { reason } = error;
            const scope = { workspaceIds: [ctx.workspace.id], requestId: ctx.requestId };
            await deps.database.transaction(scope, (tx) => failTokenRequest(tx, { ...call, reason }, ctx.actor));
          }
          throw error;
        }
      },
    }),
  ];
}
