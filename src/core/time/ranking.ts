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

/** A template unused for so much longer than another gives way to it. */
const STALE_SEC = 300;

export class Ranking {
  /** Read by the detector for every line; changed only here. */
  slots: readonly Slot[];
  /** All slots before this index have been used. */
  #used = 0;

  constructor(templates: readonly Template[]) {
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
