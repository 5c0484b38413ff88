import { z } from 'zod';

const MAX_METADATA_LENGTH = 16_384;

/** Free members, as JSON has them. */
export const jsonMembers = z.record(z.string().max(64), z.json());

/** Free members that agents send along. */
export const metadataField = jsonMembers
  .refine((value) => JSON.stringify(value).length <= MAX_METADATA_LENGTH, 'is too large')
  .nullish()
  .transform((value) => value ?? {});
