import { createAgent } from '../../../commands/engine/agents/agent-commands.ts';
import { createCrew } from '../../../commands/engine/crews/crew-commands.ts';
import { completeOnboarding } from '../../../commands/people/onboarding/complete-onboarding.ts';
import { insertWorkspace, updateWorkspace } from '../../../commands/people/workspaces/workspace-commands.ts';
import { createCredential } from '../../../commands/vault/credentials/credential-commands.ts';
import { assignCredential } from '../../../commands/vault/credentials/credential-grant-commands.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type Beginner, hasOnboardedIn, holdBeginner } from '../../../db/people/onboarding/read-onboarding.ts';
import { type AgentFields, NEW_AGENT_DEFAULTS } from '../../../domain/crews/agents/agent.ts';
import { NEW_CREW_DEFAULTS } from '../../../domain/crews/crews/crew.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { slugFromName } from '../../../domain/people/workspaces/slug.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';

export type LlmProvider = NonNullable<AgentFields['llm_provider']>;

/** What each provider's programs read their key from. */
const KEY_VARIABLE: Readonly<Record<LlmProvider, string>> = {
  ANTHROPIC: 'ANTHROPIC_API_KEY',
  OPENAI: 'OPENAI_API_KEY',
  GOOGLE: 'GEMINI_API_KEY',
  CURSOR: 'CURSOR_API_KEY',
  FACTORY: 'FACTORY_API_KEY',
  OLLAMA: 'OLLAMA_API_KEY',
};

export interface SetUp {
  readonly userId: string;
  readonly workspaceName: string | null;
  readonly preferredLanguage: string | null;
  readonly crewName: string;
  readonly agent: Pick<AgentFields, 'name' | 'cli_adapter' | 'llm_model'> & { readonly llm_provider: LlmProvider };
  readonly credential: { readonly name: string; readonly value: string } | null;
  readonly telemetryOptIn: boolean;
}

export interface SetUpResult {
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly agent_id: string;
  readonly credential_id: string | null;
}

/**
 * Makes what a person begins with, all of it or nothing: a workspace unless they own one, a crew, its LEAD, and the key
 * that the LEAD calls its model with. A system transaction. Throws `conflict` for somebody who has begun and for a slug
 * that is taken, and what the commands throw.
 */
export async function setUp(tx: Tx, ring: Pick<KeyRing, 'seal'>, wanted: SetUp, actor: Actor): Promise<SetUpResult> {
  const beginner = await holdBeginner(tx, wanted.userId);
  if (await hasOnboardedIn(tx, wanted.userId))
    throw new CrewshipError('conflict', 'the onboarding is completed already');
  const workspaceId = await settleWorkspace(tx, beginner, wanted, actor);
  const crew = await createCrew(
    tx,
    workspaceId,
    { ...NEW_CREW_DEFAULTS, name: wanted.crewName, slug: slugFromName(wanted.crewName, 'crew') },
    actor,
  );
  const agent = await createAgent(
    tx,
    workspaceId,
    {
      ...NEW_AGENT_DEFAULTS,
      ...wanted.agent,
      slug: slugFromName(wanted.agent.name, 'agent'),
      crew_id: crew.id,
      agent_role: 'LEAD',
    },
    actor,
  );
  const place = { workspaceId, crewId: crew.id, agentId: agent.id };
  const credentialId = wanted.credential === null ? null : await storeKey(tx, ring, wanted, place, actor);
  await completeOnboarding(tx, { userId: wanted.userId, workspaceId, telemetryOptIn: wanted.telemetryOptIn });
  return { workspace_id: workspaceId, crew_id: crew.id, agent_id: agent.id, credential_id: credentialId };
}

async function settleWorkspace(tx: Tx, beginner: Beginner, wanted: SetUp, actor: Actor): Promise<string> {
  const { workspaceName, preferredLanguage } = wanted;
  if (beginner.workspace_id === null) {
    const name = workspaceName ?? `${beginner.full_name.slice(0, 88)}'s Workspace`;
    return insertWorkspace(tx, { name, preferredLanguage, ownerId: wanted.userId, actor });
  }
  const patch = {
    ...(workspaceName === null ? {} : { name: workspaceName }),
    ...(preferredLanguage === null ? {} : { preferred_language: preferredLanguage }),
  };
  if (Object.keys(patch).length > 0) await updateWorkspace(tx, beginner.workspace_id, patch, actor);
  return beginner.workspace_id;
}

async function storeKey(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  { agent, credential }: SetUp,
  place: { readonly workspaceId: string; readonly crewId: string; readonly agentId: string },
  actor: Actor,
): Promise<string> {
  const provider = agent.llm_provider;
  const { id } = await createCredential(
    tx,
    ring,
    place.workspaceId,
    {
      name: credential!.name,
      value: credential!.value,
      type: 'AI_CLI_TOKEN',
      provider,
      scope: 'CREW',
      crew_ids: [place.crewId],
      security_level: 1,
      description: null,
      tags: [],
      account_label: null,
      account_email: null,
      username: null,
      token_expires_at: null,
      refresh_token: null,
    },
    actor,
  );
  const envVarName = KEY_VARIABLE[provider];
  await assignCredential(
    tx,
    { agentId: place.agentId, credentialId: id, envVarName, priority: 0, ttlSeconds: null, leaseSource: 'manual' },
    actor,
  );
  return id;
}
