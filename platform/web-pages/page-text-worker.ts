import { parentPort, workerData } from 'node:worker_threads';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { blockText, type PageNode } from './block-text.ts';
import { withBody } from './with-body.ts';

/**
 * One page, on a thread of its own: who waits for it ends the thread when it takes too long, and its memory is its own.
 * Nothing of the page is run or loaded.
 */
const { html, limitCharacters } = workerData as { html: string; limitCharacters: number };

const page = withBody(html);
const { document } = parseHTML(page);
const title = (document.querySelector('title')?.textContent ?? '') as string;
// What is read is the article; where none is made out, all of the page.
const article = new Readability(document as never, { serializer: (element) => element as unknown as PageNode }).parse();
const ofArticle = article?.content == null ? '' : blockText(article.content, limitCharacters);
const text = ofArticle || blockText(parseHTML(page).document.body as unknown as PageNode, limitCharacters);
parentPort!.postMessage({ title: title.trim() || (article?.title ?? ''), text });
