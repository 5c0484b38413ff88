import { expect, test } from 'vitest';
import { createImportPlaces } from './import-places.ts';

const refusal = { code: 'unavailable' };

test('a workspace imports one repository at a time, and a process two; then there is room again', async () => {
  const places = createImportPlaces();
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = places.shareRepository('a', () => promise);
  await expect(places.shareRepository('a', async () => 'again')).rejects.toMatchObject(refusal);
  const failing = places.shareRepository('b', async () => {
    await promise;
    throw new TypeError('no repository');
  });
  await expect(places.shareRepository('c', async () => 'third')).rejects.toMatchObject(refusal);
  resolve('done');
  expect(await first).toBe('done');
  await expect(failing).rejects.toThrow('no repository');
  expect(await Promise.all(['a', 'b'].map((id) => places.shareRepository(id, async () => id)))).toEqual(['a', 'b']);
});

test('one workspace cannot have all the places of other imports', async () => {
  const places = createImportPlaces();
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = Array.from({ length: 64 }, () =>
    places
      .share('a', () => promise)
      .then(
        () => true,
        () => false,
      ),
  );
  expect(await places.share('b', async () => 'mine')).toBe('mine');
  resolve();
  const done = await Promise.all(held);
  expect(done.filter(Boolean)).toHaveLength(56);
});
