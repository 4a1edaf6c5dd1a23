/**
 * `%(name)s` → value, lazily, at the moment a value is asked for.
 *
 * Look-up order: variables given by the caller, own section, `[DEFAULT]`, `__name__`. `%(section/option)s` takes the raw
 * value of another section and expands it in the context of the one that refers to it. Limits and wording are Python's
 * ConfigParser's. Source: jail.conf(5), config.md §1.1.
 */
import { ConfigError } from '../errors.js';
import { reprString } from '../python-repr.js';
import { originOf, splice, type Traced, traced } from './traced.js';
import { type ConfigTree, DEFAULT, KNOWN } from './tree.js';

export const MAX_DEPTH = 10;
/** Ten levels of ten references each would be ten thousand million. */
const MAX_LENGTH = 1 << 20;
/** The same where they all lead to nothing. */
const MAX_REFERENCES = 100_000;

/** Values that come before everything in the files; names in lower case. */
export type Vars = ReadonlyMap<string, Traced>;

const NO_VARS: Vars = new Map();

/**
 * The expanded value of an option, or undefined when neither the variables nor section nor `[DEFAULT]` have it.
 *
 * @throws {ConfigError} the value refers to something that does not exist, or to itself
 */
export function getOption(
  tree: ConfigTree,
  [section, option]: readonly [string, string],
  vars: Vars = NO_VARS,
): Traced | undefined {
  const raw = lookUp(tree, section, option, vars);
  if (raw === undefined) return undefined;
  const shown = tree.raw(section, option) ?? raw;
  return expand(raw, { tree, section, option, vars, raw: shown, count: { references: 0 } }, []);
}

interface Context {
  readonly tree: ConfigTree;
  readonly section: string;
  readonly option: string;
  readonly vars: Vars;
  /** The value the whole expansion started with, for messages. */
  readonly raw: Traced;
  readonly count: { references: number };
}

/** `outer` are the values that led here. */
function expand(value: Traced, context: Context, outer: readonly Traced[]): Traced {
  if (!value.text.includes('%')) return value;
  if (outer.length >= MAX_DEPTH) throw tooDeep(context);
  const values = [...outer, value];
  let result = value;
  let at = 0;
  for (;;) {
    at = result.text.indexOf('%', at);
    if (at === -1) return result;
    const next = result.text[at + 1];
    if (next === '%') {
      result = splice(result, [at, at + 2], traced('%'));
      at += 1;
      continue;
    }
    const rest = result.text.slice(at);
    const name = /^%\(([^)]+)\)s/.exec(rest)?.[1];
    if (name === undefined) throw badSyntax(context, rest);
    const key = name.toLowerCase();
    const found = lookUpReference(context, key, values);
    if (found === undefined) throw missing(context, key);
    if (++context.count.references > MAX_REFERENCES) throw tooLong(context);
    const inner = expand(found, context, values);
    result = splice(result, [at, at + name.length + 4], inner);
    at += inner.text.length;
    if (result.text.length > MAX_LENGTH) throw tooLong(context);
  }
}

function lookUp(tree: ConfigTree, section: string, option: string, vars: Vars): Traced | undefined {
  return vars.get(option) ?? tree.raw(section, option);
}

function lookUpReference(context: Context, key: string, values: readonly Traced[]): Traced | undefined {
  const { tree, section, vars } = context;
  const found = lookUp(tree, section, key, vars);
  if (found !== undefined) return found;
  if (key === '__name__') return traced(section);
  const slash = key.indexOf('/');
  if (slash === -1) return undefined;
  // Sections are looked into by names as they are written, values are found by names in lower case: it takes both.
  if (!values.some(({ text }) => text.includes(`%(${key})s`))) return undefined;
  const other = key.slice(0, slash);
  const option = key.slice(slash + 1);
  if (other === 'known') return tree.raw(KNOWN + section, option);
  if (other === DEFAULT.toLowerCase()) return tree.defaults.get(option);
  return tree.has(other) ? tree.raw(other, option) : undefined;
}

function badSyntax(context: Context, rest: string): ConfigError {
  const message = rest.startsWith('%(')
    ? `bad interpolation variable reference ${reprString(rest)}`
    : `'%' must be followed by '%' or '(', found: ${reprString(rest)}`;
  return new ConfigError('interpolation-syntax', message, placeOf(context), {
    hint: 'Double every % that is meant literally: %%.',
  });
}

/** `%(key)s` where nothing is called so. */
export class MissingNameError extends ConfigError {
  /** In lower case, as it was looked for. */
  key = '';
}

function missing(context: Context, key: string): ConfigError {
  const error = new MissingNameError(
    'interpolation-missing',
    `Bad value substitution: option ${reprString(context.option)} in section ${reprString(context.section)} ` +
      `contains an interpolation key ${reprString(key)} which is not a valid option name. ` +
      `Raw value: ${reprString(context.raw.text)}`,
    placeOf(context),
    {
      hint: key.includes('/')
        ? `Name a section and an option that exist, both in lower case, [DEFAULT] as default: %(${key})s.`
        : `Define ${key} in [${context.section}] or [DEFAULT], or correct the name.`,
    },
  );
  error.key = key;
  return error;
}

function tooDeep(context: Context): ConfigError {
  return new ConfigError(
    'interpolation-depth',
    `Recursion limit exceeded in value substitution: option ${reprString(context.option)} in section ` +
      `${reprString(context.section)} contains an interpolation key which cannot be substituted in ` +
      `${MAX_DEPTH} steps. Raw value: ${reprString(context.raw.text)}`,
    placeOf(context),
    { hint: 'The value refers to itself; known/… reaches back one file only.' },
  );
}

function tooLong(context: Context): ConfigError {
  return new ConfigError(
    'interpolation-length',
    `Option ${reprString(context.option)} in section ${reprString(context.section)} grows beyond ${MAX_LENGTH} characters or ${MAX_REFERENCES} references`,
    placeOf(context),
    { hint: 'Its references multiply each other; write it with fewer of them.' },
  );
}

function placeOf(context: Context): { origin: ReturnType<typeof originOf>; section: string; option: string } {
  return { origin: originOf(context.raw), section: context.section, option: context.option };
}
