import type { IncomingMessage } from 'node:http';
import type { IpcConfig } from '../../domain/crews/sidecar/ipc-config.ts';

export const BASE_PATH = '/api/v1/internal';

/** A header that comes once and is of a sensible length. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value.length > 0 && value.length <= 1_024 ? value : undefined;
}

/** What every call to the API carries: the crew's credential, and what the agent says of itself. */
export function apiHeaders(config: IpcConfig, request: IncomingMessage): Record<string, string> {
  const runToken = headerOf(request, 'x-run-token');
  const requestId = headerOf(request, 'x-request-id');
  return {
    host: 'api',
    accept: 'application/json',
    'x-internal-token': config.crew_token,
    ...(runToken === undefined ? {} : { 'x-run-token': runToken }),
    ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
  };
}
