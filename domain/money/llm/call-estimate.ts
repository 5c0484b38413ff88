import { MAX_TOKENS } from '../ledger/cost-record.ts';
import type { Usage } from '../ledger/rate-card.ts';
import { createJsonMembers, type JsonMembers } from './json-members.ts';

/** What a request to a model says of itself. */
export interface LlmRequest {
  /** Null: it names none. */
  readonly model: string | null;
  readonly isStream: boolean;
  /** The most that the call can use: what is reserved for it. */
  readonly most: Usage;
  /** What it will have read, where nobody says: the likely number of tokens of its text. */
  readonly likelyInputTokens: number;
}

/** Languages and code have three to four bytes a token; taking three errs on the side of the budget. */
const MIN_BYTES_PER_TOKEN = 3;
const LIKELY_BYTES_PER_TOKEN = 4;
/** Of an image or a page, as providers count them at most. */
const TOKENS_OF_AN_ATTACHMENT = 5_000;
/** Where a request sets no limit: more than answers are long. */
const UNLIMITED_OUTPUT_TOKENS = 32_768;
const MEMBERS = ['model', 'stream', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'n'] as const;

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
    ? Math.min(Math.ceil(value), MAX_TOKENS)
    : null;
}

/** Tokens of a text of so many bytes, where nobody counted them. */
export function likelyTokens(bytes: number): number {
  return Math.ceil(bytes / LIKELY_BYTES_PER_TOKEN);
}

/** Reads the body of a call: of either provider, of any size. It is not changed and need not be JSON. */
export function readLlmRequest(chunks: Iterable<Uint8Array>): LlmRequest {
  const reader = createRequestReader();
  for (const chunk of chunks) reader.push(chunk);
  return reader.read();
}

/** The same of a body that comes in pieces, so that a large one is not read all at once. */
export function createRequestReader(): { push(chunk: Uint8Array): void; read(): LlmRequest } {
  const members = createJsonMembers(MEMBERS);
  return { push: (chunk) => members.push(chunk), read: () => requestOf(members) };
}

function requestOf(members: JsonMembers): LlmRequest {
  const model = members.value('model');
  const attachments = members.opaqueStrings * TOKENS_OF_AN_ATTACHMENT;
  const output =
    positive(members.value('max_completion_tokens')) ??
    positive(members.value('max_tokens')) ??
    positive(members.value('max_output_tokens')) ??
    UNLIMITED_OUTPUT_TOKENS;
  const answers = positive(members.value('n')) ?? 1;
  return {
    model: typeof model === 'string' && /^\S.{0,126}\S$|^\S$/s.test(model) ? model : null,
    isStream: members.value('stream') === true,
    most: {
      inputTokens: Math.min(MAX_TOKENS, Math.ceil(members.textBytes / MIN_BYTES_PER_TOKEN) + attachments),
      outputTokens: Math.min(MAX_TOKENS, output * answers),
      cachedInputTokens: 0,
      cacheCreationTokens: 0,
    },
    likelyInputTokens: Math.min(MAX_TOKENS, likelyTokens(members.textBytes) + attachments),
  };
}
