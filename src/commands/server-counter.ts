/**
 * A counter where a server runs: commands go over its socket. Ours also tells which bans are not in force; one of fail2ban's
 * does not, and nothing is claimed in its place.
 */
import { systemClock } from '../core/clock.js';
import {
  CommandError,
  foreignAnswer,
  foreignOutline,
  type Located,
  type Outline,
  type OutlinedBans,
  type StandingBan,
  type Value,
} from '../core/control/index.js';
import type { WireClient } from '../core/control/wire/index.js';
import type { IgnoreRules } from '../core/filter/ignore.js';
import { IgnoreSet } from '../core/filter/ignore-set.js';
import { parseAddress } from '../core/net/address.js';
import { str } from '../core/python-repr.js';
import type { Counter, CounterRequest, Handled } from './counter.js';
import { reloadWords } from './reload-words.js';
import { keyOf } from './standing-key.js';

/** Commands after which bans may not be in force. */
const TOUCHING = ['banip', 'unbanip', 'attempt', 'unban', 'reload'];

/** So many ids go in one request: a server should answer others in between. */
const IDS_AT_ONCE = 2000;

export class ServerCounter implements Counter {
  readonly notices: readonly string[] = [];
  /** Undefined: not known yet. */
  #isForeign: boolean | undefined;

  constructor(
    private readonly client: WireClient,
    private readonly config: Pick<CounterRequest, 'config' | 'root'>,
  ) {}

  close(): void {
    this.client.close();
  }

  async handle(words: readonly string[], located: Located | undefined): Promise<Handled> {
    const jail = located && 'jail' in located ? located.jail : undefined;
    const touches = TOUCHING.includes(located?.entry.name ?? '') && located?.entry.writes === true;
    const before = touches ? new Set((await this.#unsettled(jail)).map(keyOf)) : new Set<string>();
    let outcome: Handled['outcome'];
    try {
      outcome = { value: await this.#ask(words, located) };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const value = await this.#instead(words);
      outcome = value === undefined ? { error } : { value };
    }
    return {
      outcome,
      unsettled: touches ? await this.#unsettled(jail) : [],
      isNew: (ban) => !before.has(keyOf(ban)),
    };
  }

  async outline(bans: OutlinedBans, jail: string | undefined): Promise<Outline> {
    if (this.#isForeign !== true) {
      try {
        const text = await this.client.request(['f2b-outline', bans, ...(jail === undefined ? [] : [jail])]);
        this.#isForeign = false;
        return JSON.parse(str(text)) as Outline;
      } catch (error) {
        if (!(error instanceof CommandError) || error.message !== 'Invalid command') throw error;
        this.#isForeign = true;
      }
    }
    const ask = (words: readonly string[]) => this.client.request(words);
    return foreignOutline(ask, { bans, jail, nowSec: systemClock.nowSec() });
  }

  async ignoreRules(jail: string): Promise<Pick<IgnoreRules, 'judgeQuick' | 'list'>> {
    const value = await this.client.request(['get', jail, 'ignoreip']);
    const rules = Array.isArray(value) ? value.map(str) : [];
    const set = new IgnoreSet();
    for (const rule of rules) set.add(rule);
    return { list: () => rules, judgeQuick: (id) => set.matchQuick(id, parseAddress(id.id)) };
  }

  async #ask(words: readonly string[], located: Located | undefined): Promise<Value> {
    if (words[0] === 'reload') return this.#reload(words.slice(1));
    const isMany = located?.entry.name === 'banip' && located.entry.scope === 'set-jail';
    if (!isMany || located.args.length <= IDS_AT_ONCE) return this.client.request(words);
    let count = 0;
    for (let from = 0; from < located.args.length; from += IDS_AT_ONCE) {
      const some = located.args.slice(from, from + IDS_AT_ONCE);
      count += Number(await this.client.request([...words.slice(0, 3), ...some]));
    }
    return count;
  }

  /** What a server of fail2ban's refuses because it is older than the command. */
  async #instead(words: readonly string[]): Promise<Value | undefined> {
    if (words[0] !== 'stats' && words[0] !== 'statistics' && words[1] !== '--all') return undefined;
    await this.outline('none', undefined);
    return this.#isForeign ? foreignAnswer((asked) => this.client.request(asked), words) : undefined;
  }

  /** A server of ours reads its configuration itself; one of fail2ban's gets it sent. */
  async #reload(words: readonly string[]): Promise<Value> {
    const { options, jail } = reloadWords(words);
    const request: Value[] = ['reload', jail ?? '--all', options];
    await this.outline('none', undefined);
    if (!this.#isForeign) return this.client.request(request);
    const { readConfigStream } = await import('./config-stream.js');
    return this.client.request([...request, readConfigStream({ ...this.config, jail }).commands]);
  }

  /** Nothing, where fail2ban's server does not tell. */
  async #unsettled(jail: string | undefined): Promise<readonly StandingBan[]> {
    if (this.#isForeign) return [];
    try {
      const { jails, isForeign } = await this.outline('unsettled', jail);
      return isForeign ? [] : jails.flatMap(({ bans }) => bans);
    } catch (error) {
      // There is no such jail: the command itself will say so.
      if (error instanceof CommandError) return [];
      throw error;
    }
  }
}
