export const ISSUE_STATUSES = [
  'BACKLOG',
  'TODO',
  'IN_PROGRESS',
  'REVIEW',
  'DONE',
  'FAILED',
  'CANCELLED',
  'DUPLICATE',
] as const;
export type IssueStatus = (typeof ISSUE_STATUSES)[number];

export const ISSUE_PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const;
export const ASSIGNEE_TYPES = ['user', 'agent'] as const;

/** Where an issue may go: docs/contracts/internal-ipc.md, Issues. */
const NEXT: Readonly<Record<IssueStatus, readonly IssueStatus[]>> = {
  BACKLOG: ['TODO', 'IN_PROGRESS', 'CANCELLED', 'DUPLICATE'],
  TODO: ['IN_PROGRESS', 'BACKLOG', 'CANCELLED', 'DUPLICATE'],
  IN_PROGRESS: ['REVIEW', 'DONE', 'FAILED', 'CANCELLED', 'TODO', 'DUPLICATE'],
  REVIEW: ['DONE', 'TODO', 'IN_PROGRESS', 'FAILED', 'CANCELLED', 'DUPLICATE'],
  DONE: ['BACKLOG'],
  FAILED: ['BACKLOG', 'TODO', 'IN_PROGRESS'],
  CANCELLED: ['BACKLOG', 'TODO'],
  DUPLICATE: [],
};

export function canMoveIssue(from: IssueStatus, to: IssueStatus): boolean {
  return NEXT[from].includes(to);
}

/** Whether work on it is over, well or not. */
export function isClosedIssue(status: IssueStatus): boolean {
  return status === 'DONE' || status === 'FAILED' || status === 'CANCELLED' || status === 'DUPLICATE';
}

/** What identifiers of a crew's issues begin with: its own prefix, or the first letters of its slug. */
export function issuePrefix(crew: { readonly issue_prefix: string | null; readonly slug: string }): string {
  const letters = (text: string, length: number) =>
    text
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '')
      .slice(0, length);
  return letters(crew.issue_prefix ?? '', 10) || letters(crew.slug, 3) || 'ISS';
}

/** An issue as the API shows it. */
export interface Issue {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly crew_name: string;
  readonly crew_slug: string;
  readonly number: number;
  readonly identifier: string;
  readonly title: string;
  readonly description: string | null;
  readonly status: IssueStatus;
  readonly priority: (typeof ISSUE_PRIORITIES)[number];
  readonly assignee_type: (typeof ASSIGNEE_TYPES)[number] | null;
  readonly assignee_id: string | null;
  readonly due_date: string | null;
  readonly estimate: number | null;
  readonly comment_count: number;
  readonly created_by_type: 'user' | 'agent';
  readonly created_by_id: string | null;
  readonly authored_via: 'user_api' | 'agent_tool_call';
  readonly created_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
}
