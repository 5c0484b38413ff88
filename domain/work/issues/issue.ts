import type { MissionStatus } from '../missions/mission-status.ts';

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

export const RELATION_TYPES = ['blocks', 'blocked_by', 'relates_to', 'duplicate_of'] as const;
export type RelationType = (typeof RELATION_TYPES)[number];

/** How deep sub-issues go. */
export const MAX_ISSUE_DEPTH = 64;

/** Where an issue is while its mission is somewhere. */
export const ISSUE_OF_MISSION: Readonly<Record<MissionStatus, IssueStatus>> = {
  PLANNING: 'BACKLOG',
  IN_PROGRESS: 'IN_PROGRESS',
  REVIEW: 'REVIEW',
  COMPLETED: 'DONE',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
};

/** An issue as people see it. */
export interface PublicIssue extends Omit<Issue, 'created_by_type' | 'created_by_id'> {
  readonly lead_agent_id: string | null;
  readonly mission_type: 'issue';
  readonly parent_issue_id: string | null;
  readonly project_id: string | null;
  readonly project_name: string | null;
  readonly milestone_id: string | null;
  readonly sort_order: number;
  readonly labels: readonly Pick<Label, 'id' | 'name' | 'color'>[];
  readonly sub_issues_count: number;
  /** The mission that works on it, or did last. */
  readonly current_mission_id: string | null;
  readonly created_by: { readonly type: 'user' | 'agent'; readonly id: string | null; readonly name: string | null };
}

export interface Label {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly label_group: string | null;
}

/** What somebody's inbox says that they are mentioned in. */
export const MENTIONED_IN = 'issue';

/** Names that a text mentions: `@slug`, each once, in their order. */
export function mentionsIn(text: string, most: number): readonly string[] {
  const found = [...text.matchAll(/(?<![\w@./-])@([a-z0-9][a-z0-9_.-]{0,63})/gi)];
  const names = found.map(([, name]) => name!.toLowerCase().replace(/[.-]+$/, ''));
  return [...new Set(names)].slice(0, most);
}
