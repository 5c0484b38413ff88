import type { MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { HostFileError } from '../../../platform/host-files/safe-open.ts';
import { toCrewshipError } from '../errors/to-crewship-error.ts';

const MOST_FIELDS = 8;

export interface Uploads<Stored> {
  readonly fields: Readonly<Record<string, string>>;
  /** What `store` made of each file, in their order. */
  readonly stored: readonly Stored[];
}

export interface Upload<Stored> {
  readonly fields: Readonly<Record<string, string>>;
  /** What `store` made of the file; null when there is none. */
  readonly stored: Stored | null;
}

/**
 * Reads the parts of a multipart request as they come: text fields, and at most one file named `file`, whose content
 * goes through `store`, with the name that its sender gives it. `discard` undoes that when the rest of the body turns
 * out to be wrong. Throws `unsupported_media_type`, `invalid_request`, and what `store` throws.
 */
export async function readUpload<Stored>(
  request: FastifyRequest,
  limitBytes: number,
  store: (content: AsyncIterable<Buffer>, fileName: string) => Promise<Stored>,
  discard: (stored: Stored) => Promise<void>,
): Promise<Upload<Stored>> {
  const { fields, stored } = await readUploads(request, { limitBytes, mostFiles: 1 }, store, discard);
  return { fields, stored: stored[0] ?? null };
}

/** The same of several files named `file`; `store` is told what each is called. */
export async function readUploads<Stored>(
  request: FastifyRequest,
  { limitBytes, mostFiles }: { readonly limitBytes: number; readonly mostFiles: number },
  store: (content: AsyncIterable<Buffer>, fileName: string) => Promise<Stored>,
  discard: (stored: Stored) => Promise<void>,
): Promise<Uploads<Stored>> {
  if (!request.isMultipart()) {
    throw new CrewshipError('unsupported_media_type', 'Content-Type must be multipart/form-data');
  }
  const fields: Record<string, string> = {};
  const stored: Stored[] = [];
  // One byte beyond the limit is let through, so that `store` sees that there is more.
  const limits = { fileSize: limitBytes + 1, files: mostFiles, parts: MOST_FIELDS + mostFiles };
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') fields[part.fieldname] = fieldText(part, fields);
      else stored.push(await storePart(part, store));
    }
    return { fields, stored };
  } catch (error) {
    for (const one of stored) await discard(one);
    throw refusalOf(error);
  }
}

function storePart<Stored>(
  part: MultipartFile,
  store: (content: AsyncIterable<Buffer>, fileName: string) => Promise<Stored>,
): Promise<Stored> {
  if (part.fieldname !== 'file') throw invalidField(part.fieldname.slice(0, 64), 'must not be a file');
  return store(part.file, part.filename ?? '');
}

function fieldText(part: MultipartValue, seen: Readonly<Record<string, string>>): string {
  const { fieldname: name, value } = part;
  if (name in seen) throw invalidField(name.slice(0, 64), 'is given more than once');
  if (typeof value !== 'string' || part.valueTruncated || part.fieldnameTruncated) {
    throw invalidField(name.slice(0, 64), 'must be a short text');
  }
  return value;
}

/** What the parser cannot make sense of is the sender's doing. */
function refusalOf(error: unknown): unknown {
  if (error instanceof HostFileError) return error;
  const known = toCrewshipError(error);
  const hasSystemCode = error instanceof Error && 'syscall' in error;
  if (known.code !== 'internal' || hasSystemCode) return known;
  return new CrewshipError('invalid_request', 'the body is not valid multipart/form-data', { cause: error });
}
