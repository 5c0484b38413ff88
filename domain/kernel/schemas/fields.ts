import { hasVisible } from '../text/has-visible.ts';
import { slugRefusal } from '../../people/workspaces/slug.ts';
import type { Zod } from './zod.ts';

/** An opaque id as one segment of a path. */
export const ID_SEGMENT = '[A-Za-z0-9_-]{2,64}';
export const ID_PATTERN = new RegExp(`^${ID_SEGMENT}$`);

/** Fields that many schemas share, and the library that they are made with. */
export function fieldsOf(z: Zod) {
  return {
    z,
    /** Opaque id in a path, a body or a filter. */
    id: z.string().regex(ID_PATTERN, 'must be 2 to 64 of A-Z, a-z, 0-9, _ and -'),
    /** A moment that a caller gives, within what people plan for: RFC 3339 with an offset. */
    moment: z.iso.datetime({ offset: true }).refine((text) => {
      const year = new Date(text).getUTCFullYear();
      return year >= 1970 && year < 3000;
    }, 'must be between 1970 and 3000'),
    /** A slug that names a row. */
    slug: z.string().min(2).max(50),
    /** A slug for a new row or a renamed one. */
    newSlug: z
      .string()
      .min(2)
      .max(50)
      .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must match ^[a-z0-9][a-z0-9_-]*$')
      .superRefine((slug, context) => {
        const refusal = slugRefusal(slug);
        if (refusal !== null) context.addIssue({ code: 'custom', message: refusal });
      }),
    /** Text of people: no leading or trailing blanks count, and only blanks is nothing. */
    name: (minLength: number, maxLength: number) =>
      z
        .string()
        .trim()
        .min(minLength)
        .max(maxLength)
        .refine((text) => text.length < minLength || minLength === 0 || hasVisible(text), {
          error: 'must have a character that can be seen',
        }),
    /** Optional text; `""` and null clear it. */
    clearable: (maxLength: number) =>
      z
        .string()
        .max(maxLength)
        .nullable()
        .transform((text) => (text === '' ? null : text)),
    /** Free members; their size as a whole is judged where they are kept. */
    members: z.record(z.string().max(64), z.unknown()),
  };
}

export type Fields = ReturnType<typeof fieldsOf>;
