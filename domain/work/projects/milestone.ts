export const MILESTONE_STATUSES = ['active', 'completed', 'cancelled'] as const;

/** A part of a project that issues belong to. */
export interface Milestone {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string | null;
  readonly target_date: string | null;
  readonly status: (typeof MILESTONE_STATUSES)[number];
  readonly position: number;
  readonly issue_count: number;
  readonly done_count: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What somebody says of one. */
export type MilestoneFields = Pick<Milestone, 'name' | 'description' | 'target_date' | 'status'>;
