import { entryKind } from '../../kernel/journal/entry-kind.ts';

type OfItem = { readonly item_id: string; readonly approval_id: string };

/** Ids and states; never what anybody wrote. About an item of a project or a session they are those’ entries. */
export const reviewEntries = {
  'review.submitted': entryKind<
    OfItem & { readonly subject_type: string | null; readonly assignee_id: string | null }
  >(),
  'review.decided': entryKind<OfItem & { readonly verdict: 'approved' | 'rejected' }>(),
  'review.quarantined': entryKind<OfItem>(),
};
