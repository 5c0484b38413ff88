import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { LedgerRefusal } from '../../../domain/work/tokens/ledger-rules.ts';
import type { TokenRequest } from '../../../domain/work/tokens/token.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getTokenRequestIn } from '../../../db/work/tokens/tokens-store.ts';
import { holdProject, type ProjectCall } from '../projects/hold-project.ts';
import { type HeldToken, holdToken, journalToken } from './hold-token.ts';
import type { TokenBackend } from './token-backend.ts';
import { insertTokenRequest, type RequestCall, walletsOf, type Wish } from './token-request-commands.ts';

/** Refusals that no waiting heals: who executed it is told, and somebody has to approve it again. */
const LASTING: readonly LedgerRefusal[] = ['wallet_frozen', 'insufficient_balance', 'cap_exceeded'];

/** Whether a request that the ledger refused for this has failed; otherwise it stays approved. */
export const failsRequest = (reason: LedgerRefusal) => LASTING.includes(reason);

/**
 * Executes an approved request, once, however often it is asked for. Throws `not_found`, `forbidden`, `wrong_state`
 * with the status it has, `LedgerRefused` with nothing changed.
 */
export async function executeTokenRequest(
  tx: Tx,
  backend: TokenBackend,
  call: RequestCall,
  actor: Actor,
): Promise<TokenRequest> {
  const held = await holdToken(tx, call, { role: 'owner', forRequest: false }, actor);
  return execute(tx, backend, { held, userId: call.userId, requestId: call.requestId }, actor);
}

async function execute(
  tx: Tx,
  backend: TokenBackend,
  { held, userId, requestId }: { readonly held: HeldToken; readonly userId: string; readonly requestId: string },
  actor: Actor,
): Promise<TokenRequest> {
  const request = await getTokenRequestIn(tx, held.project.id, requestId);
  if (request.status !== 'approved') throw wrongState('token request', request.status);
  const { from_address: from, to_address: to, amount } = request;
  const entry = await backend.move(tx, held.contract, { from, to, amount, requestId });
  await tx.execute(sql`
    UPDATE token_requests SET status = 'executed', ledger_seq = ${entry.seq}, executed_by = ${userId},
      executed_at = ${entry.created_at}
    WHERE id = ${requestId} AND status = 'approved'`);
  const payload = { request_id: requestId, operation: request.type, seq: entry.seq, hash: entry.hash };
  journalToken(tx, request, { type: 'token.executed', payload }, actor);
  return getTokenRequestIn(tx, held.project.id, requestId);
}

/** What the ledger refused to execute has failed, if it still waits for it: an owner may approve it again. */
export async function failTokenRequest(
  tx: Tx,
  call: RequestCall & { readonly reason: LedgerRefusal },
  actor: Actor,
): Promise<void> {
  const project = await holdProject(tx, call, 'owner', actor);
  const request = await getTokenRequestIn(tx, project.id, call.requestId);
  const changed = await tx.execute(sql`
    UPDATE token_requests SET status = 'failed', error = ${call.reason}
    WHERE id = ${request.id} AND status = 'approved'`);
  if (changed === 0) return;
  const payload = { request_id: request.id, operation: request.type, reason: call.reason };
  journalToken(tx, request, { type: 'token.failed', payload }, actor);
}

/**
 * Moves units at once, where the project's token lets its owners: a request that its caller has approved, executed in
 * the same transaction. Throws as {@link executeTokenRequest} does, `forbidden` where direct operations are off.
 */
export async function moveTokens(
  tx: Tx,
  backend: TokenBackend,
  call: ProjectCall & { readonly wish: Wish },
  actor: Actor,
): Promise<TokenRequest> {
  const held = await holdToken(tx, call, { role: 'owner', forRequest: false }, actor);
  if (!held.contract.allow_direct) {
    throw new CrewshipError('forbidden', 'this token moves by requests only', {
      extensions: { reason: 'direct_disabled' },
    });
  }
  await walletsOf(tx, held, call.wish);
  const asked = { userId: call.userId, wish: call.wish, expiresAt: null, direct: true };
  const { id } = await insertTokenRequest(tx, held, asked, actor);
  return execute(tx, backend, { held, userId: call.userId, requestId: id }, actor);
}
