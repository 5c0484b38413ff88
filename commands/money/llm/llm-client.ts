import { z } from 'zod';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  INSTANCE_KEYS,
  type LlmConfig,
  modelsFor,
  type ModelProvider,
  type ModelTarget,
  type RouteMatch,
} from '../../../domain/money/llm/llm-config.ts';
import type { JsonValue } from '../../../domain/kernel/json/json-value.ts';
import { NO_CREW } from '../../../domain/money/ledger/cost-record.ts';
import type { RateCard } from '../../../domain/money/ledger/rate-card.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { createGuardedClient, type GuardedClient } from '../../../platform/guarded-http/guarded-client.ts';
import type { OutboundPlace } from '../../../platform/guarded-http/guarded-dispatcher.ts';
import { placeOf } from '../../../platform/guarded-http/outbound-place.ts';
import type { Resolve } from '../../../platform/guarded-http/public-addresses.ts';
import {
  completeObject,
  completeText,
  type CompletionRequest,
  embedTexts,
  type FinishReason,
  type ModelEndpoint,
} from '../../../platform/llm/model-calls.ts';
import { readEffectiveDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import { readSetting } from '../../../db/instance/settings/settings-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { openModelCredential } from '../../../db/money/llm/model-credentials.ts';
import { type AnswerCache, CACHED_PURPOSES, type CachedCall, type Lookup } from './answer-cache.ts';
import { failureOf, llmFailed, type LlmFailure } from './llm-failure.ts';
import { type CallAccount, createMeteredFetch, type LlmLedger } from './metered-fetch.ts';

/** Whose call it is, what for, and how long it may take. Ids are proven by whoever asks. */
export interface LlmCaller {
  readonly workspaceId: string;
  /** `judge`, `plan`, `summary`: routes match it, the ledger keeps it. */
  readonly purpose: string;
  readonly requestId: string;
  readonly userId?: string | null;
  readonly projectId?: string | null;
  readonly jobId?: string | null;
  /** With a crew its budgets count too, and agent, mission and run are its own. */
  readonly crewId?: string;
  readonly agentId?: string | null;
  readonly missionId?: string | null;
  readonly runId?: string | null;
  readonly role?: string;
  /**
   * An answer to the very same may be taken instead, and this one kept; with the namespaces whose words are in the
   * prompt. Counts for some purposes, and at temperature 0.
   */
  readonly cache?: { readonly namespaceIds: readonly string[] };
  /** For all tries together. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface LlmPrompt {
  readonly system?: string;
  readonly messages: CompletionRequest['messages'];
  readonly maxTokens?: number;
  readonly temperature?: number;
}

/** What answered, and the rows of the ledger that the answer and its failed tries have. */
export interface AnsweredBy {
  readonly provider: ModelProvider;
  readonly model: string;
  readonly ledgerIds: readonly string[];
  /** Of the configuration that was read. */
  readonly configVersion: number;
}

/**
 * The one way in which the control plane itself calls models. Each call of a provider is reserved for, sent through the
 * guarded client and recorded (`metered-fetch.ts`). All methods throw `llm_not_configured`, `credential_missing`,
 * `budget_exceeded`, `llm_failed` (`reason`: timeout, refused, overloaded, unreachable or unusable) and the signal's
 * reason.
 */
export interface LlmClient {
  complete(
    caller: LlmCaller,
    prompt: LlmPrompt,
  ): Promise<AnsweredBy & { readonly text: string; readonly finishReason: FinishReason }>;
  /** An answer of the schema's shape, which is asked for again when it is not. */
  completeObject<Value>(
    caller: LlmCaller,
    prompt: LlmPrompt,
    schema: z.ZodType<Value>,
  ): Promise<AnsweredBy & { readonly value: Value }>;
  /** A vector for each text, in their order. Throws `llm_not_configured` where no embeddings are. */
  embed(
    caller: LlmCaller,
    texts: readonly string[],
  ): Promise<AnsweredBy & { readonly vectors: readonly (readonly number[])[] }>;
  close(): Promise<void>;
}

const DEFAULT_DEADLINE_MS = 60_000;
const LONGEST_DEADLINE_MS = 600_000;
const DEFAULT_MAX_TOKENS = 4_096;
const TRIES_PER_MODEL = 2;
const MOST_TRIES = 6;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;

interface Chosen {
  readonly config: LlmConfig;
  readonly configVersion: number;
  readonly source: 'workspace' | 'instance';
}

export function createLlmClient(deps: {
  readonly db: Pick<Database, 'reads' | 'systemReads'>;
  readonly keyRing: Pick<KeyRing, 'open'>;
  readonly ledger: LlmLedger;
  readonly rateCard: () => RateCard;
  /** Providers' own base addresses, as the operator has them: Anthropic's without a version, OpenAI's with it. */
  readonly urls: Readonly<Record<'anthropic' | 'openai', string>>;
  /** Places that a workspace's own servers may be at though they are not public. */
  readonly allowed: readonly OutboundPlace[];
  readonly resolve?: Resolve;
  readonly firstPauseMs?: number;
  /** Without it every answer is asked for. */
  readonly answers?: AnswerCache;
}): LlmClient {
  const { db, keyRing, urls, firstPauseMs = FIRST_PAUSE_MS } = deps;
  // The operator's addresses of providers may be private ones; what a tenant names must not reach them by that.
  const forProviders = createGuardedClient({ allowed: Object.values(urls).map(placeOf), resolve: deps.resolve });
  const forTenants = createGuardedClient({ allowed: deps.allowed, resolve: deps.resolve });

  async function readConfig(workspaceId: string): Promise<Chosen> {
    const found = await readEffectiveDocument(db, { workspaceId, kind: 'llm', key: '' });
    if (found === null) {
      throw new CrewshipError('llm_not_configured', 'no model is configured for this workspace or this instance');
    }
    // What was written passed the schema.
    return { config: found.body as unknown as LlmConfig, configVersion: found.version, source: found.source };
  }

  async function keyOf(target: ModelTarget, workspaceId: string, source: Chosen['source']): Promise<string | null> {
    const { provider, credential_id: credentialId } = target;
    if (credentialId !== null) {
      const key =
        source === 'workspace' ? await openModelCredential(db.reads, keyRing, { workspaceId, credentialId }) : null;
      if (key !== null) return key;
      throw new CrewshipError(
        'credential_missing',
        `the credential of ${provider}/${target.model} is missing or does not work`,
        {
          extensions: { provider },
        },
      );
    }
    // The instance's key is for the provider itself; a server of a workspace's never gets it.
    if (provider === 'openai_compatible') return null;
    const key = await readSetting(db, keyRing, { workspaceId: null, key: INSTANCE_KEYS[provider] });
    if (typeof key === 'string') return key;
    throw new CrewshipError('credential_missing', `neither ${provider}/${target.model} nor the instance has a key`, {
      extensions: { provider },
    });
  }

  async function endpointOf(target: ModelTarget, caller: LlmCaller, source: Chosen['source']) {
    const key = await keyOf(target, caller.workspaceId, source);
    const isOwn = target.base_url !== null;
    const baseUrl = isOwn
      ? target.base_url
      : target.provider === 'anthropic'
        ? `${urls.anthropic.replace(/\/+$/, '')}/v1`
        : urls.openai;
    const client: GuardedClient = isOwn ? forTenants : forProviders;
    return { key, baseUrl: baseUrl.replace(/\/+$/, ''), client };
  }

  /** Tries the models in their order, each again when that may help, within one deadline. */
  async function attempt<Answer>(
    caller: LlmCaller,
    chosen: Chosen,
    targets: readonly ModelTarget[],
    call: (endpoint: ModelEndpoint, signal: AbortSignal) => Promise<Answer>,
  ): Promise<AnsweredBy & { readonly answer: Answer }> {
    const deadlineMs = Math.min(caller.deadlineMs ?? DEFAULT_DEADLINE_MS, LONGEST_DEADLINE_MS);
    const deadline = AbortSignal.timeout(deadlineMs);
    const signal = caller.signal === undefined ? deadline : AbortSignal.any([deadline, caller.signal]);
    const endsAt = performance.now() + deadlineMs;
    const ledgerIds: string[] = [];
    let tries = 0;
    let last: { target: ModelTarget; failed: LlmFailure } | null = null;
    for (const target of targets) {
      const { key, baseUrl, client } = await endpointOf(target, caller, chosen.source);
      for (let tried = 1; tried <= TRIES_PER_MODEL && tries < MOST_TRIES; tried += 1) {
        tries += 1;
        const fetch = createMeteredFetch({
          client,
          ledger: deps.ledger,
          rateCard: deps.rateCard,
          account: accountOf(caller),
          provider: target.provider,
          timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())),
          onRecorded: (id) => ledgerIds.push(id),
        });
        try {
          const { provider, model } = target;
          const answer = await call({ provider, model, baseUrl, key, fetch }, signal);
          return { answer, provider, model, ledgerIds, configVersion: chosen.configVersion };
        } catch (error) {
          if (caller.signal?.aborted === true) throw caller.signal.reason;
          const failed = failureOf(error, deadline.aborted);
          last = { target, failed };
          if (failed.reason === 'timeout') throw llmFailed(target, failed);
          if (!failed.mayPass) break;
          const pauseMs = Math.min(failed.retryAfterMs ?? firstPauseMs * 2 ** (tried - 1), LONGEST_PAUSE_MS);
          if (tried === TRIES_PER_MODEL || performance.now() + pauseMs >= endsAt) break;
          await pause(pauseMs, signal);
        }
      }
    }
    throw llmFailed(last!.target, last!.failed);
  }

  async function converse<Answer>(
    caller: LlmCaller,
    prompt: LlmPrompt,
    {
      call,
      ...kept
    }: Kept<Answer> & {
      readonly call: (endpoint: ModelEndpoint, request: CompletionRequest) => Promise<Answer>;
    },
  ): Promise<AnsweredBy & { readonly answer: Answer }> {
    const chosen = await readConfig(caller.workspaceId);
    const { targets, temperature, maxTokens } = modelsFor(chosen.config, matchOf(caller));
    const request = {
      system: prompt.system ?? null,
      messages: prompt.messages,
      maxTokens: Math.min(prompt.maxTokens ?? DEFAULT_MAX_TOKENS, maxTokens ?? Number.POSITIVE_INFINITY),
      temperature: prompt.temperature ?? temperature,
    };
    const ask = () => attempt(caller, chosen, targets, (endpoint, signal) => call(endpoint, { ...request, signal }));
    const { answers } = deps;
    const cached = cachedCall(caller, chosen, targets[0]!, request, kept.schema);
    if (answers === undefined || cached === null) return ask();
    const lookup = await answers.find(cached);
    const known = lookup.answer === undefined ? undefined : kept.read(lookup.answer);
    if (known !== undefined) return recordHit(caller, chosen, cached.target, known);
    const asked = await ask();
    const { provider, model } = cached.target;
    // A fallback's answer is not what the first model says.
    if (asked.provider === provider && asked.model === model)
      await keepAnswer(cached, lookup, kept.write(asked.answer));
    return asked;
  }

  /** Whoever has paid for an answer has it, kept or not. */
  async function keepAnswer(call: CachedCall, lookup: Lookup, answer: JsonValue | undefined): Promise<void> {
    if (answer !== undefined) await deps.answers?.keep(call, lookup, answer).catch(() => {});
  }

  /** A row of the ledger that costs nothing. */
  async function recordHit<Answer>(
    caller: LlmCaller,
    chosen: Chosen,
    { provider, model }: ModelTarget,
    answer: Answer,
  ): Promise<AnsweredBy & { readonly answer: Answer }> {
    const { id } = await deps.ledger.record({
      ...accountOf(caller),
      call: {
        ...{ provider, model, usage: NO_USAGE, billingMode: 'metered', subscriptionPlan: null },
        ...{ quotaRemainingPct: null, quotaWindow: null, hadStatus429: false },
      },
      price: { costMicros: 0, confidence: 'precise', isRateKnown: true, rates: NO_RATES },
      callId: newId(),
      reservationId: null,
      isFromCache: true,
    });
    return { answer, provider, model, ledgerIds: [id], configVersion: chosen.configVersion };
  }

  return {
    async complete(caller, prompt) {
      const { answer, ...by } = await converse(caller, prompt, { ...KEPT_TEXT, call: completeText });
      return { ...by, ...answer };
    },
    async completeObject(caller, prompt, schema) {
      const { answer, ...by } = await converse(caller, prompt, {
        schema: () => z.toJSONSchema(schema, { io: 'input' }) as JsonValue,
        read: (kept) => schema.safeParse(kept).data,
        write: (value) => value as JsonValue,
        call: (endpoint, request) => completeObject(endpoint, request, schema),
      });
      return { ...by, value: answer };
    },
    async embed(caller, texts) {
      const chosen = await readConfig(caller.workspaceId);
      const { embeddings } = chosen.config;
      if (embeddings === null) throw new CrewshipError('llm_not_configured', 'no model for embeddings is configured');
      const { answer, ...by } = await attempt(caller, chosen, [embeddings], async (endpoint, signal) => {
        const vectors = await embedTexts(endpoint, { texts, dimensions: embeddings.dimensions, signal });
        if (vectors.length !== texts.length) throw new Error('as many vectors as texts are expected');
        return vectors;
      });
      return { ...by, vectors: answer };
    },
    async close() {
      await Promise.all([forProviders.close(), forTenants.close()]);
    },
  };
}

/** How an answer is kept. */
interface Kept<Answer> {
  readonly schema: () => JsonValue;
  /** Undefined: what is kept is no such answer. */
  readonly read: (kept: JsonValue) => Answer | undefined;
  /** Undefined: it is not kept. */
  readonly write: (answer: Answer) => JsonValue | undefined;
}

type Text = { readonly text: string; readonly finishReason: FinishReason };

/** Whole texts alone. */
const KEPT_TEXT: Kept<Text> = {
  schema: () => null,
  read: (kept) => (typeof kept === 'string' ? { text: kept, finishReason: 'stop' } : undefined),
  write: ({ text, finishReason }) => (finishReason === 'stop' ? text : undefined),
};

const NO_USAGE = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheCreationTokens: 0 };
const NO_RATES = { input: 0, output: 0, cachedInput: 0, cacheCreation: 0 };

/** The call as it is looked up; null for one whose answer is another each time, or nobody's to keep. */
function cachedCall(
  caller: LlmCaller,
  chosen: Chosen,
  target: ModelTarget,
  request: CachedCall['request'] & { readonly temperature: number | null },
  schema: () => JsonValue,
): CachedCall | null {
  const { workspaceId, purpose, cache } = caller;
  // None that is said is the provider's own, and not 0.
  if (cache === undefined || !CACHED_PURPOSES.includes(purpose) || request.temperature !== 0) return null;
  return {
    workspaceId,
    purpose,
    agentId: caller.agentId ?? null,
    namespaceIds: cache.namespaceIds,
    config: { source: chosen.source, version: chosen.configVersion },
    target,
    request,
    schema: schema(),
  };
}

function matchOf({ purpose, agentId, role }: LlmCaller): RouteMatch {
  return { purpose, ...(agentId == null ? {} : { agent: agentId }), ...(role === undefined ? {} : { role }) };
}

function accountOf(caller: LlmCaller): CallAccount {
  return {
    workspaceId: caller.workspaceId,
    crewId: caller.crewId ?? NO_CREW,
    agentId: caller.agentId ?? null,
    missionId: caller.missionId ?? null,
    runId: caller.runId ?? null,
    isRunProven: false,
    requestId: caller.requestId,
    ownCall: {
      purpose: caller.purpose,
      userId: caller.userId ?? null,
      projectId: caller.projectId ?? null,
      jobId: caller.jobId ?? null,
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
