import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { ChatRole, ChatVisibility, FinishReason } from './chat.ts';

export const chatAudits = { chat: { created: entryKind(), updated: entryKind<ChangedFields>() } };

type OfShare = { readonly share_id: string; readonly role: Extract<ChatRole, 'viewer' | 'editor'> };
type OfTurn = { readonly job_id: string; readonly message_id: string; readonly seq: number };

/** Ids, roles, states and field names; never a title or a word that anybody said. */
export const chatEntries = {
  'session.created': entryKind<{ readonly visibility: ChatVisibility }>(),
  'session.updated': entryKind<ChangedFields>(),
  'session.closed': entryKind(),
  'session.archived': entryKind(),
  'session.reopened': entryKind(),
  'session.exported': entryKind(),
  'session.share_created': entryKind<OfShare & { readonly kind: 'user' | 'email' | 'link' }>(),
  'session.share_accepted': entryKind<OfShare>(),
  'session.share_revoked': entryKind<OfShare>(),
  'feedback.recorded': entryKind<{ readonly message_id: string; readonly rating: number; readonly signal: string }>(),
  'chat.user_message': entryKind<OfTurn & { readonly run_id: string }>(),
  'chat.agent_response': entryKind<OfTurn & { readonly run_id: string; readonly finish_reason: FinishReason }>(),
};
