import {
  A2AError,
  ContentTypeNotSupportedError,
  RequestMalformedError,
  restStatusFor,
  TaskNotFoundError,
  toRestErrorBody,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import { CrewshipError, type ErrorCode } from '../../../domain/kernel/errors/crewship-error.ts';
import { toCrewshipError } from '../../http/errors/to-crewship-error.ts';

/** A conversation that is not there to be gone on with, or does not take the message now. */
const UNSUPPORTED: ReadonlySet<ErrorCode> = new Set([
  'conflict',
  'wrong_state',
  'session_not_active',
  'turn_in_progress',
  'no_default_agent',
  'ambiguous_reference',
  'deadline_passed',
]);

/**
 * A refusal in the protocol's words; null for what the protocol leaves to HTTP, as credentials, rights, limits and
 * faults: those are problem documents here as everywhere.
 */
export function protocolError(thrown: unknown): A2AError | null {
  if (thrown instanceof A2AError) return thrown;
  const error = toCrewshipError(thrown);
  const message = error.message;
  if (error.code === 'invalid_request') {
    const fields = error.fields.map((field) => `${field.path}: ${field.message}`).join('; ');
    return new RequestMalformedError({ message: fields === '' ? message : fields });
  }
  if (error.code === 'unsupported_media_type') return new ContentTypeNotSupportedError({ message });
  if (!UNSUPPORTED.has(error.code)) return null;
  const facts = Object.entries(error.extensions).map(([name, value]): [string, string] => [name, String(value)]);
  return new UnsupportedOperationError({ message, metadata: { code: error.code, ...Object.fromEntries(facts) } });
}

/** What a message names that is not there, as a session, an agent, a project; anything else as it came. */
export function missingInMessage(thrown: unknown): unknown {
  return isMissing(thrown) ? new RequestMalformedError({ message: thrown.message }) : thrown;
}

/** A task whose session may be seen no more is none; anything else as it came. */
export function missingTask(thrown: unknown): unknown {
  return isMissing(thrown) ? new TaskNotFoundError() : thrown;
}

function isMissing(thrown: unknown): thrown is CrewshipError {
  return thrown instanceof CrewshipError && thrown.code === 'not_found';
}

/** The answer of HTTP+JSON to what was thrown; null: a problem document. */
export function restRefusal(thrown: unknown): { readonly status: number; readonly body: object } | null {
  const error = protocolError(thrown);
  if (error === null) return null;
  const status = restStatusFor(error);
  return { status, body: toRestErrorBody(error, status) };
}

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

/** The answer of JSON-RPC to what is no request of it; null: a problem document. */
export function rpcRefusal(thrown: unknown): { readonly status: number; readonly body: object } | null {
  const error = toCrewshipError(thrown);
  if (error.code !== 'invalid_request') return null;
  const isNoJson = error.cause instanceof SyntaxError;
  const message = isNoJson ? error.message : `the body is no JSON-RPC request: ${fieldsOf(error)}`;
  return {
    status: 200,
    body: { jsonrpc: '2.0', id: null, error: { code: isNoJson ? PARSE_ERROR : INVALID_REQUEST, message } },
  };
}

function fieldsOf({ fields, message }: CrewshipError): string {
  return fields.length === 0 ? message : fields.map(({ path, message: rule }) => `${path} ${rule}`).join('; ');
}
