import { MAX_TOKENS } from '../ledger/cost-record.ts';
import type { Usage } from '../ledger/rate-card.ts';
import type { LlmProvider } from './llm-provider.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a provider said that a call used; absent counts are null, so that a later word adds to an earlier one. */
type SaidUsage = { readonly [Count in keyof Usage]-?: number | null };

/** Reads what a call used from the events of a streamed answer. */
export interface UsageReader {
  /** One server-sent event; `name` is its `event` field. */
  event(name: string | undefined, data: string): void;
  /** What was said so far; null when nothing was. */
  readonly usage: Usage | null;
  /** Whether what was said is the count of the whole answer: without it the answer has used more than was said. */
  readonly isCounted: boolean;
  /** What was put out so far, by the length of its texts. */
  readonly likelyOutputTokens: number;
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function tokens(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value)
    ? Math.min(MAX_TOKENS, Math.max(0, Math.round(value)))
    : null;
}

function parse(text: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Anthropic counts what came from the cache and what was written to it beside the input. */
function anthropicUsage(usage: Fields): SaidUsage {
  const written = fieldsOf(usage.cache_creation);
  const short = tokens(written?.ephemeral_5m_input_tokens);
  const long = tokens(written?.ephemeral_1h_input_tokens);
  const total = tokens(usage.cache_creation_input_tokens);
  const cacheCreationTokens = total ?? (written === null ? null : (short ?? 0) + (long ?? 0));
  return {
    inputTokens: tokens(usage.input_tokens),
    outputTokens: tokens(usage.output_tokens),
    cachedInputTokens: tokens(usage.cache_read_input_tokens),
    cacheCreationTokens,
    longCacheCreationTokens: long === null ? null : Math.min(long, cacheCreationTokens ?? 0),
  };
}

/** OpenAI counts the cache as a part of the input; both of its protocols are read, by their words. */
function openaiUsage(usage: Fields): SaidUsage {
  const details = fieldsOf(usage.prompt_tokens_details) ?? fieldsOf(usage.input_tokens_details);
  const input = tokens(usage.prompt_tokens) ?? tokens(usage.input_tokens);
  const cached = tokens(details?.cached_tokens);
  const written = tokens(details?.cache_write_tokens);
  const ofInput = (count: number, left: number) => (input === null ? count : Math.min(count, left));
  const cachedInputTokens = input === null ? cached : ofInput(cached ?? 0, input);
  const left = (input ?? 0) - (cachedInputTokens ?? 0);
  const cacheCreationTokens = written === null ? null : ofInput(written, left);
  return {
    inputTokens: input === null ? null : left - (cacheCreationTokens ?? 0),
    // An embedding puts nothing out; its tokens are the prompt's.
    outputTokens: tokens(usage.completion_tokens) ?? tokens(usage.output_tokens),
    cachedInputTokens,
    cacheCreationTokens,
    longCacheCreationTokens: null,
  };
}

const SAID_BY = { anthropic: anthropicUsage, openai: openaiUsage };

function added(before: Usage | null, said: SaidUsage): Usage | null {
  if (Object.values(said).every((count) => count === null)) return before;
  const long = said.longCacheCreationTokens ?? before?.longCacheCreationTokens ?? 0;
  return {
    inputTokens: said.inputTokens ?? before?.inputTokens ?? 0,
    outputTokens: said.outputTokens ?? before?.outputTokens ?? 0,
    cachedInputTokens: said.cachedInputTokens ?? before?.cachedInputTokens ?? 0,
    cacheCreationTokens: said.cacheCreationTokens ?? before?.cacheCreationTokens ?? 0,
    ...(long === 0 ? {} : { longCacheCreationTokens: long }),
  };
}

/** The `usage` of an answer that is one document; null when it says nothing. */
export function readUsage(provider: LlmProvider, usage: unknown): Usage | null {
  const fields = fieldsOf(usage);
  return fields === null ? null : added(null, SAID_BY[provider](fields));
}

const BYTES_PER_TOKEN = 4;
const encoder = new TextEncoder();

/** Tokens of a piece of an answer: no piece is less than one, and few are much more than a word. */
function tokensOfPiece(text: unknown): number {
  if (typeof text !== 'string' || text === '') return 0;
  return Math.max(1, encoder.encode(text).length / BYTES_PER_TOKEN);
}

/** Members of a delta that hold a part of the answer: its text, its thoughts, the arguments of a tool. */
const PIECES = ['content', 'text', 'thinking', 'partial_json', 'refusal', 'reasoning', 'reasoning_content'] as const;

function tokensOfDelta(delta: unknown): number {
  const fields = fieldsOf(delta);
  if (fields === null) return tokensOfPiece(delta);
  let sum = 0;
  for (const name of PIECES) sum += tokensOfPiece(fields[name]);
  for (const call of Array.isArray(fields.tool_calls) ? fields.tool_calls : []) {
    sum += tokensOfPiece(fieldsOf(fieldsOf(call)?.function)?.arguments);
  }
  return sum;
}

/** What an event adds to the answer: of a Messages or Responses stream, or the choices of a chunk. */
function tokensOfEvent(event: Fields): number {
  let sum = tokensOfDelta(event.delta);
  for (const choice of Array.isArray(event.choices) ? event.choices : []) {
    const fields = fieldsOf(choice);
    sum += fields?.delta === undefined ? tokensOfPiece(fields?.text) : tokensOfDelta(fields.delta);
  }
  return sum;
}

const ENDS = new Set(['message_stop', 'response.completed', 'response.incomplete', 'response.failed']);

/** Whether what an event says is said of the whole answer: a stream may also count as it goes. */
function isLast(event: Fields, name: string | undefined): boolean {
  const type = typeof event.type === 'string' ? event.type : (name ?? '');
  if (ENDS.has(type)) return true;
  if (type === 'message_delta') return typeof fieldsOf(event.delta)?.stop_reason === 'string';
  const { choices } = event;
  if (!Array.isArray(choices)) return false;
  // The chunk of `include_usage` has none; other servers count in the chunk that ends the choice.
  return choices.length === 0
    ? fieldsOf(event.usage) !== null
    : choices.every((choice) => typeof fieldsOf(choice)?.finish_reason === 'string');
}

export function createUsageReader(provider: LlmProvider): UsageReader {
  const said = SAID_BY[provider];
  let usage: Usage | null = null;
  let isOver = false;
  /** Whether nothing was put out since the last count. */
  let isCurrent = false;
  let likelyOutputTokens = 0;

  return {
    event(name, data) {
      if (data === '[DONE]') {
        isOver = true;
        return;
      }
      const event = parse(data);
      if (event === null) return;
      const pieces = tokensOfEvent(event);
      likelyOutputTokens += pieces;
      if (pieces > 0) isCurrent = false;
      // In Anthropic’s first event it is the message's, in the events of OpenAI's responses the response's. A text that
      // mentions a usage is deeper.
      for (const holder of [event, fieldsOf(event.message), fieldsOf(event.response)]) {
        const counted = fieldsOf(holder?.usage);
        if (counted === null) continue;
        usage = added(usage, said(counted));
        isCurrent = usage !== null;
      }
      if (isLast(event, name)) isOver = true;
    },
    get usage() {
      return usage;
    },
    get isCounted() {
      return isOver && isCurrent;
    },
    get likelyOutputTokens() {
      return Math.min(MAX_TOKENS, Math.ceil(likelyOutputTokens));
    },
  };
}
