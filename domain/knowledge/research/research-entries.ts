import { entryKind } from '../../kernel/journal/entry-kind.ts';

export const researchEntries = {
  'research.started': entryKind<{ readonly run_id: string }>(),
  'research.judged': entryKind<{ readonly run_id: string; readonly pending: number }>(),
  'research.decided': entryKind<{
    readonly run_id: string;
    readonly approved: number;
    readonly rejected: number;
  }>(),
  'research.ingested': entryKind<{
    readonly run_id: string;
    readonly candidate_id: string;
    readonly entry_id: string;
  }>(),
  'research.expired': entryKind<{ readonly run_id: string; readonly candidates: number }>(),
};
