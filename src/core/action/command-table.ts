/**
 * Action stage: the commands and properties of one action as they hold now → text of a command for an address family.
 *
 * Properties may be changed while the jail runs (`set J action A P V`); commands are properties too. Filled-in texts are
 * kept until something changes. Source: bans.md §4.1, §4.4.
 */
import { ACTION_OPTIONS } from '../config/action-plan.js';
import type { ActionCommandName, ActionPlan } from '../config/plans.js';
import { tryParseTime } from '../config/times.js';
import { parseBool } from '../config/values.js';
import { fillStatic, type PropertyValue, propertyFor } from './static-tags.js';

/** Seconds. Source: fail2ban. */
const DEFAULT_TIMEOUT = 60;

export class CommandTable {
  readonly properties = new Map<string, PropertyValue>();
  readonly #filled = new Map<string, string>();

  constructor(private readonly plan: ActionPlan) {
    for (const name of ACTION_OPTIONS) {
      const text = plan.commands[name as ActionCommandName]?.value;
      if (text !== undefined) this.properties.set(name, text);
    }
    for (const [name, flag] of [
      ['actionstart_on_demand', plan.startOnDemand],
      ['actionrepair_on_unban', plan.repairOnUnban],
      ['norestored', plan.noRestored],
    ] as const) {
      if (flag) this.properties.set(name, flag.value);
    }
    this.properties.set('timeout', DEFAULT_TIMEOUT);
    for (const [name, { value }] of plan.properties) this.properties.set(name, value);
  }

  /** Tags of the ban still in place; `''` when there is no such command. @throws {ActionError} tags in circles */
  text(name: ActionCommandName, family: string): string {
    const value = propertyFor(this.properties, name, family);
    return value === undefined ? '' : this.#fill(`${name}?${family}`, String(value), family);
  }

  /** One of the action's own keys (`bulkban` …), filled in likewise; undefined when the file has none. */
  extra(name: string, family: string): string | undefined {
    const { extras } = this.plan;
    const found = extras?.get(`${name}?family=${family}`) ?? extras?.get(name);
    return found && this.#fill(`+${name}?${family}`, found.value, family);
  }

  flag(name: 'actionstart_on_demand' | 'actionrepair_on_unban' | 'norestored'): boolean | undefined {
    const value = this.properties.get(name);
    return value === undefined || typeof value === 'boolean' ? value : parseBool(String(value));
  }

  get timeoutMs(): number {
    const value = this.properties.get('timeout');
    const seconds = typeof value === 'number' ? value : tryParseTime(String(value))?.seconds;
    return 1000 * (seconds !== undefined && seconds > 0 ? seconds : DEFAULT_TIMEOUT);
  }

  set(name: string, value: PropertyValue): void {
    this.properties.set(name, value);
    this.#filled.clear();
  }

  #fill(key: string, text: string, family: string): string {
    let filled = this.#filled.get(key);
    if (filled === undefined) {
      filled = fillStatic(text, this.properties, family);
      this.#filled.set(key, filled);
    }
    return filled;
  }
}
