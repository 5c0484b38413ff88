import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** `npm run build [-- folder]`: JavaScript and declarations of the sources, into `dist` or another folder. */
const PACKAGE = import.meta.dirname;
const outDir = path.resolve(process.argv[2] ?? path.join(PACKAGE, 'dist'));
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript')), 'tsc.js');

rmSync(outDir, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [tsc, '-p', path.join(PACKAGE, 'tsconfig.build.json'), '--outDir', outDir],
  {
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
