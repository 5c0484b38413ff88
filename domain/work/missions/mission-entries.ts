import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { MissionStatus } from './mission-status.ts';
import type { TaskStatus } from './task-status.ts';

type Plan = { readonly mission_id: string; readonly run_id: string; readonly iteration: number };
type Confidence = { readonly confidence: number; readonly action: 'none' | 'notified' | 'escalated' };

export const missionEntries = {
  'mission.created': entryKind<{
    readonly mission_id: string;
    readonly identifier: string;
    readonly status: MissionStatus;
    readonly cloned_from?: string;
    readonly forked_from?: string;
  }>(),
  'mission.status_change': entryKind<{
    readonly mission_id: string;
    readonly from: MissionStatus;
    readonly to: MissionStatus;
    readonly generation: number;
    readonly reason?: string;
  }>(),
  'mission.paused': entryKind<{ readonly mission_id: string; readonly generation: number }>(),
  'mission.unpaused': entryKind<{ readonly mission_id: string; readonly generation: number }>(),
  'mission.plan_accepted': entryKind<Plan & { readonly tasks: number }>(),
  /** `problems`: codes and places only. */
  'mission.plan_refused': entryKind<Plan & { readonly problems: readonly string[] }>(),
  'task.status_change': entryKind<{
    readonly task_id: string;
    readonly from: TaskStatus;
    readonly to: TaskStatus;
    readonly reason?: string;
    readonly run_id?: string;
    readonly iteration?: number;
    readonly attempt?: number;
    /** Of a result that is less sure than the crew wants to be told of. */
    readonly confidence?: number | null;
    readonly approval_id?: string;
  }>(),
  'task.confidence': entryKind<Confidence>(),
  'task.confidence_low': entryKind<Confidence>(),
};

type Fields = { readonly fields: readonly string[] };

export const missionAudits = {
  mission: {
    updated: entryKind<Fields | ChangedFields>(),
    deleted: entryKind<{ readonly status: MissionStatus; readonly generation: number; readonly tasks: number }>(),
  },
  task: {
    created: entryKind<{
      readonly task_id: string;
      readonly status: TaskStatus;
      readonly depends_on: readonly string[];
    }>(),
    updated: entryKind<Fields>(),
  },
};
