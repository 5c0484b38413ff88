import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { IssueStatus } from './issue.ts';

type Named = { readonly identifier: string };

type OfAttachment = Named & { readonly attachment_id: string; readonly size_bytes: number };

type OfCodeLink = Named & { readonly link_id: string; readonly provider: string };

type OfLabel = { readonly label_id: string };

/** What changed, by ids, states and field names; never what anybody wrote. */
export const issueEntries = {
  'issue.created': entryKind<Named & { readonly status: IssueStatus }>(),
  'issue.updated': entryKind<Named & ChangedFields>(),
  'issue.status_change': entryKind<Named & ChangedFields & { readonly from: IssueStatus; readonly to: IssueStatus }>(),
  'issue.deleted': entryKind<Named & { readonly status: IssueStatus }>(),
  'issue.related': entryKind<Named & { readonly relation_type: string; readonly target: string }>(),
  'issue.unrelated': entryKind<Named & { readonly relation_type: string; readonly target: string }>(),
  'issue.attached': entryKind<OfAttachment>(),
  'issue.detached': entryKind<OfAttachment>(),
  'issue.code_linked': entryKind<OfCodeLink>(),
  'issue.code_unlinked': entryKind<OfCodeLink>(),
  /** Its words name an agent. */
  'agent.mentioned': entryKind<Named & { readonly comment_id: string; readonly agent_id: string }>(),
  'label.created': entryKind<OfLabel>(),
  'label.updated': entryKind<OfLabel & ChangedFields>(),
  'label.deleted': entryKind<OfLabel>(),
  'issue.comment': entryKind<Named & { readonly comment_id: string; readonly length: number }>(),
};
