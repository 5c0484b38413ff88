import { createParser } from 'eventsource-parser';
import { likelyTokens } from '../../domain/money/llm/call-estimate.ts';
import { createJsonMembers } from '../../domain/money/llm/json-members.ts';
import type { LlmProvider } from '../../domain/money/llm/llm-provider.ts';
import { createUsageReader, readUsage } from '../../domain/money/llm/usage-reader.ts';
import type { Usage } from '../../domain/money/ledger/rate-card.ts';

/** Reads what a call used from its answer as it passes, streamed or whole; keeps next to nothing of it. */
export interface AnswerMeter {
  push(chunk: Uint8Array): void;
  /** What the provider said it used: null when it said nothing. */
  readonly usage: Usage | null;
  /** Whether that was its last word. */
  readonly isComplete: boolean;
  /** What was put out so far, where nobody counted it. */
  readonly likelyOutputTokens: number;
}

/** The last event of a stream may repeat the whole answer. A longer one is passed on unread. */
const EVENT_CHARACTERS = 2_097_152;

function createStreamMeter(provider: LlmProvider): AnswerMeter {
  const reader = createUsageReader(provider);
  const decoder = new TextDecoder();
  let isReadable = true;
  const parser = createParser({
    maxBufferSize: EVENT_CHARACTERS,
    onEvent: ({ event, data }) => reader.event(event, data),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') isReadable = false;
    },
  });
  return {
    push(chunk) {
      if (isReadable) parser.feed(decoder.decode(chunk, { stream: true }));
    },
    get usage() {
      return reader.usage;
    },
    get isComplete() {
      return reader.isComplete;
    },
    get likelyOutputTokens() {
      return reader.likelyOutputTokens;
    },
  };
}

function createDocumentMeter(provider: LlmProvider): AnswerMeter {
  const members = createJsonMembers(['usage']);
  const usage = () => readUsage(provider, members.value('usage'));
  return {
    push: (chunk) => members.push(chunk),
    get usage() {
      return usage();
    },
    get isComplete() {
      return usage() !== null;
    },
    get likelyOutputTokens() {
      return likelyTokens(members.textBytes);
    },
  };
}

export function createAnswerMeter(provider: LlmProvider, contentType: string | undefined): AnswerMeter {
  const isStream = contentType?.toLowerCase().startsWith('text/event-stream') === true;
  return isStream ? createStreamMeter(provider) : createDocumentMeter(provider);
}
