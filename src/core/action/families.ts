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

  constructor(
    private readonly properties: Properties,
    private readonly allowIpv6: () => boolean,
  ) {}

  remember({ families, holding, held }: ActionMemory): void {
    for (const { family, state } of families) this.get(family).state = state;
    for (const family of holding) this.get(family).holdsUnknown = held === undefined;
    for (const ban of held ?? []) this.get(this.of(ban)).held.add(ban.id);
  }

  /** Does anything of it depend on the family? */
  get conditional(): boolean {
    return [...this.properties.keys()].some((key) => key.includes('?family='));
  }

  /** Those that an actionstart at the start of the jail is for. */
  names(): readonly string[] {
    const given = this.properties.get('families');
    if (given !== undefined) {
      return String(given)
        .split(/[\s,]+/)
        .filter((name) => name !== '');
    }
    if (!this.conditional) return [''];
    return this.allowIpv6() ? ['inet4', 'inet6'] : ['inet4'];
  }

  /** The one a ban belongs to; a raw id has none and belongs to the unnamed one. */
  of({ family }: Pick<BanId, 'family'>): string {
    const names = this.names();
    if (names.length === 1 && names[0] === '') return '';
    return family ?? '';
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
