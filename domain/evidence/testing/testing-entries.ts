import { entryKind } from '../../kernel/journal/entry-kind.ts';

/** Of the run that `run_id` names. */
export const testingEntries = {
  'testing.run_started': entryKind<{ readonly run_id: string; readonly total: number }>(),
  'testing.run_completed': entryKind<{
    readonly run_id: string;
    readonly passed: number;
    readonly failed: number;
    readonly total: number;
  }>(),
  'testing.run_cancelled': entryKind<{ readonly run_id: string }>(),
};
