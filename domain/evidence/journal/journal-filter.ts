import type { JournalReader } from './journal-reader.ts';

/** Which entries a reader wants; lists match any of their values, exactly. Times are RFC 3339. */
export interface JournalFilter {
  readonly crewIds?: readonly string[];
  readonly agentIds?: readonly string[];
  readonly missionId?: string;
  readonly traceId?: string;
  readonly entryTypes?: readonly string[];
  readonly excludeEntryTypes?: readonly string[];
  readonly severities?: readonly string[];
  readonly actorTypes?: readonly string[];
  readonly priorities?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  /** Only what this reader may read; missing: everything. */
  readonly reader?: JournalReader;
}

/** A filter, and a phrase whose words stand one after the other in the summary or in a text of the payload. */
export interface JournalSearch extends JournalFilter {
  readonly phrase?: string | undefined;
}

/** Where the last page ended; entries strictly before it, in (ts, id) order, come next. */
export interface JournalCursor {
  readonly ts: string;
  readonly id: string;
}
