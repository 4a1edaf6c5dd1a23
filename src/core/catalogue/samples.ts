/**
 * Catalogue: lines that are known to count for the filters that ship → those that do for a filter as it is here.
 *
 * The book of samples is made from test/filters by the build. Nothing is taken on trust: each line is read by the filter in
 * force, which may be another one of the same name, and only what it counts is shown. No file is opened here.
 */
import { ManualClock } from '../clock.js';
import type { ConfigFolder, FilterPlan } from '../config/index.js';
import { planTree } from '../config/load-filter.js';
import { ProblemLog } from '../config/problems.js';
import { readTree } from '../config/read-tree.js';
import { traced } from '../config/traced.js';
import { F2bError } from '../errors.js';
import { LineFilter } from '../filter/line-filter.js';

/** A line that may count, with what has to stand before it. */
export interface SampleLine {
  readonly text: string;
  /** Modes it counts in; all where it does not say. */
  readonly modes?: readonly string[] | undefined;
  readonly before?: readonly string[] | undefined;
}

/** Candidates of each filter by its name. */
export type SampleBook = Readonly<Record<string, readonly SampleLine[]>>;

export interface ProvedSample {
  /** Undefined: as the filter is without a word. */
  readonly mode: string | undefined;
  /** The last one counts. */
  readonly lines: readonly string[];
}

export interface SampleRequest {
  /** The filter's name, or path. */
  readonly filter: string;
  readonly folder: ConfigFolder;
  readonly candidates: readonly SampleLine[];
  /** Modes besides the default; the first line that counts in each and not without a word is taken. */
  readonly modes: readonly string[];
}

/** The day of the samples: dates without a year are of this one. */
const SAMPLE_TIME_SEC = Date.UTC(2026, 10, 21, 12) / 1000;

/** At most one for the default and one for each mode that has one of its own. A filter that cannot be used has none. */
export function provedSamples({ filter, folder, candidates, modes }: SampleRequest): ProvedSample[] {
  const proved: ProvedSample[] = [];
  const plain = trial(folder, filter);
  if (!plain || candidates.length === 0) return [];
  const first = candidates.map((sample) => plain(sample)).find((lines) => lines !== undefined);
  if (first) proved.push({ mode: undefined, lines: first });
  for (const mode of modes) {
    const chosen = candidates.filter((sample) => sample.modes?.includes(mode) && !plain(sample));
    const inMode = chosen.length > 0 ? trial(folder, filter, mode) : undefined;
    const lines = inMode && chosen.map((sample) => inMode(sample)).find((each) => each !== undefined);
    const isShown = proved.some((each) => each.lines.join('\n') === lines?.join('\n'));
    if (lines && !isShown) proved.push({ mode, lines });
  }
  return proved;
}

/** A sample → as many lines of it as have to be there for the last one to count, the filter starting anew; or none. */
type Trial = (sample: SampleLine) => string[] | undefined;

function trial(folder: ConfigFolder, name: string, mode?: string): Trial | undefined {
  try {
    const clock = new ManualClock(SAMPLE_TIME_SEC);
    const filter = new LineFilter(planOf(folder, name, mode), { clock, usedns: 'raw' });
    const blank = filter.snapshot();
    return ({ text, before = [] }) => {
      for (let from = before.length; from >= 0; from--) {
        const lines = [...before.slice(from), text];
        filter.restore(blank);
        const outcomes = filter.run(
          lines.map((line) => ({ text: line, ascii: /^[\x00-\x7f]*$/.test(line) })),
        );
        if (outcomes.at(-1)?.verdict === 'failure') return lines;
      }
      return undefined;
    };
  } catch (error) {
    if (error instanceof F2bError) return undefined;
    throw error;
  }
}

/** The filter by its name, never a jail that is called the same. */
function planOf(folder: ConfigFolder, name: string, mode: string | undefined): FilterPlan {
  const problems = new ProblemLog();
  const tree = readTree(folder.filterFiles(name), { problems, tolerant: true, included: folder.included });
  const brackets = new Map(mode === undefined ? [] : [['mode', traced(mode)]]);
  return planTree(tree, { name, brackets, backend: 'auto', problems }).plan;
}
