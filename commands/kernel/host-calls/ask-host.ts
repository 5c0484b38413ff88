import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { crewUnreachable, CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  HOST_CALL_MS,
  type HostCallInput,
  type HostCallKind,
  MAX_OPEN_HOST_CALLS,
} from '../../../domain/kernel/host-calls/host-call.ts';
import { HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

export interface NewHostCall<Kind extends HostCallKind> {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly hostId: string;
  readonly kind: Kind;
  readonly input: HostCallInput<Kind>;
}

/**
 * Asks a host something: a row that its worker is told of by the commit. Returns the call's id. Throws
 * `crew_unreachable` for a host that nothing was heard of lately, `rate_limited` beyond {@link MAX_OPEN_HOST_CALLS}.
 */
export async function askHost<Kind extends HostCallKind>(
  tx: Tx,
  call: NewHostCall<Kind>,
  actor: Actor,
): Promise<string> {
  const { workspaceId, crewId, hostId, kind } = call;
  const { live, open } = await tx.one<{ live: boolean | null; open: number }>(sql`
    SELECT (SELECT last_heartbeat_at > now() - ${HOST_ALIVE_MS} * interval '1 millisecond' FROM hosts
        WHERE id = ${hostId}) AS live,
      (SELECT count(*) FROM host_calls
        WHERE workspace_id = ${workspaceId} AND status = 'asked' AND expires_at > now()) AS open`);
  if (live !== true) throw crewUnreachable('host_lost', 'nothing was heard of the crew’s host lately');
  if (open >= MAX_OPEN_HOST_CALLS) {
    throw new CrewshipError('rate_limited', `${MAX_OPEN_HOST_CALLS} calls of this workspace wait for hosts already`, {
      extensions: { retry_after_seconds: 1 },
    });
  }
  const id = newId();
  await tx.execute(sql`
    INSERT INTO host_calls (id, workspace_id, crew_id, host_id, kind, input, actor_type, actor_id, expires_at)
    VALUES (${id}, ${workspaceId}, ${crewId}, ${hostId}, ${kind}, ${JSON.stringify(call.input)}::jsonb, ${actor.type},
      ${actor.id}, clock_timestamp() + ${HOST_CALL_MS[kind]} * interval '1 millisecond')`);
  tx.enqueue({ kind: 'wake', topic: 'host_call', workspaceId, id: hostId });
  return id;
}
