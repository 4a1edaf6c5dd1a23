/**
 * Tester: arguments and options of one test → everything that is needed to run it, or the first thing that is wrong.
 *
 * Settles the settings in fail2ban-regex's order and announces each (`onUse`) before the next is looked at, so that a
 * report shows how far it got. Options win over the filter's or jail's own values.
 */

import type { Clock } from '../clock.js';
import { type ConfigFolder, type LoadedFilter, loadFilter } from '../config/index.js';
import type { FilterPlan } from '../config/plans.js';
import { shellSplit } from '../config/shell-split.js';
import { ConfigError, UsageError } from '../errors.js';
import { compileFilter } from '../filter/compile.js';
import type { GuardLimits } from '../filter/guard.js';
import { readUseDns } from '../filter/identity.js';
import { LineFilter } from '../filter/line-filter.js';
import { DateDetector } from '../time/detector.js';
import { classifyLog, type LogInput, textLines } from './log-input.js';
import type { OnUse } from './uses.js';

export interface TestRequest {
  readonly log: string;
  readonly regex: string;
  readonly ignoreregex: string | undefined;
  readonly folder: ConfigFolder;
  /** Where filters that ship with f2b are. */
  readonly packageDir: string | undefined;
  readonly datepattern: string | undefined;
  readonly timezone: string | undefined;
  readonly encoding: string | undefined;
  /** What `auto` means, by the user's locale. */
  readonly localeEncoding: string;
  readonly raw: boolean;
  readonly usedns: string | undefined;
  readonly maxlines: number | undefined;
  readonly journalmatch: string | undefined;
  /** Try every failregex on every line. */
  readonly checkAll: boolean;
  readonly limits?: Partial<GuardLimits> | undefined;
  /** Announce the filter's options in full. */
  readonly showRealOptions: boolean;
  readonly clock: Clock;
}

export interface PreparedTest {
  readonly input: LogInput;
  readonly loaded: LoadedFilter | undefined;
  /** With everything the options have replaced. */
  readonly filter: LineFilter;
  /** False for a journal whose filter has no datepattern: nobody looks for dates. */
  readonly usesDates: boolean;
  readonly maxlines: number;
  readonly encoding: string;
  readonly journalmatch: readonly (readonly string[])[];
}

/** @throws {F2bError} in fail2ban's words where it has any */
export function prepareTest(request: TestRequest, onUse: OnUse): PreparedTest {
  const maxlinesOption = request.maxlines === 0 ? undefined : request.maxlines;
  if (maxlinesOption !== undefined) onUse({ kind: 'maxlines', value: checkMaxlines(maxlinesOption) });
  if (request.timezone || request.datepattern) announceDates(request, request.datepattern, onUse);

  const input = classifyLog(request.log);
  const loaded = findFilter(request, input, onUse);
  const plan = effectivePlan(request, loaded, maxlinesOption);
  if (loaded) {
    // fail2ban-regex meets these in this order.
    compileFilter(
      { ...plan, failregex: [], ignoreregex: [] },
      { usedns: readUseDns(plan.usedns?.value), maxLines: 1 },
    );
    const own = loaded.plan.maxlines?.value;
    if (maxlinesOption === undefined && own !== undefined) {
      onUse({ kind: 'maxlines', value: checkMaxlines(own, loaded.file) });
    }
    if (!request.datepattern) announceDates(request, loaded.plan.datepattern?.value, onUse);
  }
  const checkAll = request.checkAll;
  const build = (ignoreregex: FilterPlan['ignoreregex']) =>
    new LineFilter(
      { ...plan, ignoreregex },
      { clock: request.clock, checkAll, ...(request.limits ? { limits: request.limits } : {}) },
    );
  let filter: LineFilter;
  if (request.ignoreregex === undefined) filter = build(plan.ignoreregex);
  else {
    if (!loaded) build([]);
    onUse({ kind: 'ignoreregex', text: request.ignoreregex });
    filter = build([{ value: request.ignoreregex }]);
  }
  const test: PreparedTest = {
    input,
    loaded,
    filter,
    usesDates: input.kind !== 'journal' || plan.datepattern !== undefined,
    maxlines: plan.maxlines?.value ?? 1,
    encoding: chooseEncoding(request, plan.logencoding?.value),
    journalmatch:
      request.journalmatch === undefined
        ? plan.journalmatch.map(({ value }) => value)
        : [shellSplit(request.journalmatch)],
  };
  announceInput(test, onUse);
  return test;
}

/** The filter's or jail's plan with the options laid over it. Zone, names and encoding are a jail's, not a filter's. */
function effectivePlan(
  request: TestRequest,
  loaded: LoadedFilter | undefined,
  maxlines: number | undefined,
): FilterPlan {
  const plan = loaded?.plan ?? literalPlan(request.regex);
  const ofJail = loaded?.kind === 'jail' ? plan : undefined;
  const usedns = request.raw ? 'raw' : request.usedns;
  return {
    ...plan,
    maxlines: maxlines === undefined ? plan.maxlines : { value: maxlines },
    datepattern: request.datepattern ? { value: request.datepattern } : plan.datepattern,
    logtimezone: request.timezone ? { value: request.timezone } : ofJail?.logtimezone,
    usedns: usedns === undefined ? ofJail?.usedns : { value: usedns },
    logencoding: ofJail?.logencoding,
  };
}

function checkMaxlines(value: number, file?: string): number {
  if (Number.isInteger(value) && value > 0) return value;
  const problem = 'maxlines must be integer greater than zero';
  throw new UsageError(
    'maxlines',
    file === undefined ? problem : `Invalid value for maxlines (${value}) read from ${file}: ${problem}`,
  );
}

/** @throws {DateError | PatternError} a pattern or zone that cannot be used */
function announceDates(
  { clock, timezone }: TestRequest,
  datepattern: string | undefined,
  onUse: OnUse,
): void {
  if (!datepattern && !timezone) return;
  const detector = new DateDetector({
    datepattern: datepattern || undefined,
    logtimezone: timezone || undefined,
    clock,
  });
  if (datepattern)
    onUse({ kind: 'datepattern', title: detector.title ?? `${datepattern} : Default Detectors` });
}

function findFilter(request: TestRequest, input: LogInput, onUse: OnUse): LoadedFilter | undefined {
  const { folder, packageDir, regex } = request;
  const loaded = namedFilter(regex, {
    folder,
    packageDir,
    logtype: input.kind === 'journal' ? 'journal' : 'file',
  });
  if (!loaded) {
    onUse({ kind: 'failregex', text: regex });
    return undefined;
  }
  if (loaded.kind === 'jail') onUse({ kind: 'jail', name: loaded.name });
  else
    onUse({
      kind: 'filter',
      name: loaded.basedir === undefined ? (loaded.file ?? regex) : loaded.name,
      basedir: loaded.basedir,
    });
  const options = Object.fromEntries(loaded.options);
  if (loaded.options.size > 0) onUse({ kind: 'options', of: loaded.kind, options });
  if (request.showRealOptions)
    onUse({ kind: 'real-options', options: Object.fromEntries(loaded.realOptions) });
  return loaded;
}

function namedFilter(regex: string, options: Parameters<typeof loadFilter>[1]): LoadedFilter | undefined {
  try {
    return loadFilter(regex, options);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'bracket-syntax') throw error;
    throw new ConfigError(
      error.code,
      `Wrong filter name or options: ${error.message}\n       while parsing: ${regex}`,
      {},
      {
        hint: error.hint,
        cause: error,
      },
    );
  }
}

function literalPlan(regex: string): FilterPlan {
  return {
    name: '',
    options: {},
    prefregex: undefined,
    failregex: [{ value: regex }],
    ignoreregex: [],
    maxlines: undefined,
    datepattern: undefined,
    usedns: undefined,
    logtimezone: undefined,
    logencoding: undefined,
    journalmatch: [],
  };
}

function chooseEncoding({ encoding, localeEncoding }: TestRequest, own: string | undefined): string {
  for (const name of [encoding, own]) {
    if (name !== undefined && name.toLowerCase() !== 'auto') return name;
  }
  return localeEncoding;
}

function announceInput({ input, encoding, maxlines, journalmatch }: PreparedTest, onUse: OnUse): void {
  switch (input.kind) {
    case 'stdin':
    case 'file':
      onUse({ kind: 'log-file', path: input.kind === 'file' ? input.path : '-' });
      onUse({ kind: 'encoding', name: encoding });
      return;
    case 'journal':
      onUse({ kind: 'journal' });
      onUse({ kind: 'encoding', name: encoding });
      if (journalmatch.length > 0) onUse({ kind: 'journalmatch', matches: journalmatch });
      return;
    case 'text': {
      const lines = textLines(input.text, maxlines > 1);
      onUse(lines ? { kind: 'multi-line', lines } : { kind: 'single-line', text: input.text });
    }
  }
}
