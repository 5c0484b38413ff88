import type { FastifyRequest } from 'fastify';
import type { ClaimedScope } from '../../../db/money/ledger/call-scopes.ts';
import type { InternalPrincipal } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';

const KEY = /^[\x21-\x7e]{1,128}$/;

/**
 * The key under which a report is one, however often it is sent: its own member, else the request's Idempotency-Key.
 */
export function reportKey(request: FastifyRequest, own: string | null): string | null {
  const key = own ?? request.headers['idempotency-key'] ?? null;
  if (key === null) return null;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw invalidField(own === null ? 'Idempotency-Key' : 'key', 'must be 1 to 128 visible ASCII characters');
}

/**
 * Whose a report is: the proven crew, the run of the caller's token, and what the body says beside. An agent or run
 * that disagrees with the token is refused with 403.
 */
export function claimScope(
  principal: InternalPrincipal,
  said: { readonly agent_id: string | null; readonly mission_id: string | null; readonly trace_id?: string | null },
): ClaimedScope {
  const { agentId, runId } = principal;
  if (runId !== null) {
    for (const [name, given, proven] of [
      ['agent_id', said.agent_id, agentId],
      ['trace_id', said.trace_id ?? null, runId],
    ] as const) {
      if (given !== null && given !== proven) throw new CrewshipError('forbidden', `${name} is not that of the caller`);
    }
  }
  return {
    workspaceId: principal.workspace.id,
    crewId: principal.crewId,
    agentId: agentId ?? said.agent_id,
    missionId: said.mission_id,
    runId: runId ?? said.trace_id ?? null,
    isRunProven: runId !== null,
  };
}
