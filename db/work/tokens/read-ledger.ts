import { hash } from 'node:crypto';
import { entryText, NO_HASH, type TokenEntry } from '../../../domain/work/tokens/token.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { OfProject } from './tokens-store.ts';

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

/** What the rows say of a ledger, all at one moment. */
interface LedgerEnd {
  readonly newest_seq: number;
  readonly last_seq: number;
  readonly last_hash: string;
  readonly total_supply: string;
  /** Of wallets that have something. */
  readonly balances: Readonly<Record<string, string>>;
}

/**
 * Books a ledger again from its first entry: the chain, no wallet below nothing on the way, and at its end the
 * balances, the supply and the head that the rows had at one moment. What is moved meanwhile comes after that end.
 */
export async function verifyLedger(reads: ReadPool, project: OfProject): Promise<LedgerCheck> {
  const end = await readEnd(reads, project);
  const balances = new Map<string, bigint>();
  let [seq, head, supply] = [0, NO_HASH, 0n];
  while (seq < end.newest_seq) {
    const limit = Math.min(PAGE, end.newest_seq - seq);
    const entries = await listTokenEntries(reads, project, { afterSeq: seq, limit });
    for (const entry of entries) {
      const follows = entry.seq === seq + 1 && entry.prev_hash === head && entry.hash === hashEntry(project.id, entry);
      if (!follows || !book(balances, entry)) return { ok: false, entries: seq, first_break: seq + 1, fault: 'chain' };
      if (entry.from_address === null) supply += BigInt(entry.amount);
      if (entry.to_address === null) supply -= BigInt(entry.amount);
      [seq, head] = [entry.seq, entry.hash];
    }
    // Taken away while it was read.
    if (entries.length < limit) return { ok: false, entries: seq, first_break: seq + 1, fault: 'chain' };
  }
  const fault = endFault(end, { balances, seq, head, supply });
  return { ok: fault === null, entries: seq, first_break: null, fault };
}

async function readEnd(reads: ReadPool, { id, workspace_id: workspaceId }: OfProject): Promise<LedgerEnd> {
  const end = await reads.maybeOne<LedgerEnd>(
    [workspaceId],
    sql`
      SELECT coalesce((SELECT max(seq) FROM token_entries WHERE project_id = p.id), 0)::integer AS newest_seq,
        coalesce(c.last_seq, 0)::integer AS last_seq, coalesce(c.last_hash, ${NO_HASH}) AS last_hash,
        coalesce(c.total_supply, 0)::text AS total_supply,
        coalesce((SELECT jsonb_object_agg(w.address, w.balance::text) FROM token_wallets w
          WHERE w.project_id = p.id AND w.balance > 0), '{}') AS balances
      FROM (SELECT ${id} AS id) p LEFT JOIN token_contracts c ON c.project_id = p.id`,
  );
  return end!;
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

function endFault(
  end: LedgerEnd,
  booked: { balances: ReadonlyMap<string, bigint>; seq: number; head: string; supply: bigint },
): LedgerCheck['fault'] {
  const wallets = Object.entries(end.balances);
  const holders = [...booked.balances].filter(([, units]) => units > 0n);
  const isBooked = wallets.every(([address, balance]) => booked.balances.get(address) === BigInt(balance));
  if (!isBooked || holders.length !== wallets.length) return 'balances';
  if (BigInt(end.total_supply) !== booked.supply) return 'supply';
  return end.last_seq === booked.seq && end.last_hash === booked.head ? null : 'head';
}
