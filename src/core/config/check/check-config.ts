/**
 * A configuration folder → every mistake in it.
 *
 * First all files by themselves (lines, names, plain values), whoever uses them; then the server's settings; then each
 * jail that is enabled or asked for, with its filter and actions; last the filters no jail uses. No step hides another.
 * What cannot be read at all is thrown; everything else is a finding.
 */
import { existsSync } from 'node:fs';
import { ConfigError, EXIT, type Origin } from '../../errors.js';
import { combine, withJail } from '../combined.js';
import { readFields } from '../field-options.js';
import { filterPlan, filterValues, readFilter } from '../filter-plan.js';
import type { ConfigFolder } from '../find-config.js';
import { readGlobal } from '../global-plan.js';
import { MissingNameError } from '../interpolate.js';
import { FAIL2BAN_VERSION } from '../load-config.js';
import { traced } from '../traced.js';
import { type ConfigTree, DEFAULT, INCLUDES } from '../tree.js';
import { saysYesOrNo } from '../values.js';
import { checkIncludes } from './check-includes.js';
import { checkJail, readFirst } from './check-jail.js';
import { checkRegexes, otherModes } from './check-regexes.js';
import {
  type CheckContext,
  type FormulaJudge,
  ignoredProblems,
  readFiles,
  readPart,
  reportError,
} from './context.js';
import { didYouMean, type Finding, FindingLog } from './finding.js';
import type { Layout } from './layout.js';
import { lintLines } from './lint-lines.js';
import { lintNames } from './lint-names.js';
import { lintValues } from './lint-values.js';
import { nearest } from './nearest.js';
import { partNames } from './part-names.js';
import { type FileKind, SourceFiles } from './source-files.js';
import { Vocabulary } from './vocabulary.js';

export interface CheckOptions {
  readonly folder: ConfigFolder;
  /** Only these jails, as if they were enabled. */
  readonly jails?: readonly string[] | undefined;
  /** The present year, for date patterns. */
  readonly year: number;
  /** Rejects for a name that is no encoding. */
  readonly findEncoding?: ((name: string) => Promise<unknown>) | undefined;
  /** Formulas are another room's language; without it they are not looked at. */
  readonly judgeFormula?: FormulaJudge | undefined;
  /** Found out where left out. */
  readonly hasJournal?: boolean | undefined;
}

export interface CheckReport {
  readonly dir: string;
  readonly findings: readonly Finding[];
  readonly errors: number;
  readonly warnings: number;
  readonly files: number;
  /** Nothing of the jails, or nothing of the server's settings, could be read. */
  readonly unreadable: boolean;
  /** Names of the jails that were checked. */
  readonly jails: readonly string[];
}

/** Where journald keeps its files. */
const JOURNALS = ['/run/log/journal', '/var/log/journal'];

const KINDS: readonly FileKind[] = ['base', 'jail', 'filter', 'action'];

/** @throws {ConfigError} exit code 2: there is nothing that could be read */
export async function checkConfig(options: CheckOptions): Promise<CheckReport> {
  const { folder, jails: asked = [] } = options;
  assertReadable(folder);
  const files = new SourceFiles();
  const log = new FindingLog((origin) => files.lineAt(origin));
  const base = readFiles(folder.baseFiles(), 'base', { folder, files, log });
  const tree = readFiles(folder.jailFiles(), 'jail', { folder, files, log });
  for (const kind of ['filter', 'action'] as const) {
    for (const name of partNames(folder, kind))
      readFiles(filesOfPart(folder, kind, name), kind, { folder, files, log });
  }
  const used = Object.fromEntries(KINDS.map((kind) => [kind, new Vocabulary(files.of(kind))]));
  const context: CheckContext = {
    folder,
    files,
    log,
    used: used as CheckContext['used'],
    year: options.year,
    parts: new Map(),
    encodings: new Map(),
    judgeFormula: options.judgeFormula,
    hasJournal: options.hasJournal ?? JOURNALS.some(existsSync),
  };

  const included = lintFiles(context);
  checkBase(base, context);
  const jails = checkJails(tree, asked, context);
  if (asked.length === 0) checkIdleFilters(included, context);
  await checkEncodings(context, options.findEncoding);

  const findings =
    asked.length === 0 ? log.list() : log.list().filter((finding) => concerns(finding, asked, context));
  const errors = findings.filter(({ level }) => level === 'error').length;
  return {
    dir: folder.dir,
    findings,
    errors,
    warnings: findings.length - errors,
    files: files.count,
    unreadable: isLost(folder.baseFiles(), base) || isLost(folder.jailFiles(), tree),
    jails,
  };
}

function isLost(files: readonly string[], { files: read }: ConfigTree): boolean {
  return files.length > 0 && !files.some((file) => read.includes(file));
}

function assertReadable(folder: ConfigFolder): void {
  const unreadable = (code: string, message: string, hint: string) =>
    new ConfigError(code, message, {}, { hint, exitCode: EXIT.unreadable });
  try {
    folder.assertExists();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw unreadable(error.code, error.message.trim(), error.hint ?? '');
  }
  if (folder.ours || folder.baseFiles().length > 0 || folder.jailFiles().length > 0) return;
  throw unreadable(
    'no-config',
    `there is neither a fail2ban.conf nor a jail.conf in ${folder.dir}`,
    'Name the folder of the configuration with -c, or with the variable F2B_CONFIG.',
  );
}

function filesOfPart(folder: ConfigFolder, kind: 'filter' | 'action', name: string): string[] {
  return kind === 'filter' ? folder.filterFiles(name) : folder.actionFiles(name);
}

function definedIn(layouts: readonly Layout[]): ReadonlyMap<string, ReadonlySet<string>> {
  const defined = new Map<string, Set<string>>();
  for (const { file, entries } of layouts) {
    for (const entry of entries) {
      if (entry.kind !== 'option') continue;
      const files = defined.get(entry.key) ?? new Set();
      defined.set(entry.key, files.add(file));
    }
  }
  return defined;
}

/** @returns files that others include */
function lintFiles(context: CheckContext): ReadonlySet<string> {
  const { folder, files, log, used } = context;
  const all = new Set<string>();
  for (const kind of KINDS) {
    const layouts = files.of(kind);
    const defined = definedIn(layouts);
    const included = checkIncludes(layouts, { folder, log });
    for (const file of included) all.add(file);
    for (const layout of layouts) {
      lintLines(layout, kind, log);
      lintNames(layout, { kind, log, used: used[kind], defined, included: included.has(layout.file) });
      lintValues(layout, kind, log);
    }
  }
  return all;
}

function checkBase(tree: ConfigTree, { folder, files, log }: CheckContext): void {
  if (folder.baseFiles().length === 0) {
    if (!folder.ours) {
      const suggestion = 'fail2ban does not start without it; an empty [Definition] is enough.';
      log.error('no-base', `there is no fail2ban.conf in ${folder.dir}`, { suggestion });
    }
    return;
  }
  if (!tree.has('Definition')) {
    const origin = { file: folder.baseFiles()[0] as string, line: 1 };
    log.error('no-definition', 'there is no section [Definition]: nothing of the file is read', { origin });
    return;
  }
  try {
    readGlobal(tree, { problems: ignoredProblems() });
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'early-loglevel') return;
    const names = [...tree.options('Definition'), ...tree.defaults.keys()];
    reportError(error, log, { layouts: files.of('base'), names });
  }
}

function checkJails(tree: ConfigTree, asked: readonly string[], context: CheckContext): string[] {
  const { folder, log } = context;
  if (folder.jailFiles().length === 0 && !folder.ours) {
    log.error('no-jails', `there is neither a jail.conf nor a jail.local in ${folder.dir}`);
  }
  tree.defaults.set('fail2ban_version', tree.defaults.get('fail2ban_version') ?? traced(FAIL2BAN_VERSION));
  tree.defaults.set('fail2ban_confpath', tree.defaults.get('fail2ban_confpath') ?? traced(folder.dir));
  const names = [...tree.sections.keys()].filter((name) => name !== INCLUDES);
  for (const name of asked) {
    if (names.includes(name)) continue;
    const suggestion = didYouMean(nearest(name, names));
    log.error('unknown-jail', `there is no jail ${name} in ${folder.dir}`, {
      got: name,
      jail: name,
      suggestion,
    });
  }
  const mainFiles = new Set(folder.jailFiles());
  const checked: string[] = [];
  for (const name of asked.length > 0 ? names.filter((one) => asked.includes(one)) : names) {
    const subject = { name, tree, mainFiles };
    const first = readFirst(subject, context);
    const enabled = first.get('enabled');
    // A jail that is neither on nor off was hardly meant to be off.
    if (enabled?.value === true || (enabled && !saysYesOrNo(enabled.raw.text)) || asked.includes(name)) {
      checked.push(name);
      checkJail(subject, first, context);
    } else checkStrayJail(name, names, subject, context);
  }
  return checked;
}

/** A section that only adds a few options to a jail of nearly that name. */
function checkStrayJail(
  name: string,
  names: readonly string[],
  { tree }: { tree: ConfigTree },
  { log }: CheckContext,
): void {
  const defines = (jail: string) =>
    ['filter', 'logpath', 'enabled', 'failregex', 'backend', 'journalmatch'].some((option) =>
      tree.own(jail, option),
    );
  if (defines(name)) return;
  const near = nearest(name, names.filter(defines));
  if (near === undefined) return;
  log.warning('stray-jail', `[${name}] is a jail of its own that is never enabled`, {
    origin: tree.headers.get(name),
    got: `[${name}]`,
    jail: name,
    suggestion: didYouMean(`[${near}]`),
  });
}

/** Filters that no jail uses now, with the options they have by themselves. */
function checkIdleFilters(included: ReadonlySet<string>, context: CheckContext): void {
  const { folder, files, log } = context;
  for (const name of partNames(folder, 'filter')) {
    const paths = folder.filterFiles(name);
    // What is made to be included may need the includer's options.
    if (paths.some((file) => included.has(file))) continue;
    const { tree } = readPart('filter', name, context);
    const isFilter = ['failregex', 'format'].some(
      (key) => tree.own('Definition', key) || tree.defaults.has(key),
    );
    if (!isFilter) continue;
    try {
      const definition = readFilter(tree, { brackets: new Map(), jailVars: new Map(), backend: 'auto' });
      const combined = combine(withJail(definition, new Map()));
      const values = filterValues(combined.values, ignoredProblems());
      const fields = readFields(definition, combined);
      const plan = filterPlan(name, { brackets: new Map(), values }, { fields });
      const modes = otherModes(tree, combined.values);
      checkRegexes({ plan, jail: undefined, names: [], complete: false, otherModes: modes }, context);
    } catch (error) {
      // A jail could give the name in brackets.
      if (error instanceof MissingNameError && !nearest(error.key, namesOf(tree))) continue;
      const layouts = files.of('filter', new Set(tree.files));
      reportError(error, log, {
        layouts,
        names: namesOf(tree),
      });
    }
  }
}

function namesOf(tree: ConfigTree): string[] {
  return [...tree.options('Definition'), ...tree.options('Init'), ...tree.defaults.keys()];
}

async function checkEncodings(
  { encodings, log }: CheckContext,
  find: CheckOptions['findEncoding'],
): Promise<void> {
  if (!find) return;
  for (const [name, { origin, jail }] of encodings) {
    try {
      await find(name);
    } catch {
      const expected = 'auto, UTF-8, latin1, ascii, cp1252, …';
      log.error('bad-encoding', 'logencoding is no encoding anybody knows', {
        origin,
        got: name,
        expected,
        jail,
      });
    }
  }
}

/** With jails named: what is wrong with them, and with the server and jail files as a whole. */
function concerns(
  { file, jail, jails, line }: Finding,
  asked: readonly string[],
  { files }: CheckContext,
): boolean {
  const named = jails ?? (jail === undefined ? [] : [jail]);
  if (named.length > 0) return named.some((name) => asked.includes(name));
  const kind = file === undefined ? undefined : files.kindOf(file);
  if (kind === 'filter' || kind === 'action') return false;
  if (kind !== 'jail' || file === undefined || line === undefined) return true;
  const section = sectionAt({ file, line }, files);
  return section === undefined || section === DEFAULT || section === INCLUDES || asked.includes(section);
}

function sectionAt({ file, line }: Origin, files: SourceFiles): string | undefined {
  const headers =
    files.layout(file)?.entries.filter((entry) => entry.kind === 'header' && entry.line <= line) ?? [];
  const last = headers.at(-1);
  return last?.kind === 'header' ? last.name : undefined;
}
