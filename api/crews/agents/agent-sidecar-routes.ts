import { readWebhookSecret } from '../../../db/crews/agents/read-webhook-secret.ts';
import { resolveLaunchConfig } from '../../../db/crews/agents/launch-config.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  agentWebhookSecretAnswer,
  crewAgentParams,
  type LaunchConfigAnswer,
  launchConfigAnswer,
} from './agent-sidecar-schemas.ts';

/** What crews know of their agents: docs/contracts/internal-ipc.md, Agents and crews. */
export function createInternalAgentRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly keyRing: KeyRing;
}): Route[] {
  const { keyRing } = deps;
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/agents/:agentId/resolve',
      operationId: 'resolveAgent',
      summary: 'What an agent of this crew is launched with, by id or slug',
      description: 'Credentials by name, without those of the keeper’s tiers 3 and 4; no value of any.',
      tags,
      authority,
      params: crewAgentParams,
      responses: { 200: launchConfigAnswer },
      handler: async (ctx) => {
        const ref = { crewId: ctx.principal.crewId, agent: ctx.params.agentId };
        return ok((await resolveLaunchConfig(reads, ctx.principal.workspace.id, ref)) as LaunchConfigAnswer);
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/agents/:agentId/webhook-secret',
      operationId: 'readWebhookSecret',
      summary: 'Read the webhook secret of an agent of this crew, to verify signatures with',
      tags,
      authority,
      params: crewAgentParams,
      responses: { 200: agentWebhookSecretAnswer },
      handler: async (ctx) => {
        const { agentId } = ctx.params;
        const ref = { workspaceId: ctx.principal.workspace.id, crewId: ctx.principal.crewId, agentId };
        const secret = await readWebhookSecret(reads, keyRing, ref);
        return ok({ agent_id: agentId, webhook_secret: secret }, { 'cache-control': 'no-store' });
      },
    }),
  ];
}
