/**
 * One jail that is (or is to be treated as) enabled → everything that is wrong with it, its filter and its actions.
 *
 * Each part is read by the reader's own functions and looked at by itself: a broken filter hides no missing log, a
 * missing action no bad expression. Source: config.md §4–§7.
 */
import { ConfigError, type Origin, type Sourced } from '../../errors.js';
import { parseBrackets, splitActions } from '../brackets.js';
import { FIRST_OPTIONS, type JailValues, readJailOptions } from '../jail-options.js';
import { JailError, mayReadJournal, planFilter, type ReadJail, readJail } from '../jail-plan.js';
import type { ActionPlan, FilterPlan } from '../plans.js';
import { originOf, type Traced } from '../traced.js';
import type { ConfigTree } from '../tree.js';
import { checkActionTags, checkTags } from './check-actions.js';
import { checkLogs } from './check-logs.js';
import { checkRegexes, otherModes } from './check-regexes.js';
import { type CheckContext, type ErrorPlace, ignoredProblems, readPart, reportError } from './context.js';
import { didYouMean } from './finding.js';
import { JAIL_JUDGES } from './judge-value.js';
import { BAN_TAGS, OPTIONS } from './known-names.js';
import { reportValue } from './lint-values.js';
import { nearest } from './nearest.js';
import { partNames } from './part-names.js';

export interface JailSubject {
  readonly name: string;
  readonly tree: ConfigTree;
  /** jail.conf, jail.local, jail.d: not what they include. */
  readonly mainFiles: ReadonlySet<string>;
}

/** Reads what fail2ban reads of every jail, enabled or not, and says whether it is enabled. */
export function readFirst(subject: JailSubject, context: CheckContext): JailValues {
  return readJailOptions(FIRST_OPTIONS, {
    tree: subject.tree,
    jail: subject.name,
    problems: ignoredProblems(),
    onError: (error) => reportError(error, context.log, jailPlace(subject, context)),
  });
}

export function checkJail(subject: JailSubject, first: JailValues, context: CheckContext): void {
  const { name, tree } = subject;
  const broken = checkParts(subject, first, context);
  const read = readJail(name, first, {
    folder: context.folder,
    tree,
    problems: ignoredProblems(),
    mode: 'check',
    onError: (error) => {
      // Names and brackets have been reported with more detail.
      if (error instanceof JailError) return;
      reportError(error, context.log, errorPlace(error, subject, context));
    },
  });
  const { values } = read;
  for (const [option, judge] of Object.entries(JAIL_JUDGES)) {
    const raw = values.get(option)?.raw;
    if (raw?.origins[0]) reportValue({ option, judge, jail: name, value: raw }, context.log);
  }
  checkFormulas(values, name, context);
  checkSources(subject, read, context);
  checkJailTags(values, name, context);
  checkFilter(read, { ...subject, complete: !broken.filter }, context);
  checkActions(read, subject, context);
}

/** The names of filter and actions, and their brackets. */
function checkParts(subject: JailSubject, first: JailValues, context: CheckContext): { filter: boolean } {
  const { name, tree } = subject;
  const { log } = context;
  const filter = first.get('filter')?.raw;
  let broken = false;
  if (!filter || filter.text === '') {
    if (!tree.raw(name, 'failregex')) {
      log.error('no-filter', `jail ${name} has neither a filter nor a failregex`, {
        origin: (filter && originOf(filter)) ?? tree.headers.get(name),
        find: name,
        jail: name,
        suggestion: didYouMean(nearest(name, partNames(context.folder, 'filter')), 'Set filter = NAME.'),
      });
    }
  } else broken = !checkPart('filter', filter, subject, context);
  return { filter: broken };
}

/** False when the part cannot be read. */
function checkPart(
  kind: 'filter' | 'action',
  written: Traced,
  subject: JailSubject,
  context: CheckContext,
): boolean {
  const { name: jail } = subject;
  const { log, folder, files } = context;
  // What the defaults say about a filter is no fault of theirs: it is the jail's name that finds none.
  const own = kind === 'action' || subject.tree.own(jail, kind) !== undefined;
  const origin = own ? originOf(written) : subject.tree.headers.get(jail);
  let part: ReturnType<typeof parseBrackets>;
  try {
    part = parseBrackets(written);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const index = (error as ConfigError & { index?: number }).index;
    const place = index === undefined ? undefined : placeIn(written, index, context);
    log.error('bracket-syntax', `the options of this ${kind} cannot be read: ${error.message}`, {
      origin: place?.origin ?? origin,
      column: place?.column,
      got: written.text,
      jail,
      suggestion: error.hint,
      expanded: place?.column === undefined ? { text: written.text, index } : undefined,
    });
    return false;
  }
  const { name, options } = part;
  if (kind === 'action' && name.endsWith('.py')) return true;
  const paths = kind === 'filter' ? folder.filterFiles(name) : folder.actionFiles(name);
  if (paths.length === 0) {
    log.error(`missing-${kind}`, `there is no ${kind} ${JSON.stringify(name)}`, {
      origin,
      find: own ? name.trim() : `[${jail}]`,
      got: name,
      jail,
      suggestion: missingSuggestion(kind, name, context),
    });
    return false;
  }
  const { tree: partTree, vocabulary } = readPart(kind, name, context);
  const named = new Set([...partTree.options('Definition'), ...partTree.options('Init')]);
  // What the defaults hand to every filter and action is more than one of them has use for.
  const first = written.origins[0];
  const literal = first !== undefined && files.lineAt(first)?.includes(`${name}[`) === true;
  for (const [option, value] of options) {
    const base = option.replace(/\?.*$/, '');
    if (OPTIONS[kind].includes(base) || vocabulary.hasParameter(base) || named.has(base) || named.has(option))
      continue;
    // Parameters such as mode are handed to every filter, whether it has modes or not.
    if (!literal || context.used[kind].hasParameter(base) || files.of(kind).length === 0) continue;
    const near = nearest(base, [...named, ...OPTIONS[kind]]);
    const misplaced = OPTIONS.jail.includes(base);
    log[near !== undefined ? 'error' : 'warning'](
      'unknown-parameter',
      `${kind} ${name} has no use for the option ${option}`,
      {
        origin: value.origins[0] ?? origin,
        find: `${option}=`,
        got: option,
        jail,
        suggestion: misplaced ? `Set ${base} in the jail itself.` : didYouMean(near),
      },
    );
  }
  return true;
}

function missingSuggestion(kind: 'filter' | 'action', name: string, { folder }: CheckContext): string {
  const names = partNames(folder, kind);
  const bare = name
    .trim()
    .replace(/\.(?:conf|local)$/, '')
    .replace(/^.*\//, '');
  if (bare !== name && names.includes(bare)) {
    return /\s$/.test(name) ? `Remove the blank before [: ${bare}[…].` : `Write ${bare}.`;
  }
  const dirs = kind === 'filter' ? folder.filterDirs() : folder.actionDirs();
  return didYouMean(
    nearest(bare, names),
    `Put ${bare}.conf into ${dirs[0] ?? `${folder.dir}/${kind}.d`}.`,
  ) as string;
}

/** Where a place within a value stands in its file, as far as the value was written there as it is. */
function placeIn(
  value: Traced,
  index: number,
  { files }: CheckContext,
): { origin: Origin; column: number | undefined } | undefined {
  const before = value.text.slice(0, index).split('\n');
  const number = before.length - 1;
  const origin = value.origins[number];
  const line = origin && files.lineAt(origin);
  if (!origin || line === undefined) return undefined;
  const text = value.text.split('\n')[number] as string;
  const at = line.indexOf(text);
  const column =
    at === -1 ? undefined : [...line.slice(0, at + (before[number] as string).length)].length + 1;
  return { origin, column };
}

function checkFormulas(values: JailValues, jail: string, context: CheckContext): void {
  for (const option of ['bantime.factor', 'bantime.formula'] as const) {
    const value = values.get(option)?.raw;
    const wrong = value && value.text !== '' && context.judgeFormula?.(option, value.text);
    if (!wrong || context.log.has(originOf(value), ['bad-number', 'inline-comment'])) continue;
    const { message, index, hint } = wrong;
    const place = index === undefined ? undefined : placeIn(value, index, context);
    context.log.error('bad-formula', `${option} cannot be reckoned: ${message}`, {
      origin: place?.origin ?? originOf(value),
      column: place?.column,
      got: value.text,
      jail,
      suggestion: hint,
      expanded: place?.column === undefined ? { text: value.text, index } : undefined,
    });
  }
}

/** Log files, journal, encoding. */
function checkSources({ name, tree, mainFiles }: JailSubject, read: ReadJail, context: CheckContext): void {
  const { values } = read;
  const encoding = values.get('logencoding')?.raw;
  if (encoding && encoding.text !== '' && encoding.text.toLowerCase() !== 'auto') {
    context.encodings.set(encoding.text, { origin: originOf(encoding), jail: name });
  }
  const backend = values.get('backend')?.raw.text.toLowerCase() ?? 'auto';
  if (backend.startsWith('systemd')) return;
  const logpath = values.get('logpath')?.raw;
  const isYes = (option: string) => values.get(option)?.value === true;
  if (logpath) {
    const instead = mayReadJournal(read, context)
      ? ('journal' as const)
      : isYes('skip_if_nologs')
        ? ('nothing' as const)
        : undefined;
    checkLogs({ jail: name, logpath, instead, mainFiles }, context);
    return;
  }
  context.log.error('no-logpath', `jail ${name} has no logpath: it reads nothing`, {
    origin: tree.headers.get(name),
    find: name,
    jail: name,
    suggestion: 'Set logpath, or backend = systemd to read the journal.',
  });
}

function checkJailTags(values: JailValues, jail: string, context: CheckContext): void {
  const command = values.get('ignorecommand')?.raw;
  if (!command) return;
  const sourced: Sourced<string> = { value: command.text, origin: originOf(command) };
  checkTags(sourced, { known: new Set(BAN_TAGS), where: 'ignorecommand', jail }, context);
}

function checkFilter(
  read: ReadJail,
  subject: JailSubject & { readonly complete: boolean },
  context: CheckContext,
): void {
  const { name } = subject;
  let plan: FilterPlan;
  try {
    plan = planFilter(read, ignoredProblems()).plan;
  } catch (error) {
    reportError(error, context.log, errorPlace(error, subject, context));
    return;
  }
  const names = read.filter ? read.filter.combined.values.keys() : [];
  const modes = read.filter && otherModes(read.filter.definition.tree, read.filter.combined.values);
  checkRegexes(
    { plan, jail: name, names: [...names], complete: subject.complete, otherModes: modes },
    context,
  );
  if (plan.failregex.length > 0) return;
  // A filter that could not be read has been reported.
  if (!read.filter) return;
  context.log.error(
    'no-failregex',
    `filter ${read.filter.name} of jail ${name} has no failregex: it finds nothing`,
    {
      origin: read.values.get('filter')?.raw.origins[0] ?? subject.tree.headers.get(name),
      jail: name,
      suggestion: 'Set failregex in [Definition] of the filter, or in the jail.',
    },
  );
}

function checkActions(read: ReadJail, subject: JailSubject, context: CheckContext): void {
  const { name: jail, tree } = subject;
  const { log } = context;
  const action = read.values.get('action')?.raw;
  const written = action ? splitActions(action) : [];
  for (const entry of written) checkPart('action', entry, subject, context);
  if (written.length === 0 && (action || !tree.raw(jail, 'action'))) {
    log.warning('no-action', `jail ${jail} has no action: it bans nobody`, {
      origin: tree.headers.get(jail),
      find: jail,
      jail,
      suggestion: 'Set action, or banaction in [DEFAULT].',
    });
  }
  const plans = new Map<string, ActionPlan>();
  for (const make of read.actions) {
    let plan: ActionPlan;
    try {
      plan = make().plan;
    } catch (error) {
      reportError(error, log, errorPlace(error, subject, context));
      continue;
    }
    if (plan.plugin === undefined) checkActionTags(plan, jail, context);
    if (plans.has(plan.name)) {
      log.error('duplicate-action', `jail ${jail} has two actions called ${plan.name}`, {
        origin: plan.origin,
        got: plan.file,
        jail,
        suggestion: `Give one of them another name: ${plan.file}[actname=${plan.name}-2].`,
      });
    }
    plans.set(plan.name, plan);
  }
}

function jailPlace({ name, tree }: JailSubject, { files }: CheckContext): ErrorPlace {
  const names = [...tree.options(name), ...tree.defaults.keys()];
  return { jail: name, layouts: files.of('jail'), names };
}

/** An error of a filter or an action is looked for in its own files. */
function errorPlace(error: unknown, subject: JailSubject, context: CheckContext): ErrorPlace {
  const inner = error instanceof ConfigError && error.cause instanceof ConfigError ? error.cause : error;
  const origin = inner instanceof ConfigError ? inner.origin : undefined;
  const kind = origin && context.files.kindOf(origin.file);
  const place = jailPlace(subject, context);
  if (kind === undefined || kind === 'jail') return place;
  const layout = context.files.layout((origin as Origin).file);
  const others = context.files.of(kind);
  const names = others.flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.kind === 'option' ? [entry.key] : [])),
  );
  return { ...place, layouts: layout ? [layout] : others, names: new Set(names) };
}
