/**
 * A filter's or an action's file with the options it is called with → one dictionary of options, tags filled in.
 *
 * Precedence is fail2ban's: brackets, `[Init]`, `[Definition]`. What a `%(name)s` can see depends on who asks:
 * `[Init]` only its own file; the options fail2ban knows also the jail's options and the brackets; options that the file
 * invents see nothing more while the jail is being read (that is what the jail gets as `known/…`). A filter is expanded
 * a second time once its jail is read (`withJail`), and then sees `[Init]` and every option of the jail as well; what the
 * file invents is then only looked at when a tag asks for it.
 * Source: jail.conf(5), config.md §5.1–§5.3; found by comparing outputs.
 */
import { ConfigError } from '../errors.js';
import { getOption, type Vars } from './interpolate.js';
import { substituteTags } from './tags.js';
import type { Traced } from './traced.js';
import { type ConfigTree, KNOWN } from './tree.js';

export interface CombineOptions {
  /** Options that fail2ban knows in `[Definition]`, in its order. */
  readonly table: readonly string[];
  /** Options of the jail, names in lower case. */
  readonly jailVars: Vars;
  /** Bracket options, names as written. */
  readonly brackets: ReadonlyMap<string, Traced>;
  /** An action: tags that wait for the ban; invented options are looked at only when a tag asks for them. */
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
  /** Options of the table as `[Definition]` has them. */
  readonly known: ReadonlyMap<string, Traced>;
  /** Options the file invented in `[Definition]`. */
  readonly free: ReadonlyMap<string, Traced>;
  /** What `%(…)s` can see in options of `[Definition]` that only a tag asks for, where it is not as in the beginning. */
  readonly vars?: Vars | undefined;
  /** Options of the table that the jail sets itself: its values, for tags. */
  readonly overruled?: ReadonlyMap<string, Traced> | undefined;
  /** What `[Init]` says, also where brackets say something else. */
  readonly initFile: ReadonlyMap<string, Traced>;
}

/**
 * Takes the values out of the tree. The order decides which mistake is reported first.
 *
 * @throws {ConfigError} `%(…)s` cannot be expanded
 */
export function readDefinition(tree: ConfigTree, options: CombineOptions): Definition {
  const { brackets, keep } = options;
  const known = readKnown(tree, options, { skip: brackets, vars: callerVars(options) });
  const initFile = new Map<string, Traced>();
  for (const name of tree.options('Init')) {
    const value = getOption(tree, ['Init', name]) as Traced;
    if (!keep || !overridden(name, brackets)) initFile.set(name, value);
  }
  const free = keep ? new Map<string, Traced>() : readFree(tree, options);
  return { tree, options, known, free, initFile };
}

/**
 * The same file, seen from a jail that has been read.
 *
 * @throws {ConfigError} `%(…)s` cannot be expanded
 */
export function withJail(definition: Definition, jailVars: Vars): Definition {
  const { tree, options } = definition;
  const init = initOptions(definition);
  const vars = new Map(jailVars);
  for (const [name, value] of definition.initFile) vars.set(`known/${name}`, value);
  for (const [name, value] of init) vars.set(name.toLowerCase(), value);
  const all = readKnown(tree, options, { skip: init, vars });
  const known = new Map([...all].filter(([name]) => !jailVars.has(name)));
  const overruled = new Map([...all].filter(([name]) => jailVars.has(name)));
  return { ...definition, known, free: new Map(), vars, overruled };
}

/**
 * Fills in the tags.
 *
 * @throws {ConfigError} a value refers to itself
 */
export function combine(definition: Definition): Combined {
  const { tree, options, known, free, initFile, overruled } = definition;
  const { brackets } = options;
  const all = new Map([...known, ...free, ...brackets]);
  for (const [name, value] of initFile) {
    all.set(`known/${name}`, value);
    if (!brackets.has(name)) all.set(name, value);
  }
  const init = initOptions(definition);
  const keep = new Set(options.keep ?? []);
  // Values that depend on the address family are chosen at the ban.
  for (const name of familyNames(init.keys())) keep.add(name);
  const vars = callerVars(options);
  const views = { vars, ownVars: definition.vars ?? vars };
  const values = substituteTags(all, {
    keep,
    fallback: (tag) => overruled?.get(tag) ?? fallback(tree, tag, views),
  });
  for (const name of initFile.keys()) values.delete(`known/${name}`);
  return { values, init, defined: tree.has('Definition') };
}

/**
 * Options of `[Definition]`, brackets and `[Init]` that fail2ban does not know, their variants for an address family
 * too, tags filled in from what `combine` made of the rest. What cannot be made out is left out.
 */
export function combineOwn(
  definition: Definition,
  { values }: Combined,
  names: ReadonlySet<string>,
): Map<string, Traced> {
  const { tree, options, initFile } = definition;
  const vars = callerVars(options);
  const own = new Map<string, Traced>();
  const isWanted = (name: string) => names.has(name.replace(/\?.*$/s, ''));
  for (const name of tree.options('Definition')) {
    const value = isWanted(name) ? tolerate(() => valueFor(tree, name, vars)) : undefined;
    if (value) own.set(name, value);
  }
  for (const [name, value] of [...initFile, ...options.brackets]) if (isWanted(name)) own.set(name, value);
  const keep = new Set([
    ...(options.keep ?? []),
    ...familyNames([...initFile.keys(), ...options.brackets.keys()]),
  ]);
  const lookUp = (tag: string) => values.get(tag) ?? fallback(tree, tag, { vars, ownVars: vars });
  const filled = new Map<string, Traced>();
  for (const [name, value] of own) {
    const one = tolerate(() =>
      substituteTags(new Map([[name, value]]), { keep, fallback: lookUp }).get(name),
    );
    if (one) filled.set(name, one);
  }
  return filled;
}

/** Names whose value depends on the address family. */
function familyNames(names: Iterable<string>): string[] {
  return [...names].filter((name) => name.includes('?')).map((name) => name.slice(0, name.indexOf('?')));
}

function tolerate<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

interface ReadKnown {
  readonly skip: ReadonlyMap<string, unknown>;
  readonly vars: Vars;
}

function readKnown(
  tree: ConfigTree,
  { table }: CombineOptions,
  { skip, vars }: ReadKnown,
): Map<string, Traced> {
  const known = new Map<string, Traced>();
  for (const name of tree.has('Definition') ? table : []) {
    const value = skip.has(name) ? undefined : valueFor(tree, name, vars);
    if (value !== undefined) known.set(name, value);
  }
  return known;
}

function readFree(tree: ConfigTree, { table }: CombineOptions): Map<string, Traced> {
  const names = tree.options('Definition').filter((name) => !table.includes(name));
  return new Map(names.map((name) => [name, getOption(tree, ['Definition', name]) as Traced]));
}

/** A variable of the option's own name is its value as it stands; it has been expanded where it was written. */
function valueFor(tree: ConfigTree, name: string, vars: Vars): Traced | undefined {
  if (tree.raw('Definition', name) === undefined) return undefined;
  return vars.get(name) ?? getOption(tree, ['Definition', name], vars);
}

function callerVars({ jailVars, brackets }: CombineOptions): Vars {
  return new Map([
    ...jailVars,
    ...[...brackets].map(([name, value]) => [name.toLowerCase(), value] as const),
  ]);
}

function initOptions({ options, initFile }: Definition): Map<string, Traced> {
  const rest = [...initFile].filter(([name]) => !options.brackets.has(name));
  return new Map([...options.brackets, ...rest]);
}

/** A bracket option replaces the variants for an address family too, unless brackets name a variant themselves. */
function overridden(name: string, brackets: ReadonlyMap<string, Traced>): boolean {
  const mark = name.indexOf('?');
  if (mark === -1 || brackets.has(name)) return false;
  const base = name.slice(0, mark);
  return brackets.has(base) && ![...brackets.keys()].some((key) => key.startsWith(`${base}?`));
}

/** A tag that is no option: one of `[Definition]` after all, of another section, or what a value was before. */
function fallback(
  tree: ConfigTree,
  tag: string,
  { vars, ownVars }: { vars: Vars; ownVars: Vars },
): Traced | undefined {
  const [section, name, ...more] = tag.split('/') as [string, ...string[]];
  if (more.length > 0 || tag === '__name__') return undefined;
  const defined = tree.has('Definition');
  if (name === undefined) {
    const wanted = tag.toLowerCase();
    if (!defined) return undefined;
    return getOption(tree, ['Definition', wanted], tree.own('Definition', wanted) ? ownVars : vars);
  }
  const option = name.toLowerCase();
  if (section === 'known') {
    // With a single file there is no before: the value itself.
    const before = tree.known.has('Definition') ? getOption(tree, [`${KNOWN}Definition`, option]) : undefined;
    return before ?? (defined ? getOption(tree, ['Definition', option]) : undefined);
  }
  if (section === 'DEFAULT' || section === 'default') return getOption(tree, ['DEFAULT', option]);
  return tree.has(section) ? getOption(tree, [section, option]) : undefined;
}
