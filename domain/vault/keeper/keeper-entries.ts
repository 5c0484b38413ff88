import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { KeeperSignal, RecentDecisions } from './keeper-health.ts';
import type { KeeperDecision, KeeperRequestType } from './keeper-request.ts';

type Asked = {
  readonly request_id: string;
  readonly credential_id: string;
  readonly request_type: KeeperRequestType;
  readonly security_level: number;
};

/** Neither what was meant nor what was run is in them: those stay in the row. */
export const keeperEntries = {
  'keeper.request': entryKind<Asked & { readonly run_proven: boolean }>(),
  'keeper.decision': entryKind<
    Asked & {
      readonly decision: KeeperDecision;
      readonly risk_score: number;
      readonly judge_profile: string | null;
      /** Allowed by the person that the run works for, as nobody else could. */
      readonly self_approved?: boolean;
      /** Refused: who wanted to allow it is who the run works for. */
      readonly self_approval_blocked?: boolean;
    }
  >(),
  'keeper.execution': entryKind<
    Asked & { readonly execution: 'done' | 'failed'; readonly exit_code: number | null; readonly error: string | null }
  >(),
  'keeper.governance_changed': entryKind<ChangedFields>(),
  'keeper.health': entryKind<
    { readonly signal: KeeperSignal } & { readonly [Count in keyof RecentDecisions]: number }
  >(),
  'keeper.requests_purged': entryKind<{ readonly requests: number }>(),
  'credential.lease_issued': entryKind<{
    readonly assignment_id: string;
    readonly request_id: string;
    readonly lease_seconds: number;
    /** The run that it ends with, where one asked. */
    readonly run_id: string | null;
  }>(),
  'credential.lease_ended': entryKind<{ readonly assignment_id: string }>(),
};
