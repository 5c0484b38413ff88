import { readFileSync } from 'node:fs';
import path from 'node:path';
import { missingRows, readContractRows, SERVED_UNDECLARED } from '../documents/contract-rows.ts';
import { INTERNAL_DOCUMENT, PUBLIC_DOCUMENT, ROOT } from '../documents/document-files.ts';
import { type OpenApiDocument, operationsOf } from '../documents/open-api-document.ts';

/**
 * Run as a program: says how many operations of the contract are declared, by the committed OpenAPI documents, and with
 * `--list` which are missing. A report: it never fails for what is missing.
 */
function readText(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

const declared = new Set(
  [PUBLIC_DOCUMENT, INTERNAL_DOCUMENT].flatMap((file) => [
    ...operationsOf(JSON.parse(readText(file)) as OpenApiDocument).keys(),
  ]),
);
const rows = readContractRows(readText('docs/contract-rows.txt'));
const undeclared = missingRows(rows, declared);
const missing = missingRows(undeclared, new Set(SERVED_UNDECLARED));
const beside = undeclared.length - missing.length;
console.log(
  `note: ${rows.length - undeclared.length} of ${rows.length} declared` +
    (beside === 0 ? '' : `, ${beside} more served beside the declarations`),
);
if (process.argv.includes('--list')) {
  for (const [family, some] of Map.groupBy(missing, (row) => row.family)) {
    console.log(`\n${family}`);
    for (const row of some) console.log(`  ${row.method} ${row.path}`);
  }
}
