import type { Block, ChatRequest } from '../core/chat/conversation.ts';
import { Refusal, refuse } from '../core/chat/refusal.ts';
import type { JsonObject } from '../core/json.ts';
import { type InlineImage, imageAddresses, withImages } from '../dialects/anthropic-messages/request/remote-images.ts';
import { type ImageFetch, ImageFetchError } from '../transport/image-fetch.ts';

const mostRemoteImages = 20;

/**
 * The request with pictures behind https addresses replaced by their bytes, for models that take no addresses; the same request
 * when it holds none. `model` is for the message. Throws `Refusal`.
 */
export async function inlineImages(
  request: ChatRequest,
  model: string,
  fetchImage: ImageFetch,
  signal: AbortSignal,
): Promise<ChatRequest> {
  const wanted = new Map<string, string>();
  for (const { blocks, at } of request.turns) collect(blocks, at, wanted);
  if (wanted.size === 0) return request;
  const images = await fetchImages(wanted, model, fetchImage, signal);
  return {
    ...request,
    turns: request.turns.map((turn) => ({ ...turn, blocks: inlined(turn.blocks, images, turn.at) })),
  };
}

/**
 * The same for a body of the Messages format that goes on as it came otherwise: what cannot be fetched goes on as an address, and the
 * provider says what it makes of it. Hosts of Claude other than its maker take base64 alone:
 * https://platform.claude.com/docs/en/build-with-claude/vision. The same object when nothing was fetched.
 */
export async function inlineMessageImages(
  body: JsonObject,
  fetchImage: ImageFetch,
  signal: AbortSignal,
): Promise<JsonObject> {
  const wanted = imageAddresses(body);
  if (wanted.size === 0 || wanted.size > mostRemoteImages) return body;
  const images = new Map<string, InlineImage>();
  const fetchOne = async (url: string) => {
    try {
      const image = imageOf(await fetchImage(url, signal));
      if (image !== null) images.set(url, image);
    } catch (error) {
      if (!(error instanceof ImageFetchError)) throw error;
    }
  };
  await Promise.all([...wanted].map(fetchOne));
  return withImages(body, (url) => images.get(url) ?? null);
}

/** Fetches pictures, each with the place in the request that names it. Throws `Refusal`. */
export async function fetchImages(
  wanted: Map<string, string>,
  model: string,
  fetchImage: ImageFetch,
  signal: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const [first = 'messages'] = wanted.values();
  if (wanted.size > mostRemoteImages)
    refuse(first, `${model} takes no image addresses: the gateway fetches up to ${mostRemoteImages} of them.`);
  const fetched = [...wanted].map(async ([url, at]): Promise<[string, Uint8Array]> => {
    try {
      return [url, await fetchImage(url, signal)];
    } catch (error) {
      throw error instanceof ImageFetchError ? new Refusal(at, error.message) : error;
    }
  });
  return new Map(await Promise.all(fetched));
}

function collect(blocks: Block[], at: string, wanted: Map<string, string>): void {
  for (const block of blocks) {
    const url = addressOf(block);
    if (url !== null && !wanted.has(url)) wanted.set(url, block.at ?? at);
    if (block.type === 'tool_result') collect(block.blocks, block.at ?? at, wanted);
  }
}

function addressOf(block: Block): string | null {
  if (block.type !== 'image' || block.source.type !== 'url') return null;
  return block.source.url.startsWith('https:') ? block.source.url : null;
}

function inlined(blocks: Block[], images: Map<string, Uint8Array>, at: string): Block[] {
  return blocks.map((block): Block => {
    if (block.type === 'tool_result') return { ...block, blocks: inlined(block.blocks, images, block.at ?? at) };
    const bytes = images.get(addressOf(block) ?? '');
    if (block.type !== 'image' || bytes === undefined) return block;
    const image = imageOf(bytes) ?? refuse(block.at ?? at, 'What is behind the address is no PNG, JPEG, GIF or WebP.');
    return { ...block, source: { type: 'base64', ...image } };
  });
}

/** Null: it is no picture that models take. */
function imageOf(bytes: Uint8Array): InlineImage | null {
  const mediaType = sniff(bytes);
  return mediaType === null ? null : { mediaType, data: Buffer.from(bytes).toString('base64') };
}

/** By the first bytes: servers name types wrongly, and models refuse what is named wrongly. */
function sniff(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('GIF8')) return 'image/gif';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp' : null;
}
