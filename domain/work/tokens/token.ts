/** What is done with units of a token. */
export const TOKEN_OPERATIONS = ['mint', 'transfer', 'burn'] as const;
export type TokenOperation = (typeof TOKEN_OPERATIONS)[number];

/** `executing` is for a backend that takes its time; the ledger's own transaction has no such moment. */
export const TOKEN_REQUEST_STATUSES = [
  ...(['pending', 'approved', 'rejected', 'cancelled'] as const),
  ...(['expired', 'executing', 'executed', 'failed'] as const),
] as const;
export type TokenRequestStatus = (typeof TOKEN_REQUEST_STATUSES)[number];

export const WALLET_OWNERS = ['user', 'agent', 'treasury', 'external'] as const;
export type WalletOwner = (typeof WALLET_OWNERS)[number];

export const WALLET_STATUSES = ['active', 'frozen'] as const;
export type WalletStatus = (typeof WALLET_STATUSES)[number];

/** What a numeric(78,0) holds: no token has more units. */
export const MOST_UNITS = 10n ** 78n - 1n;

/** What the owners of a project say of its token. Amounts are base units as text. */
export interface Tokenization {
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly max_supply: string | null;
  /** Whether somebody else than who asked has to approve. */
  readonly four_eyes: boolean;
  /** Whether owners may move units without a request that others see first. */
  readonly allow_direct: boolean;
  readonly paused: boolean;
}

/** A token with its supply and the head of its ledger. */
export interface TokenContract extends Tokenization {
  readonly project_id: string;
  readonly workspace_id: string;
  readonly total_supply: string;
  readonly last_seq: number;
  readonly last_hash: string;
}

/** Addresses are in lower case inside. */
export interface Wallet {
  readonly address: string;
  readonly label: string | null;
  readonly owner_type: WalletOwner;
  readonly owner_id: string | null;
  readonly status: WalletStatus;
  readonly balance: string;
}

/** Units on their way: `from` null makes them, `to` null destroys them. */
export interface Movement {
  readonly from: string | null;
  readonly to: string | null;
  readonly amount: string;
}

export interface TokenRequest {
  readonly id: string;
  readonly workspace_id: string;
  readonly project_id: string;
  readonly type: TokenOperation;
  readonly amount: string;
  readonly from_address: string | null;
  readonly to_address: string | null;
  readonly reason: string;
  readonly direct: boolean;
  readonly four_eyes: boolean;
  readonly status: TokenRequestStatus;
  readonly requested_by: string;
  readonly expires_at: string | null;
  readonly note: string | null;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly executed_by: string | null;
  readonly executed_at: string | null;
  readonly ledger_seq: number | null;
  readonly error: string | null;
  readonly created_at: string;
}

/** One booking: what leaves one wallet enters another. */
export interface TokenEntry {
  readonly seq: number;
  readonly from_address: string | null;
  readonly to_address: string | null;
  readonly amount: string;
  readonly request_id: string;
  readonly prev_hash: string;
  readonly hash: string;
  readonly created_at: string;
}

/** Before the first entry. */
export const NO_HASH = '0'.repeat(64);

/** The text whose SHA-256 is an entry's hash: everything that it says, and the hash before it. */
export function entryText(projectId: string, entry: Omit<TokenEntry, 'hash'>): string {
  return [
    ...['crewship token entry v1', projectId, entry.seq, entry.from_address ?? '-', entry.to_address ?? '-'],
    ...[entry.amount, entry.request_id, entry.created_at, entry.prev_hash],
  ].join('\n');
}
