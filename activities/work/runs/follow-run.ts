import { TransitionAlreadyCommitted } from '../../../db/kernel/database-errors.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { appendRunOutput, storableOutput } from '../../../commands/engine/runs/append-run-output.ts';
import { readRunOutput } from '../../../db/work/runs/read-run-output.ts';
import type { AgentOutcome } from '../../../domain/work/agent-output/agent-event.ts';
import {
  type AgentOutputParser,
  createAgentOutputParser,
} from '../../../domain/work/agent-output/agent-output-parser.ts';
import type { TurnReader } from '../../../domain/work/agent-output/turn-reader.ts';
import type { OutputReader } from '../../../domain/work/agent-output/output-reader.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { DockerEvents } from '../../../platform/docker/docker-events.ts';
import { createScrubber, type ScrubbedPiece } from '../../../platform/scrubber/scrubber.ts';
import type { SeenEnd } from '../../../domain/work/runs/limit-hit.ts';
import type { AttemptDeps } from './exec/attempt-exec.ts';
import type { AttemptGroups } from './groups/attempt-groups.ts';
import { followAttempt } from './exec/follow-attempt.ts';

/** What is kept of an attempt's output. */
export const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;

export type RunEnd = (
  | ({ readonly kind: 'exited'; readonly truncated: boolean } & Pick<SeenEnd, 'exitCode' | 'signal' | 'full'>)
  /** `taken`: this exec ran nothing, as the attempt's directory was there already. */
  | { readonly kind: 'lost'; readonly truncated: boolean; readonly taken?: boolean }
) & {
  /** What the output says; null without a reader. */
  readonly outcome: AgentOutcome | null;
};

/** Another reader of the same output is further along; whoever goes on starts from the row again. */
class OutputOvertaken extends Error {}

/**
 * Follows an attempt from the row's offset to its end, storing what it writes, scrubbed. The offset counts raw bytes
 * whose scrubbed text is stored, so following again after a crash goes on exactly there.
 *
 * With a reader, what the text says the agent did is journalled by the commit that stores the text, so a reader that
 * was killed has written an event with its text or not at all. The one that goes on reads the stored text first: it
 * knows what the other knew, and those events are written already.
 */
export async function followRun(
  deps: Pick<AttemptDeps, 'docker' | 'dirs'> & {
    groups: Pick<AttemptGroups, 'list'>;
    db: Database;
    events: DockerEvents;
  },
  run: {
    address: WorkflowAddress;
    crewId: string;
    execId: string;
    fromOffset: number;
    secrets: readonly string[];
    reader: OutputReader | null;
    /** Of a turn of a chat; null for any other attempt. */
    turnReader: TurnReader | null;
    signal: AbortSignal;
  },
): Promise<RunEnd> {
  const scrubber = createScrubber({ secrets: run.secrets });
  const parser = run.reader === null ? null : createAgentOutputParser(run.reader);
  if (parser !== null || run.turnReader !== null) await catchUp(deps.db, run, parser);
  let stored = run.fromOffset;

  async function store(piece: ScrubbedPiece, isLast = false): Promise<void> {
    const text = storableOutput(piece.data);
    const events = piece.consumedBytes === 0 ? [] : (parser?.push(Buffer.from(text)) ?? []);
    if (isLast) events.push(...(parser?.end() ?? []));
    if (piece.consumedBytes === 0 && events.length === 0) return;
    const { consumedBytes, redactions } = piece;
    const turnEvents = consumedBytes === 0 ? [] : (run.turnReader?.push(Buffer.from(text)) ?? []);
    const chunk = { offset: stored, nextOffset: stored + consumedBytes, text, events, turnEvents, redactions };
    try {
      if (!(await appendRunOutput(deps.db, run.address, chunk))) throw new OutputOvertaken('output overtaken');
    } catch (error) {
      // Whoever read the end before this one was killed after it had written what was left without an end.
      if (consumedBytes > 0 || !(error instanceof TransitionAlreadyCommitted)) throw error;
    }
    stored = chunk.nextOffset;
  }

  for await (const event of followAttempt(deps, {
    crewId: run.crewId,
    attemptId: run.address.id,
    execId: run.execId,
    fromOffset: run.fromOffset,
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
    signal: run.signal,
  })) {
    if (event.kind === 'output') {
      await store(scrubber.push(event.data));
      continue;
    }
    await store(scrubber.flush(), true);
    const rest = { truncated: event.truncated, outcome: parser?.outcome() ?? null };
    if (event.outcome === 'exited') {
      const { exitCode, signal, full } = event;
      return { kind: 'exited', exitCode, signal, full, ...rest };
    }
    // The directory was taken by a process from before the database was restored, or by the crew itself.
    return { kind: 'lost', taken: event.outcome === 'refused', ...rest };
  }
  throw new Error('the attempt was followed without an end');
}

async function catchUp(
  db: Database,
  run: { address: WorkflowAddress; fromOffset: number; turnReader: TurnReader | null },
  parser: AgentOutputParser | null,
): Promise<void> {
  for await (const text of readRunOutput(db, run.address, run.fromOffset)) {
    parser?.push(Buffer.from(text));
    run.turnReader?.push(Buffer.from(text));
  }
}
