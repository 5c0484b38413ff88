import { CrewshipError, wrongState } from '../../kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../kernel/json/json-value.ts';
import type { ArtifactRef } from '../../work/artifacts/artifact.ts';

/** Roles in a chat, lowest first; each may what those before it may. */
export const CHAT_ROLES = ['viewer', 'editor', 'manager', 'owner'] as const;
export type ChatRole = (typeof CHAT_ROLES)[number];

export const CHAT_STATUSES = ['active', 'closed', 'archived'] as const;
export type ChatStatus = (typeof CHAT_STATUSES)[number];

/** What people choose; chats of missions, and of agents among themselves, are the workspace's. */
export const CHAT_VISIBILITIES = ['private', 'project'] as const;
export type ChatVisibility = (typeof CHAT_VISIBILITIES)[number] | 'workspace';

export const CHAT_ORIGINS = ['UI', 'CLI', 'WEBHOOK', 'CRON', 'AGENT'] as const;
export type ChatOrigin = (typeof CHAT_ORIGINS)[number];

/** How a turn ended, as models say it. */
export const FINISH_REASONS = ['stop', 'length', 'cancelled', 'waiting', 'error'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

export const MAX_MESSAGE_CHARACTERS = 32_000;
export const MAX_ANSWER_CHARACTERS = 65_536;
export const MAX_METADATA_BYTES = 8_192;

/** A chat as people talk in it: docs/contracts/conversations.md, Sessions. */
export interface Session {
  readonly id: string;
  readonly title: string | null;
  readonly status: ChatStatus;
  readonly agent: { readonly id: string; readonly slug: string; readonly name: string } | null;
  readonly project_id: string | null;
  readonly owner_id: string | null;
  readonly visibility: ChatVisibility;
  readonly my_role: ChatRole;
  readonly external_id: string | null;
  readonly message_count: number;
  readonly last_message_at: string | null;
  readonly turn_job_id: string | null;
  readonly event_seq: number;
  readonly metadata: JsonObject;
  readonly summary: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface ChatMessage {
  readonly id: string;
  readonly seq: number;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly author_user_id: string | null;
  readonly agent_id: string | null;
  readonly job_id: string | null;
  readonly run_id: string | null;
  readonly finish_reason: FinishReason | null;
  /** What the turn published. */
  readonly artifacts: readonly ArtifactRef[];
  readonly created_at: string;
}

/** Whether the first role may what the second may. */
export function hasChatRole(role: ChatRole, needed: ChatRole): boolean {
  return CHAT_ROLES.indexOf(role) >= CHAT_ROLES.indexOf(needed);
}

/** Refuses who sees the chat with too low a role. */
export function refuseChatRole(role: ChatRole, needed: ChatRole): void {
  if (hasChatRole(role, needed)) return;
  throw new CrewshipError('forbidden', `this takes the role ${needed} in the session; the caller is ${role}`);
}

/** Messages are for those that are active. */
export function sessionNotActive(status: ChatStatus): CrewshipError {
  return new CrewshipError('session_not_active', `the session is ${status}; reopen it first`, {
    extensions: { current_status: status },
  });
}

export function turnInProgress(jobId: string): CrewshipError {
  return new CrewshipError('turn_in_progress', 'a turn of this session is under way; wait for it, or cancel it', {
    extensions: { current_status: 'turn_in_progress', job_id: jobId },
  });
}

/** active → closed → archived; closed → active. */
export function refuseReopening(status: ChatStatus): void {
  if (status === 'archived') throw wrongState('session', status, 'an archived session is read, and nothing else');
}
