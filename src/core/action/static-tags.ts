/**
 * Action stage, tags part one: a command with the properties of its action filled in, for one address family.
 *
 * `<x>` is the property `x?family=inet6` or `x`, again and again, so that values may hold tags and tags may hold tags
 * (`<actiontype<type>>`). What is no property stays for the ban (dynamic-tags.ts). Source: bans.md §4.4, config.md §5.3.
 */
import { ActionError } from './action-error.js';
import { escapeStatic } from './shell-text.js';

export type PropertyValue = string | number | boolean;
export type Properties = ReadonlyMap<string, PropertyValue>;

/** Tags of the ban whatever a property is called. */
const ALWAYS_DYNAMIC: ReadonlySet<string> = new Set(['bantime']);
/** Where a property is called like one of these its value may come from a log. */
const ESCAPED: ReadonlySet<string> = new Set(['matches', 'ipmatches', 'ipjailmatches']);
const TAG = /<([^ <>]+)>/g;
const MAX_REPLACEMENTS = 25;
const MAX_LENGTH = 1 << 20;

/** The value of a property for a family, `''` for none. */
export function propertyFor(properties: Properties, name: string, family: string): PropertyValue | undefined {
  return (family === '' ? undefined : properties.get(`${name}?family=${family}`)) ?? properties.get(name);
}

/** @throws {ActionError} properties refer to each other in circles */
export function fillStatic(text: string, properties: Properties, family: string): string {
  const counts = new Map<string, number>();
  let value = text;
  let at = 0;
  for (;;) {
    TAG.lastIndex = at;
    const match = TAG.exec(value);
    if (!match) return value;
    const tag = match[1] as string;
    const found = ALWAYS_DYNAMIC.has(tag) ? undefined : propertyFor(properties, tag, family);
    if (found === undefined) {
      at = match.index + match[0].length;
      continue;
    }
    const count = (counts.get(tag) ?? 0) + 1;
    counts.set(tag, count);
    const inner = showProperty(found);
    value = value.replaceAll(match[0], () => (ESCAPED.has(tag) ? escapeStatic(inner) : inner));
    if (count > MAX_REPLACEMENTS || value.length > MAX_LENGTH) {
      throw new ActionError(
        'action-tags',
        `the tag <${tag}> leads back to itself, in: ${text.slice(0, 200)}`,
        {
          hint: `Look at the properties of the action: <${tag}> must not come to a text with <${tag}>.`,
        },
      );
    }
    // The new text may have closed an outer tag.
    at = Math.max(0, value.lastIndexOf('<', match.index - 1));
  }
}

/** As Python prints it. */
export function showProperty(value: PropertyValue): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}
