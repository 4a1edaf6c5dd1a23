/**
 * Keeps a regular expression from holding the process.
 *
 * `guarded` runs a piece of matching work inside a V8 script with a deadline: a RegExp that is stuck is interrupted in
 * this very thread. Who is stuck is known because every Pattern enters its name in `running` before it executes.
 * After an interruption nothing may be assumed about state that the work was changing: callers roll back to what they
 * had before (a batch is a transaction) and go through it again in smaller steps.
 */
import { Script } from 'node:vm';
import type { Pattern } from './pattern.js';

/** The pattern now executing, and those that gave up on the present text because their step budget was spent. */
export const running: { pattern: Pattern | undefined; exceeded: Pattern[] } = {
  pattern: undefined,
  exceeded: [],
};

export type Guarded<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly stuckIn: Pattern | undefined };

const SLOT = '__f2bGuardedWork';
const script = new Script(`globalThis.${SLOT}()`, { filename: 'guarded-work' });
/** The global object such scripts see; inside a test runner's sandbox it is not `globalThis`. */
const outer = new Script('globalThis').runInThisContext() as Record<string, (() => void) | undefined>;

/**
 * Runs `work`, but no longer than `timeoutMs` (whole milliseconds, at least 1). Costs about 50 µs on top.
 * Not re-entrant: `work` must not call `guarded` itself.
 */
export function guarded<T>(work: () => T, timeoutMs: number): Guarded<T> {
  let value: T | undefined;
  running.pattern = undefined;
  outer[SLOT] = () => {
    value = work();
  };
  try {
    script.runInThisContext({ timeout: timeoutMs });
    return { done: true, value: value as T };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return { done: false, stuckIn: running.pattern };
  } finally {
    outer[SLOT] = undefined;
    running.pattern = undefined;
  }
}
