import { parentPort, workerData } from 'node:worker_threads';
import robotsParser from 'robots-parser';

export interface RobotsQuestion {
  /** Where the rules stand. */
  readonly url: string;
  readonly text: string;
  readonly page: string;
  readonly robot: string;
}

/** Its types speak of a default export, which the module itself is. */
const parseRules = robotsParser as unknown as (
  url: string,
  text: string,
) => { isAllowed(page: string, robot: string): boolean | undefined };

/** Thread: says whether a site's rules let a page be read, and ends. Its maker ends it when that takes too long. */
const { url, text, page, robot } = workerData as RobotsQuestion;
parentPort!.postMessage(parseRules(url, text).isAllowed(page, robot) !== false);
