import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Readable } from 'node:stream';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import { type BlobKey, type BlobStore, keyParts } from './blob-store.ts';
import { measured } from './measured.ts';

export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  /** Another server than the cloud's own; it is addressed by path. */
  readonly endpoint?: string | undefined;
  /** Without it they are looked for where the SDK looks. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Before each key, with its slash: several instances may share a bucket. */
  readonly prefix: string;
}

const PART_BYTES = 8 * 1_024 * 1_024;
/** Parts under way; each is held in memory. */
const PARTS_AT_ONCE = 2;
const CONNECT_TIMEOUT_MS = 5_000;
/** Without a byte. */
const SILENCE_MS = 60_000;
const TRIES = 3;

/**
 * Blobs as objects, `<prefix><workspace>/<blob>`. An object is there when all of it is; parts of a broken upload are
 * nothing that anybody sees, and are removed with their key.
 */
export function createS3Store(options: S3Options): BlobStore {
  const { bucket: Bucket, prefix } = options;
  const client = new S3Client({
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint, forcePathStyle: true }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    maxAttempts: TRIES,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SILENCE_MS },
    // Servers that speak the protocol do not all know the sums that newer SDKs add.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const keyOf = (key: BlobKey) => `${prefix}${keyParts(key).join('/')}`;

  return {
    async write(key, source, limits) {
      const through = measured(source, limits);
      let failure: unknown;
      async function* watched(): AsyncGenerator<Uint8Array> {
        try {
          yield* through.bytes;
        } catch (error) {
          // What the SDK makes of it is not what it was.
          failure = error;
          throw error;
        }
      }
      const upload = new Upload({
        client,
        params: { Bucket, Key: keyOf(key), Body: Readable.from(watched(), { objectMode: false }) },
        queueSize: PARTS_AT_ONCE,
        partSize: PART_BYTES,
      });
      try {
        await upload.done();
        return through.end();
      } catch (error) {
        throw failure ?? away(error);
      }
    },
    async read(key, range) {
      try {
        const { Body } = await client.send(
          new GetObjectCommand({
            Bucket,
            Key: keyOf(key),
            ...(range === undefined ? {} : { Range: `bytes=${range.from}-${range.to}` }),
          }),
        );
        return Body as Readable;
      } catch (error) {
        const isMissing = error instanceof Error && error.name === 'NoSuchKey';
        throw isMissing
          ? new CrewshipError('unavailable', 'the content is not in the store', { cause: error })
          : away(error);
      }
    },
    async remove(key) {
      const Key = keyOf(key);
      try {
        const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
        for (const { Key: found, UploadId } of Uploads) {
          if (found === Key && UploadId !== undefined) {
            await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
          }
        }
        await client.send(new DeleteObjectCommand({ Bucket, Key }));
      } catch (error) {
        throw away(error);
      }
    },
    close: () => client.destroy(),
  };
}

function away(cause: unknown): CrewshipError {
  return new CrewshipError('unavailable', 'the object store does not take it', { cause });
}
