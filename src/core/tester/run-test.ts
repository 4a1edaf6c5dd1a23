/**
 * Tester: a filter over a source of lines → TestResult, in bounded memory and bounded time for each line.
 *
 * `runTest` counts and keeps what the report needs; `runOutput` hands out failures (or, inverted, the lines that are
 * none) and keeps nothing. Both go on behind lines that cannot be processed, and end with what they have when the
 * source breaks off (`incomplete`).
 */
import type { Clock } from '../clock.js';
import { SourceError, showOrigin } from '../errors.js';
import type { ResolvedFailure } from '../filter/identity.js';
import type { LineFilter } from '../filter/line-filter.js';
import type { LineOutcome } from '../filter/outcome.js';
import type { Missed } from '../filter/skim.js';
import type { Resolver } from '../net/dns.js';
import type { Pattern } from '../pattern/pattern.js';
import type { LineBatch, LineSource, PieceBatch, SourceLine } from '../source/line.js';
import type { Stamp } from '../time/detector.js';
import { type CollectOptions, Collector, type LineDigest } from './collector.js';
import { type Entry, entriesOf, type Lookups, type NamedFailure, namedFailure } from './failures.js';
import type { Exceeded, LineTrouble, RegexCount, TestResult } from './result.js';
import { Tally } from './tally.js';

/** Log messages of a run, by fail2ban's names of levels. */
export type TestLog = (level: 'warning' | 'trace', part: string, message: () => string) => void;

export interface RunOptions {
  readonly filter: LineFilter;
  readonly source: LineSource;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly log?: TestLog | undefined;
  readonly onProgress?: ((readBytes: number, lines: number) => void) | undefined;
}

export interface TestOptions extends RunOptions {
  readonly collect: CollectOptions;
  readonly usesDates: boolean;
}

export interface OutputOptions extends RunOptions {
  /** Hand out lines that did not match instead. */
  readonly invert: boolean;
  readonly onFailure: (failure: NamedFailure) => void | Promise<void>;
}

/** Runs and counts. */
export async function runTest(options: TestOptions): Promise<TestResult> {
  const { filter, source, collect, usesDates, clock } = options;
  const startMs = performance.now();
  const { prefregex } = filter.compiled;
  const prefix = prefregex && {
    regex: prefregex.pattern.source,
    origin: prefregex.pattern.origin,
    hits: 0,
    samples: [],
  };
  const failregex = filter.plan.failregex.map(newCount);
  const ignoreregex = filter.plan.ignoreregex.map(newCount);
  const collector = new Collector({ prefregex: prefix, failregex, ignoreregex }, collect, clock);
  const troubles = new Troubles();
  const traced = options.log !== undefined;
  const entriesFor = entriesReader(options);
  const takeOutcome = (line: SourceLine, outcome: LineOutcome): void | Promise<void> => {
    troubles.note(line, outcome);
    const entries = entriesFor(outcome);
    if (entries instanceof Promise) return entries.then((rows) => collector.add(line, outcome, rows));
    collector.add(line, outcome, entries);
  };
  const pieces = traced ? undefined : source.pieces?.();
  const incomplete = pieces
    ? await sweepAll(options, pieces, new Tally(collector, source.counts, takeOutcome))
    : await walk<LineDigest>(options, {
        digest: (outcome) => (traced ? outcome : collector.digest(outcome)),
        missed: traced ? undefined : collector.missed,
        take: (line, digest) =>
          typeof digest === 'number' ? collector.addPacked(line, digest) : takeOutcome(line, digest),
      });
  return {
    prefregex: prefix,
    failregex,
    ignoreregex,
    dates: usesDates ? datesOf(filter, collector.tested) : undefined,
    tested: collector.tested,
    ...collector.lists(),
    exceeded: troubles.exceeded(),
    troubles: troubles.errors(),
    source: source.counts,
    notices: source.notices ?? [],
    incomplete,
    elapsedSec: (performance.now() - startMs) / 1000,
  };
}

/** The default templates are only there once a line has been looked at. */
function datesOf({ detector, plan }: LineFilter, tested: number): TestResult['dates'] {
  return tested === 0 && plan.datepattern === undefined ? [] : detector.templates;
}

function newCount(regex: RegexCount['regex']): RegexCount {
  return { regex, hits: 0, details: [] };
}

/** What a run that hands failures out leaves to be said. */
export type OutputResult = Pick<TestResult, 'exceeded' | 'troubles' | 'incomplete'>;

/** Runs and hands out. */
export async function runOutput(options: OutputOptions): Promise<OutputResult> {
  const { invert, onFailure } = options;
  const troubles = new Troubles();
  let lastStamp: Stamp | undefined;
  const entriesFor = entriesReader(options);
  const takeAll = invert || options.log !== undefined;
  const matters = ({ hits, exceeded, error }: LineOutcome): boolean =>
    hits.length > 0 || exceeded.length > 0 || error !== undefined;
  const incomplete = await walk<LineOutcome | undefined>(options, {
    digest: (outcome) => (takeAll || matters(outcome) ? outcome : undefined),
    missed: takeAll ? undefined : () => undefined,
    take(line, outcome) {
      if (!outcome) return;
      troubles.note(line, outcome);
      lastStamp = outcome.stamp ?? lastStamp;
      const ignored =
        outcome.ignoredBy !== undefined || outcome.hits.some(({ verdict }) => verdict === 'ignored');
      const handOut = (entries: readonly Entry[]) => {
        const failures = ignored ? [] : entries.flatMap((entry) => namedFailure(entry) ?? []);
        if (!invert) return inOrder(failures, onFailure);
        return failures.length > 0 ? undefined : onFailure(pseudoFailure(line, lastStamp));
      };
      const entries = entriesFor(outcome);
      return entries instanceof Promise ? entries.then(handOut) : handOut(entries);
    },
  });
  return { exceeded: troubles.exceeded(), troubles: troubles.errors(), incomplete };
}

/** Calls for each, waiting only where there is something to wait for. */
function inOrder<T>(items: readonly T[], call: (item: T) => void | Promise<void>): void | Promise<void> {
  for (let i = 0; i < items.length; i++) {
    const pending = call(items[i] as T);
    if (pending) return pending.then(() => inOrder(items.slice(i + 1), call));
  }
}

function pseudoFailure(line: SourceLine, stamp: Stamp | undefined): NamedFailure {
  const text = line.stamp ? line.stamp.text + line.text : line.text;
  return {
    id: '',
    family: undefined,
    failure: { identity: { kind: 'raw', id: '' }, data: new Map([['fid', '']]), matches: [text], stamp },
  };
}

/** What a run does with its lines. */
interface LineWork<D> {
  /** What of an outcome it wants (see Receiver.digest). */
  digest(outcome: LineOutcome): D;
  /** See OutcomeReceiver. */
  readonly missed: ((missed: Missed) => D) | undefined;
  take(line: SourceLine, digest: D): void | Promise<void>;
}

type EntriesFor = (outcome: LineOutcome) => readonly Entry[] | Promise<readonly Entry[]>;

function entriesReader(options: RunOptions): EntriesFor {
  const { log } = options;
  const lookups: Lookups = {
    resolver: options.resolver,
    usedns: options.filter.usedns,
    onLookup: (resolved) => logLookup(resolved, options),
  };
  return (outcome) => {
    if (log) traceLine(outcome, log);
    return entriesOf(outcome, lookups);
  };
}

/** Every line through the filter, in order, most of them without a record. @returns what broke the source off */
async function sweepAll(
  { filter, source, onProgress }: RunOptions,
  pieces: AsyncIterable<PieceBatch>,
  tally: Tally,
): Promise<SourceError | undefined> {
  let number = 1;
  return untilItBreaks(source, async () => {
    for await (const batch of pieces) {
      number = filter.sweep(batch.pieces, number, tally);
      await tally.commit();
      onProgress?.(batch.readBytes, source.counts.lines);
    }
  });
}

/** Every line through the filter, in order. @returns what broke the source off */
async function walk<D>(options: RunOptions, work: LineWork<D>): Promise<SourceError | undefined> {
  const { source, onProgress, filter } = options;
  return untilItBreaks(source, async () => {
    let lines = 0;
    for await (const batch of source.batches()) {
      await walkBatch(batch, filter, work);
      lines += batch.lines.length;
      onProgress?.(batch.readBytes, lines);
    }
  });
}

/** What breaks a source off is an error only where there was no line before. */
async function untilItBreaks(
  { counts }: LineSource,
  read: () => Promise<void>,
): Promise<SourceError | undefined> {
  try {
    await read();
  } catch (error) {
    if (error instanceof SourceError && counts.lines > 0) return error;
    throw error;
  }
  return undefined;
}

async function walkBatch<D>({ lines }: LineBatch, filter: LineFilter, work: LineWork<D>): Promise<void> {
  const digests: D[] = [];
  const receiver = {
    digest: work.digest,
    missed: work.missed,
    take: (digest: D) => void digests.push(digest),
  };
  filter.processBatch(lines, 0, lines.length, receiver);
  for (let index = 0; index < digests.length; index++) {
    const pending = work.take(lines[index] as SourceLine, digests[index] as D);
    if (pending) await pending;
  }
  // Emptied, not dropped: see Guard.run.
  digests.length = 0;
}

function traceLine(outcome: LineOutcome, log: TestLog): void {
  log('trace', 'filter', () => `Working on line ${JSON.stringify(outcome.line.text)}`);
  for (const hit of outcome.hits) {
    log(
      'trace',
      'filter',
      () => `  Matched failregex ${hit.regex}: ${JSON.stringify(Object.fromEntries(hit.groups))}`,
    );
  }
}

function logLookup({ name, failures, error }: ResolvedFailure, { log, filter }: RunOptions): void {
  if (name === undefined || !log) return;
  if (failures.length === 0 && error !== undefined) {
    log('warning', 'ipdns', () => `Unable to find a corresponding IP address for ${name}: ${error}`);
  } else if (filter.usedns === 'warn') {
    const ids = failures.map(({ identity }) => `'${identity.kind === 'dns' ? identity.name : identity.id}'`);
    log('warning', 'ipdns', () => `Determined IP using DNS Lookup: ${name} = {${ids.join(', ')}}`);
  }
}

/** What went wrong with single lines: counted, the first one named. */
class Troubles {
  #exceeded = new Map<Pattern, { lines: number; firstLine: number }>();
  #errors = new Map<string, { lines: number; firstLine: number }>();

  note(line: SourceLine, outcome: LineOutcome): void {
    for (const pattern of outcome.exceeded) count(this.#exceeded, pattern, line.number);
    if (outcome.error !== undefined) count(this.#errors, outcome.error, line.number);
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
