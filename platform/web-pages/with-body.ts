/** The parser wants the parts of a page said, which pages may leave out. */
export function withBody(text: string): string {
  if (/<body[\s>]/i.test(text)) return text;
  const inner = text.replace(/<\/?html[^>]*>/gi, '');
  const headEnd = /<\/head>/i.exec(inner);
  const bodyAt = headEnd === null ? 0 : headEnd.index + headEnd[0].length;
  return `<html>${inner.slice(0, bodyAt) || '<head></head>'}<body>${inner.slice(bodyAt)}</body></html>`;
}
