import { fromDatabaseError } from '../../../db/kernel/database-errors.ts';
import { CrewshipError, type ErrorCode } from '../../../domain/kernel/errors/crewship-error.ts';

/** What Fastify refuses by itself, as the product's errors. */
const FASTIFY_ERRORS: Readonly<Record<string, { readonly code: ErrorCode; readonly message: string }>> = {
  FST_ERR_BAD_URL: { code: 'invalid_request', message: 'the path is not valid percent-encoded UTF-8' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not_found', message: 'no such route' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'payload_too_large', message: 'the body is larger than this route takes' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'invalid_request', message: 'the body is empty' },
  FST_ERR_CTP_EMPTY_TYPE: { code: 'unsupported_media_type', message: 'Content-Type must be application/json' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'invalid_request', message: 'the body does not match Content-Length' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid_request', message: 'the body is not valid JSON' },
  FST_INVALID_MULTIPART_CONTENT_TYPE: {
    code: 'unsupported_media_type',
    message: 'Content-Type must be multipart/form-data',
  },
  FST_REQ_FILE_TOO_LARGE: { code: 'payload_too_large', message: 'the file is larger than this route takes' },
  FST_FILES_LIMIT: { code: 'invalid_request', message: 'there is more than one file' },
  FST_FIELDS_LIMIT: { code: 'invalid_request', message: 'there are too many fields' },
  FST_PARTS_LIMIT: { code: 'invalid_request', message: 'there are too many parts' },
  FST_PROTO_VIOLATION: { code: 'invalid_request', message: 'a field has a name that is not allowed' },
  FST_INVALID_JSON_FIELD_ERROR: { code: 'invalid_request', message: 'a field is not the JSON that it says it is' },
  FST_MP_PREMATURE_CLOSE: { code: 'invalid_request', message: 'the body ends too early' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type', message: 'Content-Type must be application/json' },
};

/** Any thrown value as one of the product's errors. What is unknown becomes `internal`, whose message tells nothing. */
export function toCrewshipError(thrown: unknown): CrewshipError {
  const error = fromDatabaseError(thrown);
  if (error instanceof CrewshipError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = FASTIFY_ERRORS[code];
  if (known !== undefined) return new CrewshipError(known.code, known.message, { cause: error });
  return new CrewshipError('internal', 'an unexpected error occurred', { cause: error });
}
