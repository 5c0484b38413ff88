import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import { mirroredHost, type OciReference, type RegistryMirrors, isDigest } from './oci-reference.ts';
import { OciError } from './oci-error.ts';
import { createOciTransport } from './oci-transport.ts';

/** By the host that they are sent to. */
export type RegistryCredentials = ReadonlyMap<string, { readonly username: string; readonly password: string }>;

export interface OciDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export interface OciManifest {
  readonly mediaType: string;
  readonly config: OciDescriptor;
  readonly layers: readonly OciDescriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

export interface OciCall {
  readonly signal: AbortSignal;
  readonly credentials?: RegistryCredentials;
}

/** Reads artifacts from registries (OCI distribution 1.1). Every method rejects with an {@link OciError} only. */
export interface OciClient {
  /** The manifest that a tag or digest names. What a digest names is verified. */
  readManifest(reference: OciReference, call: OciCall): Promise<{ digest: string; manifest: OciManifest }>;
  /** A whole blob, verified. */
  readBlob(reference: OciReference, descriptor: OciDescriptor, call: OciCall): Promise<Buffer>;
}

export interface OciClientOptions {
  readonly mirrors: RegistryMirrors;
  /** Registries other than those of this machine that are spoken to without TLS. */
  readonly plainHttp?: readonly string[];
  /** Largest blob that is read. */
  readonly limitBytes?: number;
  /** Of one request, its answer read. */
  readonly timeoutMs?: number;
  /** Trust and proxies; undefined: as undici does by itself. */
  readonly dispatcher?: Dispatcher;
}

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;
const MANIFEST_LIMIT_BYTES = 4 * 1_024 * 1_024;
const BLOB_LIMIT_BYTES = 32 * 1_024 * 1_024;
const TIMEOUT_MS = 30_000;

export function createOciClient(options: OciClientOptions): OciClient {
  const { limitBytes = BLOB_LIMIT_BYTES } = options;
  const transport = createOciTransport({
    plainHttp: options.plainHttp ?? [],
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    dispatcher: options.dispatcher,
  });

  return {
    async readManifest(reference, call) {
      const host = mirroredHost(reference, options.mirrors);
      const wanted = reference.digest ?? reference.tag ?? 'latest';
      const body = await transport.get(
        { host, path: `/v2/${reference.repository}/manifests/${wanted}`, repository: reference.repository },
        { ...call, accept: MANIFEST_TYPES.join(', '), limitBytes: MANIFEST_LIMIT_BYTES },
      );
      const digest = digestOf(body);
      if (reference.digest !== null && digest !== reference.digest) throw new OciError('wrong_digest', host);
      return { digest, manifest: parseManifest(body, host) };
    },

    async readBlob(reference, { digest, size }, call) {
      const host = mirroredHost(reference, options.mirrors);
      if (size > limitBytes) throw new OciError('too_large', host);
      const body = await transport.get(
        { host, path: `/v2/${reference.repository}/blobs/${digest}`, repository: reference.repository },
        { ...call, accept: '*/*', limitBytes: size },
      );
      if (body.length !== size || digestOf(body) !== digest) throw new OciError('wrong_digest', host);
      return body;
    },
  };
}

function digestOf(body: Uint8Array): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

function parseManifest(body: Buffer, host: string): OciManifest {
  let value: Partial<OciManifest> | null;
  try {
    value = JSON.parse(body.toString('utf8')) as Partial<OciManifest> | null;
  } catch (cause) {
    throw new OciError('not_understood', host, { cause });
  }
  // Manifests of OCI 1.0 need not say what they are.
  const mediaType = value?.mediaType ?? MANIFEST_TYPES[0];
  const known = (MANIFEST_TYPES as readonly string[]).includes(mediaType);
  if (!known || !Array.isArray(value?.layers) || ![value.config, ...value.layers].every(isDescriptor)) {
    throw new OciError('not_understood', host);
  }
  return { mediaType, config: value.config!, layers: value.layers, annotations: { ...value.annotations } };
}

function isDescriptor(value: unknown): value is OciDescriptor {
  const { digest, size, mediaType } = (value ?? {}) as Partial<OciDescriptor>;
  return (
    typeof digest === 'string' &&
    isDigest(digest) &&
    Number.isSafeInteger(size) &&
    size! >= 0 &&
    typeof mediaType === 'string'
  );
}
