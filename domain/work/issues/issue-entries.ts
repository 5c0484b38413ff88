import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { IssueStatus } from './issue.ts';

type Named = { readonly identifier: string };

/** What changed, by ids, states and field names; never what anybody wrote. */
export const issueEntries = {
  'issue.created': entryKind<Named & { readonly status: IssueStatus }>(),
  'issue.updated': entryKind<Named & ChangedFields>(),
  'issue.status_change': entryKind<Named & ChangedFields & { readonly from: IssueStatus; readonly to: IssueStatus }>(),
  'issue.comment': entryKind<Named & { readonly comment_id: string; readonly length: number }>(),
};
