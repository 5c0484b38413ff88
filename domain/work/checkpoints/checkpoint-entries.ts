import { entryKind } from '../../kernel/journal/entry-kind.ts';

type OfCheckpoint = { readonly checkpoint_id: string; readonly mission_id: string };

/** Entries about checkpoints: they change nothing of what a checkpoint is about, so no mission diverges by them. */
export const checkpointEntries = {
  'checkpoint.created': entryKind<OfCheckpoint & { readonly journal_cursor: string; readonly fork_of?: string }>(),
  'checkpoint.restored': entryKind<
    OfCheckpoint & { readonly journal_cursor: string; readonly divergence_count: number }
  >(),
  'fork.created': entryKind<OfCheckpoint & { readonly fork_of: string; readonly forked_mission_id: string }>(),
};

export const checkpointAudits = { checkpoint: { deleted: entryKind() } };
