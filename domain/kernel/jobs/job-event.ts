import type { JsonValue } from '../json/json-value.ts';
import type { Channels } from '../realtime/event-rules.ts';
import { known, type RealtimeEvent, to, word } from '../realtime/realtime-event.ts';

/** Names of kinds have a dot. */
function kindName(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && /^[a-z0-9._-]{1,64}$/.test(value) ? value : null;
}

/** What sockets hear of a job, by an entry of whichever family: that it is like this now. Clients read its row. */
export function jobEvent(
  at: Channels,
  type: string,
  job: Readonly<Record<'id' | 'kind', JsonValue | undefined>> & { readonly status: string },
  steps: Readonly<Record<'done' | 'total', JsonValue | undefined>> = { done: undefined, total: undefined },
): RealtimeEvent[] {
  const { done, total } = steps;
  return to(at.workspace, `job.${type}`, 'jobs:read', {
    ...known({ id: word(job.id), kind: kindName(job.kind), status: job.status }),
    ...(typeof done === 'number' && typeof total === 'number' ? { done, total } : {}),
  });
}
