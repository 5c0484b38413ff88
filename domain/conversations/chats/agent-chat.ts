import type { ChatOrigin, ChatStatus } from './chat.ts';

/** A chat with an agent as its person sees it: docs/contracts/conversations.md, Chats with an agent. */
export interface AgentChat {
  readonly id: string;
  readonly agent_id: string;
  readonly workspace_id: string;
  readonly title: string | null;
  /** GROUP: somebody else was let in. The agent answers who mentions it. */
  readonly mode: 'CHAT' | 'GROUP';
  readonly status: ChatStatus;
  readonly message_count: number;
  readonly unread_count: number;
  readonly origin: ChatOrigin;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly created_at: string;
  readonly last_activity_at: string;
}

export const PARTICIPANT_ROLES = ['member', 'viewer'] as const;
/** member: reads and writes. */
export type ParticipantRole = (typeof PARTICIPANT_ROLES)[number];

export interface Participant {
  readonly user_id: string;
  readonly name: string;
  readonly role: 'owner' | ParticipantRole;
  readonly added_by: string | null;
  readonly created_at: string;
}

export const MAX_PARTICIPANTS = 100;

/** Files of one message. */
export const MAX_ATTACHMENTS = 10;
/** What is said by who sends files and no words. */
export const FILES_ALONE = 'These files.';
export const MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024;

export interface ChatAttachment {
  readonly id: string;
  readonly filename: string;
  readonly size: number;
  readonly mime: string;
  readonly sha256: string;
  readonly uploaded_by: string;
  /** The message that took it along. */
  readonly message_id: string | null;
  readonly created_at: string;
}

const SEPARATORS = /[/\\]/;
const UNSHOWABLE = /\p{Cc}|\p{Bidi_Control}|\p{Cs}/u;
const MAX_NAME_BYTES = 255;

/** The name that a file has in a container: the last part of what its sender calls it. Null for what can be no name. */
export function attachmentName(given: string): string | null {
  const name = given.split(SEPARATORS).at(-1)!.trim();
  const isBad =
    name === '' || name.startsWith('.') || UNSHOWABLE.test(name) || Buffer.byteLength(name) > MAX_NAME_BYTES;
  return isBad ? null : name;
}

/** Where a turn's files are: one that has a name as another before it gets its place, or the next free, before it. */
export function inputNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name, index) => {
    let free = name;
    for (let place = index + 1; taken.has(free); place += 1) free = fitted(`${place}-${name}`);
    taken.add(free);
    return free;
  });
}

/** As much of a name as file systems take, in whole characters. */
function fitted(name: string): string {
  let bytes = 0;
  let kept = '';
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_NAME_BYTES) break;
    kept += character;
  }
  return kept;
}

const MENTION = /(?:^|[^\p{L}\p{N}_@.-])@([a-z0-9][a-z0-9_-]{1,49})/giu;
/** Of one message. */
const MAX_MENTIONS = 20;

/** Slugs that a message mentions as `@slug`, as they come, each once. */
export function mentionedSlugs(message: string): readonly string[] {
  const found = new Set<string>();
  for (const [, slug] of message.matchAll(MENTION)) {
    found.add(slug!.toLowerCase());
    if (found.size === MAX_MENTIONS) break;
  }
  return [...found];
}

/** A title on one line, of what can be seen. */
export function titleText(given: string): string {
  return given
    .replace(/\p{Bidi_Control}/gu, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .toWellFormed();
}
