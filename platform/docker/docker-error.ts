export type DockerErrorCode =
  | 'not_found'
  | 'conflict'
  | 'not_running'
  | 'image_missing'
  | 'unavailable'
  | 'timeout'
  | 'rejected'
  | 'stale_generation'
  | 'not_ready';

/**
 * What a Docker operation failed with. The message names the operation and the code and nothing else: the daemon's
 * own text may quote paths, environment or configuration, so it stays in `cause` and out of histories.
 */
export class DockerError extends Error {
  readonly code: DockerErrorCode;

  constructor(code: DockerErrorCode, operation: string, options?: { cause?: unknown }) {
    super(`${operation}: ${code}`, options);
    this.name = 'DockerError';
    this.code = code;
  }
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EACCES', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH']);

function codeOf(error: unknown): DockerErrorCode {
  const { statusCode, code, name, message } = error as Partial<Error & { statusCode: number; code: string }>;
  const text = message ?? '';
  if (statusCode === 404) return /no such image/i.test(text) ? 'image_missing' : 'not_found';
  if (statusCode === 409) return /is not running|is paused|is restarting/i.test(text) ? 'not_running' : 'conflict';
  if (statusCode === 500 && /is not running/i.test(text)) return 'not_running';
  if (statusCode === 503) return 'unavailable';
  if (statusCode !== undefined) return 'rejected';
  if (name === 'AbortError' || name === 'TimeoutError' || code === 'ABORT_ERR' || code === 'ETIMEDOUT')
    return 'timeout';
  if (code !== undefined && UNREACHABLE.has(code)) return 'unavailable';
  return 'unavailable';
}

/** The same error as a {@link DockerError}; one that already is stays as it is. */
export function toDockerError(error: unknown, operation: string): DockerError {
  if (error instanceof DockerError) return error;
  return new DockerError(codeOf(error), operation, { cause: error });
}

export function isDockerError(error: unknown, ...codes: DockerErrorCode[]): error is DockerError {
  return error instanceof DockerError && (codes.length === 0 || codes.includes(error.code));
}
