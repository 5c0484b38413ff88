import sanitizeHtml from 'sanitize-html';
import type { RemovedMarkup } from '../../domain/work/artifacts/artifact.ts';

/** An image that is part of the text. */
const MAX_INLINE_IMAGE_BYTES = 1024 * 1024;
/** Base64 takes four characters for three bytes. */
const MAX_IMAGE_CHARACTERS = Math.ceil((MAX_INLINE_IMAGE_BYTES * 4) / 3) + 64;
/** Kinds of what was removed that are told apart; a hostile text could have any number. */
const MAX_KINDS_TOLD = 200;
const MAX_NAME_CHARACTERS = 64;

const DOCUMENT = [
  ...['html', 'head', 'title', 'body', 'main', 'header', 'footer', 'section', 'article', 'aside', 'nav', 'div', 'span'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'br', 'hr', 'blockquote', 'pre', 'code', 'kbd', 'samp', 'var', 'a'],
  ...['b', 'strong', 'i', 'em', 'u', 's', 'del', 'ins', 'sub', 'sup', 'small', 'mark', 'abbr', 'cite', 'q', 'time'],
  ...['ul', 'ol', 'li', 'dl', 'dt', 'dd', 'figure', 'figcaption', 'img', 'details', 'summary', 'address', 'bdi', 'bdo'],
  ...['table', 'caption', 'colgroup', 'col', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'wbr', 'ruby', 'rt', 'rp'],
];

/** What a value may hold: no address, no function but those of colours, no escape. */
const PLAIN = /^(?:(?:rgba?|hsla?|calc|minmax|repeat)\(|[\w\s#%.,'"+)-]){1,200}$/i;
const STYLES = [
  ...['color', 'background-color', 'font-family', 'font-size', 'font-style', 'font-weight', 'font-variant'],
  ...['line-height', 'letter-spacing', 'text-align', 'text-decoration', 'text-indent', 'text-transform'],
  ...['vertical-align', 'white-space', 'word-break', 'width', 'height', 'min-width', 'max-width', 'min-height'],
  ...['max-height', 'margin', 'margin-top', 'margin-right', 'margin-bottom', 'margin-left', 'padding', 'padding-top'],
  ...['padding-right', 'padding-bottom', 'padding-left', 'border', 'border-top', 'border-right', 'border-bottom'],
  ...['border-left', 'border-color', 'border-style', 'border-width', 'border-radius', 'border-collapse'],
  ...['border-spacing', 'display', 'flex', 'flex-direction', 'flex-wrap', 'justify-content', 'align-items', 'gap'],
  ...['grid-template-columns', 'list-style-type', 'page-break-before', 'page-break-after', 'break-inside', 'float'],
  ...['clear', 'overflow', 'table-layout'],
];

const INLINE_IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*$/i;

const RULES: sanitizeHtml.IOptions = {
  allowedTags: DOCUMENT,
  allowedAttributes: {
    '*': ['style', 'class', 'id', 'title', 'lang', 'dir', 'role', 'aria-label', 'aria-hidden'],
    a: ['href', 'rel'],
    img: ['src', 'alt', 'width', 'height'],
    td: ['colspan', 'rowspan', 'headers'],
    th: ['colspan', 'rowspan', 'headers', 'scope'],
    col: ['span'],
    colgroup: ['span'],
    ol: ['start', 'type', 'reversed'],
    li: ['value'],
    time: ['datetime'],
    details: ['open'],
  },
  allowedStyles: { '*': Object.fromEntries(STYLES.map((name) => [name, [PLAIN]])) },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowedSchemesByTag: { img: ['data'] },
  allowProtocolRelative: false,
  nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'template', 'iframe', 'object', 'svg', 'math'],
  // What is deeper is taken out: it takes its depth times its length to read.
  nestingLimit: 200,
  enforceHtmlBoundary: false,
  transformTags: {
    a: (tagName, attribs) => ({ tagName, attribs: { ...attribs, rel: 'noopener noreferrer nofollow' } }),
    img: (tagName, { src = '', ...attribs }) => ({
      tagName,
      // What is not in the text itself would be fetched from wherever it is.
      attribs: src.length <= MAX_IMAGE_CHARACTERS && INLINE_IMAGE.test(src) ? { src, ...attribs } : attribs,
    }),
  },
};

/** A text that runs nothing, and what was taken out of it. */
export interface CleanHtml {
  readonly html: string;
  readonly removed: readonly RemovedMarkup[];
}

type Counts = Map<string, number>;

/** Elements, attributes and properties of styles, as they are opened. */
function counter(): { readonly counts: Counts; readonly count: (name: string, attributes: object) => void } {
  const counts: Counts = new Map();
  const add = (what: RemovedMarkup['what'], name: string) => {
    const key = `${what} ${name.slice(0, MAX_NAME_CHARACTERS)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  return {
    counts,
    count(name, attributes) {
      add('element', name);
      for (const [attribute, value] of Object.entries(attributes) as [string, string][]) {
        // Written into every link.
        if (attribute === 'rel') continue;
        if (attribute !== 'style') add('attribute', `${name} ${attribute}`);
        else for (const property of propertiesOf(value)) add('style', property);
      }
    },
  };
}

function propertiesOf(style: string): readonly string[] {
  return style
    .split(';')
    .map((declaration) => declaration.split(':')[0]!.trim().toLowerCase())
    .filter((property) => property !== '');
}

/**
 * HTML without what runs, sends or fetches: markup of documents, tables, inline images up to 1 MiB and plain styles
 * stay. `removed` is what the first text had and the second has not, whatever the reason.
 */
export function sanitiseHtml(html: string): CleanHtml {
  const before = counter();
  const clean = sanitizeHtml(html, { ...RULES, onOpenTag: before.count });
  const after = counter();
  sanitizeHtml(clean, { ...RULES, onOpenTag: after.count });
  const removed: RemovedMarkup[] = [];
  for (const [key, count] of before.counts) {
    const lost = count - (after.counts.get(key) ?? 0);
    if (lost <= 0) continue;
    const space = key.indexOf(' ');
    removed.push({ what: key.slice(0, space) as RemovedMarkup['what'], name: key.slice(space + 1), count: lost });
  }
  return { html: clean, removed: removed.slice(0, MAX_KINDS_TOLD) };
}

/** Elements that hold nothing say nothing. No-break spaces are blanks, too: each is read in one way only. */
const EMPTY = /<(p|div|span|section|b|i|em|strong|u|small|font|h[1-6])(?:\s[^<>]*)?>(?:\s|&nbsp;)*<\/\1>/gi;
const LINES = /\n[ \t]*(?:\n[ \t]*)+/g;
const MOST_ROUNDS = 10;

/** The same text with its layout tidied as far as needs no judgement: nothing empty, no lines of nothing. */
export function tidyHtml(html: string): CleanHtml {
  const { html: clean, removed } = sanitiseHtml(html);
  let tidy = clean;
  // What held only what was empty is empty now.
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const less = tidy.replace(EMPTY, '');
    if (less === tidy) break;
    tidy = less;
  }
  return { html: `${tidy.replace(LINES, '\n').trim()}\n`, removed };
}
