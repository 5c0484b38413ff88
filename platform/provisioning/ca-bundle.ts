import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { getCACertificates } from 'node:tls';
import { writeFileAtomically } from '../host-files/write-file-atomically.ts';

/** A file with certificates of authorities: the public ones, and the operator's. */
export interface CaBundle {
  readonly file: string;
  /** The same as a text, for clients of our own. */
  readonly pem: string;
  /** Whether the operator gave any. */
  readonly hasOperators: boolean;
}

/**
 * Writes the bundle into a directory of this host, under a name that holds its content's hash: containers that have an
 * earlier one mounted keep it. Rejects when the operator's file cannot be read or holds no certificate. Idempotent.
 */
export async function installCaBundle(directory: string, operatorsFile: string | undefined): Promise<CaBundle> {
  const operators = operatorsFile === undefined ? '' : await readFile(operatorsFile, 'utf8');
  if (operatorsFile !== undefined && !operators.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Error('the file of extra certificates holds no certificate');
  }
  const pem = [...getCACertificates('bundled'), operators].map((text) => `${text.trimEnd()}\n`).join('');
  const name = `ca-${createHash('sha256').update(pem).digest('hex').slice(0, 16)}.crt`;
  const file = path.join(path.resolve(directory), name);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
  await writeFileAtomically(file, pem, 0o444);
  return { file, pem, hasOperators: operatorsFile !== undefined };
}
