import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ProjectRole } from '../../../domain/work/projects/project.ts';
import { refuseMovement } from '../../../domain/work/tokens/ledger-rules.ts';
import type { Movement, TokenOperation, TokenRequest, Wallet } from '../../../domain/work/tokens/token.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findWalletsIn, getTokenRequestIn } from '../../../db/work/tokens/tokens-store.ts';
import { holdProject, type ProjectCall } from '../projects/hold-project.ts';
import { type HeldToken, holdToken, journalToken } from './hold-token.ts';

/** Most requests of a project that wait for a decision. */
const MAX_PENDING = 1_000;

/** What somebody wants done with a token. */
export interface Wish extends Movement {
  readonly type: TokenOperation;
  readonly reason: string;
}

/**
 * Asks for units to be moved: editors ask, owners decide. Throws `not_found`, `forbidden`, `wrong_state` in the
 * archive, `invalid_request` for an address that is no wallet, `limit_reached`, and `LedgerRefused` for what the ledger
 * would not book as it is now.
 */
export async function requestTokens(
  tx: Tx,
  call: ProjectCall & { readonly wish: Wish; readonly expiresAt: string | null },
  actor: Actor,
): Promise<TokenRequest> {
  const held = await holdToken(tx, call, { role: 'editor', forRequest: true }, actor);
  refuseMovement(held.contract, await walletsOf(tx, held, call.wish), call.wish);
  const { pending } = await tx.one<{ pending: number }>(sql`
    SELECT count(*) AS pending FROM token_requests WHERE project_id = ${held.project.id} AND status = 'pending'
      AND (expires_at IS NULL OR expires_at > clock_timestamp())`);
  if (pending >= MAX_PENDING) {
    throw new CrewshipError('limit_reached', `at most ${MAX_PENDING} requests of a project wait for a decision`);
  }
  return insertTokenRequest(tx, held, { ...call, direct: false }, actor);
}

/** The wallets of a movement. Throws `invalid_request` for an address that is none of the project's. */
export async function walletsOf(
  tx: Tx,
  { project }: HeldToken,
  { from, to }: Movement,
): Promise<{ readonly from: Wallet | null; readonly to: Wallet | null }> {
  const named = [from, to].filter((address) => address !== null);
  const found = await findWalletsIn(tx, project.id, named);
  const walletOf = (field: string, address: string | null): Wallet | null => {
    if (address === null) return null;
    const wallet = found.get(address);
    if (wallet === undefined) throw invalidField(field, 'is no wallet of this project');
    return wallet;
  };
  return { from: walletOf('from_address', from), to: walletOf('to_address', to) };
}

/** Writes down what is asked; `direct`: its caller has approved it by asking. */
export async function insertTokenRequest(
  tx: Tx,
  { project, contract }: HeldToken,
  asked: { readonly userId: string; readonly wish: Wish; readonly expiresAt: string | null; readonly direct: boolean },
  actor: Actor,
): Promise<TokenRequest> {
  const id = newId();
  const { wish, userId, expiresAt, direct } = asked;
  const decided = direct
    ? sql.fragment`'approved', ${userId}, clock_timestamp()`
    : sql.fragment`'pending', NULL, NULL::timestamptz`;
  const row = await tx.maybeOne(sql`
    INSERT INTO token_requests (id, workspace_id, project_id, type, amount, from_address, to_address, reason, direct,
      four_eyes, requested_by, expires_at, status, decided_by, decided_at)
    SELECT ${id}, ${project.workspace_id}, ${project.id}, ${wish.type}, ${wish.amount}::numeric, ${wish.from},
      ${wish.to}, ${wish.reason}, ${direct}, ${!direct && contract.four_eyes}, ${userId}, ${expiresAt}::timestamptz,
      ${decided}
    WHERE coalesce(${expiresAt}::timestamptz > clock_timestamp(), true) RETURNING id`);
  if (row === null) throw invalidField('expires_at', 'must be in the future');
  const frame = { id, project_id: project.id, workspace_id: project.workspace_id };
  const payload = { request_id: id, operation: wish.type };
  if (direct) journalToken(tx, frame, { type: 'token.approved', payload: { ...payload, direct } }, actor);
  else journalToken(tx, frame, { type: 'token.requested', payload }, actor);
  return getTokenRequestIn(tx, project.id, id);
}

/** A request of a project that is held, for somebody with a role in it. */
export interface RequestCall extends ProjectCall {
  readonly requestId: string;
}

async function holdRequest(tx: Tx, call: RequestCall, role: ProjectRole, actor: Actor): Promise<TokenRequest> {
  const project = await holdProject(tx, call, role, actor);
  return getTokenRequestIn(tx, project.id, call.requestId);
}

/**
 * Approves a request that is open, or one that failed, once; where four eyes are needed, now or when it was made,
 * somebody else than who asked. Throws `not_found`, `forbidden`, `wrong_state` with the status it has, `LedgerRefused`.
 */
export async function approveTokenRequest(
  tx: Tx,
  call: RequestCall & { readonly note: string | null },
  actor: Actor,
): Promise<TokenRequest> {
  const { contract } = await holdToken(tx, call, { role: 'owner', forRequest: false }, actor);
  const request = await holdRequest(tx, call, 'owner', actor);
  const isAsker = request.requested_by === call.userId;
  if (isAsker && (request.four_eyes || contract.four_eyes)) {
    throw new CrewshipError('forbidden', 'somebody else than who asked for it has to approve it', {
      extensions: { reason: 'four_eyes' },
    });
  }
  const changed = await tx.execute(sql`
    UPDATE token_requests SET status = 'approved', error = NULL, note = ${call.note}, decided_by = ${call.userId},
      decided_at = clock_timestamp()
    WHERE id = ${request.id} AND (
      status = 'failed' OR (status = 'pending' AND (expires_at IS NULL OR expires_at > clock_timestamp())))`);
  if (changed === 0) throw wrongState('token request', request.status);
  const payload = { request_id: request.id, operation: request.type, direct: false };
  journalToken(tx, request, { type: 'token.approved', payload }, actor);
  return getTokenRequestIn(tx, request.project_id, request.id);
}

/**
 * Ends a request that is open: an owner rejects it, whoever asked withdraws it and it is `cancelled`. Throws
 * `not_found`, `forbidden`, `wrong_state` with the status it has.
 */
export async function rejectTokenRequest(
  tx: Tx,
  call: RequestCall & { readonly reason: string },
  actor: Actor,
): Promise<TokenRequest> {
  const seen = await holdRequest(tx, call, 'editor', actor);
  const isAsker = seen.requested_by === call.userId;
  const request = isAsker ? seen : await holdRequest(tx, call, 'owner', actor);
  const status = isAsker ? 'cancelled' : 'rejected';
  const changed = await tx.execute(sql`
    UPDATE token_requests SET status = ${status}, note = ${call.reason}, decided_by = ${call.userId},
      decided_at = clock_timestamp()
    WHERE id = ${request.id} AND status = 'pending' AND (expires_at IS NULL OR expires_at > clock_timestamp())`);
  if (changed === 0) throw wrongState('token request', request.status);
  const payload = { request_id: request.id, operation: request.type, status } as const;
  journalToken(tx, request, { type: 'token.rejected', payload }, actor);
  return getTokenRequestIn(tx, request.project_id, request.id);
}
