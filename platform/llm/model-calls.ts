import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embedMany, generateText, type LanguageModel, Output } from 'ai';
import type { z } from 'zod';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { ModelProvider } from '../../domain/money/llm/llm-config.ts';

/** A model, and the way to it. */
export interface ModelEndpoint {
  readonly provider: ModelProvider;
  readonly model: string;
  /** With its version. */
  readonly baseUrl: string;
  /** Null: the server takes calls of anybody. */
  readonly key: string | null;
  readonly fetch: typeof fetch;
}

export interface CompletionRequest {
  readonly system: string | null;
  /** The last one is the user's. */
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[];
  readonly maxTokens: number;
  /** Null: the provider's own. */
  readonly temperature: number | null;
  readonly signal: AbortSignal;
}

/** Why an answer ended: `length`: at the limit of tokens. */
export type FinishReason = 'stop' | 'length' | 'other';

function languageModel({ provider, model, baseUrl, key, fetch }: ModelEndpoint): LanguageModel {
  if (provider === 'anthropic') return createAnthropic({ baseURL: baseUrl, apiKey: key ?? 'none', fetch })(model);
  return createOpenAICompatible({
    name: provider,
    baseURL: baseUrl,
    ...(key === null ? {} : { apiKey: key }),
    fetch,
    // A server that calls itself compatible may know JSON and no schemas.
    supportsStructuredOutputs: provider === 'openai',
  })(model);
}

function settingsOf(endpoint: ModelEndpoint, request: CompletionRequest) {
  return {
    model: languageModel(endpoint),
    ...(request.system === null ? {} : { instructions: request.system }),
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    maxOutputTokens: request.maxTokens,
    ...(request.temperature === null ? {} : { temperature: request.temperature }),
    abortSignal: request.signal,
    // Who calls knows what a try may cost and how long all of them may take.
    maxRetries: 0,
  };
}

const finishReasonOf = (reason: string): FinishReason => (reason === 'stop' || reason === 'length' ? reason : 'other');

/** One call. Rejects with the errors of the SDK, which {@link modelFailure} reads. */
export async function completeText(
  endpoint: ModelEndpoint,
  request: CompletionRequest,
): Promise<{ readonly text: string; readonly finishReason: FinishReason }> {
  const result = await generateText(settingsOf(endpoint, request));
  return { text: result.text, finishReason: finishReasonOf(result.finishReason) };
}

/** One call whose answer is of the schema; rejects as {@link completeText}, also for one that is not. */
export async function completeObject<Value>(
  endpoint: ModelEndpoint,
  request: CompletionRequest,
  schema: z.ZodType<Value>,
): Promise<Value> {
  const result = await generateText({ ...settingsOf(endpoint, request), output: Output.object({ schema }) });
  return result.output as Value;
}

/** A vector for each text, in their order; as many calls as the texts need. */
export async function embedTexts(
  endpoint: ModelEndpoint,
  request: { readonly texts: readonly string[]; readonly dimensions: number | null; readonly signal: AbortSignal },
): Promise<readonly (readonly number[])[]> {
  const { provider, model, baseUrl, key, fetch } = endpoint;
  const embedding = createOpenAICompatible({
    name: provider,
    baseURL: baseUrl,
    ...(key === null ? {} : { apiKey: key }),
    fetch,
  }).embeddingModel(model);
  const { embeddings } = await embedMany({
    model: embedding,
    values: [...request.texts],
    abortSignal: request.signal,
    maxRetries: 0,
    maxParallelCalls: 1,
    ...(request.dimensions === null ? {} : { providerOptions: { [provider]: { dimensions: request.dimensions } } }),
  });
  return embeddings;
}

/** What a failed call comes to: what was thrown may hold what the provider said, which may repeat a key. */
export interface ModelFailure {
  /** The product's own refusal, as the guarded client or the ledger threw it. */
  readonly refusal: CrewshipError | null;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
}

export function modelFailure(error: unknown): ModelFailure {
  let status: number | null = null;
  let retryAfterMs: number | null = null;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof CrewshipError) return { refusal: at, status, retryAfterMs };
    if (APICallError.isInstance(at)) {
      status ??= at.statusCode ?? null;
      const seconds = Number(at.responseHeaders?.['retry-after']);
      if (Number.isFinite(seconds) && seconds >= 0) retryAfterMs ??= seconds * 1_000;
    }
  }
  return { refusal: null, status, retryAfterMs };
}
