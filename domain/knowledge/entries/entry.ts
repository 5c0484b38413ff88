export const ENTRY_KINDS = ['page', 'note', 'fact'] as const;
export type EntryKindName = (typeof ENTRY_KINDS)[number];

export const ENTRY_STATUSES = ['draft', 'pending_review', 'published', 'stale', 'quarantined', 'archived'] as const;
export type EntryStatus = (typeof ENTRY_STATUSES)[number];

export const ENTRY_VISIBILITIES = ['visible', 'hidden'] as const;
export type EntryVisibility = (typeof ENTRY_VISIBILITIES)[number];

/** What people say of an entry; a whole one at each change. */
export interface EntryFields {
  readonly title: string;
  readonly kind: EntryKindName;
  readonly content: string;
  readonly summary: string | null;
  readonly tags: readonly string[];
  readonly status: EntryStatus;
  readonly visibility: EntryVisibility;
  readonly source: EntrySource | null;
  readonly confidence: number | null;
  readonly expires_at: string | null;
}

export interface EntrySource {
  readonly type: string;
  readonly url: string | null;
}

export interface KnowledgeEntry extends EntryFields {
  readonly id: string;
  readonly namespace: string;
  readonly slug: string;
  readonly file_id: string | null;
  readonly project_id: string | null;
  /** Its path in the project; null: of no project. */
  readonly folder: string | null;
  readonly version: number;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export type EntrySummary = Omit<KnowledgeEntry, 'content'>;

/** What readers, search and agents find. */
export const READ_STATUSES: readonly EntryStatus[] = ['published', 'stale'];

/** Into which states its writers put an entry; quarantine and what waits for a review are others' to end. */
export const NEXT_STATUSES: Readonly<Record<EntryStatus, readonly EntryStatus[]>> = {
  draft: ['published', 'archived'],
  pending_review: ['draft', 'archived'],
  published: ['stale', 'archived'],
  stale: ['published', 'archived'],
  quarantined: [],
  archived: ['published'],
};

/** States in which an entry is written by who has not been reviewed. */
const UNREVIEWED: readonly EntryStatus[] = ['draft', 'archived', 'quarantined'];

/** In which state a text is written that was to be in `wanted`. */
export function reviewedStatus(wanted: EntryStatus, needsReview: boolean): EntryStatus {
  return needsReview && !UNREVIEWED.includes(wanted) ? 'pending_review' : wanted;
}

/** Names a title within its namespace; empty for one without letters and digits. */
export function entrySlug(title: string): string {
  return title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 200);
}

const MAX_WIKI_LINKS = 200;

/** Titles that a text names as `[[Title]]` or `[[Title|words]]`, each once by its slug; at most 200. */
export function wikiTitles(content: string): ReadonlyMap<string, string> {
  const titles = new Map<string, string>();
  for (const [, name] of content.matchAll(/\[\[([^[\]|\n]{1,200})(?:\|[^[\]\n]{0,200})?\]\]/gu)) {
    const title = name!.trim();
    const slug = entrySlug(title);
    if (slug === '' || titles.has(slug)) continue;
    titles.set(slug, title);
    if (titles.size === MAX_WIKI_LINKS) break;
  }
  return titles;
}
