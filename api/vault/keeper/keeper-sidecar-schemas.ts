import { z } from 'zod';
import { requestCredentialCall, runWithCredentialCall } from '../../../domain/vault/keeper/keeper-calls.ts';
import { KEEPER_DECISIONS, KEEPER_REQUEST_TYPES } from '../../../domain/vault/keeper/keeper-request.ts';
import { idField, sharedFields, timeField } from '../../http/kernel/fields.ts';

const scope = {
  requesting_agent_id: idField.optional().describe('who asks; default: the agent of the run that asks'),
  requesting_crew_id: idField.optional().describe('the caller’s crew'),
};

const ONE_CREDENTIAL = { path: ['credential_id'], message: 'or credential_name is required, and not both' };
type Named = { credential_id?: string | undefined; credential_name?: string | undefined };
const namesOne = ({ credential_id: id, credential_name: name }: Named) => (id === undefined) !== (name === undefined);

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
export const keeperRequestBody = requestCredentialCall
  .input(sharedFields)
  .extend(scope)
  .refine(namesOne, ONE_CREDENTIAL)
  .meta({
    example: {
      requesting_agent_id: 'agent_1',
      intent: 'Read the list of open invoices to answer the customer’s question',
      credential_name: 'BILLING_TOKEN',
    },
  });

export const executeBody = runWithCredentialCall
  .input(sharedFields)
  .extend({
    ...scope,
    container_id: z.string().max(128).nullish().describe('ignored: the container follows from the crew'),
  })
  .refine(namesOne, ONE_CREDENTIAL)
  .meta({
    example: {
      requesting_agent_id: 'agent_1',
      intent: 'Push the release tag that the task asks for to the team’s repository',
      credential_name: 'GIT_TOKEN',
      command: 'git push origin v1.2.3',
    },
  });

const verdict = {
  request_id: z.string(),
  decision: z.enum(['ALLOW', 'DENY', 'ESCALATE']),
  reason: z.string(),
  risk_score: z.int().min(1).max(10),
};
export const verdictAnswer = z.object(verdict);
export const executedAnswer = z.object({
  ...verdict,
  output: z.string().nullable().describe('without the secret, at most 512 KiB; null unless it was run'),
  exit_code: z.int().nullable().describe('124: ended after 60 s'),
});

export const keeperRequestParams = z.object({ requestId: idField });

export const crewKeeperRequestAnswer = z.object({
  id: z.string(),
  requesting_agent_id: z.string(),
  requesting_crew_id: z.string(),
  credential_id: z.string(),
  request_type: z.enum(KEEPER_REQUEST_TYPES),
  intent: z.string(),
  decision: z.enum(KEEPER_DECISIONS),
  reason: z.string().nullable(),
  risk_score: z.int().nullable(),
  execution: z.enum(['due', 'running', 'done', 'failed']).nullable().describe('of an allowed command'),
  output: z.string().nullable(),
  exit_code: z.int().nullable(),
  created_at: timeField,
  decided_at: timeField.nullable(),
});
