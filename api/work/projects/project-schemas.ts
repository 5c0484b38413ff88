import { z } from 'zod';
import {
  PROJECT_HEALTHS,
  PROJECT_PRIORITIES,
  PROJECT_ROLES,
  PROJECT_STATUSES,
  PROJECT_VISIBILITIES,
  type ProjectFields,
} from '../../../domain/work/projects/project.ts';
import { hasOneSource, scaffoldSource } from '../../../domain/work/projects/scaffold-job.ts';
import {
  clearableField,
  csvField,
  idField,
  nameField,
  optionalBody,
  refField,
  searchField,
  sharedFields,
  timeField,
} from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { tokenizationAnswer, tokenizationField } from './tokenization-schemas.ts';

const MAX_MEMBERS_AT_CREATION = 100;

export const projectRoleField = z.enum(PROJECT_ROLES);
export const workspaceQuery = { workspace_id: idField.optional() };

export const projectParams = z.object({ projectId: refField });

export const projectsQuery = z.object({
  ...workspaceQuery,
  status: csvField(z.enum(PROJECT_STATUSES)).optional().describe('in these states, comma-separated'),
  sort: z.enum(['name', 'created_at', 'updated_at']).default('created_at').describe('ascending'),
  q: searchField.describe('part of the name'),
  archived: z.enum(['true', 'false']).optional().describe('only those in the archive, or only others; default: all'),
  requestable: z
    .enum(['true', 'false'])
    .default('false')
    .describe('instead: discoverable projects that the caller may not see, by id, name and owner'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const dayField = z.iso
  .date()
  .refine((day) => day >= '1970-01-01' && day < '3000-01-01', 'must be between 1970 and 3000')
  .nullable()
  .describe('YYYY-MM-DD');
const visibilityField = z.enum(PROJECT_VISIBILITIES).describe('private: a 404 to all but its members, OWNER and ADMIN');
const discoverableField = z
  .boolean()
  .describe('whether those who may not see it are told its name and may ask for access');
const leadIdField = z
  .union([idField, z.literal('').transform(() => null), z.null()])
  .describe('a member or an agent of the workspace, as lead_type says; "" or null: nobody');
const leadTypeField = z.enum(['user', 'agent']).nullable();
const iconField = clearableField(64);
const colorField = nameField(1, 32);

export const newProjectBody = z
  .strictObject({
    name: nameField(1, 100),
    description: clearableField(10_000).optional(),
    icon: iconField.optional(),
    color: colorField.default('blue'),
    status: z.enum(PROJECT_STATUSES).default('backlog'),
    priority: z.enum(PROJECT_PRIORITIES).default('none'),
    health: z.enum(PROJECT_HEALTHS).nullable().optional(),
    lead_type: leadTypeField.optional(),
    lead_id: leadIdField.optional(),
    start_date: dayField.optional(),
    target_date: dayField.optional(),
    visibility: visibilityField.default('workspace'),
    discoverable: discoverableField.default(false),
    members: z
      .array(z.strictObject({ user_id: idField, role: projectRoleField }))
      .max(MAX_MEMBERS_AT_CREATION)
      .default([])
      .describe('besides the caller, who owns it'),
    scaffold: z
      .strictObject(scaffoldSource(sharedFields))
      .refine(hasOneSource, { path: ['template'], error: 'or prompt must be given, and not both' })
      .optional()
      .describe('what a job of the kind project.scaffold puts into it'),
  })
  .meta({ example: { name: 'Launch', visibility: 'private' } });

export const projectPatchBody = z
  .strictObject({
    name: nameField(1, 100).optional(),
    description: clearableField(10_000).optional(),
    icon: iconField.optional(),
    color: colorField.optional(),
    status: z.enum(PROJECT_STATUSES).optional(),
    priority: z.enum(PROJECT_PRIORITIES).optional(),
    health: z.enum(PROJECT_HEALTHS).nullable().optional(),
    lead_type: leadTypeField.optional(),
    lead_id: leadIdField.optional(),
    start_date: dayField.optional(),
    target_date: dayField.optional(),
    visibility: visibilityField.optional(),
    discoverable: discoverableField.optional(),
    tokenization: tokenizationField.optional(),
    default_agent: refField.nullable().optional().describe('who answers in its sessions where nobody else is named'),
    version: z
      .int()
      .min(1)
      .max(2_147_483_647)
      .optional()
      .describe('the version that was read; with another one at hand nothing is changed'),
  })
  .meta({ example: { status: 'in_progress', version: 1 } });

export const archiveBody = optionalBody(
  z.strictObject({ archived: z.boolean().default(true).describe('false: out of the archive') }),
);

export const projectAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  name: z.string(),
  slug: z.string(),
  description: z.string().nullable().describe('null in lists to who passes by their role and has not entered it yet'),
  icon: z.string().nullable(),
  color: z.string(),
  status: z.enum(PROJECT_STATUSES),
  priority: z.enum(PROJECT_PRIORITIES),
  health: z.enum(PROJECT_HEALTHS).nullable(),
  lead_type: leadTypeField,
  lead_id: z.string().nullable(),
  lead_name: z.string().nullable(),
  start_date: z.string().nullable().describe('YYYY-MM-DD'),
  target_date: z.string().nullable().describe('YYYY-MM-DD'),
  issue_count: z.int(),
  done_count: z.int().describe('issues that are DONE'),
  progress: z.int().describe('percent of its issues that are DONE'),
  visibility: z.enum(PROJECT_VISIBILITIES),
  discoverable: z.boolean(),
  owner_id: z.string().nullable().describe('who made it while they own it, else who has owned it longest'),
  default_agent_id: z.string().nullable().describe('who answers in its sessions where nobody else is named'),
  my_role: projectRoleField.describe('what the caller may do in it'),
  member_count: z.int(),
  namespace: z.string().describe('of its knowledge'),
  entered_by: z
    .array(z.object({ user_id: z.string(), full_name: z.string(), entered_at: timeField }))
    .nullable()
    .describe('the 50 newest of those who entered it by their role in the workspace; null to who is no owner'),
  tokenization: tokenizationAnswer.nullable().describe('null: it has no token'),
  archived_at: timeField.nullable(),
  version: z.int(),
  created_by: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
});

export const createdProjectAnswer = projectAnswer.extend({
  scaffold_job_id: z.string().nullable().describe('the job that puts something into it; null: none'),
});

const requestableAnswer = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.object({ id: z.string(), full_name: z.string() }).nullable(),
  my_role: z.null(),
});
export const projectsAnswer = z.array(z.union([projectAnswer, requestableAnswer]));

/** What a new project says of itself. */
export function toProjectFields(body: z.output<typeof newProjectBody>): ProjectFields {
  const { members: _members, scaffold: _scaffold, ...fields } = body;
  return {
    description: null,
    icon: null,
    health: null,
    lead_type: null,
    lead_id: null,
    start_date: null,
    target_date: null,
    ...fields,
  };
}

/** What a patch changes: who takes the lead's id takes the lead. */
export function toProjectPatch(body: z.output<typeof projectPatchBody>): Partial<ProjectFields> {
  const { version: _version, tokenization: _tokenization, default_agent: _agent, ...patch } = body;
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  return patch.lead_id === null && patch.lead_type === undefined ? { ...given, lead_type: null } : given;
}
