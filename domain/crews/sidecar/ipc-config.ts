/** What a sidecar is told at its start: one line of JSON on its standard input, never its arguments. */
export interface IpcConfig {
  workspace_id: string;
  crew_id: string;
  /** `crwv2.…`: proves the crew to the API. Held by the sidecar's uid only. */
  crew_token: string;
  /** Public fingerprint of the token's master, shown by the sidecar's health. */
  token_fp: string;
  /** The crew's API socket as the container sees it. */
  api_socket_path: string;
  listen_port: number;
}

export const SIDECAR_PORT = 9_119;
export const API_SOCKET_PATH = '/run/crewship/api.sock';

function boundedText(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength) {
    throw new TypeError(`ipc config: ${field} must be a text of 1 to ${maxLength} characters`);
  }
  return value;
}

/**
 * Checks a parsed configuration; fields it does not know are ignored, as older and newer sidecars live side by side.
 * Throws a TypeError that names the field and never its value.
 */
export function parseIpcConfig(value: unknown): IpcConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('ipc config: must be an object');
  }
  const fields = value as Record<string, unknown>;
  const port = fields.listen_port;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new TypeError('ipc config: listen_port must be a port');
  }
  return {
    workspace_id: boundedText(fields.workspace_id, 'workspace_id', 64),
    crew_id: boundedText(fields.crew_id, 'crew_id', 64),
    crew_token: boundedText(fields.crew_token, 'crew_token', 512),
    token_fp: boundedText(fields.token_fp, 'token_fp', 64),
    api_socket_path: boundedText(fields.api_socket_path, 'api_socket_path', 107),
    listen_port: port,
  };
}
