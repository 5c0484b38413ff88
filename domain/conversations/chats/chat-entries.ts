import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { ChatRole, ChatVisibility, FinishReason } from './chat.ts';

export const chatAudits = { chat: { created: entryKind(), updated: entryKind<ChangedFields>() } };

type OfShare = { readonly share_id: string; readonly role: Extract<ChatRole, 'viewer' | 'editor'> };
type OfParticipant = { readonly user_id: string; readonly role: Extract<ChatRole, 'viewer' | 'editor'> };
type OfFile = { readonly attachment_id: string; readonly sha256: string; readonly size_bytes: number };
type OfTurn = { readonly job_id: string; readonly message_id: string; readonly seq: number };
/** Of a message that began no turn, both are null; `steers`: it was said into a turn that was under way. */
type OfMessage = {
  readonly job_id: string | null;
  readonly run_id: string | null;
  readonly message_id: string;
  readonly seq: number;
  readonly steers?: boolean;
};

/** Ids, roles, states and field names; never a title or a word that anybody said. */
export const chatEntries = {
  'session.created': entryKind<{ readonly visibility: ChatVisibility }>(),
  'session.updated': entryKind<ChangedFields>(),
  'session.closed': entryKind(),
  'session.archived': entryKind(),
  'session.reopened': entryKind(),
  'session.exported': entryKind(),
  'session.deleted': entryKind(),
  'session.participant_added': entryKind<OfParticipant>(),
  'session.participant_removed': entryKind<OfParticipant>(),
  'session.file_attached': entryKind<OfFile>(),
  'session.file_removed': entryKind<OfFile>(),
  'session.share_created': entryKind<OfShare & { readonly kind: 'user' | 'email' | 'link' }>(),
  'session.share_accepted': entryKind<OfShare>(),
  'session.share_revoked': entryKind<OfShare>(),
  'feedback.recorded': entryKind<{ readonly message_id: string; readonly rating: number; readonly signal: string }>(),
  'conversation.compacted': entryKind<{
    readonly job_id: string;
    readonly after_seq: number;
    readonly upto_seq: number;
    readonly messages: number;
  }>(),
  'chat.user_message': entryKind<OfMessage>(),
  'chat.agent_response': entryKind<OfTurn & { readonly run_id: string; readonly finish_reason: FinishReason }>(),
};
