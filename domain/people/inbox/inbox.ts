import type { Role } from '../../kernel/access/authority.ts';
import type { JsonObject } from '../../kernel/json/json-value.ts';

/** How an item stands for one person: read is theirs alone, resolved is what it is about, or that they put it away. */
export const INBOX_STATES = ['unread', 'read', 'resolved'] as const;
export type InboxState = (typeof INBOX_STATES)[number];

/** `active`: whatever is not resolved. */
export const INBOX_FILTERS = [...INBOX_STATES, 'active', 'all'] as const;
export type InboxFilter = (typeof INBOX_FILTERS)[number];

export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
export type InboxPriority = (typeof PRIORITIES)[number];

/** What items are about: the kind by which inboxes sort, the words of its title, and how much it presses. */
export const INBOX_TYPES = {
  'approval.requested': { kind: 'waitpoint', title: 'An approval waits for you', priority: 'high' },
  'task.review': { kind: 'waitpoint', title: 'The result of a task waits for a decision', priority: 'high' },
  keeper_escalated: { kind: 'waitpoint', title: 'An agent asks for a credential', priority: 'high' },
  keeper_denied: { kind: 'message', title: 'A risky request for a credential was denied', priority: 'normal' },
  'review.assigned': { kind: 'waitpoint', title: 'Something waits for your review', priority: 'high' },
  mention: { kind: 'message', title: 'Somebody mentions you', priority: 'normal' },
  'agent.made': { kind: 'message', title: 'An agent made something by itself', priority: 'low' },
  'escalation.opened': { kind: 'escalation', title: 'An agent asks a question', priority: 'high' },
  'run.failed': { kind: 'failed_run', title: 'A run failed', priority: 'normal' },
  'job.failed': { kind: 'job', title: 'A job failed', priority: 'normal' },
  'job.completed': { kind: 'job', title: 'A job is done', priority: 'low' },
  'budget.warning': { kind: 'budget', title: 'A budget is nearly spent', priority: 'normal' },
  'budget.exceeded': { kind: 'budget', title: 'A budget is spent', priority: 'high' },
} as const satisfies Readonly<
  Record<string, { readonly kind: string; readonly title: string; readonly priority: InboxPriority }>
>;
export type InboxType = keyof typeof INBOX_TYPES;
export const INBOX_TYPE_NAMES = Object.keys(INBOX_TYPES) as readonly InboxType[];
export const INBOX_KINDS = ['waitpoint', 'escalation', 'failed_run', 'message', 'job', 'budget'] as const;
export type InboxKind = (typeof INBOX_KINDS)[number];

/** Types of a kind. */
export function typesOf(kind: InboxKind): InboxType[] {
  return INBOX_TYPE_NAMES.filter((type) => INBOX_TYPES[type].kind === kind);
}

/** How what an item was about ended. */
export type ResolvedAction = 'approved' | 'rejected' | 'retried' | 'cancelled';

/** An item as one person sees it. */
export interface InboxItem {
  readonly id: string;
  readonly workspace_id: string;
  readonly type: InboxType;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly crew_id: string | null;
  /** The lowest role that it is for; null: one person. */
  readonly audience_role: Role | null;
  readonly audience_user_id: string | null;
  readonly title: string;
  readonly body: string | null;
  readonly priority: InboxPriority;
  /** Whether it leaves only when what it is about is settled. */
  readonly blocking: boolean;
  readonly payload: JsonObject;
  readonly sender_type: 'agent' | 'user' | 'system' | null;
  readonly sender_id: string | null;
  readonly sender_name: string | null;
  readonly state: InboxState;
  readonly read_at: string | null;
  readonly dismissed_at: string | null;
  readonly resolved_at: string | null;
  readonly resolved_by_user_id: string | null;
  readonly resolved_action: ResolvedAction | null;
  readonly created_at: string;
  readonly updated_at: string;
}
