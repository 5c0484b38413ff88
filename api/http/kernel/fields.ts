import { z } from 'zod';
import { fieldsOf } from '../../../domain/kernel/schemas/fields.ts';

/** Fields that stand in the domain, for what is declared there: agents' calls. */
export const sharedFields = fieldsOf(z);
export const {
  id: idField,
  moment: momentField,
  newSlug: slugField,
  name: nameField,
  clearable: clearableField,
} = sharedFields;

/** Exact id, then slug, then case-insensitive name. */
export const refField = z
  .string()
  .min(2)
  .max(100)
  .describe('id, or slug, or name in any case; two matches by name are a 409');

/** RFC 3339, answered in UTC. */
export const timeField = z.string().describe('RFC 3339, UTC');

/** A body that may be left out altogether. */
export function optionalBody<Body extends z.ZodType>(body: Body) {
  // No union: what is refused is then named by its field.
  return body.nullish();
}

/** Comma-separated values of a filter. */
export function csvField<Value extends string>(item: z.ZodType<Value, string>, maxItems = 50) {
  return z
    .string()
    .max(4_000)
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(item).max(maxItems));
}

/** What a list's titles or names are searched for, in any case. */
export const searchField = z.string().trim().max(200).optional();
