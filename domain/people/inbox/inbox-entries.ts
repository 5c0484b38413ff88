import { entryKind } from '../../kernel/journal/entry-kind.ts';

export const inboxEntries = {
  /** Items were deleted for everybody, by what they are and not by whose they were. */
  'inbox.purged': entryKind<{
    readonly deleted: number;
    readonly state: string;
    readonly kind: string | null;
    readonly before: string | null;
  }>(),
};
