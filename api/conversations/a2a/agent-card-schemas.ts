import { z } from 'zod';

const text = z.string();

/** An A2A 1.0 AgentCard: members of later versions are left to clients to ignore. */
export const agentCardAnswer = z
  .looseObject({
    name: text,
    description: text,
    version: text.describe('of the instance'),
    supportedInterfaces: z
      .array(z.looseObject({ url: text, protocolBinding: text, protocolVersion: text }))
      .describe('where the protocol is spoken, the preferred one first'),
    capabilities: z.looseObject({
      streaming: z.boolean().optional(),
      pushNotifications: z.boolean().optional(),
      extendedAgentCard: z.boolean().optional(),
    }),
    securitySchemes: z.record(text, z.looseObject({})),
    securityRequirements: z.array(z.looseObject({})),
    defaultInputModes: z.array(text),
    defaultOutputModes: z.array(text),
    skills: z.array(z.looseObject({ id: text, name: text, description: text, tags: z.array(text) })),
    signatures: z
      .array(z.object({ protected: text, signature: text }))
      .optional()
      .describe('JWS over the canonical card, by a key that `jku` publishes'),
  })
  .describe('A2A 1.0 AgentCard');
