import { Refusal } from '../../core/chat/refusal.ts';
import { type ImageFetch, ImageFetchError } from '../../transport/image-fetch.ts';

const mostRemoteImages = 20;

/** Fetches pictures, each with the place in the request that names it. Throws `Refusal`. */
export async function fetchImages(
  wanted: Map<string, string>,
  fetchImage: ImageFetch,
  signal: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  if (wanted.size > mostRemoteImages)
    throw new Refusal(
      'messages',
      `Bedrock takes no image addresses: the gateway fetches up to ${mostRemoteImages} of them.`,
    );
  const fetched = [...wanted].map(async ([url, param]): Promise<[string, Uint8Array]> => {
    try {
      return [url, await fetchImage(url, signal)];
    } catch (error) {
      throw error instanceof ImageFetchError ? new Refusal(param, error.message) : error;
    }
  });
  return new Map(await Promise.all(fetched));
}
