import type { ErrorCode } from './generated/operations.ts';

/** A field that broke a rule. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

interface ProblemDocument {
  readonly title?: unknown;
  readonly detail?: unknown;
  readonly code?: unknown;
  readonly request_id?: unknown;
  readonly errors?: unknown;
  readonly current_status?: unknown;
  readonly [member: string]: unknown;
}

/** The API refused a request; this is what it said. */
export class CrewshipProblem extends Error {
  override readonly name = 'CrewshipProblem';
  readonly status: number;
  /** For programs; empty when the answer was not the API's, such as a proxy's. */
  readonly code: ErrorCode | '' | (string & {});
  readonly detail: string;
  /** Names the request in the instance's logs and journal. */
  readonly requestId: string | undefined;
  /** The fields that broke a rule. */
  readonly fields: readonly FieldProblem[];
  /** The state that does not have the transition, of `wrong_state`. */
  readonly currentStatus: string | undefined;
  /** When it is worth asking again, where the answer says so. */
  readonly retryAfterMs: number | undefined;
  /** The whole document, with the members that depend on the code. */
  readonly document: Readonly<Record<string, unknown>>;

  constructor(request: string, answer: { status: number; headers: Headers; text: string }) {
    const document = parseDocument(answer.text);
    const code = text(document.code) ?? '';
    const detail = text(document.detail) ?? text(document.title) ?? answer.text.slice(0, 200);
    const requestId = text(document.request_id) ?? answer.headers.get('x-request-id') ?? undefined;
    super(`${request} answered ${answer.status} ${code}: ${detail} (request ${requestId ?? 'unknown'})`);
    this.status = answer.status;
    this.code = code;
    this.detail = detail;
    this.requestId = requestId;
    this.fields = Array.isArray(document.errors) ? (document.errors as FieldProblem[]) : [];
    this.currentStatus = text(document.current_status);
    this.retryAfterMs = retryAfterMs(answer.headers.get('retry-after'));
    this.document = document;
  }
}

/** No answer came, or only a part of one. A write may have happened: its key tells, when it is sent again. */
export class CrewshipUnreachable extends Error {
  override readonly name = 'CrewshipUnreachable';
  /** The key of the write that was not answered. */
  readonly idempotencyKey: string | undefined;

  constructor(request: string, idempotencyKey: string | undefined, cause: unknown) {
    const reason = cause instanceof Error ? innermost(cause).message || cause.message : String(cause);
    super(`${request} was not answered: ${reason}`, { cause });
    this.idempotencyKey = idempotencyKey;
  }
}

/** A stream is over and does not go on by itself: who wants more begins anew. */
export class CrewshipStreamEnded extends Error {
  override readonly name = 'CrewshipStreamEnded';
  /** `access_revoked`; `reset`: the place in the stream is not known, as after a restore. */
  readonly reason: string;

  constructor(stream: string, reason: string) {
    super(`${stream} ended: ${reason}`);
    this.reason = reason;
  }
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}

function parseDocument(body: string): ProblemDocument {
  try {
    const document: unknown = JSON.parse(body);
    return typeof document === 'object' && document !== null ? (document as ProblemDocument) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Of a header in seconds or as a date. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
