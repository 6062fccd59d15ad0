import type { KeyModels } from '../accounts/workspace.ts';
import { identityOf, identityPattern, spellings } from './model-names.ts';
import type { Candidate } from './models.ts';

type Asked = Pick<Candidate, 'provider' | 'model'> & Partial<Candidate>;

/**
 * Whether an API key's list of models lets a candidate through. A pattern may name the provider's own model id,
 * `<provider>/<model>`, the id that the caller sent, or any other id that callers may send for the same model: how a request
 * spells a model must not decide. `*` stands for any text, every other character for itself. Null lets everything through.
 * A snapshot with a price of its own is a model of its own here: in doubt nothing is let through.
 */
export function matchesModelFilter(filter: readonly string[] | null, candidate: Asked, callerId: string): boolean {
  if (filter === null) return true;
  const names = namesOf(candidate, callerId);
  return filter.some((pattern) => names.some((name) => matchesPattern(pattern, name)));
}

/**
 * Whether a provider key's list of models covers a candidate. As above, and beyond it whatever may be the same model: another
 * case, a dated id for an undated one and the reverse, `-latest`, an inference profile, an ARN, another publisher or version
 * suffix. An exclusive key keeps the platform off all of them, since in doubt the platform serves nothing that a tenant wanted
 * to serve alone.
 */
export function coversModel(filter: readonly string[] | null, candidate: Asked, callerId: string): boolean {
  if (matchesModelFilter(filter, candidate, callerId)) return true;
  if (filter === null) return true;
  const names = namesOf(candidate, callerId);
  const loose = new Set(
    names.flatMap((name) => [name, ...spellings(name), ...spellings(bareName(name))].map((each) => each.toLowerCase())),
  );
  for (const name of [...loose]) loose.add(`${candidate.provider}/${name}`);
  const offers = [candidate.offer, candidate.base?.offer].flatMap((offer) => (offer ? [offer.model] : []));
  const identities = new Set([...names, ...offers].map(identityOf));
  return filter.some((pattern) => {
    const lower = pattern.toLowerCase();
    const identity = identityPattern(pattern);
    return (
      some(loose, (name) => matchesPattern(lower, name)) ||
      (identity !== null && some(identities, (name) => matchesPattern(identity, name)))
    );
  });
}

/** The patterns of a provider key; null: any model. */
export function patternsOf(models: KeyModels | null): readonly string[] | null {
  return models === null || Array.isArray(models) ? models : Object.keys(models);
}

/** What a provider key says about the model behind an id: under the id itself, else under the first pattern that fits; null: nothing. */
export function declaredBase(models: KeyModels | null, { provider, model }: Asked): string | null {
  if (models === null || Array.isArray(models)) return null;
  const names = [model, `${provider}/${model}`];
  const fitting = Object.keys(models).filter((pattern) => names.some((name) => matchesPattern(pattern, name)));
  fitting.sort((a, b) => Number(b === model) - Number(a === model));
  return fitting.map((pattern) => models[pattern]?.base_model).find((base) => base !== undefined) ?? null;
}

function namesOf({ provider, model, offer, base }: Asked, callerId: string): string[] {
  const known = offer?.brand == null ? [] : [offer.brand, ...(offer.aliases ?? [])];
  const names = [model, `${provider}/${model}`, callerId, ...known.flatMap((id) => [id, bareName(id)])];
  return base === undefined ? names : [...names, ...namesOf({ provider, ...base }, base.model)];
}

function bareName(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}

function some<Value>(values: Iterable<Value>, holds: (value: Value) => boolean): boolean {
  for (const value of values) if (holds(value)) return true;
  return false;
}

/** Piece by piece, leftmost fit first: no backtracking, so a hostile pattern costs no more than a plain one. */
function matchesPattern(pattern: string, name: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces.shift() ?? '';
  const last = pieces.pop();
  if (last === undefined) return name === first;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const piece of pieces) {
    const at = name.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return from <= name.length - last.length;
}
