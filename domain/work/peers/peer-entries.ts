import { entryKind } from '../../kernel/journal/entry-kind.ts';

type Request = {
  readonly state: 'created' | 'replaced' | 'completed' | 'failed' | 'cancelled';
  readonly to_agent_id: string;
  readonly depth: number;
  readonly run_id: string;
};
type Assignment = Request & { readonly assignment_id: string };

/** What is told of a request between agents: never what was asked or answered. */
export const peerEntries = {
  'assignment.created': entryKind<Assignment>(),
  'assignment.replaced': entryKind<Assignment>(),
  'assignment.completed': entryKind<Assignment>(),
  'assignment.failed': entryKind<Assignment>(),
  'assignment.cancelled': entryKind<Assignment>(),
  'peer.conversation': entryKind<Request & { readonly query_id: string }>(),
};
