import { z } from 'zod';
import { completeOnboarding } from '../../../commands/people/onboarding/complete-onboarding.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { hasOnboarded } from '../../../db/people/onboarding/read-onboarding.ts';
import { CLI_ADAPTERS, LLM_PROVIDERS } from '../../../domain/crews/agents/agent.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { MAX_SECRET_BYTES } from '../../../domain/vault/credentials/credential.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { clearableField, nameField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { setUp } from './set-up.ts';

const adapterField = z.enum(CLI_ADAPTERS).exclude(['COMMAND']);

const setupBody = z.strictObject({
  workspace_name: nameField(2, 100).optional().describe('the caller’s own workspace gets this name'),
  preferred_language: clearableField(50).optional(),
  crew_name: nameField(2, 100),
  agent_name: nameField(2, 100),
  cli_adapter: adapterField.default('CLAUDE_CODE'),
  llm_provider: z.enum(LLM_PROVIDERS).default('ANTHROPIC'),
  llm_model: z.string().min(1).max(128).nullable().optional(),
  credential_name: nameField(1, 100).default('Model key'),
  credential_value: z.string().min(1).max(MAX_SECRET_BYTES).optional(),
  crew_template_slug: z.string().max(64).optional().describe('refused: this instance has no templates'),
  telemetry_opt_in: z.boolean().default(false),
});

/** How a person begins: docs/contracts/people.md, Beginning. */
export function createOnboardingRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly keyRing: Pick<KeyRing, 'seal'>;
  /** What a person may do changed. */
  readonly forgetUser: (userId: string) => void;
}): Route[] {
  const tags = ['Onboarding'];
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/onboarding/status',
      operationId: 'getOnboardingStatus',
      summary: 'Whether the caller has begun',
      description: 'They have when they said so, or when a workspace of theirs has an agent.',
      tags,
      authority: { access: 'user', scope: 'workspace:read' },
      responses: { 200: z.object({ completed: z.boolean() }) },
      handler: async (ctx) => ok({ completed: await hasOnboarded(deps.database.systemReads, ctx.principal.userId!) }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/onboarding/complete',
      operationId: 'completeOnboarding',
      summary: 'Say that the caller has begun',
      tags,
      authority: { access: 'user', scope: 'workspace:admin' },
      responses: { 200: z.object({ status: z.literal('completed') }) },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await completeOnboarding(tx, { userId: ctx.principal.userId! });
          return ok({ status: 'completed' as const });
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/onboarding/setup',
      operationId: 'setUpOnboarding',
      summary: 'Make a first crew with an agent and the key it calls its model with',
      description:
        'In the workspace that the caller owns, or in a new one; all of it or nothing. The key is stored as ' +
        'AI_CLI_TOKEN for this crew and assigned to the agent, its LEAD. 409 for somebody who has begun, and for a ' +
        'slug that is taken.',
      tags,
      authority: { access: 'user', scope: 'workspace:admin' },
      body: setupBody,
      responses: {
        201: z.object({
          workspace_id: z.string(),
          crew_id: z.string(),
          agent_id: z.string(),
          credential_id: z.string().nullable(),
        }),
      },
      errors: ['conflict', 'license_limit'],
      handler: async (ctx) => {
        const { body } = ctx;
        const userId = ctx.principal.userId!;
        if (body.crew_template_slug !== undefined) {
          throw invalidField('crew_template_slug', 'this instance has no templates of crews');
        }
        const wanted = {
          userId,
          workspaceName: body.workspace_name ?? null,
          preferredLanguage: body.preferred_language ?? null,
          crewName: body.crew_name,
          agent: {
            name: body.agent_name,
            cli_adapter: body.cli_adapter,
            llm_provider: body.llm_provider,
            llm_model: body.llm_model ?? null,
          },
          credential:
            body.credential_value === undefined ? null : { name: body.credential_name, value: body.credential_value },
          telemetryOptIn: body.telemetry_opt_in,
        };
        const result = await ctx.write(async (tx) => created(await setUp(tx, deps.keyRing, wanted, ctx.actor)));
        deps.forgetUser(userId);
        return result;
      },
    }),
  ];
}
