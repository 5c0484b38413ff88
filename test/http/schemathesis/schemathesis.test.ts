import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const PROGRAM = path.join(ROOT, 'node_modules/.cache/crewship/python/bin/schemathesis');
const MISSING = process.env.CREWSHIP_TEST_PYTHON_MISSING;
/** By hand more: so many requests of each operation, and those that cover its schemas. */
const EXAMPLES = process.env.CREWSHIP_TEST_SCHEMATHESIS_EXAMPLES;
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
];
/** What ends the credential that all others are tried with, stays open, or is JSON-RPC, which refuses with a 200. */
const LEFT_OUT = '(logout|/signout|/auth/cli-token|/stream$|/a2a/v1$)';
const LIMIT_MS = EXAMPLES === undefined ? 180_000 : 3_600_000;

const api = perFile(() => startTestApi({ allowSignup: true }));
const owner = perFile(() => api.addOwner());

test.skipIf(MISSING !== undefined)(
  `requests made of the document are answered as it says, and wrong ones refused${MISSING === undefined ? '' : `: ${MISSING}`}`,
  async () => {
    await api.server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.server.server.address() as AddressInfo;
    const folder = await mkdtemp(path.join(os.tmpdir(), 'crewship-schemathesis-'));
    try {
      const { code, output } = await run(folder, [
        ...['--config-file', path.join(import.meta.dirname, 'schemathesis.toml'), 'run'],
        ...[path.join(ROOT, 'docs/openapi.json'), '--url', `http://127.0.0.1:${port}`, '--no-color'],
        ...['--header', `Authorization: Bearer ${owner.token}`, '--header', `X-Workspace-ID: ${owner.workspaceId}`],
        ...['--checks', CHECKS.join(','), '--exclude-path-regex', LEFT_OUT, '--suppress-health-check', 'all'],
        ...['--phases', EXAMPLES === undefined ? 'fuzzing' : 'coverage,fuzzing'],
        ...['--max-examples', EXAMPLES ?? '3', '--seed', '20261130', '--continue-on-failure'],
      ]);
      expect(output).toMatch(/Tested: \d{3}/);
      expect(code, output).toBe(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  LIMIT_MS,
);

/** Its working directory is where it keeps what it found. */
function run(folder: string, args: readonly string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(
      PROGRAM,
      [...args],
      { cwd: folder, maxBuffer: 64 * 1_048_576, timeout: LIMIT_MS - 5_000 },
      (error, stdout, stderr) => {
        const lines = `${stdout}${stderr}`.split('\n').map((line) => line.slice(0, 400));
        resolve({ code: error === null ? 0 : (error.code ?? error.signal), output: failuresOf(lines).join('\n') });
      },
    );
  });
}

/** From the failures on; all of it where there are none to be found. */
function failuresOf(lines: readonly string[]): readonly string[] {
  const from = lines.findIndex((line) => line.includes('= FAILURES ='));
  return from === -1 ? lines : lines.slice(from);
}
