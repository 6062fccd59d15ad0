import { ApiError } from '../../client/api-error.ts';
import type { Gateway } from '../world.ts';
import { type Found, failed, fine } from './step.ts';

/** Enough for a model that thinks before it says one word. */
const maxTokens = 512;

/** One tiny request, as a caller's program would send it: with all of its fallbacks, and who served. */
export async function askModel({ client }: Gateway, model: string): Promise<Found> {
  try {
    const body = {
      model,
      messages: [{ role: 'user', content: 'Reply with the word ok.' }],
      max_completion_tokens: maxTokens,
    };
    const { response } = await client.POST('/v1/chat/completions', { body });
    const header = (name: string) => response.headers.get(name) ?? '';
    const whose = header('x-keyway-credential') === 'byok' ? 'your own key' : "the platform's credentials";
    return fine(`Served by ${whose} (${header('x-keyway-route')}); ${header('x-request-id')}.`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const more = error.requestId === null ? null : `keyway logs show ${error.requestId} tells what was tried.`;
    return failed(
      `${error.message} (${error.code ?? error.status})`,
      [error.hint, more].filter(Boolean).join(' ') || null,
    );
  }
}
