import { z } from 'zod';
import { idField, nameField, optionalBody, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

export const missionCheckpointsParams = z.object({ missionId: idField });
export const checkpointParams = z.object({ checkpointId: idField });

const page = pageQuery({ defaultLimit: DEFAULT_LIMIT, maxLimit: MAX_LIMIT });
export const checkpointListQuery = z.object({
  workspace_id: idField.optional(),
  ...page,
  limit: page.limit.catch(DEFAULT_LIMIT).describe('most items to return, 1 to 200; anything else: 50'),
});

export const labelBody = optionalBody(z.strictObject({ label: nameField(1, 200).nullable().optional() }));

export const checkpointAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  crew_id: z.string().nullable(),
  mission_id: z.string(),
  label: z.string().nullable(),
  journal_cursor: z.string().describe('the newest entry of the mission’s journal then'),
  state: z.object({
    agent_memory: z.record(z.string(), z.string()).describe('digest of each agent’s memory, by its slug'),
    pending_tasks: z.array(z.string()).describe('ids of the tasks that had not ended, in their order'),
    open_assignments: z.array(z.string()),
    crew_container_id: z.string().nullable(),
    meta: z.record(z.string(), z.unknown()),
  }),
  fork_of: z.string().nullable().describe('the checkpoint that the mission was forked from'),
  created_by: z.string().nullable(),
  created_at: timeField,
});

export const checkpointListAnswer = z.object({
  mission_id: z.string(),
  checkpoints: z.array(checkpointAnswer),
  count: z.int().describe('checkpoints on this page'),
});

export const restoredAnswer = z.object({
  checkpoint: checkpointAnswer,
  journal_cursor: z.string(),
  warn_divergence: z
    .array(z.string())
    .describe('entries of the mission since the cursor, oldest first, up to 1,000: `<entry type> at <entry id>`'),
  divergence_count: z.int().describe('how many there are'),
});

export const forkedAnswer = z.object({ new_mission_id: z.string(), new_checkpoint_id: z.string() });
