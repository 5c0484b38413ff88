import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGitHistory } from './git-history.ts';

let root: string;

function git(...args: string[]): void {
  const settings = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...settings, ...args], { cwd: root, stdio: 'ignore' });
}

beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'crewship-history-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the commits of a file are listed newest first, and show it as it was', () => {
  expect(openGitHistory(root)).toBeUndefined();
  git('init', '--quiet');
  for (const content of ['one', 'two', 'three']) {
    writeFileSync(path.join(root, content === 'two' ? 'other' : 'file'), content);
    git('add', '.');
    git('commit', '--quiet', '-m', content);
  }
  const history = openGitHistory(root)!;
  const commits = history.commitsOf('file', 20);
  expect(commits.map((commit) => history.show(commit, 'file'))).toEqual(['three', 'one']);
  expect(history.commitsOf('file', 1)).toEqual(commits.slice(0, 1));
  expect(history.show(commits[1]!, 'other')).toBeUndefined();
});
