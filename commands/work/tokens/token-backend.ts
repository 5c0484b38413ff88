import type { Movement, TokenContract, TokenEntry } from '../../../domain/work/tokens/token.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Units that a request moves. */
export interface RequestedMovement extends Movement {
  readonly requestId: string;
}

/**
 * Where a token's units are. The ledger of the database is the one there is; another has a name of its own, books
 * nothing while a transaction waits, and leaves the request `executing` until its job knows.
 */
export interface TokenBackend {
  readonly name: 'ledger';
  /** Moves units in the caller's transaction, which holds the project. Throws `LedgerRefused` with nothing changed. */
  move(tx: Tx, contract: TokenContract, movement: RequestedMovement): Promise<TokenEntry>;
}
