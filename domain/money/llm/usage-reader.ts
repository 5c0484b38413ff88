import { MAX_TOKENS } from '../ledger/cost-record.ts';
import type { Usage } from '../ledger/rate-card.ts';
import { likelyTokens } from './call-estimate.ts';
import type { LlmProvider } from './llm-provider.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a provider said that a call used; absent counts are null, so that a later word adds to an earlier one. */
interface SaidUsage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly cacheCreationTokens: number | null;
}

/** Reads what a call used from the events of a streamed answer. */
export interface UsageReader {
  /** One server-sent event; `name` is its `event` field. */
  event(name: string | undefined, data: string): void;
  /** What was said so far; null when nothing was. */
  readonly usage: Usage | null;
  /** Whether the last word was heard: an answer that broke off has used more than was said. */
  readonly isComplete: boolean;
  /** What was put out so far, by the length of it. */
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
  return {
    inputTokens: tokens(usage.input_tokens),
    outputTokens: tokens(usage.output_tokens),
    cachedInputTokens: tokens(usage.cache_read_input_tokens),
    cacheCreationTokens: tokens(usage.cache_creation_input_tokens),
  };
}

/** OpenAI counts what came from the cache as a part of the input; both of its protocols are read, by their words. */
function openaiUsage(usage: Fields): SaidUsage {
  const details = fieldsOf(usage.prompt_tokens_details) ?? fieldsOf(usage.input_tokens_details);
  const cached = tokens(details?.cached_tokens);
  const input = tokens(usage.prompt_tokens) ?? tokens(usage.input_tokens);
  return {
    inputTokens: input === null ? null : Math.max(0, input - (cached ?? 0)),
    // An embedding puts nothing out; its tokens are the prompt's.
    outputTokens: tokens(usage.completion_tokens) ?? tokens(usage.output_tokens),
    cachedInputTokens: input === null ? cached : Math.min(cached ?? 0, input),
    cacheCreationTokens: null,
  };
}

const SAID_BY = { anthropic: anthropicUsage, openai: openaiUsage };

function added(before: Usage | null, said: SaidUsage): Usage | null {
  if (Object.values(said).every((count) => count === null)) return before;
  return {
    inputTokens: said.inputTokens ?? before?.inputTokens ?? 0,
    outputTokens: said.outputTokens ?? before?.outputTokens ?? 0,
    cachedInputTokens: said.cachedInputTokens ?? before?.cachedInputTokens ?? 0,
    cacheCreationTokens: said.cacheCreationTokens ?? before?.cacheCreationTokens ?? 0,
  };
}

/** The `usage` of an answer that is one document; null when it says nothing. */
export function readUsage(provider: LlmProvider, usage: unknown): Usage | null {
  const fields = fieldsOf(usage);
  return fields === null ? null : added(null, SAID_BY[provider](fields));
}

/** Only events that may name a usage are parsed: most of a stream is text. */
const MENTIONS_USAGE = '"usage"';
/** Of an event's text, what is not the answer's. */
const EVENT_FRAME_CHARACTERS = 100;
const LAST_EVENTS = new Set(['message_stop', 'response.completed', 'response.incomplete', 'response.failed']);

export function createUsageReader(provider: LlmProvider): UsageReader {
  const said = SAID_BY[provider];
  let usage: Usage | null = null;
  let isComplete = false;
  let likelyOutputTokens = 0;

  return {
    event(name, data) {
      likelyOutputTokens += likelyTokens(Math.max(0, data.length - EVENT_FRAME_CHARACTERS));
      if (data === '[DONE]' || LAST_EVENTS.has(name ?? '')) isComplete = true;
      if (!data.includes(MENTIONS_USAGE)) return;
      const fields = parse(data);
      if (fields === null) return;
      // In Anthropic’s first event it is the message's, in the events of OpenAI's responses the response's. A text that
      // mentions a usage is deeper.
      for (const holder of [fields, fieldsOf(fields.message), fieldsOf(fields.response)]) {
        const counted = fieldsOf(holder?.usage);
        if (counted !== null) usage = added(usage, said(counted));
      }
    },
    get usage() {
      return usage;
    },
    get isComplete() {
      return isComplete;
    },
    get likelyOutputTokens() {
      return Math.min(MAX_TOKENS, likelyOutputTokens);
    },
  };
}
