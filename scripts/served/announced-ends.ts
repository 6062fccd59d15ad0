/**
 * Ends that OpenAI has announced: https://developers.openai.com/api/docs/deprecations, as of November 2026 for the successors of gpt-5 and
 * gpt-5-mini, and for the rest as of October 2026, as
 * https://dev.to/max_bob/openai-api-deprecations-2026-2027-every-shutdown-date-and-recommended-replacement-gpt-4o-2ffm copied it and
 * compared it with the `shutdown_date` of GET /v1/models.
 */
const ends: Record<string, [on: string, successor: string]> = {
  'gpt-5-chat-latest': ['2026-07-23', 'openai/gpt-5.5'],
  'gpt-5.1-chat-latest': ['2026-07-23', 'openai/gpt-5.5'],
  'gpt-5.2-chat-latest': ['2026-08-10', 'openai/gpt-5.5'],
  'gpt-5.3-chat-latest': ['2026-08-10', 'openai/gpt-5.5'],
  'gpt-3.5-turbo': ['2026-10-23', 'openai/gpt-5.6-terra'],
  'gpt-3.5-turbo-1106': ['2026-10-23', 'openai/gpt-5.6-terra'],
  'gpt-4': ['2026-10-23', 'openai/gpt-5.6-sol'],
  'gpt-4-turbo': ['2026-10-23', 'openai/gpt-5.6-sol'],
  'gpt-4o-2024-05-13': ['2026-10-23', 'openai/gpt-5.6-sol'],
  o1: ['2026-10-23', 'openai/gpt-5.6-sol'],
  'o3-mini': ['2026-10-23', 'openai/gpt-5.6-sol'],
  'o4-mini': ['2026-10-23', 'openai/gpt-5.6-terra'],
  'gpt-4.1-nano': ['2026-10-23', 'openai/gpt-5.6-luna'],
  'gpt-5': ['2026-12-11', 'openai/gpt-6.1-sol'],
  'gpt-5-mini': ['2026-12-11', 'openai/gpt-6.1-terra'],
  'gpt-5-nano': ['2026-12-11', 'openai/gpt-5.6-luna'],
  o3: ['2026-12-11', 'openai/gpt-5.6-sol'],
  'gpt-4o': ['2027-01-14', 'openai/gpt-6-luna'],
  'gpt-4o-mini': ['2027-01-14', 'openai/gpt-6-luna'],
  'gpt-4.1': ['2027-01-14', 'openai/gpt-6-luna'],
  'gpt-4.1-mini': ['2027-01-14', 'openai/gpt-6-luna'],
};

/** When OpenAI ends a model, if it has said so. */
export function endOf(model: string): { end?: { on: string; successor: string } } {
  const [on, successor] = ends[model] ?? [];
  return on === undefined || successor === undefined ? {} : { end: { on, successor } };
}
