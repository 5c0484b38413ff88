import { z } from 'zod';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import { idField, refField, searchField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { projectRoleField, workspaceQuery } from './project-schemas.ts';

export const projectMemberParams = z.object({ projectId: refField, memberUserId: idField });

export const projectMembersQuery = z.object({ ...workspaceQuery, ...pageQuery({ defaultLimit: 50 }) });

export const projectMemberAnswer = z.object({
  user_id: z.string(),
  full_name: z.string(),
  email: z.string(),
  role: projectRoleField,
  added_at: timeField,
});
export const projectMembersAnswer = z.object({
  items: z.array(projectMemberAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

export const projectMemberBody = z.strictObject({ role: projectRoleField });

export const teamUsersQuery = z.object({
  ...workspaceQuery,
  q: searchField.describe('part of the name or the address'),
  exclude_members: z.enum(['true', 'false']).default('false').describe('without those who are members of the project'),
  ...pageQuery({ defaultLimit: 50 }),
});
export const teamUsersAnswer = z.object({
  items: z.array(
    z.object({
      user_id: z.string(),
      full_name: z.string(),
      email: z.string(),
      role: z.enum(ROLES).describe('in the workspace'),
      is_member: z.boolean().describe('of the project'),
    }),
  ),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});
