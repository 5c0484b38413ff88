import type { Database } from '../../db/kernel/database.ts';
import { appendRunOutput } from '../../db/runs/append-run-output.ts';
import type { ActorAddress } from '../../domain/outbox/outbox-command.ts';
import type { DockerClient } from '../../platform/docker/docker-client.ts';
import type { DockerEvents } from '../../platform/docker/docker-events.ts';
import { createScrubber } from '../../platform/scrubber/scrubber.ts';
import type { CrewHostDirs } from '../crews/container/crew-host-paths.ts';
import { followAttempt } from './exec/follow-attempt.ts';

/** What the wrapper keeps of an attempt's output. */
export const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;

export type RunEnd =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly truncated: boolean }
  /** `taken`: this exec ran nothing, as the attempt's directory was there already. */
  | { readonly kind: 'lost'; readonly truncated: boolean; readonly taken?: boolean };

/** Another reader of the same output is further along; whoever goes on starts from the row again. */
class OutputOvertaken extends Error {}

/**
 * Follows an attempt from the row's offset to its end, storing what it writes, scrubbed. The offset counts raw bytes
 * whose scrubbed text is stored, so following again after a crash goes on exactly there.
 */
export async function followRun(
  deps: { db: Database; docker: DockerClient; events: DockerEvents; dirs: CrewHostDirs },
  run: {
    address: ActorAddress;
    crewId: string;
    execId: string;
    fromOffset: number;
    secrets: readonly string[];
    signal: AbortSignal;
  },
): Promise<RunEnd> {
  const scrubber = createScrubber({ secrets: run.secrets });
  let stored = run.fromOffset;

  async function store(piece: { data: Buffer; consumedBytes: number }): Promise<void> {
    if (piece.consumedBytes === 0) return;
    const chunk = { offset: stored, nextOffset: stored + piece.consumedBytes, text: piece.data.toString('utf8') };
    if (!(await appendRunOutput(deps.db, run.address, chunk))) throw new OutputOvertaken('output overtaken');
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
    await store(scrubber.flush());
    if (event.outcome === 'exited') return { kind: 'exited', exitCode: event.exitCode, truncated: event.truncated };
    // The directory was taken by a process from before the database was restored, or by the crew itself.
    return { kind: 'lost', truncated: event.truncated, taken: event.outcome === 'refused' };
  }
  throw new Error('the attempt was followed without an end');
}
