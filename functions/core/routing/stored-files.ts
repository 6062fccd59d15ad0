import { isObject, type JsonObject } from '../json.ts';

/**
 * Whether a chat request names files in cloud storage. The provider opens such files in the name of whoever owns the
 * credential, so with platform credentials a tenant would read the operator's files: Gemini takes `gs://` addresses
 * (cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-understanding), OpenAI the ids of uploaded files.
 * Public https addresses are open to everybody.
 */
export function namesStoredFile({ messages }: JsonObject): boolean {
  if (!Array.isArray(messages)) return false;
  return messages.some(
    (message) =>
      isObject(message) &&
      Array.isArray(message.content) &&
      message.content.some((part) => isObject(part) && isStored(part)),
  );
}

function isStored(part: JsonObject): boolean {
  return Object.entries(part).some(([name, value]) => {
    if (name === 'text') return false;
    if (isObject(value)) return isStored(value);
    if (typeof value !== 'string') return false;
    return /^\s*(?:gs|s3):/i.test(value.slice(0, 100)) || (name === 'file_id' && !value.startsWith('https:'));
  });
}
