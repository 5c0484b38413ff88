import { z } from 'zod';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import { CAPABILITIES } from '../../../domain/kernel/access/capability.ts';
import { clearableField, idField, nameField, refField, slugField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const workspaceAnswer = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  preferred_language: z.string().nullable(),
  allow_privileged_credentials: z
    .boolean()
    .describe('its crews may ask for privileged containers; only the instance operator may allow it'),
  logo_url: z.string().nullable(),
  run_retention_days: z.int().nullable().describe('null: runs are kept'),
  credential_audit_retention_days: z.int().describe('0: for ever'),
  audit_log_retention_days: z.int().describe('0: for ever'),
  default_agent_id: z.string().nullable().describe('who answers in sessions where nobody else is named'),
  paused_at: timeField.nullable().describe('since when its agents begin nothing: `POST …/unpause`'),
  created_at: timeField,
  updated_at: timeField,
  currentUserRole: z.enum(ROLES),
  currentUserCapabilities: z.array(z.enum(CAPABILITIES)).describe('what the caller may besides their role'),
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
  run_retention_days: z.int().min(1).max(36_500).nullable().optional(),
  credential_audit_retention_days: z.int().min(0).max(36_500).optional(),
  audit_log_retention_days: z.int().min(0).max(36_500).optional(),
  default_agent: refField.nullable().optional().describe('who answers in sessions where nobody else is named'),
});

export const deleteWorkspaceBody = z.strictObject({
  confirm_slug: z.string().min(1).max(64).describe('the slug of the workspace, against mistakes'),
});

export const memberAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  user_id: z.string(),
  role: z.enum(ROLES),
  created_at: timeField,
  updated_at: timeField,
  user: z.object({ id: z.string(), email: z.string(), full_name: z.string(), avatar_url: z.string().nullable() }),
});
