import { entryKind } from '../../kernel/journal/entry-kind.ts';

type OnHost = { readonly host_id: string };

export const crewDataEntries = {
  /** What a host kept of a deleted crew is gone: directories, volumes and networks. */
  'crew.data_purged': entryKind<OnHost & { readonly disk_bytes: number | null; readonly deleted_at: string }>(),
  /** Directories of runs that ended long ago are gone. */
  'crew.runs_trimmed': entryKind<OnHost & { readonly runs: number; readonly disk_bytes: number }>(),
  /** A crew takes more room than the operator's limit. */
  'crew.disk_over_limit': entryKind<OnHost & { readonly disk_bytes: number; readonly limit_bytes: number }>(),
};
