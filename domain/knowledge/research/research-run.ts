/** What became of a page. `blocked` and `duplicate` are so from the start. */
export const CANDIDATE_STATUSES = [
  ...(['pending', 'approved', 'rejected', 'ingested', 'ingest_failed', 'expired', 'duplicate', 'blocked'] as const),
] as const;
export type CandidateStatus = (typeof CANDIDATE_STATUSES)[number];

/** Why a page was not read. */
export const PAGE_REFUSALS = [
  ...(['address', 'robots', 'domain', 'redirect', 'status', 'content_type', 'too_large', 'timeout'] as const),
  ...(['unreachable', 'unreadable', 'empty'] as const),
] as const;
export type PageRefusal = (typeof PAGE_REFUSALS)[number];

/** How well a page answers what was asked. */
export const VERDICTS = ['relevant', 'partial', 'irrelevant'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Who judged, and who planned: a model, or the words alone where none is configured or answers. */
export const JUDGED_BY = ['model', 'words'] as const;
export type JudgedBy = (typeof JUDGED_BY)[number];

export const MOST_PAGES = 100;
export const MOST_QUERIES = 12;
export const MOST_DECISIONS = 200;
/** As much of a page as an entry holds. */
export const PAGE_CHARACTERS = 200_000;
export const EXCERPT_CHARACTERS = 500;
export const TITLE_CHARACTERS = 200;

/** What a run is about, as it was asked for. */
export interface ResearchQuestion {
  readonly topic: string;
  readonly questions: readonly string[];
}

export function verdictOf(score: number): Verdict {
  if (score >= 0.7) return 'relevant';
  return score >= 0.4 ? 'partial' : 'irrelevant';
}

/** Names the server that finds pages: `GET <it>/search?q=…&format=json` answers as SearXNG does. */
export const SEARCH_SETTING = 'research.search_url';
