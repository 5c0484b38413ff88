import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';

const DESCRIPTION_CHARACTERS = 4_000;

/** Where a project's first folders, documents and tasks come from: one of these. */
export type ScaffoldSource = { readonly template: string } | { readonly prompt: string };

export type ScaffoldInput = ScaffoldSource & { readonly project_id: string };

/** The fields of a source, of which one is given. */
export function scaffoldSource({ z }: Fields) {
  return {
    template: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
      .optional()
      .describe('the name of a template that comes with the product; or prompt'),
    prompt: z
      .string()
      .trim()
      .min(1)
      .max(DESCRIPTION_CHARACTERS)
      .optional()
      .describe('what the project is about, for the model that makes a plan of it; or template'),
  };
}

/** Whether exactly one source is given. */
export function hasOneSource(given: { readonly template?: unknown; readonly prompt?: unknown }): boolean {
  return (given.template === undefined) !== (given.prompt === undefined);
}

/** Puts folders, documents and tasks into a project, as a template has them or a model plans them. */
export const scaffoldJob = {
  name: 'project.scaffold',
  description: 'Puts the first folders, documents and tasks into a project.',
  // Whoever may edit the project, which the request asks for.
  startedBy: { action: 'read', scope: 'projects:write' },
  seenBy: { action: 'read', scope: 'projects:read' },
  cancelledBy: { action: 'manage', scope: 'projects:write' },
  input: (fields) => fields.z.strictObject({ project_id: fields.id, ...scaffoldSource(fields) }),
  result: ({ z }) => z.strictObject({ created: z.int(), skipped: z.int(), failed: z.int() }),
  subjectOf: (input) => ({ type: 'project', id: input.project_id as string }),
  deadlineMs: 1_800_000,
  driver: 'job',
  steps: ['plan', 'make'],
} as const satisfies JobKind;
