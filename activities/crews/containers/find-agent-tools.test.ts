import { chmod, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAgentTools } from './find-agent-tools.ts';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'crewship-tools-')));
  await writeFile(path.join(folder, 'tool'), '');
  await chmod(path.join(folder, 'tool'), 0o755);
  await writeFile(path.join(folder, 'text'), '');
  await chmod(path.join(folder, 'text'), 0o644);
  await symlink('tool', path.join(folder, 'link'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a tool is found behind a link; one that is not set is left out', async () => {
  expect(await findAgentTools({ claude: path.join(folder, 'link'), opencode: undefined })).toEqual({
    claude: path.join(folder, 'tool'),
  });
});

test.each(['nowhere', 'text', '.'])('%s is refused by the name of the tool', async (file) => {
  await expect(findAgentTools({ claude: path.join(folder, file) })).rejects.toThrow(/claude is not an executable file/);
});
