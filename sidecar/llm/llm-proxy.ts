import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { forwardedHeaders, PLAN_HEADER, PROBLEM_HEADER } from '../../domain/crews/egress/forwarded-headers.ts';
import { type LlmRequest, readLlmRequest } from '../../domain/money/llm/call-estimate.ts';
import { llmProblemBody } from '../../domain/money/llm/llm-problem.ts';
import { type LlmTarget, llmTarget } from '../../domain/money/llm/llm-provider.ts';
import { readQuota } from '../../domain/money/llm/quota-headers.ts';
import { type ApiClient, type ApiResponse, ApiUnreachableError } from '../api/api-client.ts';
import { type AnswerMeter, createAnswerMeter } from '../../platform/llm/answer-meter.ts';
import type { CostReport, CostReports } from './cost-reports.ts';
import type { EgressClient } from '../egress/egress-client.ts';
import { FORWARDING_TIMES, type ForwardingTimes } from '../api/forwarding.ts';
import { createHeldBodies, type HeldBody, NoRoomError } from '../api/held-bodies.ts';
import { retry } from '../api/retry.ts';
import { EGRESS_DENIED, RequestProblem } from '../http/problem.ts';
import { BodyTooLargeError, readBody } from '../http/read-body.ts';

export interface LlmProxy {
  /** Carries one call of a model. Answers every refusal in the provider's own words; `gone`: the client has left. */
  handle(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void>;
}

/** Anthropic's own limit of a request. */
const BODY_BYTES = 33_554_432;
const ALL_BODIES_BYTES = 4 * BODY_BYTES;
const PROBLEM_BYTES = 65_536;
/** Longer than a call lasts. A later report counts all the same. */
const RESERVATION_SECONDS = 1_800;
/** A host that is starting or ending; asked again. */
const NOT_NOW = new Set([502, 503, 504]);
/** The container's key is a placeholder, and what else names an account is the key's business. */
const NOT_FORWARDED = new Set(['authorization', 'x-api-key', 'api-key', 'cookie', 'host', 'content-length']);

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

class Refused extends Error {
  readonly refusal: Refusal;
  /** The provider was asked all the same. */
  readonly wasReached: boolean;
  constructor(refusal: Refusal, wasReached = false) {
    super(refusal.detail);
    this.refusal = refusal;
    this.wasReached = wasReached;
  }
}

function refuse(status: number, code: string, detail: string): Refused {
  return new Refused({ status, code, detail });
}

/** A problem document of the host's as a refusal. */
function refusalOf(status: number, body: Buffer): Refused {
  let problem: { code?: unknown; detail?: unknown; reached?: unknown } = {};
  try {
    problem = JSON.parse(body.toString('utf8')) as typeof problem;
  } catch {
    // Not one of ours: its status says enough.
  }
  const code = typeof problem.code === 'string' ? problem.code : 'refused';
  const detail = typeof problem.detail === 'string' ? problem.detail : 'the host refused the call';
  return new Refused({ status, code, detail: `Crewship: ${detail}` }, problem.reached === true);
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

/** What is known of a call as it goes on. */
interface Call {
  readonly id: string;
  readonly target: LlmTarget;
  read: LlmRequest;
  readonly runToken: string | undefined;
  reservationId: string | null;
  /** Whether the host may have passed it to the provider. */
  isSent: boolean;
  answer: IncomingMessage | null;
  meter: AnswerMeter | null;
}

/** The report of a call that is over, however it ended. */
function reportOf(call: Call): CostReport | null {
  const { answer, meter, read, target } = call;
  const status = answer?.statusCode ?? null;
  const had429 = status === 429;
  const isCharged = status === null ? call.isSent : status >= 200 && status < 300;
  if (!isCharged && !had429) {
    return call.reservationId === null ? null : { kind: 'release', reservationId: call.reservationId };
  }
  const isEstimate = isCharged && meter?.isComplete !== true;
  const said = meter?.usage ?? null;
  const quota = answer === null ? null : readQuota(answer.headers);
  const plan = answer?.headers[PLAN_HEADER];
  return {
    kind: 'record',
    fields: {
      call_id: call.id,
      provider: target.provider,
      model: read.model,
      reservation_id: call.reservationId,
      input_tokens: had429 ? 0 : (said?.inputTokens ?? read.likelyInputTokens),
      output_tokens: isEstimate
        ? Math.max(said?.outputTokens ?? 0, meter?.likelyOutputTokens ?? 0)
        : (said?.outputTokens ?? 0),
      cached_input_tokens: said?.cachedInputTokens ?? 0,
      cache_creation_tokens: said?.cacheCreationTokens ?? 0,
      usage_is_estimate: isEstimate,
      had_status_429: had429,
      ...(quota === null ? {} : { quota_remaining_pct: quota.remainingPct, quota_window: quota.window }),
      ...(typeof plan === 'string' ? { billing_mode: 'flat_rate', subscription_plan: plan } : {}),
    },
  };
}

/**
 * Carries calls of models to the host, which adds the key: reserves before what a call may cost at most, passes the
 * answer on as it comes, and reports what was used.
 */
export function createLlmProxy(deps: {
  readonly crewToken: string;
  readonly api: ApiClient;
  readonly egress: EgressClient;
  readonly reports: Pick<CostReports, 'admit'>;
  readonly times?: ForwardingTimes;
}): LlmProxy {
  const { api, egress, reports, times = FORWARDING_TIMES } = deps;
  const bodies = createHeldBodies({ eachBytes: BODY_BYTES, allBytes: ALL_BODIES_BYTES });

  async function reserve(call: Call, gone: AbortSignal): Promise<void> {
    const body = Buffer.from(
      JSON.stringify({
        call_id: call.id,
        provider: call.target.provider,
        model: call.read.model,
        input_tokens: call.read.most.inputTokens,
        output_tokens: call.read.most.outputTokens,
        ttl_seconds: RESERVATION_SECONDS,
      }),
    );
    const headers = {
      host: 'api',
      'x-internal-token': deps.crewToken,
      ...(call.runToken === undefined ? {} : { 'x-run-token': call.runToken }),
      'content-type': 'application/json',
      'content-length': String(body.length),
    };
    const path = '/api/v1/internal/cost/reservations';
    const answer = await retry<ApiResponse>(
      times,
      times.patienceMs,
      gone,
      (timeoutMs) => api({ method: 'POST', path, headers, body, signal: gone, timeoutMs }),
      // Under the call's id it is one reservation, however often it is asked for.
      (outcome) => outcome instanceof ApiUnreachableError || NOT_NOW.has(outcome.status),
    );
    if (answer.status !== 201) throw refusalOf(answer.status, answer.body);
    const reserved = JSON.parse(answer.body.toString('utf8')) as { reservation_id: string | null };
    call.reservationId = reserved.reservation_id;
  }

  /** The provider's answer. Sent again only while it is certain that nobody has seen the call. */
  async function send(
    call: Call,
    request: IncomingMessage,
    body: HeldBody,
    gone: AbortSignal,
  ): Promise<IncomingMessage> {
    const headers = forwardedHeaders(request.headers, NOT_FORWARDED);
    const answer = await retry<IncomingMessage>(
      times,
      times.patienceMs,
      gone,
      () =>
        egress.request({
          url: request.url ?? '/',
          from: { method: request.method ?? 'GET', body: body.bytes },
          headers,
          runToken: call.runToken,
          signal: gone,
          onReached: () => {
            call.isSent = true;
          },
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
    const refused = refusalOf(answer.statusCode ?? 502, said);
    call.isSent = refused.wasReached;
    throw refused;
  }

  async function pass(call: Call, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const answer = call.answer!;
    response.writeHead(answer.statusCode ?? 502, forwardedHeaders(answer.headers, new Set()));
    response.flushHeaders();
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      call.meter?.push(chunk);
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone });
    }
    response.end();
  }

  async function carry(call: Call, request: IncomingMessage, response: ServerResponse, gone: AbortSignal) {
    const body = await bodies.hold(request);
    try {
      if (call.target.isMetered) {
        call.read = readLlmRequest([body.bytes]);
        if (call.read.model === null) throw refuse(400, 'invalid_request', 'model: is required');
        await reserve(call, gone);
      }
      call.answer = await send(call, request, body, gone);
    } finally {
      body.release();
    }
    call.meter = createAnswerMeter(call.target.provider, call.answer.headers['content-type']);
    await pass(call, response, gone);
  }

  return {
    async handle(request, response, gone) {
      const target = llmTarget(request.method ?? '', request.url ?? '');
      if (typeof target === 'string') throw new RequestProblem({ ...EGRESS_DENIED, detail: target });
      const runToken = request.headers['x-run-token'];
      const call: Call = {
        id: randomUUID(),
        target,
        read: readLlmRequest([]),
        runToken: typeof runToken === 'string' && runToken.length <= 1_024 ? runToken : undefined,
        reservationId: null,
        isSent: false,
        answer: null,
        meter: null,
      };
      const place = target.isMetered ? reports.admit() : undefined;
      try {
        if (place === null)
          throw refuse(503, 'reports_full', 'Crewship: too many calls are not reported yet; try again');
        await carry(call, request, response, gone);
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
      } finally {
        place?.settle(target.isMetered ? reportOf(call) : null, call.runToken);
      }
    },
  };
}
