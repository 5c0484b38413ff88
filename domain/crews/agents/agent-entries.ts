import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';

export const agentEntries = {
  'agent.status_change': entryKind<{
    readonly agent_id: string;
    readonly from: string;
    readonly to: string;
    readonly run_id?: string;
  }>(),
  'agent.circuit_opened': entryKind<{
    readonly agent_id: string;
    readonly reason: 'trial_failed' | 'failures';
    readonly consecutive_failures: number;
    readonly cool_down_ms: number;
    readonly run_id: string;
  }>(),
  'agent.circuit_closed': entryKind<
    { readonly agent_id: string } & (
      | { readonly reason: 'success'; readonly run_id: string }
      | { readonly reason: 'reset' }
    )
  >(),
  'agent.webhook_secret_rotated': entryKind(),
};

export const agentAudits = {
  agent: { created: entryKind(), updated: entryKind<ChangedFields>(), deleted: entryKind() },
};
