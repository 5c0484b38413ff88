import { z } from 'zod';
import { slugRefusal } from '../../../domain/people/workspaces/slug.ts';

/** Opaque id in a path or filter. */
export const idField = z.string().regex(/^[A-Za-z0-9_-]{2,64}$/, 'must be 2 to 64 of A-Z, a-z, 0-9, _ and -');

/** Exact id, then slug, then case-insensitive name. */
export const refField = z
  .string()
  .min(2)
  .max(100)
  .describe('id, or slug, or name in any case; two matches by name are a 409');

/** RFC 3339, answered in UTC. */
export const timeField = z.string().describe('RFC 3339, UTC');

/** A moment that a caller gives, within what people plan for: RFC 3339 with an offset. */
export const momentField = z.iso.datetime({ offset: true }).refine((text) => {
  const year = new Date(text).getUTCFullYear();
  return year >= 1970 && year < 3000;
}, 'must be between 1970 and 3000');

/** A slug for a new row or a renamed one. */
export const slugField = z
  .string()
  .min(2)
  .max(50)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must match ^[a-z0-9][a-z0-9_-]*$')
  .superRefine((slug, context) => {
    const refusal = slugRefusal(slug);
    if (refusal !== null) context.addIssue({ code: 'custom', message: refusal });
  });

/** Text of people: no leading or trailing blanks count, and only blanks is nothing. */
export function nameField(minLength: number, maxLength: number) {
  return z.string().trim().min(minLength).max(maxLength);
}

/** Optional text; `""` and null clear it. */
export function clearableField(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .nullable()
    .transform((text) => (text === '' ? null : text));
}

/** A body that may be left out altogether. */
export function optionalBody<Body extends z.ZodType>(body: Body) {
  return z.union([body, z.undefined(), z.null()]);
}

/** Comma-separated values of a filter. */
export function csvField(item: z.ZodType<string, string>, maxItems = 50) {
  return z
    .string()
    .max(4_000)
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(item).max(maxItems));
}
