import type Docker from 'dockerode';
import type { Log } from './part.ts';

/** True when the daemon has the image. */
export async function hasImage(docker: Docker, image: string): Promise<boolean> {
  try {
    await docker.getImage(image).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/** Makes the daemon have the image: nothing if it does, else a pull. Rejects after `timeoutMs`, naming the image. */
export async function pullImage(
  docker: Docker,
  image: string,
  options: { log: Log; timeoutMs: number },
): Promise<void> {
  if (await hasImage(docker, image)) return;
  options.log(`docker: pulling ${image}`);
  const limit = AbortSignal.timeout(options.timeoutMs);
  try {
    // An image without a tag would otherwise pull every tag.
    const reference = /[:@][^/]+$/.test(image) ? image : `${image}:latest`;
    const progress = await docker.pull(reference, { abortSignal: limit });
    await new Promise<void>((resolve, reject) => {
      limit.addEventListener('abort', () => reject(limit.reason));
      docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    const reason = limit.aborted ? `not pulled within ${options.timeoutMs / 1_000} s` : (error as Error).message;
    throw new Error(`cannot pull ${image}: ${reason}`, { cause: error });
  }
}
