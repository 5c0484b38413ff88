/** The kind of the decisions on items of the review queue, but for tasks, whose own decision theirs is. */
export const REVIEW_APPROVAL = 'review';
/** What such a decision is about. */
export const REVIEW_SUBJECT = 'review_item';

/** `cancelled`: what it was about was over before anybody decided. */
export const REVIEW_ITEM_STATUSES = ['pending', 'quarantined', 'approved', 'rejected', 'cancelled'] as const;
export type ReviewItemStatus = (typeof REVIEW_ITEM_STATUSES)[number];

/** Whether somebody may still decide it. */
export function isOpenReview(status: ReviewItemStatus): boolean {
  return status === 'pending' || status === 'quarantined';
}

export const REVIEW_PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const;
export type ReviewPriority = (typeof REVIEW_PRIORITIES)[number];

export const REVIEW_SUBJECT_TYPES = ['message', 'task', 'external'] as const;
export type ReviewSubjectType = (typeof REVIEW_SUBJECT_TYPES)[number];
export interface ReviewSubject {
  readonly type: ReviewSubjectType;
  readonly id: string;
}

export const REVIEW_DECISIONS = ['approve', 'reject', 'quarantine'] as const;
export type ReviewDecision = (typeof REVIEW_DECISIONS)[number];

/** Items of a workspace that wait for a decision. */
export const MAX_OPEN_REVIEWS = 10_000;

/** Something that people are to look at: docs/contracts/reviews.md. */
export interface ReviewItem {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly status: ReviewItemStatus;
  readonly priority: ReviewPriority;
  readonly score: number | null;
  readonly subject: ReviewSubject | null;
  readonly project_id: string | null;
  readonly session_id: string | null;
  readonly submitted_by: string;
  readonly assignee_id: string | null;
  readonly attachments: readonly ReviewAttachment[];
  readonly decision: {
    readonly verdict: 'approved' | 'rejected';
    readonly by: string | null;
    readonly at: string;
    readonly note: string | null;
  } | null;
  readonly approval_id: string;
  readonly due_at: string | null;
  readonly created_at: string;
}

/** A file that was submitted with an item. */
export interface ReviewAttachment {
  readonly index: number;
  readonly name: string;
  readonly mime: string;
  readonly size_bytes: number;
}

export interface ReviewStep {
  readonly action: 'submitted' | 'quarantined' | 'approved' | 'rejected' | 'cancelled';
  readonly by: string | null;
  readonly at: string;
  readonly note: string | null;
}
