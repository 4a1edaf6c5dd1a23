/**
 * Runs one `f2b regex`: settings of the user → tester → view. Loaded only when there is something to run.
 */
import { type Stats, statSync } from 'node:fs';
import { availableParallelism, hostname, loadavg } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { systemClock } from '../core/clock.js';
import { findConfig } from '../core/config/index.js';
import { sourceOf } from '../core/filter/compile.js';
import { parseAddress } from '../core/net/address.js';
import { createResolver, type Resolver } from '../core/net/dns.js';
import type { LineSource } from '../core/source/line.js';
import { openLog } from '../core/tester/log-input.js';
import { OtherThread } from '../core/tester/other-thread.js';
import { type PreparedTest, prepareTest } from '../core/tester/prepare.js';
import type { TestResult } from '../core/tester/result.js';
import { type OutputResult, runOutput, runTest, type TestLog } from '../core/tester/run-test.js';
import type { Use } from '../core/tester/uses.js';
import { escapeControls } from '../view/escape.js';
import { type ReportOptions, renderOpening, renderReport, renderUse } from '../view/report.js';
import { resultAsJson } from '../view/report-json.js';
import { sourceNotes } from '../view/source-notes.js';
import { Output } from './output.js';
import type { RegexArguments } from './regex-arguments.js';
import { colorLevel, hasIpv6, localeEncoding } from './settings.js';

export interface Surroundings {
  readonly json: boolean;
  /** Folder of the package, for what ships with it. */
  readonly root: string;
  /** Called before the first text of a report is written. */
  onReport(): void;
}

/** Lists are printed while they have fewer lines than this, or than `-L` says. */
const LIST_LIMIT = 20;

/** @returns what `--json` prints; undefined when everything is printed already */
export async function testLog(wanted: RegexArguments, surroundings: Surroundings): Promise<unknown> {
  const { json } = surroundings;
  const mode = json ? 'json' : wanted.out !== undefined ? 'out' : isTable(wanted) ? 'table' : 'report';
  // Long logs leave much behind that is dead: collected a little earlier, it takes half as much memory.
  setFlagsFromString('--heap-growing-percent=15');
  const otherSide = mode === 'report' || mode === 'table' ? otherSideOf(wanted, surroundings) : undefined;
  const uses: Use[] = [];
  if (mode === 'report') {
    surroundings.onReport();
    process.stdout.write(renderOpening());
  } else if (mode === 'out') surroundings.onReport();
  const test = prepare(wanted, surroundings, (use) => {
    uses.push(use);
    if (mode === 'report') process.stdout.write(renderUse(use));
  });
  const source = await openLog(test.input, {
    encoding: test.encoding,
    stdin: process.stdin,
    multiline: test.maxlines > 1,
    journalmatch: test.journalmatch,
  });
  const resolver = createResolver({ ipv6: hasIpv6() });
  const run = { filter: test.filter, source, resolver, clock: systemClock, log: testLogOf(wanted) };
  if (mode === 'out') return printFailures(wanted, test, run);

  const progress = await progressOf(source);
  const result = await runTest({
    ...run,
    onProgress: progress.update,
    usesDates: test.usesDates,
    otherSide,
    collect: {
      details: wanted.verbosity > 0 || json,
      debuggex: wanted.debuggex,
      ...wanted.keep,
      limit: wanted.maxlines || LIST_LIMIT,
      maxlines: test.maxlines,
      checkAll: wanted.checkAll,
    },
  }).finally(progress.stop);
  const options = reportOptions(wanted, test);
  if (mode === 'table') process.stdout.write(await renderForTerminal({ result, uses, options }));
  else if (mode === 'report') process.stdout.write(renderReport(result, options));
  writeNotes(test, source, result);
  if (result.incomplete) throw result.incomplete;
  return json ? resultAsJson(result, uses) : undefined;
}

/** With a smaller log another thread's start costs more than its work brings. */
const SHARED_BYTES = 32 * 1024 * 1024;

/** A second thread for a long log of which only counts are wanted, if it comes to that. */
function otherSideOf(
  { log, verbosity, debuggex, logLevel }: RegexArguments,
  { root }: Surroundings,
): OtherThread | undefined {
  if (verbosity > 0 || debuggex || logLevel <= LEVELS.warning || !hasIdleCore()) return undefined;
  const stat = log === '-' ? undefined : statOf(log);
  if (!stat?.isFile() || stat.size < SHARED_BYTES) return undefined;
  return new OtherThread(join(root, 'dist/segment-worker.js'), { ipv6: hasIpv6() });
}

/** On a machine with much to do, two threads only wait for each other. */
function hasIdleCore(): boolean {
  const cores = availableParallelism();
  return cores > 1 && (loadavg()[0] ?? 0) < 2 * cores;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // What is wrong with it is told when it is opened.
    return undefined;
  }
}

function isTable({ format }: RegexArguments): boolean {
  return format === 'auto' ? Boolean(process.stdout.isTTY) : format === 'table';
}

function prepare(wanted: RegexArguments, { root }: Surroundings, onUse: (use: Use) => void): PreparedTest {
  const folder = findConfig({ dir: wanted.config, envDir: process.env['F2B_CONFIG'], packageDir: root });
  return prepareTest(
    {
      log: wanted.log,
      regex: wanted.regex,
      ignoreregex: wanted.ignoreregex,
      folder,
      packageDir: root,
      datepattern: wanted.datepattern,
      timezone: wanted.timezone,
      encoding: wanted.encoding,
      localeEncoding: localeEncoding(process.env),
      raw: wanted.raw,
      usedns: wanted.usedns,
      maxlines: wanted.maxlines,
      journalmatch: wanted.journalmatch,
      checkAll: wanted.checkAll && wanted.out === undefined,
      showRealOptions: wanted.verbosity > 1,
      clock: systemClock,
    },
    onUse,
  );
}

interface Run {
  readonly filter: PreparedTest['filter'];
  readonly source: LineSource;
  readonly resolver: Resolver;
  readonly clock: typeof systemClock;
  readonly log: TestLog | undefined;
}

async function printFailures(
  { out, invert }: RegexArguments,
  test: PreparedTest,
  run: Run,
): Promise<undefined> {
  const { compileOut } = await import('../view/out-rows.js');
  const format = compileOut(out ?? 'id', {
    hostname: hostname(),
    nowSec: () => systemClock.nowSec(),
    reverse: async (id) => {
      const address = parseAddress(id);
      return address && run.resolver.reverse(address);
    },
    reverseLabels: (id) => parseAddress(id)?.reverseLabels,
  });
  const output = new Output(process.stdout);
  const found = await runOutput({
    ...run,
    invert,
    onFailure: (failure) => {
      const text = format(failure);
      return typeof text === 'string' ? output.write(text) : text.then((done) => output.write(done));
    },
  });
  await output.flush();
  writeNotes(test, run.source, found);
  if (found.incomplete) throw found.incomplete;
  return undefined;
}

async function progressOf(
  source: LineSource,
): Promise<{ update(bytes: number, lines: number): void; stop(): void }> {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const { createProgress } = await import('../view/progress.js');
  return createProgress(process.stderr, source.sizeBytes);
}

function reportOptions(wanted: RegexArguments, { filter }: PreparedTest): ReportOptions {
  const { compiled } = filter;
  return {
    verbosity: wanted.verbosity,
    verboseDate: wanted.verboseDate,
    debuggex: wanted.debuggex
      ? {
          failregex: compiled.failregex.map(sourceOf),
          ignoreregex: compiled.ignoreregex.map(({ source }) => source),
          multiline: compiled.maxLines > 1,
        }
      : undefined,
    printMatched: wanted.keep.matched !== 'none',
    printIgnored: wanted.keep.ignored !== 'none',
    printMissed: wanted.keep.missed !== 'none',
  };
}

interface Rendering {
  readonly result: TestResult;
  readonly uses: readonly Use[];
  readonly options: ReportOptions;
}

async function renderForTerminal({ result, uses, options }: Rendering): Promise<string> {
  const { renderTable } = await import('../view/report-table.js');
  const columns = process.stdout.columns || 100;
  return renderTable(result, uses, { ...options, columns, colors: colorLevel(process.stdout, process.env) });
}

/** Beside the report: what a reader of it should know about the input. */
function writeNotes(
  { input }: PreparedTest,
  { counts, notices = [] }: LineSource,
  { exceeded, troubles }: OutputResult,
): void {
  const isPath = input.kind === 'text' && input.likePath ? [input.text] : [];
  process.stderr.write(sourceNotes({ counts, notices, exceeded, troubles, isPath }));
}

const LEVELS = { warning: 30, trace: 7 };

/** `W: message` on standard output, as fail2ban-regex does at that log level. */
function testLogOf({ logLevel, logParts, out }: RegexArguments): TestLog | undefined {
  if (logLevel > LEVELS.warning) return undefined;
  const stream = out === undefined ? process.stdout : process.stderr;
  return (level, part, message) => {
    if (LEVELS[level] < logLevel) return;
    const letter = level === 'warning' ? 'W' : 'T';
    const text = stream.isTTY ? escapeControls(message()) : message();
    stream.write(`${letter}: ${logParts ? `${part}: ` : ''}${text}\n`);
  };
}
