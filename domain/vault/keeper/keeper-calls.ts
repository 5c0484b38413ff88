import type { AgentCall } from '../../kernel/schemas/agent-call.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { MAX_COMMAND_LENGTH, MAX_INTENT_LENGTH } from './keeper-request.ts';

const asked = ({ z, id }: Fields) => ({
  intent: z
    .string()
    .trim()
    .min(1)
    .max(MAX_INTENT_LENGTH)
    .describe('What it is for, in full sentences: what you do, with what, and why it needs this credential.'),
  credential_id: id.optional(),
  credential_name: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('The variable that you have the credential in, instead of its id.'),
  task_id: id.nullish().describe('The task that it is for.'),
});

const decided = ({ z }: Fields) =>
  z.looseObject({
    request_id: z.string(),
    decision: z.string().describe('ALLOW, DENY or ESCALATE: people decide, ask again with `get_credential_request`.'),
    reason: z.string(),
    risk_score: z.number(),
  });

export const requestCredentialCall = {
  name: 'request_credential',
  method: 'POST',
  path: '/keeper/request',
  title: 'Ask for a credential',
  description:
    'Ask the keeper whether you may use a credential. It answers ALLOW, DENY or ESCALATE, and never with the value. ' +
    'Say exactly what it is for: a vague intent is denied.',
  input: (fields) => fields.z.object(asked(fields)),
  effect: 'adds',
  actorField: 'requesting_agent_id',
  carried: 'decision',
  output: decided,
} satisfies AgentCall;

export const runWithCredentialCall = {
  name: 'run_with_credential',
  method: 'POST',
  path: '/keeper/execute',
  title: 'Run a command with a credential',
  description:
    'Have one command run with a secret in a variable that only this command sees. It answers with the output, ' +
    'without the secret. One plain command: no pipes, no redirection, no shell, 60 seconds at most.',
  input: (fields) =>
    fields.z.object({
      ...asked(fields),
      command: fields.z
        .string()
        .min(1)
        .max(MAX_COMMAND_LENGTH)
        .describe('The program and its arguments; quotes hold words together, and nothing is expanded.'),
      env_var: fields.z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of a variable')
        .optional()
        .describe('Where the command finds the secret; default: the variable that you have the credential in.'),
    }),
  effect: 'changes',
  actorField: 'requesting_agent_id',
  carried: 'decision',
  output: decided,
} satisfies AgentCall;

export const KEEPER_CALLS: readonly AgentCall[] = [
  requestCredentialCall,
  {
    name: 'get_credential_request',
    method: 'GET',
    path: '/keeper/request/:id',
    title: 'How a credential request stands',
    description: 'What the keeper, or people, decided on an earlier request, and what a command put out.',
    id: 'The request_id that `request_credential` or `run_with_credential` answered.',
    effect: 'reads',
  },
  runWithCredentialCall,
];
