import { z } from 'zod';

function fromText(member: z.ZodType): z.ZodType {
  const keep = { parent: true };
  if (member instanceof z.ZodDefault) {
    return member.clone({ ...member.def, innerType: fromText(member.def.innerType as z.ZodType) }, keep);
  }
  if (member instanceof z.ZodOptional) {
    return member.clone({ ...member.def, innerType: fromText(member.def.innerType as z.ZodType) }, keep);
  }
  return member instanceof z.ZodNumber ? member.clone({ ...member.def, coerce: true }, keep) : member;
}

/** The same members where they arrive as text, in a query: its numbers are read from it. */
export function textQuery<Shape extends z.ZodRawShape>(members: z.ZodObject<Shape>): z.ZodObject<Shape> {
  const shape = Object.entries(members.shape).map(([name, member]) => [name, fromText(member as z.ZodType)]);
  return members.clone({ ...members.def, shape: Object.fromEntries(shape) as Shape }, { parent: true });
}
