import type { MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { HostFileError } from '../../../platform/host-files/safe-open.ts';
import { toCrewshipError } from '../errors/to-crewship-error.ts';

/** Text fields of one upload. */
const MAX_FIELDS = 8;

export interface Upload<Stored> {
  readonly fields: Readonly<Record<string, string>>;
  /** What `store` made of the file; null when there is none. */
  readonly stored: Stored | null;
}

/** How many files a request may have, under which field, and how large each may be. */
export interface UploadLimits {
  readonly field: string;
  readonly files: number;
  readonly fileBytes: number;
  /** Of one text field; default: that of all uploads. */
  readonly fieldBytes?: number;
}

/** Refuses what is no multipart request, before anything else is looked at. Throws `unsupported_media_type`. */
export function refuseUnlessMultipart(request: FastifyRequest): void {
  if (request.isMultipart()) return;
  throw new CrewshipError('unsupported_media_type', 'Content-Type must be multipart/form-data');
}

/**
 * Reads the parts of a multipart request as they come: text fields, and files, whose content goes through `store`, with
 * the name that its sender gives it. `discard` undoes that when the rest of the body turns out to be wrong. Throws
 * `unsupported_media_type`, `invalid_request`, and what `store` throws.
 */
export async function readUploads<Stored>(
  request: FastifyRequest,
  limits: UploadLimits,
  store: (content: AsyncIterable<Buffer>, fileName: string) => Promise<Stored>,
  discard: (stored: Stored) => Promise<void>,
): Promise<{ readonly fields: Readonly<Record<string, string>>; readonly files: readonly Stored[] }> {
  refuseUnlessMultipart(request);
  const fields: Record<string, string> = {};
  const files: Stored[] = [];
  // One byte, and one file, beyond the limit are let through, so that it is seen that there is more.
  const allowed = {
    fileSize: limits.fileBytes + 1,
    ...(limits.files === 1 ? {} : { files: limits.files + 1, parts: limits.files + 1 + MAX_FIELDS }),
    ...(limits.fieldBytes === undefined ? {} : { fieldSize: limits.fieldBytes }),
  };
  try {
    for await (const part of request.parts({ limits: allowed })) {
      if (part.type === 'field') {
        fields[part.fieldname] = fieldText(part, fields);
        continue;
      }
      if (part.fieldname !== limits.field) throw invalidField(part.fieldname.slice(0, 64), 'must not be a file');
      if (files.length === limits.files) throw invalidField(limits.field, `must be at most ${limits.files} files`);
      files.push(await store(part.file, part.filename ?? ''));
    }
    return { fields, files };
  } catch (error) {
    for (const stored of files) await discard(stored);
    throw refusalOf(error);
  }
}

/** The same of a request with at most one file, named `file`. */
export async function readUpload<Stored>(
  request: FastifyRequest,
  limitBytes: number,
  store: (content: AsyncIterable<Buffer>, fileName: string) => Promise<Stored>,
  discard: (stored: Stored) => Promise<void>,
): Promise<Upload<Stored>> {
  const limits = { field: 'file', files: 1, fileBytes: limitBytes };
  const { fields, files } = await readUploads(request, limits, store, discard);
  return { fields, stored: files[0] ?? null };
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
