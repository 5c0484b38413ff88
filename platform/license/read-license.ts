import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type License, UNLIMITED } from '../../domain/instance/license/license.ts';

const limit = z.int().min(1).max(1_000_000_000).nullable().default(null);

const claims = z.object({
  edition: z.string().min(1).max(64),
  license_id: z.string().min(1).max(128),
  licensee_org: z.string().min(1).max(255),
  max_crews: limit,
  max_agents_per_crew: limit,
  max_members: limit,
  features: z.array(z.string().max(64)).max(100).default([]),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

const file = z.object({ payload: z.base64().max(65_536), signature: z.base64().max(128) });

/** Why a license is not taken; the message holds nothing of the file. */
export class LicenseError extends Error {}

/**
 * Reads a license: a JSON file with the license as JSON in base64, `payload`, and the Ed25519 signature of those bytes,
 * `signature`. `publicKey` is the licensor's, DER in base64. Without a file there are no limits. Throws
 * {@link LicenseError} for one that is not there, not signed by that key, or past its time: no license is better than a
 * wrong one, so the process does not start.
 */
export function readLicense(
  source: { readonly path?: string | undefined; readonly publicKey?: string | undefined },
  nowMs = Date.now(),
): License {
  if (source.path === undefined) return UNLIMITED;
  if (source.publicKey === undefined) throw new LicenseError('CREWSHIP_LICENSE_PUBLIC_KEY: is needed for a license');
  let signed: Buffer;
  try {
    const { payload, signature } = file.parse(JSON.parse(readFileSync(source.path, 'utf8')));
    signed = Buffer.from(payload, 'base64');
    const key = createPublicKey({ key: Buffer.from(source.publicKey, 'base64'), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType !== 'ed25519' || !verify(null, signed, key, Buffer.from(signature, 'base64'))) {
      throw new LicenseError('CREWSHIP_LICENSE_FILE: the license is not signed by its licensor');
    }
  } catch (error) {
    if (error instanceof LicenseError) throw error;
    throw new LicenseError('CREWSHIP_LICENSE_FILE: is no readable license', { cause: error });
  }
  const parsed = claims.safeParse(parseJson(signed.toString('utf8')));
  if (!parsed.success) throw new LicenseError('CREWSHIP_LICENSE_FILE: the license has members that are not understood');
  const { expires_at: expiresAt, ...license } = parsed.data;
  if (expiresAt !== undefined && Date.parse(expiresAt) <= nowMs) {
    throw new LicenseError('CREWSHIP_LICENSE_FILE: the license has expired');
  }
  return license;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
