import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { refuseMovement } from '../../../domain/work/tokens/ledger-rules.ts';
import type { TokenContract, TokenEntry, Wallet } from '../../../domain/work/tokens/token.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { hashEntry } from '../../../db/work/tokens/read-ledger.ts';
import { findWalletsIn } from '../../../db/work/tokens/tokens-store.ts';
import type { RequestedMovement, TokenBackend } from './token-backend.ts';

/**
 * The ledger of the database: what leaves one wallet enters another, in one entry whose hash names the one before it.
 * The project is held, so its balances and the chain's head stay as they are read.
 */
export const internalLedger: TokenBackend = {
  name: 'ledger',
  async move(tx, contract, movement) {
    const { from, to, amount, requestId } = movement;
    const wallets = await findWalletsIn(
      tx,
      contract.project_id,
      [from, to].filter((address) => address !== null),
    );
    refuseMovement(contract, { from: walletOf(wallets, from), to: walletOf(wallets, to) }, movement);
    const { at } = await tx.one<{ at: string }>(sql`SELECT clock_timestamp() AS at`);
    const said = {
      ...{ seq: contract.last_seq + 1, from_address: from, to_address: to, amount, request_id: requestId },
      ...{ prev_hash: contract.last_hash, created_at: at },
    };
    const entry: TokenEntry = { ...said, hash: hashEntry(contract.project_id, said) };
    await writeEntry(tx, contract, entry);
    await writeBalances(tx, contract, movement);
    const made = from === null ? amount : '0';
    const destroyed = to === null ? amount : '0';
    await tx.execute(sql`
      UPDATE token_contracts SET total_supply = total_supply + ${made}::numeric - ${destroyed}::numeric,
        last_seq = ${entry.seq}, last_hash = ${entry.hash}, updated_at = now()
      WHERE project_id = ${contract.project_id}`);
    return entry;
  },
};

function walletOf(wallets: ReadonlyMap<string, Wallet>, address: string | null): Wallet | null {
  if (address === null) return null;
  const wallet = wallets.get(address);
  if (wallet === undefined) throw notFound('wallet');
  return wallet;
}

async function writeEntry(tx: Tx, contract: TokenContract, entry: TokenEntry): Promise<void> {
  await tx.execute(sql`
    INSERT INTO token_entries (workspace_id, project_id, seq, from_address, to_address, amount, request_id, prev_hash,
      hash, created_at)
    VALUES (${contract.workspace_id}, ${contract.project_id}, ${entry.seq}, ${entry.from_address}, ${entry.to_address},
      ${entry.amount}::numeric, ${entry.request_id}, ${entry.prev_hash}, ${entry.hash}, ${entry.created_at})`);
}

async function writeBalances(tx: Tx, contract: TokenContract, { from, to, amount }: RequestedMovement): Promise<void> {
  await tx.execute(sql`
    UPDATE token_wallets SET updated_at = now(), balance = balance
      + CASE WHEN address = ${to} THEN ${amount}::numeric ELSE - ${amount}::numeric END
    WHERE project_id = ${contract.project_id} AND address IN (${from}, ${to})`);
}
