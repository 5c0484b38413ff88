import { hasBudgetsOfRuns } from '../../../db/money/ledger/needs-run.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import type { IncomingMessage } from 'node:http';
import type { CallMeter, CallUnderWay } from '../../../commands/group-commit/call-meter.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { framingOf } from '../../../domain/kernel/http/body-framing.ts';
import { createRequestReader, type LlmRequest } from '../../../domain/money/llm/call-estimate.ts';
import type { LlmTarget } from '../../../domain/money/llm/llm-provider.ts';
import { usageOfReading } from '../../../domain/money/llm/meter-reading.ts';
import { readQuota } from '../../../domain/money/llm/quota-headers.ts';
import { createHeldBodies, NoRoomError } from '../../../platform/http/held-bodies.ts';
import { BodyTooLargeError } from '../../../platform/http/read-body.ts';
import { type AnswerMeter, createAnswerMeter } from '../../../platform/llm/answer-meter.ts';
import { requestIdOf } from '../../http/kernel/request-id.ts';
import type { ProvenCaller } from '../caller/prove-caller.ts';

/** A call that money is held for. */
export interface MeteredCall {
  /** What is to be sent. */
  readonly body: Buffer;
  /** The provider has begun to answer; what comes from now on is counted as it passes. */
  answered(answer: IncomingMessage): void;
}

export interface MeteredCalls {
  /**
   * Reads the request whole, and lets `send` begin the call: with the plan that pays it, null where it costs money.
   * What the call used is written down however `send` ends. Rejects as `send` does, and with `budget_exceeded`,
   * `invalid_request`, `payload_too_large`, `unavailable` before anything is sent.
   */
  carry(
    caller: ProvenCaller,
    target: LlmTarget,
    request: IncomingMessage,
    send: (begin: (plan: string | null) => Promise<MeteredCall>) => Promise<void>,
  ): Promise<void>;
}

/** Anthropic's own limit of a request. */
const BODY_BYTES = 33_554_432;
/** Of all crews, and of those of one workspace. */
const ALL_BODIES_BYTES = 8 * BODY_BYTES;
const SHARE_BYTES = 4 * BODY_BYTES;
/** How a request asks that what it writes to the provider's cache is kept for an hour, in any spelling of JSON. */
const AN_HOUR = ['"1h"', '\\u0031h"', '"1\\u0068', '\\u0031\\u0068'];

function refusalOf(error: unknown): unknown {
  if (error instanceof BodyTooLargeError) {
    return new CrewshipError('payload_too_large', `requests are limited to ${error.limitBytes} bytes`);
  }
  if (error instanceof NoRoomError) {
    return new CrewshipError('unavailable', 'too many large requests are under way; try again');
  }
  return error;
}

/** Whether the provider may have seen a call that failed so. */
function wasReached(error: unknown): boolean {
  return error instanceof CrewshipError && error.code === 'egress_failed' && error.extensions.reached === true;
}

/** What the provider made of a call. */
interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Of an answer that costs something. */
  readonly meter: AnswerMeter | null;
}

async function settle(
  call: CallUnderWay,
  asked: { readonly read: LlmRequest; readonly putsOut: boolean; readonly wasReached: boolean },
  answered: Answered | null,
): Promise<void> {
  const had429 = answered?.status === 429;
  const isCharged = answered === null ? asked.wasReached : answered.meter !== null;
  if (!isCharged && !had429) return call.release();
  const reading = answered?.meter == null ? null : await answered.meter.end();
  const { likelyInputTokens } = asked.read;
  const { usage, isEstimate } = usageOfReading(reading, { likelyInputTokens, putsOut: asked.putsOut });
  const quota = answered === null ? null : readQuota(answered.headers);
  call.settle({
    usage: had429 ? { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheCreationTokens: 0 } : usage,
    isUsageEstimate: isEstimate && !had429,
    hadStatus429: had429,
    quotaRemainingPct: quota?.remainingPct ?? null,
    quotaWindow: quota?.window ?? null,
  });
}

/**
 * Calls of models that cost something: read whole, as what is held for one depends on all of it, held for before they
 * are sent, and counted as their answers pass. What is counted is what came here, whether it reached the agent or not.
 */
export function createMeteredCalls(meter: Pick<CallMeter, 'begin'>, reads: ReadPool): MeteredCalls {
  const bodies = createHeldBodies({ eachBytes: BODY_BYTES, allBytes: ALL_BODIES_BYTES, shareBytes: SHARE_BYTES });

  return {
    async carry(caller, target, request, send) {
      // What could be read in two ways is refused before any of it is read.
      framingOf(request);
      const { workspaceId, crewId } = caller.crew;
      if (caller.run === null && (await hasBudgetsOfRuns(reads, caller.crew))) {
        throw new CrewshipError('forbidden', 'X-Run-Token says whose budget a call counts for, and is missing');
      }
      const reader = createRequestReader();
      const body = await bodies
        .hold(request, workspaceId, (chunk) => reader.push(chunk))
        .catch((error: unknown) => {
          throw refusalOf(error);
        });
      const putsOut = !target.path.startsWith('/v1/embeddings');
      const read = reader.read();
      const made: { call: CallUnderWay | null; answered: Answered | null } = { call: null, answered: null };
      let failure: unknown;
      try {
        const { model } = read;
        if (model === null) throw new CrewshipError('invalid_request', 'model: is required');
        await send(async (plan) => {
          made.call = await meter.begin({
            ...{ workspaceId, crewId, agentId: caller.run?.agentId ?? null, runId: caller.run?.runId ?? null },
            ...{ provider: target.provider, model, subscriptionPlan: plan, requestId: requestIdOf(request) },
            most: { ...read.most, ...(putsOut ? {} : { outputTokens: 0 }) },
            mayKeepAnHour: AN_HOUR.some((spelling) => body.bytes.includes(spelling)),
          });
          return {
            body: body.bytes,
            answered(answer) {
              body.release();
              const { statusCode: status = 502, headers } = answer;
              const isCharged = status >= 200 && status < 300;
              const counted = isCharged
                ? createAnswerMeter(target.provider, {
                    contentType: headers['content-type'],
                    contentEncoding: headers['content-encoding'],
                  })
                : null;
              if (counted !== null) answer.on('data', (chunk: Buffer) => counted.push(chunk));
              made.answered = { status, headers, meter: counted };
            },
          };
        });
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        body.release();
        if (made.call !== null) {
          await settle(made.call, { read, putsOut, wasReached: wasReached(failure) }, made.answered);
        }
      }
    },
  };
}
