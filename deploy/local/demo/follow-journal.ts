import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';

/** What the demo reads of a journal entry. */
export interface Entry {
  readonly id: string;
  readonly ts: string;
  readonly entry_type: string;
  readonly actor_type: string;
  readonly agent_id: string | null;
  readonly task_id: string | null;
  readonly summary: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly position: number | null;
}

const INTERVAL_MS = 500;
/** An entry's time is taken before its commit: looking back this far finds those that were committed late. */
const OVERLAP_MS = 15_000;
const PAGE = 500;

/**
 * The journal of one crew from its start, in the order of positions, without gaps or repeats, until the signal ends it
 * with its reason.
 *
 * The product pushes everywhere within itself, but its public event stream is not there yet, so this client asks: two
 * short requests a second, whatever happens.
 */
export async function* followJournal(api: ApiClient, crewId: string, signal: AbortSignal): AsyncGenerator<Entry> {
  let position = 0;
  let since: number | undefined;
  for (;;) {
    const from = since === undefined ? '' : `&since=${new Date(since - OVERLAP_MS).toISOString()}`;
    const { entries } = await api.call<{ entries: Entry[] }>(
      'GET',
      `/api/v1/journal?crew_id=${crewId}&exclude_entry_type=exec.output_chunk&limit=${PAGE}${from}`,
    );
    const fresh = entries
      .filter((entry) => (entry.position ?? 0) > position)
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
    for (const entry of fresh) {
      position = entry.position ?? position;
      since = Math.max(since ?? 0, Date.parse(entry.ts));
      yield entry;
    }
    await delay(INTERVAL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
