import type { Config } from '../config/config.ts';
import type { BlobStore } from './blob-store.ts';
import { createDiskStore } from './disk-store.ts';
import { createS3Store } from './s3-store.ts';

/** The store that the configuration names: a bucket, or a directory. */
export function openBlobStore(
  config: Pick<
    Config,
    | 'blobsDir'
    | 'CREWSHIP_BLOB_BUCKET'
    | 'CREWSHIP_BLOB_S3_ENDPOINT'
    | 'CREWSHIP_BLOB_S3_REGION'
    | 'CREWSHIP_BLOB_S3_PREFIX'
    | 'CREWSHIP_BLOB_S3_ACCESS_KEY_ID'
    | 'CREWSHIP_BLOB_S3_SECRET_ACCESS_KEY'
  >,
): BlobStore {
  const bucket = config.CREWSHIP_BLOB_BUCKET;
  if (bucket === undefined) return createDiskStore({ directory: config.blobsDir });
  const accessKeyId = config.CREWSHIP_BLOB_S3_ACCESS_KEY_ID;
  const secretAccessKey = config.CREWSHIP_BLOB_S3_SECRET_ACCESS_KEY;
  return createS3Store({
    bucket,
    region: config.CREWSHIP_BLOB_S3_REGION,
    endpoint: config.CREWSHIP_BLOB_S3_ENDPOINT,
    prefix: config.CREWSHIP_BLOB_S3_PREFIX,
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined ? undefined : { accessKeyId, secretAccessKey },
  });
}
