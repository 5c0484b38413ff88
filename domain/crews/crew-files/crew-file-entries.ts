import { entryKind } from '../../kernel/journal/entry-kind.ts';

type SharedFile = {
  readonly requester_crew_id: string;
  readonly path: string;
  readonly size?: number;
  readonly sha256?: string;
};

/** What an attempt's output says that its agent wrote. */
type AgentFile = {
  readonly run_id: string;
  readonly line_offset: number;
  readonly tool: string;
  readonly path: string;
};

export const crewFileEntries = {
  'file.listed': entryKind<SharedFile>(),
  'file.read': entryKind<SharedFile>(),
  /** By a person, through the API; the path begins with the crew's directory. */
  'file.deleted': entryKind<{ readonly path: string }>(),
  'file.written': entryKind<SharedFile | AgentFile>(),
};
