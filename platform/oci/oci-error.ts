export type OciErrorCode =
  | 'not_found'
  /** 401 or 403, with the credentials that there are. Registries answer so for what does not exist, too. */
  | 'denied'
  | 'unavailable'
  | 'too_large'
  | 'wrong_digest'
  | 'not_understood';

/** Why something was not read from a registry. The message names the host that was asked and nothing it said. */
export class OciError extends Error {
  readonly code: OciErrorCode;

  constructor(code: OciErrorCode, host: string, options?: { cause?: unknown }) {
    super(`registry ${host}: ${code}`, options);
    this.name = 'OciError';
    this.code = code;
  }
}
