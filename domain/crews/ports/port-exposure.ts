import { SIDECAR_PORT } from '../sidecar/ipc-config.ts';

export const EXPOSURE_STATUSES = ['active', 'revoked', 'expired'] as const;
export type ExposureStatus = (typeof EXPOSURE_STATUSES)[number];

export const EXPOSURE_TTL_SECONDS = { least: 1, most: 86_400, usual: 3_600 } as const;

/** Open at once. */
export const EXPOSURE_LIMITS = { agent: 5, workspace: 20 } as const;

/** Where whoever has the token reaches the port, on the public listener. */
export const EXPOSED_PATH = '/exposed';

/** The sidecar's own port leads to what only the crew's agents may ask for. */
export function isExposable(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535 && port !== SIDECAR_PORT;
}
