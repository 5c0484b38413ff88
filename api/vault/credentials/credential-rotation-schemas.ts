import { z } from 'zod';
import { MAX_GRACE_SECONDS } from '../../../domain/vault/credentials/credential.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { fieldKeyField, secretField } from './credential-schemas.ts';

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'must be the name of a header');

const ENDPOINT_MEMBERS = ['endpoint_base_url', 'endpoint_auth_token', 'endpoint_headers'] as const;

export const rotateBody = z
  .strictObject({
    value: secretField.optional().describe('the new value, or the new one of `part` or `field`'),
    part: z.enum(['value', 'refresh_token']).default('value').describe('what `value` replaces'),
    field: fieldKeyField.optional().describe('the key of a secret field that `value` replaces'),
    endpoint_base_url: z.string().min(1).max(2_048).optional(),
    endpoint_auth_token: secretField.nullable().optional().describe('null takes it away'),
    endpoint_headers: z
      .record(headerName, z.string().max(8_192))
      .refine((headers) => Object.keys(headers).length <= 50, 'must be at most 50')
      .optional()
      .describe('all of them; an empty object takes them away'),
    grace_seconds: z
      .int()
      .min(0)
      .max(MAX_GRACE_SECONDS)
      .default(86_400)
      .describe('how long the old value may still be tried'),
  })
  .refine((body) => (body.value === undefined) === ENDPOINT_MEMBERS.some((name) => body[name] !== undefined), {
    path: ['value'],
    message: 'is required, unless parts of an endpoint are replaced',
  })
  .refine(({ field, part }) => field === undefined || part === 'value', {
    path: ['part'],
    message: 'goes without `field`',
  })
  .refine(({ field, part, value }) => value !== undefined || (field === undefined && part === 'value'), {
    path: ['field'],
    message: 'goes with `value`',
  })
  .meta({ example: { value: '<the new key>', grace_seconds: 3_600 } });

const ROTATION_STATUSES = ['ACTIVE', 'EXPIRED', 'CANCELLED'] as const;
export const rotationAnswer = z.object({
  id: z.string(),
  credential_id: z.string(),
  part: z.string().describe('value, refresh_token, or field:<key>'),
  grace_seconds: z.int(),
  rotated_at: timeField,
  expires_at: timeField,
  rotated_by: z.string().nullable(),
  status: z.enum(ROTATION_STATUSES),
  old_value_gone: z.boolean(),
  cancelled_at: timeField.nullable(),
});
export const rotationParams = z.object({ rotationId: idField });
export const cancelledRotationAnswer = z.object({ status: z.enum(ROTATION_STATUSES) });
