export const RELATIONS = [
  ...(['related', 'parent', 'cites', 'supports'] as const),
  ...(['contradicts', 'supersedes', 'duplicates', 'depends_on'] as const),
] as const;
export type Relation = (typeof RELATIONS)[number];

export const LINK_STATUSES = ['proposed', 'active', 'rejected'] as const;
export type LinkStatus = (typeof LINK_STATUSES)[number];

export const LINK_ORIGINS = ['human', 'agent', 'ingest', 'meditation'] as const;
export type LinkOrigin = (typeof LINK_ORIGINS)[number];

/** From where a title in double brackets leads: this relation. */
export const TEXT_RELATION: Relation = 'related';

/** Most links that people or models add from one entry. */
export const MAX_LINKS = 500;

export interface LinkFields {
  readonly relation: Relation;
  readonly weight: number;
  readonly rationale: string | null;
}

export interface KnowledgeLink extends LinkFields {
  readonly id: string;
  readonly from_entry_id: string;
  readonly to_entry_id: string;
  readonly status: LinkStatus;
  readonly origin: LinkOrigin;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}
