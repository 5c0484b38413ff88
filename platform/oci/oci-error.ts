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
  /** That was asked: a mirror's where there is one. */
  readonly host: string;

  constructor(code: OciErrorCode, host: string, options?: { cause?: unknown }) {
    super(`registry ${host}: ${code}`, options);
    this.name = 'OciError';
    this.code = code;
    this.host = host;
  }
}
