import { type AgentCard, type AgentSkill, generateAgentCardSignature } from '@a2a-js/sdk';
import type { FastifyRequest } from 'fastify';
import type { SigningKeys } from '../../../commands/instance/keys/signing-keys.ts';
import type { CardAgent } from '../../../db/crews/agents/card-agents.ts';

/** Where the protocol is spoken, below the instance's address. */
export const A2A_PATH = '/a2a/v1';
const A2A_VERSION = '1.0';
/** Spoken over JSON-RPC for callers that are still on it. */
export const A2A_LEGACY_VERSION = '0.3';

/** What a message may be made of: texts, and data that the agent is told as JSON. */
export const INPUT_MODES = ['text/plain', 'text/markdown', 'application/json'] as const;

const CONVERSATION: AgentSkill = {
  ...{ id: 'conversation', name: 'Conversation' },
  description:
    'Talks to the agents of a crew: a message begins a turn, whose answer and files are its artifacts. Whoever signs ' +
    'in finds the agents that they may talk to in the extended card.',
  tags: ['chat', 'agents'],
  examples: [],
  ...{ inputModes: [], outputModes: [], securityRequirements: [] },
};

const NO_SCOPES = { list: [] };

/** What the instance says of itself to anybody: nothing of a tenant. */
export function publicCard(base: string, version: string): AgentCard {
  const url = `${base}${A2A_PATH}`;
  return {
    name: 'Crewship',
    description: 'Crews of AI agents that people and other agents talk to, and give work.',
    supportedInterfaces: [
      { url, protocolBinding: 'JSONRPC', tenant: '', protocolVersion: A2A_VERSION },
      { url, protocolBinding: 'HTTP+JSON', tenant: '', protocolVersion: A2A_VERSION },
      { url, protocolBinding: 'JSONRPC', tenant: '', protocolVersion: A2A_LEGACY_VERSION },
    ],
    provider: undefined,
    version,
    documentationUrl: `${base}/docs`,
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: true, extensions: [] },
    securitySchemes: {
      apiKey: {
        scheme: {
          $case: 'apiKeySecurityScheme',
          value: { description: 'An API key of a person', location: 'header', name: 'X-CrewOS-API-Key' },
        },
      },
      accessToken: {
        scheme: {
          $case: 'httpAuthSecurityScheme',
          value: { description: 'The access token of a session', scheme: 'Bearer', bearerFormat: 'JWT' },
        },
      },
    },
    securityRequirements: [{ schemes: { apiKey: NO_SCOPES } }, { schemes: { accessToken: NO_SCOPES } }],
    defaultInputModes: [...INPUT_MODES],
    defaultOutputModes: ['text/plain', 'application/octet-stream'],
    skills: [CONVERSATION],
    signatures: [],
  };
}

/** The same with the agents that the caller may talk to as skills: who is to answer is named by the skill's id. */
export function extendedCard(base: string, version: string, agents: readonly CardAgent[]): AgentCard {
  return { ...publicCard(base, version), skills: [CONVERSATION, ...agents.map(skillOf)] };
}

function skillOf({ slug, name, description, role_title: title, crew_name: crew }: CardAgent): AgentSkill {
  return {
    ...CONVERSATION,
    id: slug,
    name,
    description: description ?? title ?? `Agent of the crew ${crew}`,
    tags: ['agent', crew],
  };
}

export interface CardSigning {
  readonly agentCardKeys: Pick<SigningKeys, 'current'>;
  readonly publicUrl?: string;
}

/**
 * The card with the instance's signature over its canonical form. Where the instance knows its own address alone: what
 * a request says of that is nothing to sign.
 */
export async function signedCard(signing: CardSigning, card: AgentCard, base: string): Promise<AgentCard> {
  if (signing.publicUrl === undefined) return card;
  const { kid, privateKey } = await signing.agentCardKeys.current();
  const header = { alg: 'EdDSA', typ: 'JOSE', kid, jku: `${base}/.well-known/jwks.json` };
  return generateAgentCardSignature(privateKey, header)(card);
}

/** The instance's address, or what the request says that it is. */
export function baseOf(request: Pick<FastifyRequest, 'protocol' | 'host'>, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  const asked = `${request.protocol}://${request.host}`;
  return URL.canParse(asked) ? new URL(asked).origin : 'http://localhost';
}
