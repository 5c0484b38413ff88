import { z } from 'zod';
import { readBoundedFile } from '../../../../platform/host-files/read-bounded-file.ts';
import { HostFileError, type HostFileProblem } from '../../../../platform/host-files/safe-open.ts';
import { type CrewHostDirs, checkedId } from '../../../crews/containers/crew-host-paths.ts';
import { storableJson } from './storable-json.ts';

const RESULT_LIMIT_BYTES = 65_536;
const SUMMARY_MAX_LENGTH = 16_384;
const MAX_COST_USD = 1_000_000;

export interface RunResult {
  summary: string;
  confidence?: number | 'high' | 'medium' | 'low';
  handoff?: Record<string, unknown>;
  /** Millionths of a dollar, whole. */
  costMicroUsd?: number;
  /** Of a run that plans its mission, unchecked: `parsePlan` says what is wrong with it. */
  plan?: unknown;
  /** What it wants published, unchecked: `readPublishedPaths` says what it is. */
  artifacts?: unknown;
}

export type ReadResult =
  | { ok: true; result: RunResult }
  /** `detail` names the field and the rule and quotes nothing of the agent's. */
  | { ok: false; problem: HostFileProblem | 'invalid_json' | 'invalid_shape'; detail: string };

/** Programs write null for what they have nothing to say of. */
function optional<Value extends z.ZodType>(value: Value) {
  return value.nullish().transform((given) => given ?? undefined);
}

// Unknown fields are dropped: agents of another version may write more.
const schema = z.object({
  summary: z.string().min(1).max(SUMMARY_MAX_LENGTH),
  confidence: optional(z.union([z.number().min(0).max(1), z.enum(['high', 'medium', 'low'])])),
  handoff: optional(z.record(z.string().max(200), z.unknown())),
  plan: optional(z.unknown()),
  artifacts: optional(z.unknown()),
  cost_usd: optional(z.number().min(0).max(MAX_COST_USD)),
});

/**
 * The `result.json` that an attempt may leave in its run directory (COMMAND adapter), at most 64 KiB, checked. Whatever
 * an agent puts there instead comes back as a problem; only a failure of the host itself rejects. Never blocks.
 */
export async function readResult(
  deps: { dirs: CrewHostDirs },
  attempt: { crewId: string; attemptId: string },
): Promise<ReadResult> {
  let text: string;
  try {
    const path = `${checkedId(attempt.crewId)}/runs/${checkedId(attempt.attemptId)}/result.json`;
    text = (await readBoundedFile(deps.dirs.crewsDir, path, RESULT_LIMIT_BYTES)).toString('utf8');
  } catch (error) {
    if (!(error instanceof HostFileError)) throw error;
    return { ok: false, problem: error.code, detail: 'result.json' };
  }
  let value: unknown;
  try {
    // A byte order mark says nothing about the work.
    value = storableJson(JSON.parse(text.replace(/^\ufeff/, '')));
  } catch {
    return { ok: false, problem: 'invalid_json', detail: 'result.json' };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return {
      ok: false,
      problem: 'invalid_shape',
      detail: `${issue?.path[0]?.toString() ?? 'result.json'}: ${issue?.code}`,
    };
  }
  const { summary, confidence, handoff, plan, artifacts, cost_usd: costUsd } = parsed.data;
  return {
    ok: true,
    result: {
      summary,
      ...(confidence === undefined ? {} : { confidence }),
      ...(handoff === undefined ? {} : { handoff }),
      ...(plan === undefined ? {} : { plan }),
      ...(artifacts === undefined ? {} : { artifacts }),
      ...(costUsd === undefined ? {} : { costMicroUsd: Math.round(costUsd * 1_000_000) }),
    },
  };
}
