/** What of a document's tree is read. */
export interface PageNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly childNodes: Iterable<PageNode>;
}

const ELEMENT = 1;
const TEXT = 3;
const UNREAD: ReadonlySet<string> = new Set([
  ...[
    'SCRIPT',
    'STYLE',
    'NOSCRIPT',
    'TEMPLATE',
    'SVG',
    'IFRAME',
    'OBJECT',
    'FORM',
    'NAV',
    'BUTTON',
    'SELECT',
    'HEAD',
    'TITLE',
  ],
]);
const BLOCKS: ReadonlySet<string> = new Set([
  ...[
    'ADDRESS',
    'ARTICLE',
    'ASIDE',
    'BLOCKQUOTE',
    'DD',
    'DETAILS',
    'DIV',
    'DL',
    'DT',
    'FIGCAPTION',
    'FIGURE',
    'FOOTER',
  ],
  ...['HEADER', 'HR', 'MAIN', 'OL', 'P', 'SECTION', 'SUMMARY', 'TABLE', 'UL', 'BODY', 'CAPTION'],
]);
const HEADING = /^H([1-6])$/;

/**
 * The words of a document in their blocks: headings, list items and rows are told apart as Markdown does, and nothing
 * else of its form is kept. At most so many characters.
 */
export function blockText(root: PageNode, limitCharacters: number): string {
  const parts: string[] = [];
  let length = 0;

  function put(text: string): void {
    if (length >= limitCharacters) return;
    parts.push(text);
    length += text.length;
  }

  function read(node: PageNode): void {
    if (length >= limitCharacters) return;
    if (node.nodeType === TEXT) {
      put((node.textContent ?? '').replace(/\s+/g, ' '));
      return;
    }
    if (node.nodeType !== ELEMENT) return;
    const name = node.nodeName.toUpperCase();
    if (UNREAD.has(name)) return;
    const level = HEADING.exec(name)?.[1];
    if (name === 'BR') return put('\n');
    if (name === 'PRE') return put(`\n\n${(node.textContent ?? '').trim()}\n\n`);
    if (name === 'TD' || name === 'TH') put(' | ');
    else if (name === 'TR') put('\n');
    else if (name === 'LI') put('\n- ');
    else if (level !== undefined) put(`\n\n${'#'.repeat(Number(level))} `);
    else if (BLOCKS.has(name)) put('\n\n');
    for (const child of node.childNodes) read(child);
    if (level !== undefined || BLOCKS.has(name)) put('\n\n');
  }

  read(root);
  return parts
    .join('')
    .slice(0, limitCharacters)
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
