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

/** What a daemon refuses that whoever configures a crew can mend, in words of ours and with numbers of its own. */
const REASONS: readonly (readonly [pattern: RegExp, say: (numbers: string) => string])[] = [
  [/range of CPUs is from [\d.]+ to ([\d.]+)/i, (most) => `more CPUs than the host has, which are ${most}`],
  [/minimum memory limit allowed is (\d+\s?[kmg]i?b)/i, (least) => `less memory than the least, which is ${least}`],
  [/no space left on device()/i, () => 'the disk of the host is full'],
  [/cannot allocate memory()|out of memory()/i, () => 'too little memory'],
  [/exec format error()/i, () => 'the image is for another kind of machine'],
  [/invalid reference format()/i, () => 'the image has no valid name'],
];

function reasonOf(cause: unknown): string | null {
  const text = cause instanceof Error ? cause.message : '';
  for (const [pattern, say] of REASONS) {
    const found = pattern.exec(text);
    if (found !== null) return say(found[1] ?? '');
  }
  return null;
}

/**
 * What a Docker operation failed with. The message names the operation, the code and a reason that is known, and
 * nothing else: the daemon's own text may quote paths, environment or configuration, so it stays in `cause` and out of
 * histories.
 */
export class DockerError extends Error {
  readonly code: DockerErrorCode;

  constructor(code: DockerErrorCode, operation: string, options?: { cause?: unknown }) {
    const reason = reasonOf(options?.cause);
    super(`${operation}: ${code}${reason === null ? '' : ` (${reason})`}`, options);
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
