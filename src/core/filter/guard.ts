/**
 * A batch of lines as a transaction under a deadline: no line holds the process, no line is lost.
 *
 * Lines → outcomes (or digests of them) in order, those of a batch at once at its end. When the deadline interrupts a
 * batch, its state is rolled back, its outcomes are forgotten, and it is done again in smaller steps; a line that is stuck twice in the same
 * pattern hands that pattern over to the exact matcher (Pattern.demote) and is tried again.
 */
import { guarded } from '../pattern/budget.js';
import type { Pattern } from '../pattern/pattern.js';

/** What works on lines one after the other and can be put back to where it was. */
export interface LineMachine<L, O> {
  match(line: L): O;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  /** The outcome of a line that could not be decided in any time. */
  giveUp(line: L, reason: string): O;
}

export interface GuardLimits {
  /** For a batch of `batchLines` at most. */
  readonly batchMs: number;
  /** For one line. It grows while no pattern is to blame: the machine may just be busy. */
  readonly lineMs: number;
  readonly batchLines: number;
  /** Told of every pattern that is handed over. */
  readonly onDemote?: ((pattern: Pattern) => void) | undefined;
}

export const DEFAULT_LIMITS: GuardLimits = { batchMs: 250, lineMs: 50, batchLines: 16384 };

/** A line that nothing can be blamed for gets this many times its deadline at most. */
const MAX_PATIENCE = 64;
/** An interrupted batch is cut into so many pieces. */
const PIECES = 16;

/** Who takes the outcomes of a run. */
export interface Receiver<O, D> {
  /**
   * What of an outcome is to outlive its batch. Called right after the line, under its deadline, and again when the
   * batch has to be done again: it must change nothing. What is small here lets outcomes die young.
   */
  digest(outcome: O, index: number): D;
  /** Gets every line's digest, in order, once it is final. */
  take(digest: D, index: number): void;
}

/** Runs machines under a deadline; one for each machine, as it learns how many lines fit into a batch. */
export class Guard {
  #batchLines: number;

  constructor(private readonly limits: GuardLimits) {
    this.#batchLines = limits.batchLines;
  }

  /**
   * Does `work` on a machine under the deadline of a large batch. False when it was interrupted: the machine is as before, and
   * what else `work` has changed is the caller's to forget.
   */
  attempt(machine: Pick<LineMachine<never, unknown>, 'snapshot' | 'restore'>, work: () => void): boolean {
    const before = machine.snapshot();
    const { done } = guarded(work, LARGE * this.limits.batchMs);
    if (!done) machine.restore(before);
    return done;
  }

  /** Does `lines[from]` to `lines[to - 1]`. */
  run<L, O, D>(
    machine: LineMachine<L, O>,
    lines: readonly L[],
    range: { from: number; to: number },
    receiver: Receiver<O, D>,
  ): void {
    const digests: D[] = [];
    const run = { machine, lines, limits: this.limits, receiver, digests };
    for (let from = range.from; from < range.to; ) {
      const to = Math.min(range.to, from + this.#batchLines);
      if (!runBatch(run, from, to)) this.#batchLines = Math.max(MIN_LINES, this.#batchLines >> 2);
      for (let i = 0; i < digests.length; i++) receiver.take(digests[i] as D, from + i);
      // Emptied, not dropped: a dead array in the old generation keeps all it holds until the next full collection.
      digests.length = 0;
      from = to;
    }
  }
}

/** A large batch may take so many times as long as one of lines. */
const LARGE = 4;
/** A filter that is slow on every line must not be interrupted all the time. */
const MIN_LINES = 64;

interface Run<L, O, D> {
  readonly machine: LineMachine<L, O>;
  readonly lines: readonly L[];
  readonly limits: GuardLimits;
  readonly receiver: Receiver<O, D>;
  readonly digests: D[];
}

/** @returns false when it was interrupted */
function runBatch<L, O, D>(run: Run<L, O, D>, from: number, to: number): boolean {
  const { machine, lines, limits, receiver, digests } = run;
  if (to - from === 1) {
    digests.push(runLine(run, from));
    return true;
  }
  const before = machine.snapshot();
  const size = digests.length;
  const result = guarded(() => {
    for (let i = from; i < to; i++) digests.push(receiver.digest(machine.match(lines[i]!), i));
  }, limits.batchMs);
  if (result.done) return true;
  machine.restore(before);
  digests.length = size;
  const step = Math.max(1, Math.ceil((to - from) / PIECES));
  for (let i = from; i < to; i += step) runBatch(run, i, Math.min(to, i + step));
  return false;
}

function runLine<L, O, D>(run: Run<L, O, D>, index: number): D {
  const { machine, lines, limits, receiver } = run;
  const line = lines[index]!;
  const before = machine.snapshot();
  const suspects = new Set<Pattern>();
  let patience = 1;
  for (;;) {
    const result = guarded(() => receiver.digest(machine.match(line), index), limits.lineMs * patience);
    if (result.done) return result.value;
    machine.restore(before);
    const { stuckIn } = result;
    if (stuckIn === undefined || stuckIn.engine === 'exact') patience *= 4;
    else if (suspects.has(stuckIn)) {
      stuckIn.demote();
      limits.onDemote?.(stuckIn);
    } else suspects.add(stuckIn);
    if (patience > MAX_PATIENCE) {
      return receiver.digest(machine.giveUp(line, 'it takes too long to match this line'), index);
    }
  }
}
