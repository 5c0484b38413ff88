/**
 * The first thing every command of package.json runs, with whatever Node the machine has: installs the packages when
 * they are missing or older than package-lock.json, then runs `deploy/local/<command>.ts` with the pinned Node 24 from
 * them. Plain JavaScript without dependencies, as nothing is installed yet.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE_MAJOR = 20;
const PINNED_NODE_MAJOR = 24;
const COMMANDS = {
  demo: 'deploy/local/demo.ts',
  start: 'deploy/local/start.ts',
  dev: 'deploy/local/dev.ts',
  doctor: 'deploy/local/doctor.ts',
  test: 'deploy/local/test.ts',
  bench: 'bench/main.ts',
  check: 'deploy/local/check.ts',
  openapi: 'deploy/local/openapi.ts',
  'test:faults': 'test/faults/storm/main.ts',
};

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const binDir = path.join(root, 'node_modules', '.bin');
const stampFile = path.join(root, 'node_modules', '.crewship-install');

/** Ends with a message that says what to do. */
function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}

function checkOwnNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE_MAJOR) {
    fail(
      `Node ${OLDEST_NODE_MAJOR} or newer is needed to start; this is ${process.version}. ` +
        'Get it from https://nodejs.org',
    );
  }
}

function lockFileHash() {
  return createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

/** `npm ci` unless the installed packages are those of package-lock.json. */
function install() {
  const wanted = lockFileHash();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8').trim() === wanted) return;
  console.log(existsSync(stampFile) ? 'The packages are out of date.' : 'The packages are not installed yet.');
  console.log('Running npm ci (about half a minute the first time)…');
  // The npm that runs this script is used, if it is npm: another one on PATH may be of another version.
  const npmCli = process.env.npm_execpath ?? '';
  const [command, first] = npmCli.endsWith('npm-cli.js') ? [process.execPath, [npmCli]] : ['npm', []];
  // Under NODE_ENV=production npm would leave out what tests and checks need.
  const args = [...first, 'ci', '--include=dev', '--include=optional', '--no-fund', '--no-audit'];
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.error) fail(`npm could not be run: ${result.error.message}`);
  if (result.status !== 0) {
    fail(
      'npm ci failed; its messages are above. Check the network or the registry in your .npmrc, then run this again.',
    );
  }
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, `${wanted}\n`);
}

/** The path of the pinned Node, once it is known to run. */
function pinnedNode() {
  const node = path.join(binDir, 'node');
  const result = spawnSync(node, ['--version'], { encoding: 'utf8' });
  const version = result.status === 0 ? result.stdout.trim() : undefined;
  if (version?.startsWith(`v${PINNED_NODE_MAJOR}.`)) return node;
  return fail(
    `${node} should be Node ${PINNED_NODE_MAJOR} but ${version ? `is ${version}` : 'does not run'}. ` +
      'It is installed by a script of the npm package "node", which does not run when scripts are disabled ' +
      '(--ignore-scripts, or ignore-scripts=true in an .npmrc).\n' +
      'Run `npm rebuild --ignore-scripts=false`, then this command again.',
  );
}

/** Runs the command in the foreground: same terminal, same signals, same exit code. */
function run(node, entry, args) {
  // Each of our processes reads a thousand sources: what Node made of them is kept, which halves the time of a start.
  const compiled = path.join(root, 'node_modules', '.cache', 'crewship', 'compiled');
  const own = { PATH: `${binDir}${path.delimiter}${process.env.PATH ?? ''}` };
  const env = { NODE_COMPILE_CACHE: compiled, ...process.env, ...own };
  const child = spawn(node, [path.join(root, entry), ...args], { cwd: root, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => fail(`${node} could not be run: ${error.message}`));
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

const [name = '', ...args] = process.argv.slice(2);
const entry = COMMANDS[name];
if (!entry) fail(`usage: node deploy/local/bootstrap.mjs <${Object.keys(COMMANDS).join('|')}> [arguments]`);
checkOwnNode();
install();
run(pinnedNode(), entry, args);
