import { type OpenApiDocument, operationsOf } from './open-api-document.ts';
import { stableJson } from './stable-json.ts';

/** What differs between two documents, by operation: `updateCrew: changed`. */
export function changedOperations(committed: OpenApiDocument, generated: OpenApiDocument): string[] {
  const [was, is] = [operationsOf(committed), operationsOf(generated)];
  const keys = [...new Set([...was.keys(), ...is.keys()])].toSorted();
  const lines = keys.flatMap((key) => {
    const [before, after] = [was.get(key), is.get(key)];
    if (before === undefined) return [`${after!.operationId} (${key}): not in the file`];
    if (after === undefined) return [`${before.operationId} (${key}): only in the file`];
    return stableJson(before) === stableJson(after) ? [] : [`${after.operationId} (${key}): changed`];
  });
  const rest = (document: OpenApiDocument): string => stableJson({ ...document, paths: {} });
  return rest(committed) === rest(generated) ? lines : [...lines, 'what is around the operations: changed'];
}
