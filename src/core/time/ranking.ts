/**
 * The order of a detector's templates, and how lines change it: what is used often and near the line's start moves up.
 *
 * Order matters because the first template that matches usually wins. Source: filter.md §2.5 no. 3; the outcome for a
 * log is what `fail2ban-regex -v` lists under "Date template hits".
 */
import type { TemplateState } from './detector.js';
import type { Template } from './template.js';

/** A template in the list, and what the lines so far did to it. */
export interface Slot {
  readonly template: Template;
  hits: number;
  lastUsedSec: number;
  /** Where its last match began; Infinity before the first. */
  distance: number;
}

export interface RankingSnapshot {
  readonly slots: readonly Slot[];
  readonly used: number;
}

/** A ranking as plain values. */
export interface RankingNote {
  /** For each slot the index of its template in the list that the ranking was made of. */
  readonly order: readonly number[];
  readonly used: number;
  readonly slots: readonly Omit<Slot, 'template'>[];
}

/** A template unused for so much longer than another gives way to it. */
const STALE_SEC = 300;

export class Ranking {
  /** Read by the detector for every line; changed only here. */
  slots: readonly Slot[];
  /** All slots before this index have been used. */
  #used = 0;
  /** The templates in the order of the beginning. */
  readonly #templates: readonly Template[];

  constructor(templates: readonly Template[]) {
    this.#templates = templates;
    this.slots = templates.map((template) => ({ template, hits: 0, lastUsedSec: 0, distance: Infinity }));
  }

  get states(): readonly TemplateState[] {
    return this.slots.map((slot) => ({
      template: slot.template,
      hits: slot.hits,
      weight: slot.template.weight,
      currentWeight: weightOf(slot),
    }));
  }

  /** A match of the slot's template that begins at `distance`; or several, all there. */
  count(index: number, distance: number, nowSec: number, times = 1): void {
    const slot = this.slots[index] as Slot;
    slot.hits += times;
    slot.lastUsedSec = nowSec;
    slot.distance = distance;
    if (this.#used === index) this.#used += 1;
  }

  /** Moves a slot up if another gives way: half of the way or to the first unused one, else by one. Its new index. */
  moveUp(index: number): number {
    if (index === 0) return index;
    const slots = [...this.slots];
    const slot = slots[index] as Slot;
    const far = this.#used < index ? this.#used : index >> 1;
    const target = [far, index - 1].find((to) => givesWay(slots[to] as Slot, slot));
    if (target === undefined) return index;
    slots.splice(index, 1);
    slots.splice(target, 0, slot);
    while (this.#used < slots.length && (slots[this.#used] as Slot).hits > 0) this.#used += 1;
    this.slots = slots;
    return target;
  }

  /** As plain values. */
  describe(): RankingNote {
    return {
      order: this.slots.map(({ template }) => this.#templates.indexOf(template)),
      used: this.#used,
      slots: this.slots.map(({ hits, lastUsedSec, distance }) => ({ hits, lastUsedSec, distance })),
    };
  }

  /** What lines did that another ranking of the same templates has seen, which began in this one's order and kept it. */
  adopt(before: RankingNote, after: RankingNote): void {
    this.slots.forEach((slot, i) => {
      const end = after.slots[i]!;
      const hits = end.hits - before.slots[i]!.hits;
      if (hits === 0) return;
      slot.hits += hits;
      slot.lastUsedSec = end.lastUsedSec;
      slot.distance = end.distance;
    });
    this.#used = after.used;
  }

  snapshot(): RankingSnapshot {
    return { slots: this.slots.map((slot) => ({ ...slot })), used: this.#used };
  }

  restore(snapshot: RankingSnapshot): void {
    this.slots = snapshot.slots.map((slot) => ({ ...slot }));
    this.#used = snapshot.used;
  }
}

function weightOf(slot: Slot): number {
  return (slot.hits * slot.template.weight) / Math.max(1, slot.distance);
}

function givesWay(slot: Slot, to: Slot): boolean {
  return weightOf(to) > weightOf(slot) || slot.lastUsedSec < to.lastUsedSec - STALE_SEC;
}
