import { z } from 'zod';
import { REQUEST_STATUSES, REQUESTED_ROLES } from '../../../domain/work/projects/access-request.ts';
import { clearableField, csvField, idField, optionalBody, refField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { projectRoleField, workspaceQuery } from './project-schemas.ts';

const requestedRoleField = z.enum(REQUESTED_ROLES);

export const accessRequestParams = z.object({ projectId: refField, accessRequestId: idField });

export const accessRequestsQuery = z.object({
  ...workspaceQuery,
  status: csvField(z.enum(REQUEST_STATUSES)).optional().describe('in these states, comma-separated'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const accessRequestAnswer = z.object({
  id: z.string(),
  project_id: z.string(),
  user: z.object({ id: z.string(), full_name: z.string(), email: z.string() }),
  role: requestedRoleField.describe('what was asked for'),
  message: z.string().nullable(),
  status: z.enum(REQUEST_STATUSES),
  decision: z
    .object({
      role: projectRoleField.nullable().describe('what was given'),
      note: z.string().nullable(),
      decided_by: z.string().nullable(),
      decided_at: timeField,
    })
    .nullable(),
  created_at: timeField,
});
export const accessRequestsAnswer = z.object({
  items: z.array(accessRequestAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

export const newAccessRequestBody = optionalBody(
  z.strictObject({ role: requestedRoleField.default('viewer'), message: clearableField(1_000).optional() }),
);

export const decisionBody = z.strictObject({
  status: z.enum(['approved', 'rejected', 'cancelled']),
  role: requestedRoleField.optional().describe('what is given; default: what was asked for'),
  note: clearableField(1_000).optional(),
});
