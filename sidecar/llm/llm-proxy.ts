import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { forwardedHeaders, PROBLEM_HEADER } from '../../domain/crews/egress/forwarded-headers.ts';
import { llmProblemBody } from '../../domain/money/llm/llm-problem.ts';
import { llmTarget } from '../../domain/money/llm/llm-provider.ts';
import { ApiUnreachableError } from '../api/api-client.ts';
import type { EgressClient } from '../egress/egress-client.ts';
import { FORWARDING_TIMES, type ForwardingTimes } from '../api/forwarding.ts';
import { createHeldBodies, type HeldBody, NoRoomError } from '../../platform/http/held-bodies.ts';
import { retry } from '../api/retry.ts';
import { EGRESS_DENIED, RequestProblem } from '../http/problem.ts';
import { BodyTooLargeError, readBody } from '../../platform/http/read-body.ts';

export interface LlmProxy {
  /** Carries one call of a model. Answers every refusal in the provider's own words; `gone`: the client has left. */
  handle(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void>;
}

/** Anthropic's own limit of a request. */
const BODY_BYTES = 33_554_432;
const ALL_BODIES_BYTES = 4 * BODY_BYTES;
const PROBLEM_BYTES = 65_536;
/** The container's key is a placeholder, and what else names an account is the key's business. */
const NOT_FORWARDED = new Set(['authorization', 'x-api-key', 'api-key', 'cookie', 'host', 'content-length']);

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.refusal = refusal;
  }
}

/** A problem document of the host's as a refusal. */
function refusalOf(status: number, body: Buffer): Refused {
  let problem: { code?: unknown; detail?: unknown } = {};
  try {
    problem = JSON.parse(body.toString('utf8')) as typeof problem;
  } catch {
    // Not one of ours: its status says enough.
  }
  const code = typeof problem.code === 'string' ? problem.code : 'refused';
  const detail = typeof problem.detail === 'string' ? problem.detail : 'the host refused the call';
  return new Refused({ status, code, detail: `Crewship: ${detail}` });
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof BodyTooLargeError) {
    return {
      status: 413,
      code: 'payload_too_large',
      detail: `Crewship: requests are limited to ${error.limitBytes} bytes`,
    };
  }
  if (error instanceof NoRoomError) {
    return {
      status: 503,
      code: 'busy',
      detail: 'Crewship: too many large requests of this crew are under way; try again',
    };
  }
  if (error instanceof ApiUnreachableError) {
    const detail = error.sent ? 'went away before the model answered; try again' : 'cannot be reached; try again later';
    return { status: 503, code: 'api_unavailable', detail: `Crewship: the API ${detail}` };
  }
  return { status: 500, code: 'internal', detail: 'Crewship: the sidecar failed to carry the call' };
}

/**
 * Carries calls of models to the host, which holds money for them, adds the key and counts what they use; the answer
 * goes on as it comes. A call that the host may have seen is not sent again.
 */
export function createLlmProxy(deps: { readonly egress: EgressClient; readonly times?: ForwardingTimes }): LlmProxy {
  const { egress, times = FORWARDING_TIMES } = deps;
  const bodies = createHeldBodies({ eachBytes: BODY_BYTES, allBytes: ALL_BODIES_BYTES });

  /** The provider's answer. Sent again only while it is certain that nobody has seen the call. */
  async function send(request: IncomingMessage, body: HeldBody, gone: AbortSignal): Promise<IncomingMessage> {
    const headers = forwardedHeaders(request.headers, NOT_FORWARDED);
    const runToken = request.headers['x-run-token'];
    const answer = await retry<IncomingMessage>(
      times,
      times.patienceMs,
      gone,
      () =>
        egress.request({
          url: request.url ?? '/',
          from: { method: request.method ?? 'GET', body: body.bytes },
          headers,
          runToken: typeof runToken === 'string' && runToken.length <= 1_024 ? runToken : undefined,
          signal: gone,
        }),
      (outcome) => {
        if (outcome instanceof ApiUnreachableError) return !outcome.sent;
        if (outcome.headers[PROBLEM_HEADER] !== 'unavailable') return false;
        outcome.resume();
        return true;
      },
    );
    if (answer.headers[PROBLEM_HEADER] === undefined) return answer;
    const said = answer.readableFlowing === true ? Buffer.alloc(0) : await readBody(answer, PROBLEM_BYTES);
    throw refusalOf(answer.statusCode ?? 502, said);
  }

  async function carry(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const body = await bodies.hold(request);
    let answer: IncomingMessage;
    try {
      answer = await send(request, body, gone);
    } finally {
      body.release();
    }
    response.writeHead(answer.statusCode ?? 502, forwardedHeaders(answer.headers, new Set()));
    response.flushHeaders();
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone });
    }
    response.end();
  }

  return {
    async handle(request, response, gone) {
      const target = llmTarget(request.method ?? '', request.url ?? '');
      if (typeof target === 'string') throw new RequestProblem({ ...EGRESS_DENIED, detail: target });
      try {
        await carry(request, response, gone);
      } catch (error) {
        if (gone.aborted) return;
        if (response.headersSent) {
          response.destroy();
          return;
        }
        const refusal = refusalFor(error);
        const body = llmProblemBody(target.provider, refusal);
        response.writeHead(refusal.status, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'cache-control': 'no-store',
          ...(request.complete ? {} : { connection: 'close' }),
        });
        response.end(body);
      }
    },
  };
}
