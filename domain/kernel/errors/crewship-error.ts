/** Every way a request or command can be refused. The API maps each code to one status; nothing here knows of HTTP. */
export type ErrorCode =
  | 'invalid_request'
  | 'workspace_required'
  | 'kind_not_creatable'
  | 'unauthenticated'
  | 'forbidden'
  | 'interactive_required'
  | 'not_found'
  | 'method_not_allowed'
  | 'ambiguous_reference'
  | 'conflict'
  | 'version_conflict'
  | 'wrong_state'
  | 'session_not_active'
  | 'turn_in_progress'
  | 'nothing_to_steer'
  | 'no_default_agent'
  | 'deadline_passed'
  | 'budget_exceeded'
  | 'license_limit'
  | 'already_bootstrapped'
  | 'range_not_satisfiable'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'idempotency_mismatch'
  | 'idempotency_key_in_use'
  | 'precondition_failed'
  | 'rate_limited'
  | 'limit_reached'
  | 'storage_full'
  | 'gone'
  | 'upgrade_refused'
  | 'crew_unreachable'
  | 'no_live_host'
  | 'unavailable'
  | 'llm_not_configured'
  | 'llm_failed'
  | 'search_not_configured'
  | 'query_failed'
  | 'egress_denied'
  | 'approval_required'
  | 'address_refused'
  | 'egress_failed'
  | 'credential_missing'
  | 'credential_refused'
  | 'internal';

/** A field that broke a rule. `path` is dotted (`tasks.0.title`), `message` states the rule. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

type ProblemExtensions = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

interface ErrorDetails {
  readonly fields?: readonly FieldError[];
  /** Members added to the problem document, e.g. `current_status` of a refused transition. */
  readonly extensions?: ProblemExtensions;
  readonly cause?: unknown;
}

/** The one error type of the product. `message` is safe to show to the caller. */
export class CrewshipError extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];
  readonly extensions: ProblemExtensions;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CrewshipError';
    this.code = code;
    this.fields = details.fields ?? [];
    this.extensions = details.extensions ?? {};
  }
}

/** Missing, foreign and deleted ids read alike. `what` is the noun: `mission`, `crew`. */
export function notFound(what: string): CrewshipError {
  return new CrewshipError('not_found', `${what} not found`);
}

/** The row is not in a state that allows this; tells the state it is in. */
export function wrongState(what: string, currentStatus: string, message?: string): CrewshipError {
  return new CrewshipError('wrong_state', message ?? `${what} is ${currentStatus}`, {
    extensions: { current_status: currentStatus },
  });
}

/** The crew's container or files cannot be reached from here; `reason` is a stable word for why. */
export function crewUnreachable(reason: string, message: string, cause?: unknown): CrewshipError {
  return new CrewshipError('crew_unreachable', message, { extensions: { reason }, cause });
}

/** Why a credential does not count; `WWW-Authenticate` names it too. */
export type CredentialFault =
  | 'no_credentials'
  | 'invalid_token'
  | 'invalid_credentials'
  | 'token_expired'
  | 'session_expired'
  | 'session_revoked'
  | 'session_invalid'
  | 'wrong_password';

/** Nobody is proven to be calling. */
export function unauthenticated(fault: CredentialFault, message: string): CrewshipError {
  return new CrewshipError('unauthenticated', message, { extensions: { error: fault } });
}

/** One field broke one rule. */
export function invalidField(path: string, message: string): CrewshipError {
  return new CrewshipError('invalid_request', `${path}: ${message}`, { fields: [{ path, message }] });
}
