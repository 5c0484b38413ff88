import { expect, test } from 'vitest';
import { deleteInBatches } from './delete-in-batches.ts';

test('what is asked for while a deletion is under way is deleted together by the next one', async () => {
  const batches: number[][] = [];
  const first = Promise.withResolvers<void>();
  const forget = deleteInBatches(async (ids) => {
    batches.push([...ids]);
    if (batches.length === 1) await first.promise;
  });
  const one = forget([1]);
  await Promise.resolve();
  const others = [forget([2, 3]), forget([4])];
  first.resolve();
  await Promise.all([one, ...others]);
  expect(batches).toEqual([[1], [2, 3, 4]]);
});

test('a deletion that fails fails for those who asked for it, and the next one is tried', async () => {
  let failing = true;
  const forget = deleteInBatches(async () => {
    if (failing) throw new Error('the database is away');
  });
  await expect(forget([1])).rejects.toThrow('the database is away');
  failing = false;
  await expect(forget([2])).resolves.toBeUndefined();
});
