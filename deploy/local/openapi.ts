import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeApiDocuments } from './documents/make-api-documents.ts';
import { ROOT } from './documents/document-files.ts';

/** `npm run openapi`: writes the OpenAPI documents, the index of routes and the types of the TypeScript client anew. */
for (const [file, text] of (await makeApiDocuments()).texts) {
  const target = path.join(ROOT, file);
  const isNew = readText(target) !== text;
  if (isNew) writeFileSync(target, text);
  console.log(`${file}: ${isNew ? 'written' : 'unchanged'}`);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
