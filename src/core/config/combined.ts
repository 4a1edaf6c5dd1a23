/**
 * A filter's or an action's file with the options it is called with → one dictionary of options.
 *
 * Order and precedence are fail2ban's: `[Definition]` in the order of the table and then as written, the bracket options,
 * then `[Init]`. An option that brackets or `[Init]` name is not read from `[Definition]` at all. Variables for `%(x)s`
 * are the jail's options and the brackets; `[Init]` sees neither. Source: jail.conf(5), config.md §5.1.
 */
import { getOption, type Vars } from './interpolate.js';
import { substituteTags } from './tags.js';
import type { Traced } from './traced.js';
import type { ConfigTree } from './tree.js';

export interface CombineOptions {
  /** Options that fail2ban knows in `[Definition]`, in its order. */
  readonly table: readonly string[];
  readonly vars: Vars;
  /** Bracket options, names as written. */
  readonly brackets: ReadonlyMap<string, Traced>;
  /** Tags that wait for the ban. */
  readonly keep?: ReadonlySet<string> | undefined;
}

export interface Combined {
  /** All options in order, tags filled in. */
  readonly values: ReadonlyMap<string, Traced>;
  /** Brackets, then [Init], as written: tags not filled in. */
  readonly init: ReadonlyMap<string, Traced>;
  /** False when the file has no [Definition], which leaves every option of the table undefined. */
  readonly defined: boolean;
}

/** A file read, not yet combined: reading problems come first, circles of tags are found later. */
export interface Definition {
  readonly tree: ConfigTree;
  readonly options: CombineOptions;
  readonly own: ReadonlyMap<string, Traced>;
  readonly init: ReadonlyMap<string, Traced>;
  readonly initFile: ReadonlyMap<string, Traced>;
}

/**
 * Takes the values out of the tree.
 *
 * @throws {ConfigError} `%(…)s` cannot be expanded
 */
export function readDefinition(tree: ConfigTree, options: CombineOptions): Definition {
  const initNames = tree.options('Init');
  const elsewhere = new Set([...options.brackets.keys(), ...initNames]);
  const own = new Map<string, Traced>();
  if (tree.has('Definition')) {
    for (const name of new Set([...options.table, ...tree.options('Definition')])) {
      if (elsewhere.has(name)) continue;
      const value = getOption(tree, ['Definition', name], options.vars);
      if (value !== undefined) own.set(name, value);
    }
  }
  const init = new Map(options.brackets);
  const initFile = new Map<string, Traced>();
  for (const name of initNames) {
    const value = getOption(tree, ['Init', name]) as Traced;
    initFile.set(name, value);
    if (!init.has(name)) init.set(name, value);
  }
  return { tree, options, own, init, initFile };
}

/**
 * Fills in the tags.
 *
 * @throws {ConfigError} a value refers to itself
 */
export function combine({ tree, options, own, init, initFile }: Definition): Combined {
  const all = new Map([...own, ...init]);
  const known = [...initFile].map(([name, value]) => [`known/${name}`, value] as const);
  const keep = new Set(options.keep ?? []);
  if (options.keep) {
    // Values that depend on the address family are chosen at the ban.
    for (const name of init.keys()) if (name.includes('?')) keep.add(name.slice(0, name.indexOf('?')));
  }
  const values = substituteTags(new Map([...all, ...known]), {
    keep,
    fallback: (tag) => fallback(tree, tag, options.vars),
  });
  for (const [name] of known) values.delete(name);
  return { values, init, defined: tree.has('Definition') };
}

/** A tag that is no option: an option of `[Definition]`, of another section, or what a value was before. */
function fallback(tree: ConfigTree, tag: string, vars: Vars): Traced | undefined {
  const parts = tag.split('/');
  if (parts.length > 2 || tag === '__name__') return undefined;
  const [section, option] = parts.length === 2 ? (parts as [string, string]) : ['Definition', tag];
  if (section === 'known') {
    const key = option.toLowerCase();
    const before = tree.own('Definition', `known/${key}`);
    return getOption(tree, ['Definition', before ? `known/${key}` : key]);
  }
  if (parts.length === 1)
    return tree.has(section) ? getOption(tree, [section, option.toLowerCase()], vars) : undefined;
  if (section === 'DEFAULT' || section === 'default')
    return getOption(tree, ['DEFAULT', option.toLowerCase()]);
  return tree.has(section) ? getOption(tree, [section, option.toLowerCase()]) : undefined;
}
