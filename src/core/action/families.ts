/**
 * Action stage: which address families an action keeps apart, and how far each has come.
 *
 * An action has families where it says so (`families`) or has values that depend on one (`option?family=inet6`);
 * any other has a single one without a name. Only commands change the state, through CommandAction. Source: bans.md §4.2.
 */
import type { BanId } from '../records.js';
import type { ActionMemory } from './actions.js';
import type { Properties } from './static-tags.js';

export type StartState = 'stopped' | 'starting' | 'started';

export class FamilyState {
  state: StartState = 'stopped';
  /** Ids it was told to hold and has not been told to let go. */
  readonly held = new Set<string>();
  /** Built by this object: nothing is in it but `held`. */
  fresh = false;
  /** It holds bans, nobody knows which. */
  holdsUnknown = false;

  get holds(): boolean {
    return this.held.size > 0 || this.holdsUnknown;
  }

  /** Its rules have been taken down, or flushed. */
  emptied(): void {
    this.held.clear();
    this.holdsUnknown = false;
  }
}

export class Families {
  readonly #states = new Map<string, FamilyState>();
  /** What `conditional` and `names` say, and how many properties there were: none ever goes. */
  #conditional = { properties: -1, is: false };
  #names: { from: string | boolean; allowIpv6: boolean; list: readonly string[] } | undefined;

  constructor(
    private readonly properties: Properties,
    private readonly allowIpv6: () => boolean,
  ) {}

  remember({ families, holding, held }: ActionMemory): void {
    for (const { family, state } of families) this.get(family).state = state;
    for (const family of holding) this.get(family).holdsUnknown = held === undefined;
    const names = this.names();
    for (const ban of held ?? []) this.get(keyAmong(names, ban)).held.add(ban.id);
  }

  /** Does anything of it depend on the family? */
  get conditional(): boolean {
    const { size } = this.properties;
    if (this.#conditional.properties !== size) {
      const is = [...this.properties.keys()].some((key) => key.includes('?family='));
      this.#conditional = { properties: size, is };
    }
    return this.#conditional.is;
  }

  /** Those that an actionstart at the start of the jail is for. */
  names(): readonly string[] {
    const given = this.properties.get('families');
    const from = given === undefined ? this.conditional : String(given);
    const allowIpv6 = this.allowIpv6();
    if (this.#names?.from !== from || this.#names.allowIpv6 !== allowIpv6) {
      this.#names = { from, allowIpv6, list: namesOf(from, allowIpv6) };
    }
    return this.#names.list;
  }

  /** The one a ban belongs to; a raw id has none and belongs to the unnamed one. */
  of({ family }: Pick<BanId, 'family'>): string {
    return keyAmong(this.names(), { family });
  }

  get(family: string): FamilyState {
    let state = this.#states.get(family);
    if (!state) {
      state = new FamilyState();
      this.#states.set(family, state);
    }
    return state;
  }

  /** Those of which anything is known, in order of their first use. */
  known(): readonly (readonly [family: string, state: FamilyState])[] {
    return [...this.#states];
  }
}

function keyAmong(names: readonly string[], { family }: Pick<BanId, 'family'>): string {
  return names.length === 1 && names[0] === '' ? '' : (family ?? '');
}

/** @param from the property `families`, or without one whether anything depends on the family */
function namesOf(from: string | boolean, allowIpv6: boolean): readonly string[] {
  if (from === false) return [''];
  if (from === true) return allowIpv6 ? ['inet4', 'inet6'] : ['inet4'];
  return from.split(/[\s,]+/).filter((name) => name !== '');
}
