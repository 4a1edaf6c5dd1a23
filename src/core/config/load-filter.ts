/**
 * What the tester's REGEX argument names → the filter it means: a jail's, a filter of the configuration, or a file.
 *
 * A jail wins over a filter of the same name. A file in a folder of filters (or the configuration folder) is read with its
 * `.local`; a file elsewhere stands alone with its includes. Anything else is no name, and undefined is returned: the text
 * is a regular expression itself. Source: fail2ban-regex(1), regex.md §2.
 */
import { basename, dirname, join } from 'node:path';
import { ConfigError } from '../errors.js';
import { parseBrackets } from './brackets.js';
import { type Combined, combine, withJail } from './combined.js';
import { readFields } from './field-options.js';
import { isFile } from './files.js';
import { filterPlan, filterValues, readFilter } from './filter-plan.js';
import { ConfigFolder, FILTER_DIRS, inFilterFolder } from './find-config.js';
import { loadConfig } from './load-config.js';
import type { FilterPlan, JailPlan } from './plans.js';
import { type Problem, ProblemLog } from './problems.js';
import { filesOf, readTree } from './read-tree.js';
import { type Traced, traced } from './traced.js';
import type { ConfigTree } from './tree.js';

export interface LoadFilterOptions {
  readonly folder: ConfigFolder;
  /** Where to look for filters that the folder does not have. */
  readonly packageDir?: string | undefined;
  /** Kind of log the filter is run on; decides `<logtype>` where the filter leaves it open. */
  readonly logtype?: 'file' | 'journal' | undefined;
}

export interface LoadedFilter {
  readonly kind: 'jail' | 'filter';
  /** Name of the jail or filter: `sshd`. */
  readonly name: string;
  /** The first file of the filter (jail: of its filter); undefined for a jail without filter. */
  readonly file: string | undefined;
  /** The configuration folder it belongs to; undefined for a file that stands alone. */
  readonly basedir: string | undefined;
  /** Bracket options of the argument, in order, as `Use filter options` prints them. */
  readonly options: ReadonlyMap<string, string>;
  /** All options in force, as `Real filter options` prints them. */
  readonly realOptions: ReadonlyMap<string, string>;
  readonly plan: FilterPlan;
  /** The whole jail, when it is one. */
  readonly jail: JailPlan | undefined;
  readonly problems: readonly Problem[];
}

/** A path or name with optional `[options]`: everything else is a regular expression. */
const NAME = /^([\p{L}\p{N}_/\-.]+)(?:\[.*\])?$/su;

/**
 * Looks the argument up.
 *
 * @returns undefined when nothing of that name exists
 * @throws {ConfigError} code `bracket-syntax`: wrong options; others: the filter exists and cannot be used
 */
export function loadFilter(argument: string, options: LoadFilterOptions): LoadedFilter | undefined {
  if (!NAME.test(argument)) return undefined;
  const { name, options: brackets } = parseBrackets(traced(argument));
  const { folder } = options;
  if (!name.includes('/') && !/\.(?:conf|local)$/.test(name)) {
    const jail = loadJailFilter(name, brackets, options);
    if (jail) return jail;
  }
  const found = findFilter(name, folder, options.packageDir);
  if (!found) return undefined;
  const problems = new ProblemLog();
  const tree = readTree(found.files, { problems, included: folder.included });
  if (found.files.some((file) => !tree.files.includes(file))) {
    throw new ConfigError('unreadable-file', `failed to load filter ${name}`, {
      origin: { file: found.files[0] as string, line: 1 },
    });
  }
  const backend = options.logtype === 'journal' ? 'systemd' : 'auto';
  const { plan, combined } = planTree(tree, { name: stem(basename(name)), brackets, backend, problems });
  const logtype = combined.init.get('logtype')?.text;
  const given = new Map([...brackets].map(([key, value]) => [key, value.text]));
  return {
    kind: 'filter',
    name: stem(basename(name)),
    file: found.file,
    basedir: found.basedir,
    options: given,
    realOptions: new Map([...(logtype === undefined ? [] : [['logtype', logtype] as const]), ...given]),
    plan,
    jail: undefined,
    problems: problems.list,
  };
}

interface PlanTree {
  readonly name: string;
  readonly brackets: ReadonlyMap<string, Traced>;
  /** Decides `<logtype>` where the filter leaves it open. */
  readonly backend: string;
  readonly problems: ProblemLog;
}

/**
 * The files of a filter, without a jail around it.
 *
 * @throws {ConfigError} something cannot be expanded
 */
export function planTree(
  tree: ConfigTree,
  { name, brackets, backend, problems }: PlanTree,
): { plan: FilterPlan; combined: Combined } {
  const definition = readFilter(tree, { brackets, jailVars: new Map(), backend });
  const combined = combine(withJail(definition, new Map()));
  const values = filterValues(combined.values, problems);
  const fields = readFields(definition, combined);
  return { plan: filterPlan(name, { brackets, values }, { fields }), combined };
}

function loadJailFilter(
  name: string,
  brackets: ReadonlyMap<string, Traced>,
  { folder, logtype }: LoadFilterOptions,
): LoadedFilter | undefined {
  const only = new Set([name]);
  const loaded = loadConfig({
    folder,
    only,
    enable: only,
    logtype,
    filterOptions: brackets,
    withoutBase: true,
    withoutActions: true,
  });
  const jail = loaded.jails[0];
  if (!jail) {
    const [skipped] = loaded.skipped;
    if (!skipped && !loaded.fatal) return undefined;
    // A configuration without jails is no obstacle to testing a filter of it.
    if (loaded.fatal?.error.code === 'no-jails') return undefined;
    throw loaded.fatal?.error ?? new ConfigError('bad-jail', skipped?.message ?? '');
  }
  const { filter } = jail;
  return {
    kind: 'jail',
    name,
    file: folder.filterFiles(filter.name)[0],
    basedir: folder.dir,
    options: new Map([...brackets].map(([key, value]) => [key, value.text])),
    realOptions: new Map(Object.entries(filter.options)),
    plan: filter,
    jail,
    problems: loaded.problems,
  };
}

interface FoundFilter {
  /** Files to read, in order. */
  readonly files: readonly string[];
  readonly file: string;
  readonly basedir: string | undefined;
}

function findFilter(
  name: string,
  folder: ConfigFolder,
  packageDir: string | undefined,
): FoundFilter | undefined {
  const file = [name, `${name}.conf`, `${name}.local`].find(isFile);
  if (file !== undefined) {
    if (!inFilterFolder(file, folder)) return { files: [file], file, basedir: undefined };
    const inside = (FILTER_DIRS as readonly string[]).includes(basename(dirname(file)));
    const basedir = inside ? dirname(dirname(file)) : dirname(file);
    const files = filesOf(join(dirname(file), stem(basename(file))));
    return { files: files.length > 0 ? files : [file], file, basedir };
  }
  const bare = stem(name.replace(/^filters?\.d\//, ''));
  if (bare.includes('/')) return undefined;
  for (const place of [folder, ...(packageDir === undefined ? [] : [new ConfigFolder(packageDir)])]) {
    const files = place.filterFiles(bare);
    if (files.length > 0) return { files, file: files[0] as string, basedir: place.dir };
  }
  return undefined;
}

function stem(name: string): string {
  return name.replace(/\.(?:conf|local)$/, '');
}
