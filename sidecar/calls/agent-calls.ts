import type { IncomingMessage } from 'node:http';
import { DEFAULT_QUERY_SECONDS, LONGEST_QUERY_SECONDS } from '../../domain/work/peers/peer-request.ts';
import { type AllowedQuery, allowedQuery } from '../http/allowed-query.ts';
import type { ApiResponse } from '../api/api-client.ts';
import type { Forwarding } from '../api/forwarding.ts';
import { readBody } from '../http/read-body.ts';
import { readFields } from '../http/read-fields.ts';

type Carry = (
  forwarding: Forwarding,
  request: IncomingMessage,
  target: { readonly path: string; readonly query: string },
  gone: AbortSignal,
) => Promise<ApiResponse>;

export interface AgentCall {
  /** Method and path as the list below has them. */
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
  readonly carry: Carry;
}

const BODY_LIMIT_BYTES = 1_048_576;
/** As the API's: a message of 1 MiB with room for its escapes. */
const MESSAGE_LIMIT_BYTES = 2.5 * 1_048_576;

const ID = '[A-Za-z0-9_-]{2,64}';
/** Bounds only: what a value means is the API's to judge. */
const ID_VALUE = new RegExp(`^${ID}$`);
const MOMENT = /^[0-9TZ:.+-]{10,40}$/;
const LIMIT = /^\d{1,3}$/;
const OFFSET = /^\d{1,7}$/;
const WORD = /^[a-z]{1,16}$/;
const STATUSES = /^[A-Z_,]{1,1000}$/;
const SEARCH = /^.{1,200}$/s;

/** A body that goes on. `actorField` names the agent that acts: the run's token says it instead, where there is one. */
function write(
  method: 'POST' | 'PATCH',
  options: { readonly actorField?: string; readonly limitBytes?: number } = {},
): Carry {
  const { actorField, limitBytes = BODY_LIMIT_BYTES } = options;
  return async (forwarding, request, { path }, gone) => {
    const fields = await readFields(request, limitBytes);
    return forwarding.write(request, { method, path, fields, actorField }, gone);
  };
}

/** A write that says all in its path: a body is read and dropped. */
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
  return forwarding.write(request, { method: 'POST', path, fields, answerMs }, gone);
};

function read(allowed: AllowedQuery = {}): Carry {
  return (forwarding, request, target, gone) =>
    forwarding.read(request, `${target.path}${allowedQuery(target.query, allowed)}`, gone);
}

const wait: Carry = (forwarding, request, { path }, gone) => forwarding.wait(request, path, gone);

/**
 * What is carried to the API's internal routes of the same names. `:id` stands for one path segment. Each is a tool too:
 * `mcp/agent-tools.ts` says how it is called.
 */
export const AGENT_CALLS: readonly AgentCall[] = (
  [
    ['POST', '/escalations', write('POST')],
    ['GET', '/escalations/:id/wait', wait],
    ['GET', '/answers', read()],
    ['POST', '/answers/:id/acknowledge', act],
    ['POST', '/missions', write('POST')],
    ['GET', '/missions/:id', read()],
    ['POST', '/missions/:id/start', act],
    ['POST', '/report-confidence', write('POST', { actorField: 'agent_id' })],
    ['POST', '/assignments', write('POST', { actorField: 'actor_agent_id' })],
    ['GET', '/assignments/:id', read()],
    ['POST', '/queries', query],
    ['GET', '/standup', read({ since: MOMENT })],
    ['POST', '/port-expose', write('POST', { actorField: 'agent_id' })],
    ['GET', '/agents/:id/resolve', read()],
    ['GET', '/crews', read()],
    ['POST', '/crews', write('POST')],
    ['POST', '/agents', write('POST')],
    ['GET', '/crew-connections', read()],
    ['GET', '/crew-messages', read({ direction: WORD, limit: LIMIT, since: MOMENT, peer_crew_id: ID_VALUE })],
    ['POST', '/crew-messages', write('POST', { actorField: 'from_agent_id', limitBytes: MESSAGE_LIMIT_BYTES })],
    ['GET', '/issues', read({ status: STATUSES, assignee_id: ID_VALUE, q: SEARCH, limit: LIMIT, offset: OFFSET })],
    ['POST', '/issues', write('POST', { actorField: 'author_id' })],
    ['GET', '/issues/:id', read()],
    ['PATCH', '/issues/:id', write('PATCH', { actorField: 'agent_id' })],
    ['POST', '/issues/:id/comments', write('POST', { actorField: 'agent_id' })],
  ] as const
).map(([method, path, carry]) => ({
  name: `${method} ${path}`,
  method,
  path: new RegExp(`^${path.replace(':id', ID)}$`),
  carry,
}));
