import type { IncomingMessage } from 'node:http';
import { askHost, type NewHostCall } from '../../../commands/kernel/host-calls/ask-host.ts';
import type { WaitedHostCall } from '../../../db/kernel/host-calls/host-calls-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { crewUnreachable, CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { HostCallAnswer, HostCallKind, HostCallRefusal } from '../../../domain/kernel/host-calls/host-call.ts';
import { clientGone } from '../waits/client-gone.ts';
import type { Verdict, Waiters } from '../waits/waiters.ts';

/** Short of what clients and proxies wait for. */
const WAIT_MS = 15_000;

export interface HostCallDeps {
  readonly database: Pick<Database, 'transaction'>;
  readonly hostCallWaiters: Pick<Waiters<WaitedHostCall>, 'wait'>;
}

/**
 * Asks a host and waits for its answer: docs/decisions/0046. Null: it has not answered in time, and may do so later.
 * Rejects with what {@link askHost} throws, and with what the host says no by: `not_found`, `forbidden`,
 * `crew_unreachable`, `unavailable`.
 */
export async function callHost<Kind extends HostCallKind>(
  deps: HostCallDeps,
  caller: { readonly request: IncomingMessage; readonly requestId: string; readonly actor: Actor },
  call: NewHostCall<Kind>,
): Promise<HostCallAnswer<Kind> | null> {
  const { workspaceId } = call;
  const scope = { workspaceIds: [workspaceId], requestId: caller.requestId };
  const id = await deps.database.transaction(scope, (tx) => askHost(tx, call, caller.actor));
  const client = clientGone(caller.request);
  try {
    const { signal } = client;
    const end = await deps.hostCallWaiters.wait({ workspaceId, id, judge, timeoutMs: WAIT_MS, signal });
    return end.kind === 'answer' ? (end.answer as HostCallAnswer<Kind>) : null;
  } finally {
    client.release();
  }
}

function judge(row: WaitedHostCall | null): Verdict<unknown> {
  // Past its time, and removed.
  if (row === null) throw new CrewshipError('unavailable', 'the crew’s host did not answer; ask again');
  if (row.status === 'asked') return { lookAgainInMs: WAIT_MS };
  if (row.status === 'answered') return { answer: row.answer };
  throw refusalOf((row.answer as { code: HostCallRefusal }).code);
}

function refusalOf(code: HostCallRefusal): CrewshipError {
  switch (code) {
    case 'missing':
      return notFound('file');
    case 'not_regular':
      return new CrewshipError('forbidden', 'the path leads to, or through, what is no regular file or directory');
    case 'unreadable':
      return new CrewshipError('forbidden', 'the host may not open or remove this path');
    case 'no_directory':
      return crewUnreachable('no_directory', 'one of the crew’s directories is none');
    case 'failed':
      return new CrewshipError('unavailable', 'the crew’s host could not do it; ask again');
  }
}
