import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ApiDocuments, makeApiDocuments } from '../documents/make-api-documents.ts';
import { changedOperations } from '../documents/changed-operations.ts';
import { ROOT } from '../documents/document-files.ts';
import { openGitHistory } from '../documents/git-history.ts';
import { CHANGELOG, narrowingsSince } from '../documents/narrowings-since.ts';
import type { OpenApiDocument } from '../documents/open-api-document.ts';

/**
 * Run as a program: compares the committed OpenAPI documents and the index of routes with the declared routes, and the
 * documents with what earlier commits promised. Any difference is exit code 1.
 */
function readText(file: string): string {
  try {
    return readFileSync(path.join(ROOT, file), 'utf8');
  } catch {
    return '';
  }
}

/** A line for each thing that differs. */
function differences({ documents, texts }: ApiDocuments): string[] {
  return [...texts].flatMap(([file, text]) => {
    const committed = readText(file);
    if (committed === text) return [];
    const document = documents.get(file);
    if (committed === '' || document === undefined) return [`${file}: ${committed === '' ? 'is missing' : 'is old'}`];
    const lines = changedOperations(JSON.parse(committed) as OpenApiDocument, document);
    return (lines.length === 0 ? ['laid out differently'] : lines).map((line) => `${file}: ${line}`);
  });
}

const made = await makeApiDocuments();
const differing = differences(made);
if (differing.length > 0) {
  console.error(`${differing.join('\n')}\nThe files are not what the routes declare: run \`npm run openapi\`.`);
  process.exitCode = 1;
}

const history = openGitHistory(ROOT);
if (history === undefined) {
  console.log('note: no git history here: not compared with earlier versions');
} else {
  const changelog = readText(CHANGELOG);
  for (const [file, document] of made.documents) {
    const { versions, lines } = narrowingsSince(history, file, document, changelog);
    console.log(`${file}: compared with ${versions} earlier ${versions === 1 ? 'version' : 'versions'}`);
    if (lines.length === 0) continue;
    console.error(lines.map((line) => `${file}: ${line}`).join('\n'));
    console.error(
      `These operations take or give less than before. If that is meant, say so in ${CHANGELOG} under ` +
        '`Removed or narrowed`, with the operation’s id in backticks.',
    );
    process.exitCode = 1;
  }
}
