import { type ValidationConfig, validationConfigSchema } from '../../evidence/validation/validation-config.ts';
import type { DocumentKind } from '../../kernel/documents/document-kind.ts';
import type { JsonObject, JsonValue } from '../../kernel/json/json-value.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { GATE_MODES, type GateMode } from '../../people/approvals/approval.ts';

/** What is done for an attempt, in this order: docs/contracts/missions.md, Pipeline policy. */
const STEP_KINDS = ['retrieve', 'run', 'validate', 'review'] as const;
type StepKind = (typeof STEP_KINDS)[number];

export interface PipelineStep {
  readonly id: string;
  readonly kind: StepKind;
  readonly enabled: boolean;
  readonly timeout_s: number | null;
  readonly retries: number | null;
}

/** What of an action of an agent is compared. */
export interface ActionMatch {
  readonly tool?: string | undefined;
  readonly path?: string | undefined;
  readonly cost_usd_over?: number | undefined;
  readonly environment?: string | undefined;
}

export interface ApprovalRule {
  readonly match: ActionMatch;
  readonly mode: GateMode;
  readonly required_role: 'ADMIN';
}

export interface PipelinePolicy {
  readonly steps: readonly PipelineStep[];
  /** Of steps that say nothing. */
  readonly retries: number;
  readonly timeouts_s: Readonly<Record<StepKind, number | null>>;
  readonly approval_rules: readonly ApprovalRule[];
  /** What answers are held against; null: what the workspace validates by. */
  readonly validation: ValidationConfig | null;
  /** Every answer is put before people, and not only what did not pass. */
  readonly review_required: boolean;
}

export const PIPELINE_POLICY = 'pipeline-policy';

/** What holds where a workspace has said nothing. */
export const USUAL_POLICY: PipelinePolicy = {
  steps: [
    { id: 'retrieve', kind: 'retrieve', enabled: false, timeout_s: null, retries: null },
    { id: 'run', kind: 'run', enabled: true, timeout_s: null, retries: null },
  ],
  retries: 0,
  timeouts_s: { retrieve: null, run: null, validate: null, review: null },
  approval_rules: [],
  validation: null,
  review_required: false,
};

/** An attempt holds its place meanwhile. */
const LONGEST_RETRIEVE_SECONDS = 60;

const LONGEST_VALIDATE_SECONDS = 600;

/** The schema of the document, and of what the API takes. */
export function pipelinePolicySchema(fields: Fields) {
  const { z } = fields;
  const seconds = z.int().min(1).max(86_400).nullable().default(null);
  const retries = z.int().min(0).max(5);
  const text = z.string().trim().min(1).max(200).optional();
  const step = z
    .strictObject({
      id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, _, . and -'),
      kind: z.enum(STEP_KINDS).describe('retrieve: what is known goes into the prompt; run: the agent works'),
      enabled: z.boolean(),
      timeout_s: seconds,
      retries: retries.nullable().default(null),
    })
    .superRefine(({ kind, enabled, timeout_s: timeout, retries: more }, context) => {
      const refuse = (member: string, message: string) => context.addIssue({ code: 'custom', path: [member], message });
      const longest = {
        retrieve: LONGEST_RETRIEVE_SECONDS,
        validate: LONGEST_VALIDATE_SECONDS,
        run: null,
        review: null,
      }[kind];
      if (longest !== null && (timeout ?? 0) > longest) {
        refuse('timeout_s', `must be at most ${longest} for ${kind}`);
      }
      if (!enabled && kind === 'run') refuse('enabled', 'must be true: without it nothing runs');
      if ((kind === 'run' || kind === 'review') && more !== null && more > 0) {
        refuse('retries', 'must be 0: what agents and people do is not repeated by a policy');
      }
    });
  return z.strictObject({
    steps: z
      .array(step)
      .max(50)
      .superRefine((steps, context) => {
        const refuse = (index: number, member: string, message: string) =>
          context.addIssue({ code: 'custom', path: [index, member], message });
        if (!steps.some(({ kind }) => kind === 'run')) {
          context.addIssue({ code: 'custom', path: [], message: 'must have a step of the kind run' });
        }
        for (const [index, { id, kind }] of steps.entries()) {
          if (steps.findIndex((other) => other.id === id) !== index) refuse(index, 'id', 'is that of another step');
          if (steps.findIndex((other) => other.kind === kind) !== index)
            refuse(index, 'kind', 'is that of another step');
          const before = steps.slice(0, index);
          if (before.some((other) => STEP_KINDS.indexOf(other.kind) > STEP_KINDS.indexOf(kind))) {
            refuse(index, 'kind', `must be in the order ${STEP_KINDS.join(', ')}`);
          }
        }
      }),
    retries: retries.default(0).describe('more tries of a retrieve that says nothing of it'),
    timeouts_s: z
      .strictObject({
        retrieve: z.int().min(1).max(LONGEST_RETRIEVE_SECONDS).nullable().default(null),
        run: seconds,
        validate: z.int().min(1).max(LONGEST_VALIDATE_SECONDS).nullable().default(null),
        review: seconds,
      })
      .default({ retrieve: null, run: null, validate: null, review: null })
      .describe('of steps that say nothing of it'),
    approval_rules: z
      .array(
        z.strictObject({
          match: z
            .strictObject({
              tool: text,
              path: text.describe('what the argument `path` begins with'),
              cost_usd_over: z.number().min(0).max(1_000_000).optional().describe('of `cost_estimate_usd`'),
              environment: text.describe('in any case, of `environment` or `env`'),
            })
            .refine((match) => Object.values(match).some((value) => value !== undefined), 'must say something'),
          mode: z.enum(GATE_MODES),
          required_role: z
            .literal('ADMIN', 'must be ADMIN: who manages decides about agents’ actions')
            .default('ADMIN'),
        }),
      )
      .max(50)
      .default([])
      .describe('the first that matches counts, and of it and what else asks people the stricter'),
    validation: validationConfigSchema(fields).nullable().default(null),
    review_required: z.boolean().default(false).describe('every answer is reviewed, and not only what did not pass'),
  });
}

export const pipelinePolicyKind: DocumentKind = {
  name: PIPELINE_POLICY,
  schema: pipelinePolicySchema,
  hasInstanceDefault: false,
};

/** Most that an attempt may take; null: as long as its agent has. */
export function runTimeoutMs(policy: PipelinePolicy | null): number | null {
  const step = policy?.steps.find(({ kind }) => kind === 'run');
  const seconds = step?.timeout_s ?? policy?.timeouts_s.run ?? null;
  return seconds === null ? null : seconds * 1_000;
}

const RETRIEVE_SECONDS = 10;
const VALIDATE_SECONDS = 60;

/** How what is known is gathered for an attempt; null: it is not. */
export function retrievalOf(
  policy: PipelinePolicy | null,
): { readonly timeoutMs: number; readonly tries: number } | null {
  const step = policy?.steps.find(({ kind, enabled }) => kind === 'retrieve' && enabled);
  if (policy == null || step === undefined) return null;
  const seconds = step.timeout_s ?? policy.timeouts_s.retrieve ?? RETRIEVE_SECONDS;
  return { timeoutMs: seconds * 1_000, tries: 1 + (step.retries ?? policy.retries) };
}

function membersOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

const textOf = (value: JsonValue | undefined) => (typeof value === 'string' ? value : '');

/**
 * The mode of the first rule that an action matches, null where none does: `members` has what it is called with, or
 * what its agent says of it, its own `arguments` among that.
 */
export function ruledMode(policy: PipelinePolicy | null, tool: string | null, members: JsonObject): GateMode | null {
  const parts = [members, membersOf(members.arguments)];
  const matches = ({ match }: ApprovalRule): boolean =>
    (match.tool === undefined || match.tool === tool) &&
    (match.path === undefined || parts.some(({ path }) => textOf(path).startsWith(match.path!))) &&
    (match.cost_usd_over === undefined ||
      parts.some(({ cost_estimate_usd: cost }) => typeof cost === 'number' && cost > match.cost_usd_over!)) &&
    (match.environment === undefined ||
      parts.some(({ environment, env }) =>
        [environment, env].some((one) => textOf(one).toLowerCase() === match.environment!.toLowerCase()),
      ));
  return policy?.approval_rules.find(matches)?.mode ?? null;
}

/** Of two ways to go on, the one that leaves more to people. */
export function stricterMode(one: GateMode, other: GateMode): GateMode {
  return GATE_MODES.indexOf(one) > GATE_MODES.indexOf(other) ? one : other;
}

/** How answers in sessions are checked; null: they are not. */
export function answerChecksOf(policy: PipelinePolicy | null): {
  readonly validate: { readonly timeoutMs: number; readonly tries: number } | null;
  /** `always`: whether it passed or not. `timeoutMs`: until when people had better decide; null: whenever. */
  readonly review: { readonly always: boolean; readonly timeoutMs: number | null } | null;
} | null {
  if (policy === null) return null;
  const stepOf = (kind: StepKind) => policy.steps.find((step) => step.kind === kind && step.enabled);
  const [validate, review] = [stepOf('validate'), stepOf('review')];
  if (validate === undefined && review === undefined) return null;
  const dueSeconds = review?.timeout_s ?? policy.timeouts_s.review;
  return {
    validate:
      validate === undefined
        ? null
        : {
            timeoutMs: (validate.timeout_s ?? policy.timeouts_s.validate ?? VALIDATE_SECONDS) * 1_000,
            tries: 1 + (validate.retries ?? policy.retries),
          },
    review:
      review === undefined
        ? null
        : { always: policy.review_required, timeoutMs: dueSeconds === null ? null : dueSeconds * 1_000 },
  };
}

/** What of a policy would have no effect, by its field: none of it is kept. */
export function idleParts(policy: PipelinePolicy): readonly { readonly path: string; readonly message: string }[] {
  const { validation } = policy;
  const checks = answerChecksOf(policy);
  const idle: { path: string; message: string }[] = [];
  if (validation !== null && checks?.validate == null) {
    idle.push({ path: 'validation', message: 'needs a step of the kind validate that is enabled' });
  }
  if (validation !== null && validation.judge === null && validation.checks.some(({ kind }) => kind === 'rubric')) {
    idle.push({ path: 'validation.judge', message: 'is needed for a check `rubric`' });
  }
  if (policy.review_required && checks?.review == null) {
    idle.push({ path: 'review_required', message: 'needs a step of the kind review that is enabled' });
  }
  if (checks?.review != null && !policy.review_required && checks.validate === null) {
    idle.push({
      path: 'review_required',
      message: 'must be true where nothing is validated: no answer would be reviewed',
    });
  }
  return idle;
}
