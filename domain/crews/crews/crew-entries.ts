import type { AutonomyLevel } from '../autonomy/autonomy.ts';
import type { BehaviorMode } from '../autonomy/crew-policy.ts';
import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { Crew } from './crew.ts';

type ContainerStatus = Crew['container_status'];
type Link = { readonly from_crew_id: string; readonly to_crew_id: string };

export const crewEntries = {
  'container.status_change': entryKind<{
    readonly from: ContainerStatus;
    readonly to: ContainerStatus;
    readonly generation: number;
    readonly reason: string;
  }>(),
  /** An attempt ran into a limit of its crew's container. */
  'container.limit_hit': entryKind<{
    readonly run_id: string;
    readonly limit: 'out_of_memory' | 'disk_full' | 'too_many_processes';
  }>(),
  /** As the processes of an attempt could not be ended in it. */
  'container.removed': entryKind<{
    readonly run_id: string;
    readonly container_id: string;
    readonly reason: 'processes_survived' | 'helper_failed';
    /** Names of processes that went on, as agents gave them. */
    readonly processes: readonly string[];
  }>(),
  'container.hook_failed': entryKind<{
    readonly hook: 'post_start';
    readonly name: string;
    readonly reason: 'failed' | 'timeout' | 'lost';
    readonly exit_code: number | null;
    readonly generation: number;
    /** Where its output is, on the host. */
    readonly output: string;
  }>(),
  /** A sidecar ended and is started again, or it is replaced by what it should be now. */
  'sidecar.stale': entryKind<
    { readonly generation: number } & (
      | { readonly restart: number; readonly restart_in_ms: number }
      | { readonly program_changed: boolean; readonly token_changed: boolean }
    )
  >(),
  'policy.changed': entryKind<{
    readonly from: AutonomyLevel;
    readonly to: AutonomyLevel;
    readonly behavior_mode?: BehaviorMode;
  }>(),
  'crew.agents_restarted': entryKind<{ readonly restarted: number; readonly run_ids: readonly string[] }>(),
  'crew.message_sent': entryKind<Link & { readonly length_bytes: number; readonly sha256: string }>(),
  'crew_link.created': entryKind<Link>(),
  'crew_link.updated': entryKind<Link>(),
  'crew_link.deleted': entryKind<Link>(),
};

export const crewAudits = {
  crew: {
    created: entryKind(),
    updated: entryKind<ChangedFields>(),
    deleted: entryKind<{ readonly agents: number }>(),
  },
};
