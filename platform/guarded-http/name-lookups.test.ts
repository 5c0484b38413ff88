import { expect, test } from 'vitest';
import { createNameLookups, hostsEntries, type ResolvedAddress } from './name-lookups.ts';

function hanging() {
  const seen: { host: string; signal: AbortSignal; answer: (found: readonly ResolvedAddress[]) => void }[] = [];
  const lookUp = createNameLookups((host, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly ResolvedAddress[]>();
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    seen.push({ host, signal, answer: resolve });
    return promise;
  });
  return { seen, lookUp };
}

test('all who ask for a name at once have one look-up, which ends with the last of them', async () => {
  const { seen, lookUp } = hanging();
  const [first, second] = [new AbortController(), new AbortController()];
  const asked = [first, second].map(({ signal }) => lookUp('a.example', { share: 'w', signal }));
  expect(seen.map(({ host }) => host)).toEqual(['a.example']);
  first.abort(new Error('gone'));
  await expect(asked[0]).rejects.toThrow('gone');
  expect(seen[0]!.signal.aborted).toBe(false);
  second.abort(new Error('gone too'));
  await expect(asked[1]).rejects.toThrow('gone too');
  expect(seen[0]!.signal.aborted).toBe(true);
  const again = lookUp('a.example', { share: 'w' });
  seen[1]!.answer([{ address: '192.0.2.1', family: 4 }]);
  expect(await again).toEqual([{ address: '192.0.2.1', family: 4 }]);
});

test('a workspace whose look-ups all hang leaves room for another’s', async () => {
  const { seen, lookUp } = hanging();
  const stop = new AbortController();
  const flood = Array.from({ length: 600 }, (_, n) =>
    lookUp(`n${n}.example`, { share: 'flood', signal: stop.signal }).catch((error: unknown) => error),
  );
  expect(seen).toHaveLength(448);
  const mine = lookUp('mine.example', { share: 'other' });
  seen.at(-1)!.answer([]);
  expect(await mine).toEqual([]);
  stop.abort(new Error('over'));
  const ends = await Promise.all(flood);
  expect(ends.filter((end) => (end as Error).message === 'over')).toHaveLength(448);
  expect(ends.filter((end) => (end as { code?: string }).code === 'unavailable')).toHaveLength(152);
});

test('a hosts file is read as hosts read it', () => {
  const text =
    '127.0.0.1 localhost\n# 192.0.2.9 b.example\n192.0.2.1\tA.example alias # c.example\n' +
    '2001:db8::1 a.example\nx a.example';
  expect(hostsEntries(text, 'a.EXAMPLE.')).toEqual([
    { address: '192.0.2.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ]);
  expect(hostsEntries(text, 'b.example')).toEqual([]);
  expect(hostsEntries(text, 'c.example')).toEqual([]);
});
