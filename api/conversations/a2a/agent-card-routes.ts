import { AgentCard } from '@a2a-js/sdk';
import type { z } from 'zod';
import { listCardAgents } from '../../../db/crews/agents/card-agents.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { baseOf, type CardSigning, extendedCard, publicCard, signedCard } from './agent-card.ts';
import { agentCardAnswer } from './agent-card-schemas.ts';

/** How long others may go on with the card that they read. */
const CACHE_SECONDS = 300;
/** What one card names. */
export const MAX_CARD_AGENTS = 500;

export interface AgentCardDeps extends CardSigning {
  readonly database: Pick<Database, 'reads'>;
  readonly build: { readonly version: string };
}

/** How the instance and its agents are found by other agents: docs/contracts/a2a.md, Agent cards. */
export function createAgentCardRoutes(deps: AgentCardDeps): Route[] {
  const { publicUrl, build } = deps;

  async function answerOf(card: AgentCard, base: string): Promise<z.input<typeof agentCardAnswer>> {
    return AgentCard.toJSON(await signedCard(deps, card, base)) as z.input<typeof agentCardAnswer>;
  }

  return [
    defineRoute({
      method: 'GET',
      url: '/.well-known/agent-card.json',
      operationId: 'getPublicAgentCard',
      summary: 'Find the instance as an A2A agent',
      description:
        'What the instance is, where it speaks the protocol and how callers sign in; nothing of a workspace. ' +
        'Signed by a key of the instance where that knows its own address.',
      tags: ['Agent discovery'],
      authority: { access: 'public' },
      hasETag: true,
      responses: { 200: agentCardAnswer },
      handler: async (ctx) => {
        const base = baseOf(ctx.request, publicUrl);
        const headers = { 'cache-control': `public, max-age=${CACHE_SECONDS}` };
        return ok(await answerOf(publicCard(base, build.version), base), headers);
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/agents/agent-card',
      operationId: 'getExtendedAgentCard',
      summary: 'Find the agents of the workspace as an A2A agent’s skills',
      description: `The public card with the agents that the caller may talk to, at most ${MAX_CARD_AGENTS}, by name.`,
      tags: ['Agent discovery'],
      authority: { access: 'member', action: 'read', scope: 'agents:read' },
      hasETag: true,
      responses: { 200: agentCardAnswer },
      handler: async (ctx) => {
        const base = baseOf(ctx.request, publicUrl);
        const agents = await listCardAgents(deps.database.reads, ctx.workspace.id, MAX_CARD_AGENTS);
        return ok(await answerOf(extendedCard(base, build.version, agents), base));
      },
    }),
  ];
}
