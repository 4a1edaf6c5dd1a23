/**
 * Decides a line as the filter does: by RegExp under a deadline, and by the exact matcher once RegExp was stuck.
 */
import { guarded } from '../../src/core/pattern/budget.js';
import type { Pattern } from '../../src/core/pattern/pattern.js';

/** What one line may take of RegExp. */
const DEADLINE_MS = 50;
/** No test machine is so slow that a spent step budget takes this long. */
export const FOREVER_MS = 20_000;

export interface Decision {
  readonly verdict: 'match' | 'no match' | 'over budget';
  /** V8's RegExp was interrupted, and the pattern demoted. */
  readonly stuck: boolean;
}

/** @throws Error when someone else was blamed, or not even the step budget ended it. */
export function decide(pattern: Pattern, line: string, deadlineMs = DEADLINE_MS): Decision {
  const ascii = !/[^\0-\x7f]/.test(line);
  const before = pattern.exceededCount;
  let result = guarded(() => pattern.test(line, ascii), deadlineMs);
  const stuck = !result.done;
  if (!result.done) {
    if (result.stuckIn !== pattern) throw new Error(`blamed ${result.stuckIn?.source ?? 'nobody'}`);
    pattern.demote();
    result = guarded(() => pattern.test(line, ascii), FOREVER_MS);
  }
  if (!result.done) throw new Error('not even the step budget ended it');
  const verdict = pattern.exceededCount > before ? 'over budget' : result.value ? 'match' : 'no match';
  return { verdict, stuck };
}
