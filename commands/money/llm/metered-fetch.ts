import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { readLlmRequest } from '../../../domain/money/llm/call-estimate.ts';
import type { ModelProvider } from '../../../domain/money/llm/llm-config.ts';
import type { LlmProvider } from '../../../domain/money/llm/llm-provider.ts';
import { usageOfReading } from '../../../domain/money/llm/meter-reading.ts';
import { readQuota } from '../../../domain/money/llm/quota-headers.ts';
import { type LlmCall, type Price, priceCall, tokensOf } from '../../../domain/money/ledger/cost-record.ts';
import type { RateCard, Usage } from '../../../domain/money/ledger/rate-card.ts';
import type { GuardedClient, OutboundAnswer } from '../../../platform/guarded-http/guarded-client.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type AnswerMeter, createAnswerMeter } from '../../../platform/llm/answer-meter.ts';

/** Whose a call is and what it is for. */
export interface CallAccount {
  readonly workspaceId: string;
  /** `''` for none. */
  readonly crewId: string;
  readonly agentId: string | null;
  readonly missionId: string | null;
  readonly runId: string | null;
  readonly isRunProven: boolean;
  readonly requestId: string;
  readonly ownCall: {
    readonly purpose: string;
    readonly userId: string | null;
    readonly projectId: string | null;
    readonly jobId: string | null;
  };
}

/** The ledger, as calls use it: `commands/group-commit/ledger-writer.ts`. */
export interface LlmLedger {
  reserve(
    request: CallAccount & {
      readonly amountMicros: number;
      readonly amountTokens: number;
      readonly ttlMs: number;
      readonly callId: string;
    },
  ): Promise<{ readonly id: string | null }>;
  record(
    record: CallAccount & {
      readonly call: LlmCall;
      readonly price: Price;
      readonly callId: string;
      readonly reservationId: string | null;
      readonly isFromCache?: boolean;
    },
  ): Promise<{ readonly id: string }>;
  release(ref: {
    readonly workspaceId: string;
    readonly crewId: string;
    readonly reservationId: string;
  }): Promise<void>;
}

const ANSWER_BYTES = 32 * 1_024 * 1_024;
/** A hold outlasts its call by what recording it may take. */
const HOLD_SLACK_MS = 120_000;

/**
 * `fetch` for calls of one model: each is reserved for with the most that it can cost, sent through the guarded client,
 * and recorded with what the provider says it used, before its answer is given out. So whoever has an answer has a row
 * of the ledger for it. A call that nobody has answered costs nothing; one that broke off, or was given up, may have
 * cost, and is recorded as a guess. Throws `budget_exceeded` before anything is sent.
 */
export function createMeteredFetch(deps: {
  readonly client: Pick<GuardedClient, 'send'>;
  readonly ledger: LlmLedger;
  readonly rateCard: () => RateCard;
  readonly account: CallAccount;
  readonly provider: ModelProvider;
  readonly timeoutMs: number;
  /** Called with each row of the ledger. */
  readonly onRecorded: (ledgerId: string) => void;
}): typeof fetch {
  const { client, ledger, account, provider } = deps;
  const protocol: LlmProvider = provider === 'anthropic' ? 'anthropic' : 'openai';

  return async (input, init = {}) => {
    const { body } = init;
    if (typeof body !== 'string') throw new TypeError('a call of a model is JSON');
    init.signal?.throwIfAborted();
    const url = input instanceof Request ? input.url : input.toString();
    const isEmbedding = url.endsWith('/embeddings');
    const said = readLlmRequest([Buffer.from(body)]);
    const model = said.model ?? 'unknown';
    const most: Usage = { ...said.most, ...(isEmbedding ? { outputTokens: 0 } : {}) };
    const callId = newId();
    const callOf = (usage: Usage, isUsageEstimate: boolean, headers: Parameters<typeof readQuota>[0] = {}): LlmCall => {
      const quota = readQuota(headers);
      return {
        provider,
        model,
        usage,
        billingMode: 'metered',
        subscriptionPlan: null,
        quotaRemainingPct: quota?.remainingPct ?? null,
        quotaWindow: quota?.window ?? null,
        hadStatus429: false,
        isUsageEstimate,
      };
    };
    const { costMicros } = priceCall(deps.rateCard(), callOf(most, true));
    const hold = await ledger.reserve({
      ...account,
      amountMicros: costMicros,
      amountTokens: tokensOf(most),
      ttlMs: deps.timeoutMs + HOLD_SLACK_MS,
      callId,
    });

    async function record(call: LlmCall): Promise<void> {
      const price = priceCall(deps.rateCard(), call);
      const { id } = await ledger.record({ ...account, call, price, callId, reservationId: hold.id });
      deps.onRecorded(id);
    }
    async function release(): Promise<void> {
      const { workspaceId, crewId } = account;
      if (hold.id !== null) await ledger.release({ workspaceId, crewId, reservationId: hold.id });
    }
    let meter: AnswerMeter | null = null;
    async function usedSoFar(headers: Parameters<typeof readQuota>[0] = {}): Promise<LlmCall> {
      const reading = meter === null ? null : await meter.end();
      const { usage, isEstimate } = usageOfReading(reading, { ...said, putsOut: !isEmbedding });
      return callOf(usage, isEstimate, headers);
    }
    const pieces: Uint8Array[] = [];
    let answer: OutboundAnswer;
    try {
      answer = await client.send({
        url,
        method: 'POST',
        headers: Object.fromEntries(new Headers(init.headers)),
        body,
        redirects: 0,
        share: deps.account.workspaceId,
        timeoutMs: deps.timeoutMs,
        limitBytes: ANSWER_BYTES,
        signal: init.signal ?? undefined,
      });
      const isAnswer = answer.status >= 200 && answer.status < 300;
      if (isAnswer) meter = createAnswerMeter(protocol, { contentType: String(answer.headers['content-type'] ?? '') });
      for await (const piece of answer.body()) {
        meter?.push(piece);
        pieces.push(piece);
      }
    } catch (error) {
      if (meter !== null || mayHaveCost(error, init.signal)) await record(await usedSoFar());
      else await release();
      throw error;
    }
    if (meter === null) await release();
    else await record(await usedSoFar(answer.headers));
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const each of [value].flat()) headers.append(name, each);
    }
    return new Response(Buffer.concat(pieces), { status: answer.status, headers });
  };
}

/** Whether the provider may have worked on a call of which nothing came back. */
function mayHaveCost(error: unknown, signal: AbortSignal | null | undefined): boolean {
  if (signal?.aborted === true) return true;
  return error instanceof CrewshipError && error.code === 'egress_failed' && error.extensions.reason === 'timeout';
}
