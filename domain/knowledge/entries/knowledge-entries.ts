import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { EntryStatus } from './entry.ts';

type Named = { readonly entry_id: string; readonly namespace_id: string };

/** No words of an entry: who reads the journal may not reach it. */
export const knowledgeEntries = {
  'knowledge.entry_created': entryKind<Named & { readonly status: EntryStatus }>(),
  'knowledge.entry_updated': entryKind<
    Named & { readonly version: number; readonly changed_fields: readonly string[] }
  >(),
  'knowledge.entry_status': entryKind<Named & { readonly from: EntryStatus; readonly to: EntryStatus }>(),
  'knowledge.entry_deleted': entryKind<Named>(),
  'knowledge.link_changed': entryKind<
    Named & { readonly link_id: string; readonly change: 'created' | 'updated' | 'deleted' }
  >(),
};
