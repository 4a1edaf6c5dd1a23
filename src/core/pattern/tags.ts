/**
 * Expands fail2ban's tags in a failregex, prefregex or ignoreregex: `<HOST>` and its family, `<F-NAME>…</F-NAME>`,
 * `<SKIPLINES>`. Text with tags → Python regular expression, letter for letter what fail2ban makes of it, as the
 * tester prints it. Tags are case-sensitive; one that is not known stays as it is.
 *
 * Source: jail.conf(5) on failregex; expansions as `fail2ban-regex -v` shows them for a prefregex, with HEAD's `<IP6>`.
 */
import { PatternError } from '../errors.js';
import type { ParsedPattern } from './nodes.js';

export interface TagOptions {
  /** With `no`, `<HOST>` means an address only. Default `warn`. */
  usedns?: 'yes' | 'warn' | 'no' | 'raw';
}

const IP4 = String.raw`(?:::f{4,6}:)?(?P<ip4>(?:\d{1,3}\.){3}\d{1,3})`;
const IP6 = '(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):))';
const DNS = String.raw`(?P<dns>[\w\-.^_]*\w)`;
const CIDR = String.raw`(?P<cidr>\d+)`;
const ADDR = String.raw`\[?(?:${IP4}|${IP6})\]?`;
const SUBNET = String.raw`\[?(?:${IP4}|${IP6})(?:/${CIDR})?\]?`;
const HOST = `(?:${ADDR}|${DNS})`;

/** Whole tags, by name; each is known as `<NAME>` and `<F-NAME/>`. */
const ADDRESS_TAGS: Readonly<Record<string, string>> = { IP4, IP6, DNS, ADDR, CIDR, SUBNET };

/** Tags that exist only as `<F-NAME/>`. */
const VALUE_TAGS: Readonly<Record<string, string>> = {
  ID: String.raw`(?P<fid>\S+)`,
  PORT: String.raw`(?P<fport>\w+)`,
};

/** Group names of opening tags that are not just the lower-cased tag. */
const GROUP_NAMES: Readonly<Record<string, string>> = { ID: 'fid', PORT: 'fport' };

/** A match gives a failure only if it has one of these (filter.md §3). */
const ID_GROUPS = ['fid', 'ip4', 'ip6', 'dns', 'mlfid'];

/** The regular expression a text with tags stands for. */
export function expandTags(text: string, options: TagOptions = {}): string {
  const opened = new Set<string>();
  let skipLines = 0;
  const expanded = text.replace(
    /<(F-)?(HOST|IP4|IP6|DNS|ADDR|CIDR|SUBNET|SKIPLINES|ID|PORT)(\/)?>|<(\/)?F-([A-Z0-9_-]+)>/g,
    (tag, prefix?: string, whole?: string, single?: string, closing?: string, name?: string) => {
      if (whole !== undefined && (prefix === undefined) === (single === undefined)) {
        if (prefix === undefined && whole === 'SKIPLINES') {
          return `\\n(?P<skiplines${skipLines++}>(?:(?:.*\\n)*?))`;
        }
        if (prefix === undefined && whole === 'HOST') return options.usedns === 'no' ? ADDR : HOST;
        return ADDRESS_TAGS[whole] ?? (prefix === undefined ? tag : (VALUE_TAGS[whole] ?? tag));
      }
      const group = name ?? (prefix !== undefined && single === undefined ? whole : undefined);
      if (group === undefined) return tag;
      if (closing !== undefined) return opened.has(group) ? ')' : tag;
      opened.add(group);
      return `(?P<${GROUP_NAMES[group] ?? group.toLowerCase()}>`;
    },
  );
  return groupFlags(expanded);
}

/** `((?i)x)` and `(?:(?i)x)` become `(?i:x)`: flags amid an expression are an error to newer Pythons. */
function groupFlags(regex: string): string {
  return regex.replace(/(?<!\\)\((?:\?:)?(\(\?[a-z]+)\)/g, '$1:');
}

/** Can a match of this pattern, or of the prefregex it comes with, tell whose failure it is? */
export function hasFailureId(...patterns: readonly (ParsedPattern | undefined)[]): boolean {
  return patterns.some((parsed) => parsed && ID_GROUPS.some((name) => parsed.groupIndex.has(name)));
}

/**
 * The check every failregex has to pass.
 * @throws {PatternError} in fail2ban's words
 */
export function requireFailureId(failregex: ParsedPattern, prefregex?: ParsedPattern): void {
  if (hasFailureId(failregex, prefregex)) return;
  throw new PatternError('invalid', `No failure-id group in '${failregex.source}'`, {
    pattern: failregex.source,
  });
}
