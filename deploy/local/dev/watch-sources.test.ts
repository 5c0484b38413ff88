import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type SourceChange, watchSources } from './watch-sources.ts';

const processes = [
  { name: 'api', entry: 'api/main.ts', readiness: 'http', stopGroup: 1 },
  { name: 'control', entry: 'workers/control.ts', readiness: 'message', stopGroup: 2 },
] as const;

test('a saved module restarts what imports it; one that cannot be parsed waits until it can', async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'crewship-dev-'));
  const write = (file: string, text: string) => writeFile(path.join(root, file), text);
  for (const folder of ['api', 'workers', 'db/migrations']) await mkdir(path.join(root, folder), { recursive: true });
  await write('api/main.ts', `import './answer.ts';`);
  await write('api/answer.ts', `export const answer = 1;`);
  await write('workers/control.ts', `export {};`);

  const seen: string[] = [];
  let notice = (): void => {};
  const note = (line: string): void => {
    seen.push(line);
    notice();
  };
  const namesOf = ({ processes: touched }: SourceChange) => touched.map(({ name }) => name).join(', ');
  const stopping = new AbortController();
  const onChange = (change: SourceChange) => Promise.resolve(note(namesOf(change)));
  const watching = watchSources({ root, processes, log: note, onChange }, stopping.signal);
  /** Saves the file, again and again as the watch begins a moment after the call, until that is said of it. */
  async function save(file: string, text: string, said: RegExp): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    notice = () => said.test(seen.at(-1)!) && resolve();
    const again = setInterval(() => void write(file, text), 250);
    await promise.finally(() => clearInterval(again));
  }

  await save('api/answer.ts', `export const answer = 2;`, /^api$/);
  await save('api/answer.ts', `export const answer = ;`, /^dev: not restarted: .*answer\.ts/s);
  await save('api/answer.ts', `export const answer = 3;`, /^api$/);
  expect(seen.filter((line) => line.includes('control'))).toEqual([]);
  await save('db/migrations/0001_words.sql', 'SELECT 1;', /^api, control$/);

  stopping.abort();
  await watching;
  await rm(root, { recursive: true });
});
