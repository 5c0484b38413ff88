import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { LedgerRefusal } from './ledger-rules.ts';
import type { TokenOperation } from './token.ts';

type Asked = { readonly request_id: string; readonly operation: TokenOperation };

/** Ids, kinds, states and hashes; amounts, addresses and reasons are the project's. */
export const tokenEntries = {
  'token.requested': entryKind<Asked>(),
  'token.approved': entryKind<Asked & { readonly direct: boolean }>(),
  /** `cancelled`: by who asked for it. */
  'token.rejected': entryKind<Asked & { readonly status: 'rejected' | 'cancelled' }>(),
  /** The head of the ledger after it, which the journal's log seals. */
  'token.executed': entryKind<Asked & { readonly seq: number; readonly hash: string }>(),
  'token.failed': entryKind<Asked & { readonly reason: LedgerRefusal }>(),
  'wallet.changed': entryKind<ChangedFields & { readonly address: string; readonly created: boolean }>(),
};
