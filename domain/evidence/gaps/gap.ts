export const GAP_CATEGORIES = [
  ...(['missing_tool', 'missing_knowledge', 'missing_permission'] as const),
  ...(['low_quality', 'repeated_failure', 'unanswered'] as const),
] as const;
export type GapCategory = (typeof GAP_CATEGORIES)[number];

export const GAP_SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type GapSeverity = (typeof GAP_SEVERITIES)[number];

export const GAP_STATUSES = ['open', 'acknowledged', 'in_progress', 'resolved', 'dismissed'] as const;
export type GapStatus = (typeof GAP_STATUSES)[number];

/** A row that shows a gap: `run`, `journal_entry`, `escalation` or `validation_log`. */
export interface GapEvidence {
  readonly type: 'run' | 'journal_entry' | 'escalation' | 'validation_log';
  readonly id: string;
}

/** What the rows of a time show: one gap and how often. */
export interface SeenGap {
  readonly category: GapCategory;
  /** What it is about besides the agent: the code of an error, a host, a tool. */
  readonly subject: string;
  readonly agent_id: string | null;
  readonly occurrences: number;
  /** The newest of them. */
  readonly evidence: readonly GapEvidence[];
  readonly first_seen_at: string;
  readonly last_seen_at: string;
}

export interface GapFinding {
  readonly id: string;
  readonly title: string;
  readonly category: GapCategory;
  readonly severity: GapSeverity;
  readonly status: GapStatus;
  readonly agent_id: string | null;
  readonly evidence: readonly GapEvidence[];
  readonly occurrences: number;
  readonly note: string | null;
  /** That was made of it; null: none, or none that the reader sees. */
  readonly task_id: string | null;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
}

export type GapCounts = Readonly<Record<GapSeverity, number>>;

/** The farthest back that a report looks. */
export const LONGEST_WINDOW_DAYS = 90;

/** By how often it was seen. */
export function severityOf(occurrences: number): GapSeverity {
  if (occurrences >= 50) return 'critical';
  if (occurrences >= 20) return 'high';
  return occurrences >= 5 ? 'medium' : 'low';
}

const TITLES: Readonly<Record<GapCategory, (subject: string) => string>> = {
  missing_tool: (tool) => `a command that ${tool} called is not there`,
  missing_knowledge: (subject) => `nothing is known of ${subject}`,
  missing_permission: (subject) => `${subject} is refused`,
  low_quality: () => 'contents do not pass their validation',
  repeated_failure: (code) => `runs fail again and again: ${code}`,
  unanswered: () => 'questions are not answered in time',
};

export const titleOf = ({ category, subject }: Pick<SeenGap, 'category' | 'subject'>) =>
  TITLES[category](subject).slice(0, 500);

/** The text whose SHA-256 tells a gap from others. */
export const fingerprintText = ({ category, agent_id: agentId, subject }: SeenGap) =>
  [category, agentId ?? '', subject].join('\n');

export function countBySeverity(gaps: readonly Pick<SeenGap, 'occurrences'>[]): GapCounts {
  const counts = { low: 0, medium: 0, high: 0, critical: 0 };
  for (const { occurrences } of gaps) counts[severityOf(occurrences)] += 1;
  return counts;
}

export function summaryOf(gaps: readonly SeenGap[]): string {
  if (gaps.length === 0) return 'no gaps were found';
  const byCategory = [...Map.groupBy(gaps, ({ category }) => category)];
  const parts = byCategory.map(([category, some]) => `${category.replace('_', ' ')}: ${some.length}`);
  return `${gaps.length} gaps were found (${parts.join(', ')})`;
}

/** To which states a finding may be put from one. What has ended may be opened again. */
export const NEXT_STATUSES: Readonly<Record<GapStatus, readonly GapStatus[]>> = {
  open: ['acknowledged', 'in_progress', 'resolved', 'dismissed'],
  acknowledged: ['open', 'in_progress', 'resolved', 'dismissed'],
  in_progress: ['open', 'acknowledged', 'resolved', 'dismissed'],
  resolved: ['open'],
  dismissed: ['open'],
};
