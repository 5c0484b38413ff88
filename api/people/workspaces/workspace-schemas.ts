import { z } from 'zod';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import { clearableField, idField, nameField, slugField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const workspaceAnswer = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  preferred_language: z.string().nullable(),
  allow_privileged_credentials: z.boolean().describe('its crews may ask for privileged containers'),
  created_at: timeField,
  updated_at: timeField,
  currentUserRole: z.enum(ROLES),
  _count: z.object({ crews: z.int(), agents: z.int(), members: z.int() }),
});

export const workspaceParams = z.object({ workspaceId: idField });
export const workspaceListQuery = z.object(pageQuery({ defaultLimit: 100 }));

export const newWorkspaceBody = z.strictObject({
  name: nameField(2, 100),
  slug: slugField,
  preferred_language: clearableField(50).optional(),
});

export const workspacePatchBody = z.strictObject({
  name: nameField(2, 100).optional(),
  slug: slugField.optional(),
  preferred_language: clearableField(50).optional(),
  allow_privileged_credentials: z.boolean().optional(),
});

export const memberAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  user_id: z.string(),
  role: z.enum(ROLES),
  created_at: timeField,
  updated_at: timeField,
  user: z.object({ id: z.string(), email: z.string(), full_name: z.string() }),
});
