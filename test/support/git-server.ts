import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { serve } from './world/serve.ts';

export interface GitServer {
  /** Where its one repository is, on loopback. */
  readonly url: string;
  readonly port: number;
  /** Puts these files in place of all that was there, and returns the commit's id. `to` makes a link. */
  commit(files: Readonly<Record<string, string | { readonly to: string }>>, branch?: string): Promise<string>;
  tag(name: string): Promise<void>;
  close(): Promise<void>;
}

const run = promisify(execFile);
const IDENTITY = { GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 't@example.com', GIT_COMMITTER_NAME: 'Test' };
const ENV = { ...process.env, ...IDENTITY, GIT_COMMITTER_EMAIL: 't@example.com', GIT_CONFIG_GLOBAL: '/dev/null' };

/** A repository that git itself serves, by `git http-backend`. */
export async function startGitServer(): Promise<GitServer> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-git-'));
  const work = path.join(directory, 'skills.git');
  const git = async (...args: string[]) => (await run('git', args, { cwd: work, env: ENV })).stdout.trim();
  await mkdir(work);
  await git('init', '-q', '-b', 'main');
  const served = await serve((request, response) => {
    const { pathname, search } = new URL(request.url!, 'http://localhost');
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...ENV,
        GIT_PROJECT_ROOT: directory,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method!,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        CONTENT_LENGTH: request.headers['content-length'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    const said: Buffer[] = [];
    request.pipe(backend.stdin);
    backend.stdout.on('data', (piece: Buffer) => said.push(piece));
    backend.on('close', () => {
      const whole = Buffer.concat(said);
      const end = whole.indexOf('\r\n\r\n');
      const heads = whole.toString('latin1', 0, end).split('\r\n');
      for (const head of heads) {
        const [name, value] = head.split(': ') as [string, string];
        if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.end(whole.subarray(end + 4));
    });
  });
  return {
    url: `${served.url}/skills.git`,
    port: served.port,
    async commit(files, branch = 'main') {
      await git('checkout', '-q', '-B', branch);
      await git('rm', '-rfq', '--ignore-unmatch', '.');
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(work, name);
        await mkdir(path.dirname(file), { recursive: true });
        if (typeof content === 'string') {
          await writeFile(file, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 });
        } else await symlink(content.to, file);
      }
      await git('add', '-A', '-f');
      await git('commit', '-qm', 'A state');
      return git('rev-parse', 'HEAD');
    },
    async tag(name) {
      await git('tag', '-a', '-m', 'A tag', name);
    },
    async close() {
      await served.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
