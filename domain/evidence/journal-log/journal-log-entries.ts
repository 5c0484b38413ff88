import { entryKind } from '../../kernel/journal/entry-kind.ts';

export const journalLogEntries = {
  /** Who it was is what was erased. */
  'journal.actor_erased': entryKind<{ readonly actor_type: 'user' | 'agent'; readonly entries: number }>(),
};
