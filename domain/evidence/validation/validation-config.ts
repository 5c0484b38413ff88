import type { DocumentKind } from '../../kernel/documents/document-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';

/** A rule that a content is held against. */
export type Check = PlainCheck | { readonly kind: 'rubric' };

/** One that needs no model. */
export type PlainCheck =
  | { readonly kind: 'not_empty' | 'citations_resolve' | 'no_secrets' | 'no_personal_data' }
  | { readonly kind: 'length'; readonly min: number; readonly max: number }
  | { readonly kind: 'json_schema'; readonly schema: Readonly<Record<string, unknown>> }
  | { readonly kind: 'language'; readonly languages: readonly string[] }
  | { readonly kind: 'banned_terms'; readonly terms: readonly string[] };

/** Who scores by a rubric: as many models as there are judges, or one as often. */
export interface JudgeConfig {
  readonly rubric: string;
  readonly judges: number;
}

/** How a workspace validates contents, unless a caller says otherwise. */
export interface ValidationConfig {
  readonly checks: readonly Check[];
  /** From which score on a content passes. */
  readonly pass_score: number;
  readonly judge: JudgeConfig | null;
}

const MOST_CHECKS = 20;
const LONGEST_CONTENT = 200_000;
const MOST_SCHEMA_LENGTH = 16_000;

/** What a workspace has that says nothing. */
export const NO_CONFIG: ValidationConfig = {
  checks: [{ kind: 'not_empty' }, { kind: 'no_secrets' }],
  pass_score: 0.7,
  judge: null,
};

/** Words of JSON Schema that take a time that nobody can tell, or lead elsewhere. */
const REFUSED_WORDS = ['pattern', 'patternProperties', 'format', '$ref', '$dynamicRef'];

function hasRefusedWord(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(hasRefusedWord);
  if (typeof schema !== 'object' || schema === null) return false;
  return Object.entries(schema).some(([word, value]) => REFUSED_WORDS.includes(word) || hasRefusedWord(value));
}

/** The schemas of a check and of a judge, for the document and for what callers give. */
export function validationFields({ z }: Fields) {
  const plain = <Kind extends string>(kind: Kind) => z.strictObject({ kind: z.literal(kind) });
  const schema = z
    .record(z.string().max(200), z.unknown())
    .refine(
      (given) => JSON.stringify(given).length <= MOST_SCHEMA_LENGTH,
      `has more than ${MOST_SCHEMA_LENGTH} characters`,
    )
    .refine((given) => !hasRefusedWord(given), `must not use ${REFUSED_WORDS.join(', ')}`);
  const check = z.discriminatedUnion('kind', [
    plain('not_empty'),
    z.strictObject({
      kind: z.literal('length'),
      min: z.int().min(0).max(LONGEST_CONTENT).default(0).describe('characters'),
      max: z.int().min(0).max(LONGEST_CONTENT).default(LONGEST_CONTENT).describe('characters'),
    }),
    z.strictObject({
      kind: z.literal('json_schema'),
      schema,
    }),
    plain('citations_resolve').describe('each `[n]` names a line of `context` that begins with `[n]`'),
    plain('no_secrets'),
    plain('no_personal_data').describe('no mail addresses, telephone, card or account numbers'),
    z.strictObject({
      kind: z.literal('language'),
      languages: z
        .array(z.string().regex(/^[a-z]{2}$/, 'must be two small letters'))
        .min(1)
        .max(20)
        .describe('ISO 639-1'),
    }),
    z.strictObject({
      kind: z.literal('banned_terms'),
      terms: z.array(z.string().trim().min(1).max(100)).min(1).max(100),
    }),
    plain('rubric').describe('scored by the judge'),
  ]);
  const judge = z.strictObject({
    rubric: z.string().trim().min(1).max(4_000).describe('what a good content is'),
    judges: z
      .int()
      .min(1)
      .max(5)
      .default(3)
      .describe('how many score it; the routes of `llm` tell them by `role` judge-<n>'),
  });
  const checks = z
    .array(check)
    .max(MOST_CHECKS)
    .refine((all) => new Set(all.map(({ kind }) => kind)).size === all.length, 'has two checks of one kind');
  return { check, judge, checks, schema };
}

/** The schema of the document, and of what the API takes. */
export function validationConfigSchema(fields: Fields) {
  const { checks, judge } = validationFields(fields);
  const { z } = fields;
  return z.strictObject({
    checks: checks.default([]),
    pass_score: z.number().min(0).max(1).default(NO_CONFIG.pass_score),
    judge: judge.nullable().default(null),
  });
}

export const validationConfigKind: DocumentKind = {
  name: 'validation',
  schema: validationConfigSchema,
  hasInstanceDefault: true,
};
