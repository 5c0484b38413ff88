import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { newId } from '../../../platform/ids/ids.ts';
import { createS3Store } from '../../../platform/blob-store/s3-store.ts';

/**
 * `http://<key>:<secret>@host:port` of a server that speaks S3 and may be written to. Nothing here installs one, as a
 * build of one takes longer than all other parts together.
 */
const SERVER = process.env.CREWSHIP_TEST_S3_URL;

async function* pieces(content: Uint8Array, failAfter = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 100_000) {
    if (at >= failAfter) throw new Error('the sender broke off');
    yield content.subarray(at, at + 100_000);
  }
}

test('a bucket holds what was written in full, by ranges too, and nothing of what broke off', async ({ skip }) => {
  if (SERVER === undefined) return skip('CREWSHIP_TEST_S3_URL names no server');
  const url = new URL(SERVER);
  const credentials = { accessKeyId: url.username, secretAccessKey: url.password };
  const bucket = `crewship-${newId()}`;
  const client = new S3Client({ region: 'us-east-1', endpoint: url.origin, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const store = createS3Store({ bucket, region: 'us-east-1', endpoint: url.origin, credentials, prefix: 'one/' });
  const objects = async () =>
    ((await client.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key }) => Key);
  const limits = { limitBytes: 30_000_000, signal: new AbortController().signal };
  try {
    for (const size of [0, 1, 20_000_000]) {
      const key = { workspaceId: newId(), blobId: newId() };
      const content = randomBytes(size);
      const written = await store.write(key, pieces(content), limits);
      expect(written).toEqual({ sizeBytes: size, sha256: createHash('sha256').update(content).digest('hex') });
      expect(await objects()).toEqual([`one/${key.workspaceId}/${key.blobId}`]);
      expect((await buffer(await store.read(key))).equals(content)).toBe(true);
      if (size > 100) {
        const part = await buffer(await store.read(key, { from: 9_999_990, to: 10_000_009 }));
        expect(part.equals(content.subarray(9_999_990, 10_000_010))).toBe(true);
      }
      await store.remove(key);
      await store.remove(key);
      expect(await objects()).toEqual([]);
      await expect(store.read(key)).rejects.toMatchObject({ code: 'unavailable' });
    }
    const key = { workspaceId: newId(), blobId: newId() };
    const large = randomBytes(20_000_000);
    await expect(store.write(key, pieces(large), { ...limits, limitBytes: 15_000_000 })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    await expect(store.write(key, pieces(large, 15_000_000), limits)).rejects.toThrow('the sender broke off');
    expect(await objects()).toEqual([]);
    await store.remove(key);
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(Uploads).toEqual([]);
    const wrong = createS3Store({
      bucket: `${bucket}x`,
      region: 'us-east-1',
      endpoint: url.origin,
      credentials,
      prefix: '',
    });
    await expect(wrong.write(key, pieces(randomBytes(10)), limits)).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    store.close();
    client.destroy();
  }
});
