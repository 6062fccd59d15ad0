/** What the simulated web holds: one page, whatever is searched for. */
export const foundPage = {
  url: 'https://example.com/simulated',
  title: 'A simulated page',
  text: 'Nothing on this page is real.',
};

/** What the user's words ask to search the web for; null when they ask for no search. */
export function searchIn(asked: string): string | null {
  const found = /\bsearch(?: the web| online)?(?: for)?\b[:\s]*(.*)/i.exec(asked);
  return found === null ? null : found[1]?.replace(/["'.?!]+/g, '').trim() || 'anything';
}
