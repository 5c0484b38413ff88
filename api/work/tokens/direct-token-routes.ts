import { moveTokens } from '../../../commands/work/tokens/execute-token-request.ts';
import { internalLedger } from '../../../commands/work/tokens/internal-ledger.ts';
import type { Wish } from '../../../commands/work/tokens/token-request-commands.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { created, defineRoute, type Route } from '../../http/kernel/route.ts';
import { onProject, type ProjectDeps } from '../projects/on-project.ts';
import {
  burnBody,
  mintBody,
  tokenParams,
  tokenRequestAnswer,
  toTokenRequestAnswer,
  transferBody,
} from './token-schemas.ts';

/** What owners move at once, where a token lets them: docs/contracts/tokens.md, Requests. */
export function createDirectTokenRoutes(deps: ProjectDeps): Route[] {
  const shared = {
    method: 'POST',
    description:
      'For owners of the project, where its token has `allow_direct`, else a 403 with `reason` `direct_disabled`. ' +
      'A request that its caller has approved is executed in the same transaction.',
    tags: ['Tokens'],
    authority: { access: 'member', action: 'read', scope: 'tokens:write' },
    params: tokenParams,
    responses: { 201: tokenRequestAnswer },
    errors: ['conflict', 'wrong_state', 'ambiguous_reference'],
  } as const;
  const move = async (tx: Tx, call: Awaited<ReturnType<typeof onProject>>, wish: Wish, actor: Actor) =>
    created(toTokenRequestAnswer(await moveTokens(tx, internalLedger, { ...call, wish }, actor)));
  return [
    defineRoute({
      ...shared,
      url: '/api/v1/projects/:projectId/tokenization/token/mint',
      operationId: 'mintTokens',
      summary: 'Make units of a token',
      body: mintBody,
      handler: async (ctx) => {
        const { to_address: to, amount, reason } = ctx.body;
        const call = await onProject(deps, ctx);
        return ctx.write((tx) => move(tx, call, { type: 'mint', from: null, to, amount, reason }, ctx.actor));
      },
    }),
    defineRoute({
      ...shared,
      url: '/api/v1/projects/:projectId/tokenization/token/transfer',
      operationId: 'transferTokens',
      summary: 'Move units of a token',
      body: transferBody,
      handler: async (ctx) => {
        const { from_address: from, to_address: to, amount, reason } = ctx.body;
        const call = await onProject(deps, ctx);
        return ctx.write((tx) => move(tx, call, { type: 'transfer', from, to, amount, reason }, ctx.actor));
      },
    }),
    defineRoute({
      ...shared,
      url: '/api/v1/projects/:projectId/tokenization/token/burn',
      operationId: 'burnTokens',
      summary: 'Destroy units of a token',
      body: burnBody,
      handler: async (ctx) => {
        const { from_address: from, amount, reason } = ctx.body;
        const call = await onProject(deps, ctx);
        return ctx.write((tx) => move(tx, call, { type: 'burn', from, to: null, amount, reason }, ctx.actor));
      },
    }),
  ];
}
