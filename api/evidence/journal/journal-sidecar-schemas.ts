import { z } from 'zod';
import { optionalId, optionalText } from '../../crew-side/caller/optional-fields.ts';

/** What crews write about themselves: what left them, what they wrote, and their runs. */
const EMITTED_TYPE = /^(network\.egress|file\.written|run\.[a-z_]{1,60})$/;

const jsonObject = z
  .record(z.string().max(200), z.json())
  .nullish()
  .transform((value) => value ?? {});

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
export const emitBody = z.object({
  type: z.string().regex(EMITTED_TYPE, 'must be network.egress, file.written or run.*'),
  summary: z.string().trim().min(1).max(2_000),
  agent_id: optionalId,
  mission_id: optionalId,
  trace_id: optionalId.describe('the run it belongs to; of `run.started` and the ends of runs, the run itself'),
  payload: jsonObject,
  refs: jsonObject,
  key: optionalText(128).describe('repeated with it, it is the same entry'),
});

export const emitAnswer = z.object({ id: z.string() });
