import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { GapStatus } from './gap.ts';

export const gapEntries = {
  'gap.report_started': entryKind<{ readonly report_id: string }>(),
  'gap.report_completed': entryKind<{ readonly report_id: string; readonly findings: number }>(),
  'gap.finding_status': entryKind<{
    readonly finding_id: string;
    readonly from: GapStatus;
    readonly to: GapStatus;
  }>(),
};
