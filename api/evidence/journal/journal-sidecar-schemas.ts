import { z } from 'zod';
import { SEVERITIES } from '../../../domain/kernel/journal/journal-entry.ts';
import { momentField } from '../../http/kernel/fields.ts';
import { optionalId, optionalText } from '../../crew-side/caller/optional-fields.ts';

/**
 * What crews write about themselves: what left them and what they wrote, their runs, commands and calls of tools, their
 * containers' figures, and what their own guards saw. What a run wrote out is the host's to say.
 */
const EMITTED_TYPE =
  /^(?:network\.egress|file\.written|container\.metrics|(?:run|exec|mcp|guardrail)\.(?!output_chunk$)[a-z_]{1,60})$/;
const TYPES = 'network.egress, file.written, container.metrics, run.*, exec.*, mcp.* or guardrail.*';

const entryType = z.string().regex(EMITTED_TYPE, `must be ${TYPES}`).optional();

const jsonObject = z
  .record(z.string().max(200), z.json())
  .nullish()
  .transform((value) => value ?? {});

/** Absent, null and empty are the same: sidecars write their zero values. */
const leftToServer = z
  .literal('', { error: 'is set by the server' })
  .nullish()
  .transform(() => null);

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
export const emitBody = z
  .object({
    type: entryType,
    entry_type: entryType.describe('the same as `type`'),
    summary: z.string().trim().min(1).max(2_000),
    severity: z
      .enum(SEVERITIES)
      .nullish()
      .transform((severity) => severity ?? 'info'),
    priority: z
      .enum(['normal', 'high'], { error: 'must be normal or high: people pin entries' })
      .nullish()
      .transform((priority) => priority ?? 'normal'),
    ts: z
      .union([z.literal(''), momentField])
      .nullish()
      .transform((ts) => ts || null)
      .describe('kept as `refs.reported_at`; the server’s clock orders entries'),
    agent_id: optionalId,
    mission_id: optionalId,
    trace_id: optionalId.describe('the run it belongs to; of `run.started` and the ends of runs, the run itself'),
    span_id: optionalText(128),
    payload: jsonObject,
    refs: jsonObject,
    key: optionalText(128).describe('repeated with it, it is the same entry'),
    id: leftToServer,
    expires_at: leftToServer,
  })
  .superRefine(({ type, entry_type: entryType }, context) => {
    if (type === undefined && entryType === undefined)
      context.addIssue({ code: 'custom', path: ['type'], message: `must be ${TYPES}` });
    else if (type !== undefined && entryType !== undefined && type !== entryType)
      context.addIssue({ code: 'custom', path: ['entry_type'], message: 'is another than type' });
  })
  .meta({ example: { type: 'file.written', summary: 'wrote report.md', payload: { path: '/output/report.md' } } });

export const emitAnswer = z.object({ id: z.string() });
