import { z } from 'zod';
import { idField } from '../../http/kernel/fields.ts';

/** Optional text, for which absent, null and empty are the same: sidecars write their zero values. */
export function optionalText(maxLength: number) {
  return z
    .string()
    .trim()
    .max(maxLength)
    .nullish()
    .transform((text) => (text === undefined || text === '' ? null : text));
}

/** Optional id, for which absent, null and empty are the same. */
export const optionalId = z
  .union([z.literal(''), idField])
  .nullish()
  .transform((id) => (id === undefined || id === '' ? null : id));
