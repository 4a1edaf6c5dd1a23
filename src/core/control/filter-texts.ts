/**
 * Control stage: a filter's expressions as the server has them: tags filled in, and refused if they do not compile.
 */
import type { FilterPlan } from '../config/plans.js';
import { type CompiledFilter, compileFilter, sourceOf } from '../filter/compile.js';
import { readUseDns } from '../filter/identity.js';

/** @throws {PatternError} in fail2ban's words */
export function checkFilter(filter: FilterPlan): CompiledFilter {
  return compileFilter(filter, {
    usedns: readUseDns(filter.usedns?.value),
    maxLines: filter.maxlines?.value ?? 1,
  });
}

export function compiledPrefregex(filter: FilterPlan): string {
  return checkFilter({ ...filter, failregex: [], ignoreregex: [] }).prefregex?.pattern.source ?? '';
}

export function compiledRegexes(filter: FilterPlan, kind: 'failregex' | 'ignoreregex'): string[] {
  const empty = { ...filter, failregex: [], ignoreregex: [] };
  const compiled = checkFilter({ ...empty, [kind]: filter[kind] });
  return kind === 'failregex'
    ? compiled.failregex.map(sourceOf)
    : compiled.ignoreregex.map(({ source }) => source);
}
