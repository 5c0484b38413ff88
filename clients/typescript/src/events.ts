import { type Connection, type Sent, whyItFailed } from './connection.ts';
import { CrewshipProblem, CrewshipStreamEnded, CrewshipUnreachable } from './problem.ts';
import { readEventBlocks } from './server-sent-events.ts';
import { backoffMs, delay, type Watch, watchOver } from './waiting.ts';

export interface StreamOptions {
  /** The id of the last event that was seen: the stream goes on after it. `0`: from the very beginning. */
  readonly after?: string | number;
  /** Ends the stream, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export type StreamItem =
  /** There is a connection: what happens from now on is heard. Comes again after each break. */
  | { readonly kind: 'open' }
  | { readonly kind: 'event'; readonly id: string | undefined; readonly event: string; readonly data: unknown }
  /** The place in the stream is not known any more, as after a restore: what follows is no continuation. */
  | { readonly kind: 'reset'; readonly reason: string };

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * A stream of server-sent events that goes on over breaks: connections that end, are silent or are sent away are made
 * again, with `Last-Event-ID`, so that nothing is lost and nothing comes twice. Rejects with {@link CrewshipProblem}
 * when the API refuses it and with {@link CrewshipStreamEnded} when access was revoked. Ends after the event
 * `end`, which streams of what has an end (a run's output) send last.
 */
export async function* followEvents(
  connection: Connection,
  asked: Sent,
  { after, signal }: StreamOptions,
): AsyncGenerator<StreamItem, void> {
  let lastId = after === undefined ? undefined : String(after);
  let firstPauseMs = FIRST_PAUSE_MS;
  let failures = 0;
  for (;;) {
    const watch = watchOver(signal, connection.silenceMs);
    const headers = { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
    let pauseMs: number | undefined;
    try {
      const response = await connection.open({ ...asked, headers }, watch, signal);
      // Nothing follows what was seen before.
      if (response.status === 204) return;
      yield { kind: 'open' };
      for await (const block of readEventBlocks(bytesOf(response, asked, watch, signal))) {
        failures = 0;
        lastId = block.id ?? lastId;
        firstPauseMs = block.retryMs ?? firstPauseMs;
        if (block.data === undefined) continue;
        const data = JSON.parse(block.data) as { readonly reason?: string };
        if (block.event === 'reset') yield { kind: 'reset', reason: data.reason ?? 'reset' };
        else if (block.event === 'end') return yield { kind: 'event', id: block.id, event: block.event, data };
        else if (block.event !== 'closed') yield { kind: 'event', id: block.id, event: block.event, data };
        else if (data.reason !== 'shutting_down')
          throw new CrewshipStreamEnded(asked.operation, data.reason ?? 'closed');
      }
    } catch (error) {
      if (!mayComeBack(error)) throw error;
      pauseMs = error instanceof CrewshipProblem ? error.retryAfterMs : undefined;
    } finally {
      watch.close();
    }
    await delay(pauseMs ?? backoffMs(failures, firstPauseMs, LONGEST_PAUSE_MS), signal);
    failures += 1;
  }
}

/** Reads a body by pieces. A reader that takes its time is not the silence of the other side. */
function bytesOf(
  response: Response,
  asked: Sent,
  watch: Watch,
  caller: AbortSignal | undefined,
): () => Promise<Uint8Array | undefined> {
  const reader = response.body!.getReader();
  return async () => {
    watch.expect();
    try {
      const { value } = (await reader.read()) as { value?: Uint8Array };
      return value;
    } catch (error) {
      throw whyItFailed(error, asked, caller);
    } finally {
      watch.relax();
    }
  };
}

/** Refusals that pass: too many at once, a service that is away, a proxy whose API is. */
function mayComeBack(error: unknown): boolean {
  return (
    error instanceof CrewshipUnreachable ||
    (error instanceof CrewshipProblem && [429, 502, 503, 504].includes(error.status))
  );
}
