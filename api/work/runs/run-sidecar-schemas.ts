import { z } from 'zod';
import { PUBLIC_RUN_STATUSES, RUN_TRIGGERS } from '../../../domain/work/runs/run.ts';
import { idField } from '../../http/kernel/fields.ts';
import { metadataField } from '../../crew-side/caller/internal-metadata.ts';

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
export const reportedRunBody = z.object({
  id: idField.describe('the trace id'),
  agent_id: idField,
  chat_id: idField.nullable().default(null),
  trigger_type: z.enum(RUN_TRIGGERS).default('USER'),
  metadata: metadataField.describe('free; `tags` can be filtered by'),
});

export const reportedRunParams = z.object({ runId: idField });

export const reportedEndBody = z.object({
  status: z.enum(PUBLIC_RUN_STATUSES).describe('RUNNING changes nothing'),
  exit_code: z.int().min(-2_147_483_648).max(2_147_483_647).nullable().default(null),
  error_message: z.string().max(2_000).nullable().default(null),
  metadata: metadataField,
});

export const reportedRunAnswer = z.object({ id: z.string(), status: z.enum(PUBLIC_RUN_STATUSES) });
