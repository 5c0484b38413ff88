import { createHash, randomBytes } from 'node:crypto';

export const CLI_TOKEN_PATTERN = /^crewship_cli_[0-9a-f]{64}$/;

/** SHA-256: the token has 256 random bits, so a slow hash would protect nothing. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** A new CLI token: shown once, stored as its hash and a prefix people recognise it by. */
export function newCliToken(): { token: string; hash: Buffer; prefix: string } {
  const token = `crewship_cli_${randomBytes(32).toString('hex')}`;
  return { token, hash: hashToken(token), prefix: token.slice(0, 21) };
}
