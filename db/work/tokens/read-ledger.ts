import { hash } from 'node:crypto';
import { entryText, NO_HASH, type TokenEntry } from '../../../domain/work/tokens/token.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { findToken, type OfProject } from './tokens-store.ts';

/** Entries after a number, in their order. */
export function listTokenEntries(
  reads: ReadPool,
  project: OfProject,
  page: { readonly afterSeq: number; readonly limit: number },
): Promise<readonly TokenEntry[]> {
  return reads.any<TokenEntry>(
    [project.workspace_id],
    sql`
      SELECT seq, from_address, to_address, amount, request_id, prev_hash, hash, created_at FROM token_entries
      WHERE project_id = ${project.id} AND seq > ${page.afterSeq} ORDER BY seq ${sql.limit(page.limit)}`,
  );
}

/** An entry's hash. */
export function hashEntry(projectId: string, entry: Omit<TokenEntry, 'hash'>): string {
  return hash('sha256', entryText(projectId, entry), 'hex');
}

export interface LedgerCheck {
  readonly ok: boolean;
  /** Entries that were read. */
  readonly entries: number;
  /** The first entry that does not follow from those before it. */
  readonly first_break: number | null;
  /** What is wrong; null: nothing. */
  readonly fault: 'chain' | 'balances' | 'supply' | 'head' | null;
}

const PAGE = 1_000;

/**
 * Books a ledger again from its first entry: the chain, no wallet below nothing on the way, and at its end the
 * balances, the supply and the head that the rows have. Who moves units meanwhile may make the end differ; it is read
 * once more then.
 */
export async function verifyLedger(reads: ReadPool, project: OfProject): Promise<LedgerCheck> {
  const first = await verifyOnce(reads, project);
  return first.ok || first.fault === 'chain' ? first : verifyOnce(reads, project);
}

async function verifyOnce(reads: ReadPool, project: OfProject): Promise<LedgerCheck> {
  const balances = new Map<string, bigint>();
  let [seq, head, supply] = [0, NO_HASH, 0n];
  for (;;) {
    const entries = await listTokenEntries(reads, project, { afterSeq: seq, limit: PAGE });
    for (const entry of entries) {
      const follows = entry.seq === seq + 1 && entry.prev_hash === head && entry.hash === hashEntry(project.id, entry);
      if (!follows || !book(balances, entry)) return { ok: false, entries: seq, first_break: seq + 1, fault: 'chain' };
      if (entry.from_address === null) supply += BigInt(entry.amount);
      if (entry.to_address === null) supply -= BigInt(entry.amount);
      [seq, head] = [entry.seq, entry.hash];
    }
    if (entries.length < PAGE) break;
  }
  const fault = await endFault(reads, project, { balances, seq, head, supply });
  return { ok: fault === null, entries: seq, first_break: null, fault };
}

/** False: a wallet would have less than nothing. */
function book(balances: Map<string, bigint>, entry: TokenEntry): boolean {
  const { from_address: from, to_address: to } = entry;
  const units = BigInt(entry.amount);
  if (from !== null) {
    const left = (balances.get(from) ?? 0n) - units;
    if (left < 0n) return false;
    balances.set(from, left);
  }
  if (to !== null) balances.set(to, (balances.get(to) ?? 0n) + units);
  return true;
}

async function endFault(
  reads: ReadPool,
  project: OfProject,
  end: { balances: ReadonlyMap<string, bigint>; seq: number; head: string; supply: bigint },
): Promise<LedgerCheck['fault']> {
  const wallets = await reads.any<{ address: string; balance: string }>(
    [project.workspace_id],
    sql`SELECT address, balance FROM token_wallets WHERE project_id = ${project.id} AND balance > 0`,
  );
  const booked = [...end.balances].filter(([, units]) => units > 0n);
  const isBooked = wallets.every(({ address, balance }) => end.balances.get(address) === BigInt(balance));
  if (!isBooked || booked.length !== wallets.length) return 'balances';
  const token = await findToken(reads, project);
  if (BigInt(token?.total_supply ?? 0) !== end.supply) return 'supply';
  return (token?.last_seq ?? 0) === end.seq && (token?.last_hash ?? NO_HASH) === end.head ? null : 'head';
}
