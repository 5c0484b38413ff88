import type { ErrorCode } from '../../domain/errors/crewship-error.ts';

/** Every error code's status and title. Exhaustive: a new code does not compile without its line here. */
export const ERROR_STATUS: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  invalid_request: { status: 400, title: 'Bad request' },
  workspace_required: { status: 400, title: 'Workspace required' },
  unauthenticated: { status: 401, title: 'Unauthenticated' },
  budget_exceeded: { status: 402, title: 'Budget exceeded' },
  forbidden: { status: 403, title: 'Forbidden' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  ambiguous_reference: { status: 409, title: 'Ambiguous reference' },
  conflict: { status: 409, title: 'Conflict' },
  wrong_state: { status: 409, title: 'Wrong state' },
  deadline_passed: { status: 409, title: 'Deadline passed' },
  already_bootstrapped: { status: 410, title: 'Already bootstrapped' },
  gone: { status: 410, title: 'Gone' },
  payload_too_large: { status: 413, title: 'Payload too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  idempotency_mismatch: { status: 422, title: 'Idempotency key reused' },
  upgrade_refused: { status: 426, title: 'Upgrade refused' },
  limit_reached: { status: 429, title: 'Limit reached' },
  rate_limited: { status: 429, title: 'Too many requests' },
  crew_unreachable: { status: 502, title: 'Crew unreachable' },
  no_live_host: { status: 503, title: 'No live host' },
  unavailable: { status: 503, title: 'Unavailable' },
  query_failed: { status: 500, title: 'Query failed' },
  internal: { status: 500, title: 'Internal error' },
};
