import { z } from 'zod';

const MAX_METADATA_LENGTH = 16_384;

/** Free members that agents send along. */
export const metadataField = z
  .record(z.string().max(64), z.json())
  .refine((value) => JSON.stringify(value).length <= MAX_METADATA_LENGTH, 'is too large')
  .nullish()
  .transform((value) => value ?? {});
