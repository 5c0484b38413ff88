import type { z } from 'zod';

/**
 * The library of schemas, by its types alone. Whoever makes a schema here is handed the library: this layer imports no
 * package, and a program that only wants to know where a call goes does not load one.
 */
export type Zod = typeof z;
export type ObjectSchema = z.ZodObject;
