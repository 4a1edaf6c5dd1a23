/**
 * Jail stage: how long this id is banned in this jail, with what the store remembers of it.
 *
 * Joins ban-time.ts (pure) to settings that may change, to the store and to the log. A formula that is wrong is said
 * once and leaves the ban time as it is.
 */
import type { Log } from '../events.js';
import type { BanId } from '../records.js';
import type { Store } from '../store/store.js';
import { localText } from '../time/local-text.js';
import {
  compileGrowth,
  foundBadRecord,
  type GrowthRule,
  increaseBanRecord,
  isBadRecord,
  knownBadWeight,
  type Term,
  termOf,
} from './ban-time.js';
import type { JailSettings } from './settings.js';

export interface SentencingOptions {
  readonly store: Store;
  readonly log: Log;
  readonly random: () => number;
}

export class Sentencing {
  #compiled: { readonly key: string; readonly rule: GrowthRule | undefined } | undefined;

  constructor(
    private readonly jail: string,
    private readonly settings: JailSettings,
    private readonly options: SentencingOptions,
  ) {}

  /** The term of an id that has failed too often; `base`: of a ban by hand. */
  termOf({ id }: BanId): Term {
    const { growth, banTimeSec } = this.settings;
    const { store, log } = this.options;
    // Without increments the count is all that history matters for.
    const own = store.reputation(id, this.jail);
    const banCount = (own?.banCount ?? 0) + 1;
    if (!growth.increment) return { banTimeSec, banCount };
    const reputation = growth.overallJails ? store.reputation(id, undefined) : own;
    try {
      const term = termOf({ baseSec: banTimeSec, rule: this.#rule(), reputation });
      if (term.grown) log(isBadRecord(this.jail, term.grown, localText));
      return term;
    } catch (error) {
      this.#complain(error);
      return { banTimeSec, banCount };
    }
  }

  /** Says by how much it grew. */
  announce(ban: { readonly id: string; readonly timeSec: number }, term: Term): void {
    const record = increaseBanRecord(this.jail, { ...ban, ...term }, localText);
    if (record) this.options.log(record);
  }

  /** What a failure of an id that was banned before weighs beyond 1. */
  burdenOf({ id, timeSec }: { readonly id: string; readonly timeSec: number }): number {
    const { growth, maxRetry } = this.settings;
    if (!growth.increment) return 0;
    const reputation = this.options.store.reputation(id, this.jail);
    if (!reputation || reputation.banCount <= 0 || timeSec <= reputation.timeSec) return 0;
    const { banCount } = reputation;
    this.options.log(foundBadRecord(this.jail, { id, timeSec, banCount, maxRetry }, localText));
    return Math.max(0, knownBadWeight(banCount, maxRetry).weight - 1);
  }

  #rule(): GrowthRule | undefined {
    const { growth } = this.settings;
    const key = JSON.stringify(growth);
    if (this.#compiled?.key !== key) {
      this.#compiled = { key, rule: undefined };
      try {
        this.#compiled = { key, rule: compileGrowth(growth, this.options.random) };
      } catch (error) {
        this.#complain(error);
      }
    }
    return this.#compiled.rule;
  }

  #complain(error: unknown): void {
    const message = `[${this.jail}] bantime.increment: ${error instanceof Error ? error.message : String(error)}`;
    this.options.log({ level: 'ERROR', logger: 'observer', message });
  }
}
