export const FINDING_KINDS = [
  ...(['orphan', 'broken_link', 'duplicate', 'contradiction', 'stale', 'missing_page', 'proposed_link'] as const),
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Kinds that rows alone show. The others are a model's, and people's to judge. */
export const LINTED: readonly FindingKind[] = ['orphan', 'broken_link', 'duplicate', 'stale', 'missing_page'];

export const FINDING_STATUSES = ['open', 'resolved', 'dismissed'] as const;
export type FindingStatus = (typeof FINDING_STATUSES)[number];

/** What waits for people: a queue for each kind of finding, one of what is to be reviewed, one of what is held back. */
export const WIKI_QUEUES = ['review', 'quarantine', ...FINDING_KINDS] as const;
export type WikiQueue = (typeof WIKI_QUEUES)[number];

export const WIKI_ACTIONS = [
  ...(['approve', 'reject', 'merge', 'archive', 'restore', 'quarantine', 'release', 'refresh', 'dismiss'] as const),
  'undo',
] as const;
export type WikiAction = (typeof WIKI_ACTIONS)[number];

/** Why an action did nothing about one row. */
export const ACTION_CODES = [
  ...(['not_found', 'forbidden', 'wrong_state', 'not_applicable', 'too_long', 'changed_since', 'repeated'] as const),
] as const;
export type ActionCode = (typeof ACTION_CODES)[number];

export const MOST_ACTED_ON = 100;
export const MOST_PROPOSALS = 500;
export const MEDITATION_MODES = ['quick', 'full'] as const;
export type MeditationMode = (typeof MEDITATION_MODES)[number];
