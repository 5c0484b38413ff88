import type { IncomingMessage } from 'node:http';
import { CREW_TOOLS } from '../../domain/integrations/mcp/crew-tools.ts';
import type { AgentCall } from '../../domain/kernel/schemas/agent-call.ts';
import { ID_SEGMENT } from '../../domain/kernel/schemas/fields.ts';
import { LONGEST_DECISION_SECONDS } from '../../domain/vault/keeper/keeper-request.ts';
import { DEFAULT_QUERY_SECONDS, LONGEST_QUERY_SECONDS } from '../../domain/work/peers/peer-request.ts';
import { allowedQuery } from '../http/allowed-query.ts';
import type { ApiResponse } from '../api/api-client.ts';
import type { Forwarding } from '../api/forwarding.ts';
import { readBody } from '../../platform/http/read-body.ts';
import { readFields } from '../http/read-fields.ts';

type Carry = (
  forwarding: Forwarding,
  request: IncomingMessage,
  target: { readonly path: string; readonly query: string },
  gone: AbortSignal,
) => Promise<ApiResponse>;

export interface CarriedCall {
  readonly declared: AgentCall;
  readonly method: AgentCall['method'];
  readonly path: RegExp;
  readonly carry: Carry;
}

const BODY_LIMIT_BYTES = 1_048_576;

function write(method: 'POST' | 'PATCH', { actorField, bodyLimitBytes = BODY_LIMIT_BYTES }: AgentCall): Carry {
  return async (forwarding, request, { path }, gone) => {
    const fields = await readFields(request, bodyLimitBytes);
    return forwarding.write(request, { method, path, fields, actorField }, gone);
  };
}

/** A body is read and dropped. */
const act: Carry = async (forwarding, request, { path }, gone) => {
  await readBody(request, BODY_LIMIT_BYTES);
  return forwarding.write(request, { method: 'POST', path, fields: null }, gone);
};

/** A question to another agent is answered when that agent has answered, or when the asker's time is over. */
const query: Carry = async (forwarding, request, { path }, gone) => {
  const fields = await readFields(request, BODY_LIMIT_BYTES);
  const asked = fields.timeout_seconds;
  const seconds = typeof asked === 'number' && asked > 0 ? asked : DEFAULT_QUERY_SECONDS;
  const answerMs = Math.min(seconds, LONGEST_QUERY_SECONDS) * 1_000;
  return forwarding.write(request, { method: 'POST', path, fields, answerMs, isKeyed: false }, gone);
};

/** Not repeated by a key: what was asked twice is another request, and a command that is under way is refused. */
function decision({ actorField }: AgentCall): Carry {
  return async (forwarding, request, { path }, gone) => {
    const fields = await readFields(request, BODY_LIMIT_BYTES);
    const answerMs = LONGEST_DECISION_SECONDS * 1_000;
    return forwarding.write(request, { method: 'POST', path, fields, actorField, answerMs, isKeyed: false }, gone);
  };
}

function read(allowed: AgentCall['query'] = {}): Carry {
  return (forwarding, request, target, gone) =>
    forwarding.read(request, `${target.path}${allowedQuery(target.query, allowed)}`, gone);
}

const wait: Carry = (forwarding, request, { path }, gone) => forwarding.wait(request, path, gone);

/** Asked again, under one key, of an API that goes away meanwhile: what it has taken, it answers again. */
const answer: Carry = async (forwarding, request, { path }, gone) => {
  const fields = await readFields(request, BODY_LIMIT_BYTES);
  return forwarding.take(request, path, fields, gone);
};

function carryOf(call: AgentCall): Carry {
  if (call.carried === 'decision') return decision(call);
  if (call.carried !== undefined) return { act, query, wait, answer }[call.carried];
  return call.method === 'GET' ? read(call.query) : write(call.method, call);
}

/** What is carried to the API's internal routes of the same names. Each is a tool too. */
export const AGENT_CALLS: readonly CarriedCall[] = CREW_TOOLS.map((declared) => ({
  declared,
  method: declared.method,
  path: new RegExp(`^${declared.path.replace(':id', ID_SEGMENT)}$`),
  carry: carryOf(declared),
}));
