import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { WikiAction } from './wiki.ts';

/** No words of an entry: who reads the journal may not reach it. */
export const wikiEntries = {
  'wiki.action': entryKind<{
    readonly action: WikiAction;
    readonly action_id: string;
    readonly entry_id: string;
    readonly finding_id: string | null;
  }>(),
  'wiki.meditation_started': entryKind<{ readonly run_id: string; readonly namespace_id: string }>(),
  'wiki.meditation_completed': entryKind<{ readonly run_id: string; readonly proposals: number }>(),
};
