import { z } from 'zod';
import { MOST_UNITS } from '../../../domain/work/tokens/token.ts';
import { nameField } from '../../http/kernel/fields.ts';

/** Base units. Leading zeros count for nothing. */
export const amountField = z
  .string()
  .regex(/^[0-9]{1,78}$/, 'must be 1 to 78 digits')
  .refine((digits) => !/^0*$/.test(digits), 'must be above 0')
  .transform((digits) => digits.replace(/^0+/, ''))
  .describe(`base units, as text: 1 to ${MOST_UNITS.toString().length} digits, above 0`);

const symbolField = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9]{1,10}$/, 'must be 2 to 11 letters and digits, a letter first');
const decimalsField = z.int().min(0).max(18);

export const tokenizationField = z
  .strictObject({
    name: nameField(1, 64).optional(),
    symbol: symbolField.optional().describe('stays as it is once there is an entry'),
    decimals: decimalsField.optional().describe('default 18; stays as it is once there is an entry'),
    max_supply: amountField.nullable().optional().describe('base units; null: no cap'),
    four_eyes: z.boolean().optional().describe('default true; taken back by OWNER and ADMIN of the workspace'),
    allow_direct: z.boolean().optional().describe('default false; set by OWNER and ADMIN of the workspace'),
    paused: z.boolean().optional(),
  })
  .describe('the project’s token; what is left out stays, a new one needs name and symbol');

export const tokenizationAnswer = z.object({
  name: z.string(),
  symbol: z.string(),
  decimals: z.int(),
  max_supply: z.string().nullable().describe('base units; null: no cap'),
  four_eyes: z.boolean(),
  allow_direct: z.boolean(),
  paused: z.boolean(),
});
