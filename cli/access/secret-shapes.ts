import { recognise } from '../../client/recognise.ts';

const named = /^--?(api[-_]?key|key|secret|token|admin[-_]?token|credentials?|password|apikey)(=|$)/i;

/** Prefixes of the vendors that `recognise` has no sure provider for, and of ours. */
const prefixes = /^(kw_|kwadmin_|sk-|AQ\.|-----BEGIN )/;

/**
 * Why an argument may hold a secret; null: it does not look like one. Arguments stand in the shell's history, and everybody on the
 * machine sees them in the list of processes. What is said repeats nothing of the argument.
 */
export function secretIn(argument: string): string | null {
  if (named.test(argument)) return 'There is no option for a secret.';
  const value = argument.startsWith('-') ? argument.slice(argument.indexOf('=') + 1) : argument;
  return looksSecret(value) ? 'An argument looks like a secret.' : null;
}

function looksSecret(value: string): boolean {
  const text = value.trim();
  if (prefixes.test(text)) return true;
  if (text.startsWith('{')) return true;
  if (!/\s/.test(text) && text.length >= 10 && recognise(text, 0) !== null) return true;
  if (/^[0-9a-f]{32,}$/i.test(text)) return true;
  // Forty characters is what AWS makes; a slash in other texts means a path or a model.
  const shape = text.length === 40 && !text.startsWith('/') ? /^[\w+/=-]{40}$/ : /^[\w+=-]{32,}$/;
  return shape.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);
}
