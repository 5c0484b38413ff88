import { CrewshipError } from '../../kernel/errors/crewship-error.ts';
import { fieldsOf } from '../../kernel/schemas/fields.ts';
import type { ObjectSchema, Zod } from '../../kernel/schemas/zod.ts';
import type { DocumentKind } from '../../kernel/documents/document-kind.ts';

/** The kinds of documents that a process knows. */
export interface DocumentRegistry {
  /** Throws for a name that no kind has: who asks for it is wrong, not a caller. */
  find(name: string): DocumentKind;
  /** The document as its kind has it, defaults filled in. Throws `invalid_request` that names each wrong field. */
  parse(name: string, body: unknown): Readonly<Record<string, unknown>>;
}

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
const MOST_FIELDS = 20;

/** Throws for kinds that could not be told apart. */
export function createDocumentRegistry(z: Zod, kinds: readonly DocumentKind[]): DocumentRegistry {
  const fields = fieldsOf(z);
  const byName = new Map<string, { kind: DocumentKind; schema: ObjectSchema }>();
  for (const kind of kinds) {
    if (!NAME.test(kind.name)) throw new Error(`${kind.name} is no name of a kind of document`);
    if (byName.has(kind.name)) throw new Error(`${kind.name} is declared twice`);
    byName.set(kind.name, { kind, schema: kind.schema(fields) });
  }
  function registered(name: string) {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`no kind of document is ${name}`);
    return found;
  }
  return {
    find: (name) => registered(name).kind,
    parse(name, body) {
      const result = registered(name).schema.safeParse(body);
      if (result.success) return result.data;
      const wrong = result.error.issues.slice(0, MOST_FIELDS).map(({ path, message }) => ({
        path: path.join('.'),
        message,
      }));
      throw new CrewshipError(
        'invalid_request',
        `the document breaks a rule: ${wrong[0]!.path}: ${wrong[0]!.message}`,
        {
          fields: wrong,
        },
      );
    },
  };
}
