/**
 * Tester: what went wrong with single lines: patterns that ran out of their budget, lines that could not be processed.
 */
import { showOrigin } from '../errors.js';
import type { LineOutcome } from '../filter/outcome.js';
import type { Pattern } from '../pattern/pattern.js';
import type { Exceeded, LineTrouble } from './result.js';

/** Counted, the first one named. */
export class Troubles {
  #exceeded = new Map<Pattern, { lines: number; firstLine: number }>();
  #errors = new Map<string, { lines: number; firstLine: number }>();

  note(line: { readonly number: number }, outcome: LineOutcome): void {
    for (const pattern of outcome.exceeded) count(this.#exceeded, pattern, line.number);
    if (outcome.error !== undefined) count(this.#errors, outcome.error, line.number);
  }

  get size(): number {
    return this.#exceeded.size + this.#errors.size;
  }

  exceeded(): Exceeded[] {
    return [...this.#exceeded].map(([pattern, counts]) => ({
      label: pattern.label,
      pattern: pattern.source,
      where: pattern.origin && showOrigin(pattern.origin),
      ...counts,
    }));
  }

  errors(): LineTrouble[] {
    return [...this.#errors].map(([message, counts]) => ({ message, ...counts }));
  }
}

/** A log full of different errors must not fill the memory. */
const MAX_TROUBLES = 100;

function count<K>(counts: Map<K, { lines: number; firstLine: number }>, key: K, number: number): void {
  const known = counts.get(key);
  if (known) known.lines++;
  else if (counts.size < MAX_TROUBLES) counts.set(key, { lines: 1, firstLine: number });
}
