/**
 * `<tag>` → value, at load time, inside the combined options of a filter or an action.
 *
 * Every `<name>` that is an option of the same dictionary is replaced by its value, innermost first, again and again:
 * `<mdre-<mode>>` works. What is no option stays: it may be `<HOST>`, `<ip>` or shell text. Source: jail.conf(5)
 * "[Init] section", config.md §5.3.
 */
import { ConfigError } from '../errors.js';
import { repr } from '../python-repr.js';
import { originOf, replaceText, type Traced } from './traced.js';

/** More replacements of one tag within one value mean that it never ends. */
const MAX_REPLACEMENTS = 25;
/** Tags that hold tags can double a value with each step; nobody means that. */
const MAX_LENGTH = 1 << 20;
const TAG = /<([^ <>]+)>/g;

export interface TagOptions {
  /** Value of a tag that is not in the dictionary (`section/option`, `known/…`), or undefined. */
  readonly fallback?: ((tag: string) => Traced | undefined) | undefined;
  /** Names left for later, whatever the dictionary says. */
  readonly keep?: ReadonlySet<string> | undefined;
}

/**
 * A copy of the dictionary, same order, all tags replaced that can be.
 *
 * @throws {ConfigError} a value refers to itself
 */
export function substituteTags(
  values: ReadonlyMap<string, Traced>,
  options: TagOptions = {},
): Map<string, Traced> {
  const result = new Map(values);
  for (const name of result.keys()) {
    if (options.keep?.has(name)) continue;
    result.set(name, substitute(name, result, options));
  }
  return result;
}

function substitute(name: string, values: ReadonlyMap<string, Traced>, options: TagOptions): Traced {
  let value = values.get(name) as Traced;
  const counts = new Map<string, number>();
  let at = 0;
  for (;;) {
    TAG.lastIndex = at;
    const match = TAG.exec(value.text);
    if (!match) return value;
    const tag = match[1] as string;
    const found = options.keep?.has(tag) ? undefined : (values.get(tag) ?? options.fallback?.(tag));
    if (found === undefined) {
      at = match.index + match[0].length;
      continue;
    }
    if (tag === name || (counts.get(tag) ?? 0) > MAX_REPLACEMENTS)
      throw endless(name, tag, { counts, value });
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
    value = replaceAll(value, match[0], found);
    // The new text may have closed an outer tag: <mdre-<mode>>.
    at = Math.max(0, value.text.lastIndexOf('<', match.index - 1));
  }
}

function replaceAll(value: Traced, tag: string, inner: Traced): Traced {
  const count = value.text.split(tag).length - 1;
  const length = value.text.length + count * (inner.text.length - tag.length);
  if (length > MAX_LENGTH) throw tooLong(tag, value);
  return replaceText(value, tag, inner);
}

function tooLong(tag: string, value: Traced): ConfigError {
  return new ConfigError(
    'tag-length',
    `the value grows beyond ${MAX_LENGTH} characters while ${tag} is filled in`,
    { origin: originOf(value) },
    { hint: 'Its tags multiply each other; write it with fewer of them.' },
  );
}

function endless(
  name: string,
  tag: string,
  { counts, value }: { counts: ReadonlyMap<string, number>; value: Traced },
): ConfigError {
  return new ConfigError(
    'tag-recursion',
    'properties contain self referencing definitions and cannot be resolved, ' +
      `fail tag: ${name}, found: ${tag} in ${repr(counts)}, value: ${value.text}`,
    { origin: originOf(value), option: name },
    { hint: `Break the circle: <${tag}> must not lead back to itself.` },
  );
}
