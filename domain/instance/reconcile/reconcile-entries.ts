import type { WorkflowKind } from '../../kernel/outbox/outbox-command.ts';
import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { Discrepancy } from './repair.ts';

/** More of what was found: ids, enums and numbers. */
export type RepairFacts = {
  readonly workflow_status?: string;
  readonly known?: number;
  readonly run_status?: string;
  readonly crew_id?: string;
  readonly crew_status?: string | null;
  readonly generation?: number;
};

export const reconcileEntries = {
  /** The evidence of one repair. */
  'reconcile.repaired': entryKind<
    RepairFacts & {
      readonly kind: WorkflowKind | 'container';
      readonly id: string;
      readonly discrepancy: Discrepancy;
      /** The generation, or the state, that was found and the one there is now. */
      readonly from: string | number | null;
      readonly to: string | number | null;
    }
  >(),
};
