/**
 * Catalogue: the files of a filter or an action, and what their heads say → the options a user can set in brackets.
 *
 * What heads describe comes first, in their order. Then what the files allow without a word: every key of `[Init]`, and what
 * chooses among variants (`<mode-<kind>>` with `mode-a` and `mode-b` makes `kind` an option of the values a and b). Defaults
 * are always those of the files, never those of a head. Where there are words, what nothing asks for is left out.
 */
import { basename } from 'node:path';
import { ACTION_OPTIONS, EXTRA_OPTIONS } from '../config/action-plan.js';
import { FILTER_OPTIONS } from '../config/filter-plan.js';
import { getOption } from '../config/interpolate.js';
import type { ConfigTree } from '../config/tree.js';
import { ConfigError } from '../errors.js';
import type { OptionText, ValueText } from './header.js';

export interface OptionEntry {
  readonly name: string;
  /** What it does; undefined where no head says it. */
  readonly text: string | undefined;
  /** As the files have it, `%(…)s` filled in; undefined where it has none. */
  readonly default: string | undefined;
  /** Defaults that hold for some only: `family=inet6` → value. */
  readonly variants: readonly { readonly when: string; readonly default: string }[];
  /** What it can be, the default first where a head says them. */
  readonly values: readonly ValueText[];
  /** The head says what happens without it. */
  readonly optional: boolean;
}

const COMMANDS: ReadonlySet<string> = new Set<string>([
  ...FILTER_OPTIONS,
  ...ACTION_OPTIONS,
  ...EXTRA_OPTIONS,
]);

/** @param texts what the heads say, the file's own first; the first word on an option counts */
export function optionsOf(tree: ConfigTree, texts: readonly OptionText[]): OptionEntry[] {
  const choices = choicesOf(tree);
  const variants = new Set([...choices.values()].flatMap(({ keys }) => keys));
  const entries = new Map<string, OptionEntry>();
  for (const { name, text, values, stated } of texts) {
    if (entries.has(name)) continue;
    const said = { text: text || undefined, values, optional: stated !== undefined };
    entries.set(name, entryOf(tree, name, said));
  }
  const asked = askedFor(tree);
  const unsaid = [...choices.keys(), ...tree.options('Init')].filter(
    (name) => !/^_|\?/.test(name) && !COMMANDS.has(name) && !variants.has(name),
  );
  for (const name of unsaid) {
    const isIdle = texts.length > 0 && (isShared(tree, name) || !asked.has(name));
    if (entries.has(name) || isIdle) continue;
    const values = (choices.get(name)?.values ?? []).map((value) => ({ name: value, text: '' }));
    entries.set(name, entryOf(tree, name, { text: undefined, values, optional: false }));
  }
  return [...entries.values()];
}

function entryOf(
  tree: ConfigTree,
  name: string,
  { text, values, optional }: Pick<OptionEntry, 'text' | 'values' | 'optional'>,
): OptionEntry {
  const keys = tree.options('Init').filter((key) => key.startsWith(`${name}?`));
  return {
    name,
    text,
    default: defaultOf(tree, name),
    variants: keys.map((key) => ({
      when: key.slice(name.length + 1),
      default: expanded(tree, 'Init', key) ?? '',
    })),
    values,
    optional,
  };
}

/** Something that only serves other files. */
function isShared(tree: ConfigTree, name: string): boolean {
  return /(?:^|-)common\.conf$/.test(basename(tree.own('Init', name)?.origins[0]?.file ?? ''));
}

/** `[Init]` comes before `[Definition]`. */
function defaultOf(tree: ConfigTree, name: string): string | undefined {
  const key = name.toLowerCase();
  const section = ['Init', 'Definition'].find((each) => tree.own(each, key) !== undefined);
  return section === undefined ? undefined : expanded(tree, section, key);
}

function expanded(tree: ConfigTree, section: string, key: string): string | undefined {
  try {
    return getOption(tree, [section, key])?.text;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return tree.own(section, key)?.text;
  }
}

interface Choice {
  readonly values: string[];
  readonly keys: string[];
}

/** `<PREFIX-<NAME>>` or `<PREFIX-<NAME>-SUFFIX>` where there is a NAME, and keys that are so called for some value. */
function choicesOf(tree: ConfigTree): Map<string, Choice> {
  const sections = ['Definition', 'Init'];
  const keys = sections.flatMap((section) => tree.options(section));
  const texts = sections.flatMap((section) =>
    tree.options(section).map((key) => tree.own(section, key)?.text ?? ''),
  );
  const uses = texts.flatMap((text) =>
    [...text.matchAll(/<([\w.-]+-)<([\w.-]+)>([\w.-]*)>/g)].flatMap(
      ([, prefix = '', name = '', suffix = '']) => (keys.includes(name) ? [{ prefix, name, suffix }] : []),
    ),
  );
  // The longest first: of x-new-a it is a that is chosen where there is x-new-<kind>, of x-a-other it is a as well.
  uses.sort((a, b) => b.prefix.length + b.suffix.length - a.prefix.length - a.suffix.length);
  const choices = new Map<string, Choice>();
  const taken = new Set<string>();
  for (const { prefix, name, suffix } of uses) {
    const choice = choices.get(name) ?? { values: [], keys: [] };
    choices.set(name, choice);
    for (const key of keys) {
      const value = key.slice(prefix.length, key.length - suffix.length);
      const isVariant = key.startsWith(prefix) && key.endsWith(suffix) && value !== '';
      if (!isVariant || key === name || taken.has(key)) continue;
      if (key.length <= prefix.length + suffix.length) continue;
      taken.add(key);
      choice.keys.push(key);
      if (!choice.values.includes(value)) choice.values.push(value);
    }
  }
  return choices;
}

/** Names that the commands (of a filter: its expressions) ask for, by whatever ways; unknown ones too. */
export function askedFor(tree: ConfigTree, from: Iterable<string> = COMMANDS): Set<string> {
  const keys = ['Definition', 'Init'].flatMap((section) => tree.options(section));
  const bare = (name: string) => name.replace(/\?.*$/s, '');
  const seen = new Set<string>();
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const key of keys.filter((each) => bare(each) === name)) {
      const text = [tree.own('Init', key)?.text, tree.own('Definition', key)?.text].join('\n');
      for (const [, tag, ref] of text.matchAll(/<([\w.-]+)>|%\(([\w.-]+)\)s/g)) open.push(tag ?? ref ?? '');
      for (const [, prefix = ''] of text.matchAll(/<([\w.-]+-)</g)) {
        open.push(...keys.filter((each) => each.startsWith(prefix)));
      }
    }
  }
  return seen;
}
