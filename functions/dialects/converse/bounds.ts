import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { RequestBounds } from '../../core/chat/bounds.ts';
import { isObject } from '../../core/json.ts';

/** What a request for Converse may cost at most. */
export function boundsOf(body: ConverseCommandInput): RequestBounds {
  const found = { textBytes: 0, images: 0, audioChars: 0, mediaChars: 0, remoteMedia: 0 };
  const { modelId: _, messages, ...others } = body;
  found.textBytes += jsonBytes(others);
  for (const { role, content } of messages ?? []) {
    found.textBytes += role?.length ?? 0;
    for (const block of content ?? []) measure(block, found);
  }
  return { ...found, maxOutputTokens: body.inferenceConfig?.maxTokens ?? null, choices: 1, audioOut: false };
}

type Found = Omit<RequestBounds, 'maxOutputTokens' | 'choices' | 'audioOut'>;

function measure(block: object, found: Found): void {
  for (const [type, value] of Object.entries(block)) {
    if (type === 'toolResult' && isObject(value) && Array.isArray(value.content)) {
      const { content, ...rest } = value;
      found.textBytes += jsonBytes(rest);
      for (const inner of content as object[]) measure(inner, found);
    } else if (isObject(value) && isObject(value.source) && (value.source.bytes ?? value.source.s3Location)) {
      const { source, ...rest } = value;
      found.textBytes += jsonBytes(rest);
      const { bytes } = source as { bytes?: Uint8Array };
      // Images cost by their number, wherever they come from.
      if (type === 'image') found.images += 1;
      else if (bytes === undefined) found.remoteMedia += 1;
      else found.mediaChars += base64Chars(bytes);
    } else found.textBytes += jsonBytes({ [type]: value });
  }
}

/** As JSON, with bytes as the base64 that they travel in. */
function jsonBytes(value: unknown): number {
  let inBase64 = 0;
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key: string, inner: unknown) {
    // A Buffer arrives here turned into numbers already: the holder still has it.
    const own = this[key];
    if (!(own instanceof Uint8Array)) return inner;
    inBase64 += base64Chars(own);
    return undefined;
  });
  return Buffer.byteLength(text ?? '') + inBase64;
}

function base64Chars(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / 3) * 4;
}
