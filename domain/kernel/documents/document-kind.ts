import type { Fields } from '../schemas/fields.ts';
import type { ObjectSchema } from '../schemas/zod.ts';

/**
 * A kind of configuration that is kept whole, with every version that it had, and checked by a schema when it is
 * written. Declared by the family that reads it; `document-kinds.ts` lists them. Secrets are not for documents: they
 * name a credential or a setting.
 */
export interface DocumentKind {
  readonly name: string;
  /** Unknown members are refused by it. */
  readonly schema: (fields: Fields) => ObjectSchema;
  /** Whether the instance may have one that counts where a workspace has none. */
  readonly hasInstanceDefault: boolean;
}
