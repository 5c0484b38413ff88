import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { createParser } from 'eventsource-parser';
import { MAX_TOKENS } from '../../domain/money/ledger/cost-record.ts';
import { likelyTokens } from '../../domain/money/llm/call-estimate.ts';
import { createJsonMembers } from '../../domain/money/llm/json-members.ts';
import type { LlmProvider } from '../../domain/money/llm/llm-provider.ts';
import type { MeterReading } from '../../domain/money/llm/meter-reading.ts';
import { createUsageReader, readUsage } from '../../domain/money/llm/usage-reader.ts';

/** Reads what a call used from its answer as it passes, streamed or whole; keeps next to nothing of it. */
export interface AnswerMeter {
  push(chunk: Uint8Array): void;
  /** What it came to: there is no more, whether that was the end or not. */
  end(): Promise<MeterReading>;
}

interface PlainMeter {
  push(chunk: Uint8Array): void;
  end(): MeterReading;
}

/** The last event of a stream may repeat the whole answer. A longer one is passed on unread. */
const EVENT_CHARACTERS = 2_097_152;

function createStreamMeter(provider: LlmProvider): PlainMeter {
  const reader = createUsageReader(provider);
  const decoder = new TextDecoder();
  let isReadable = true;
  let unreadBytes = 0;
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
      if (!isReadable) unreadBytes += chunk.length;
    },
    end() {
      // An event counts without the blank line that should follow it: some servers leave it out at the end.
      if (isReadable) parser.feed(`${decoder.decode()}\n\n`);
      const likely = reader.likelyOutputTokens + likelyTokens(unreadBytes);
      return {
        said: reader.usage,
        isCounted: reader.isCounted && unreadBytes === 0,
        likelyOutputTokens: Math.min(MAX_TOKENS, likely),
      };
    },
  };
}

function createDocumentMeter(provider: LlmProvider): PlainMeter {
  const members = createJsonMembers(['usage']);
  return {
    push: (chunk) => members.push(chunk),
    end() {
      const said = readUsage(provider, members.value('usage'));
      return { said, isCounted: said !== null, likelyOutputTokens: likelyTokens(members.textBytes) };
    },
  };
}

/** By the names that answers give their encoding; what was cut off is unpacked as far as it came. */
const UNPACKERS = {
  gzip: () => createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }),
  'x-gzip': () => createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }),
  deflate: () => createInflate({ finishFlush: constants.Z_SYNC_FLUSH }),
  br: () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ finishFlush: constants.ZSTD_e_flush }),
} as const;

function unpacking(meter: PlainMeter, encoding: keyof typeof UNPACKERS): AnswerMeter {
  const unpacker = UNPACKERS[encoding]();
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  unpacker.on('data', (chunk: Buffer) => meter.push(chunk));
  unpacker.once('close', resolve).once('error', () => resolve());
  unpacker.once('end', resolve);
  return {
    push: (chunk) => void (unpacker.writable && unpacker.write(chunk)),
    async end() {
      unpacker.end();
      await isOver;
      return meter.end();
    },
  };
}

/** Of what comes packed in a way that nobody asked for, the length is all that can be said. */
function createBlindMeter(): PlainMeter {
  let bytes = 0;
  return {
    push: (chunk) => void (bytes += chunk.length),
    end: () => ({ said: null, isCounted: false, likelyOutputTokens: likelyTokens(bytes) }),
  };
}

export function createAnswerMeter(
  provider: LlmProvider,
  { contentType, contentEncoding }: { contentType?: string | undefined; contentEncoding?: string | undefined },
): AnswerMeter {
  const encoding = contentEncoding?.trim().toLowerCase() ?? '';
  const isStream = contentType?.toLowerCase().startsWith('text/event-stream') === true;
  const plain = isStream ? createStreamMeter(provider) : createDocumentMeter(provider);
  if (encoding in UNPACKERS) return unpacking(plain, encoding as keyof typeof UNPACKERS);
  const meter = encoding === '' || encoding === 'identity' ? plain : createBlindMeter();
  return { push: (chunk) => meter.push(chunk), end: () => Promise.resolve(meter.end()) };
}
