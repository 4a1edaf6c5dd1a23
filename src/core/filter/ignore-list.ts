/**
 * Filter stage: `ignoreip`: whose failures do not count, as rules that people add and remove.
 *
 * Rules as written (address, network, address/netmask, host name, raw id, `file:PATH`) → is this id among them?
 * Source: spec filter.md §7, config.md §4; order of `get J ignoreip` as in client.md.
 */
import { resolve } from 'node:path';
import type { Clock } from '../clock.js';
import { UsageError } from '../errors.js';
import type { Log } from '../events.js';
import { parseAddress } from '../net/address.js';
import type { Resolved, Resolver } from '../net/dns.js';
import type { BanId } from '../records.js';
import type { Ignored } from './ignore.js';
import { IgnoreFile, type IgnoreFiles, systemFiles } from './ignore-file.js';
import { IgnoreSet, splitRules } from './ignore-set.js';

export interface IgnoreListOptions {
  readonly jail: string;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: IgnoreFiles | undefined;
}

export class IgnoreList {
  readonly #set = new IgnoreSet();
  /** By path. */
  readonly #files = new Map<string, IgnoreFile>();
  /** Networks, names and files in order of adding. */
  readonly #order = new Set<string>();
  /** Why names could not be resolved when it was said last. */
  readonly #unresolved = new Map<string, string>();

  constructor(private readonly options: IgnoreListOptions) {}

  /** @param text one rule, or several with blanks or commas between. @throws {UsageError} there is none */
  add(text: string): void {
    const rules = splitRules(text);
    if (rules.length === 0) {
      throw new UsageError('ignore-empty', 'there is nothing to ignore', {
        hint: 'Name an address, a network, a host name, an id, or file:/a/path.',
      });
    }
    for (const rule of rules) {
      const path = pathOf(rule);
      if (path !== undefined) this.#addFile(path);
      else if (this.#set.add(rule) && !parseAddress(rule)?.isSingle) this.#order.add(textOf(rule));
    }
  }

  /** @returns false when there is no such rule */
  remove(rule: string): boolean {
    const path = pathOf(rule);
    const file = path === undefined ? undefined : this.#files.get(path);
    if (file !== undefined) this.#files.delete(file.path);
    else if (path !== undefined || !this.#set.remove(rule)) return false;
    this.#order.delete(file?.text ?? textOf(rule));
    return true;
  }

  clear(): void {
    for (const rule of this.list()) this.remove(rule);
  }

  /** Networks, names and files first, then single addresses. */
  list(): readonly string[] {
    return [...this.#order, ...this.#set.singles];
  }

  /** Without looking names up. */
  matchQuick(id: BanId): Ignored | undefined {
    const address = id.family === undefined ? undefined : parseAddress(id.id);
    const own = this.#set.matchQuick(id, address);
    if (own) return own;
    for (const { rules, text } of this.#files.values()) {
      if (rules.matchQuick(id, address)) return { by: text, rule: text };
    }
    return undefined;
  }

  async match(id: BanId): Promise<Ignored | undefined> {
    const quick = this.matchQuick(id);
    if (quick) return quick;
    const { resolver } = this.options;
    const failed = (name: string, answer: Resolved) => this.#sayUnresolved(name, answer);
    const own = await this.#set.matchNames(id, resolver, failed);
    if (own) return own;
    for (const { rules, text } of this.#files.values()) {
      if (await rules.matchNames(id, resolver, failed)) return { by: text, rule: text };
    }
    return undefined;
  }

  #addFile(path: string): void {
    if (this.#files.has(path)) return;
    const { jail, log, clock, files = systemFiles } = this.options;
    const file = new IgnoreFile(path, {
      files,
      clock,
      unreadable: (_, reason) =>
        log({
          level: 'ERROR',
          logger: 'filter',
          message: `[${jail}] Unable to read ignore list ${path}: ${reason}`,
        }),
    });
    this.#files.set(path, file);
    this.#order.add(file.text);
  }

  #sayUnresolved(name: string, { error = '' }: Resolved): void {
    if (this.#unresolved.get(name) === error) return;
    this.#unresolved.set(name, error);
    const message = `Unable to find a corresponding IP address for ${name}: ${error}`;
    this.options.log({ level: 'WARNING', logger: 'ipdns', message });
  }
}

/** `file:/a`, `file://a` and `file:///a` mean /a; `file:a` is looked for where the program runs. */
function pathOf(rule: string): string | undefined {
  if (!rule.startsWith('file:')) return undefined;
  return resolve(rule.slice('file:'.length).replace(/^\/+/, '/'));
}

function textOf(rule: string): string {
  return parseAddress(rule)?.text ?? rule;
}
