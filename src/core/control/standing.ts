/**
 * Control stage: what has become of a ban: is it in force, not yet, not at all, or on its way out?
 *
 * The marks that its actions left → one word and the reasons. Nothing is called applied that an action has not said.
 */
import type { JailFace } from '../jail/face.js';
import { type ActionMark, type HeldBan, perMarks } from '../records.js';
import type { Desk } from './desk.js';

/**
 * `applied`: every action has done it. `pending`: an action has not come to it. `failed`: an action could not do it, or
 * nobody knows whether it did. `leaving`: it is over, but an action still has to take it back. `unknown`: the ban is that
 * of a server of fail2ban's, which does not tell.
 */
export type Standing = 'applied' | 'pending' | 'failed' | 'leaving' | 'unknown';

export interface ActionTrouble {
  readonly action: string;
  readonly reason: string;
  /** How often it was tried. */
  readonly tries: number;
}

export interface StandingBan {
  readonly ban: HeldBan;
  readonly standing: Standing;
  readonly troubles: readonly ActionTrouble[];
}

/** @param actions names of the jail's actions; one without a mark has not begun */
export function standingOf(ban: HeldBan, actions: readonly string[]): StandingBan {
  const troubles: ActionTrouble[] = [];
  let pending = false;
  for (const action of new Set([...actions, ...Object.keys(ban.marks)])) {
    const mark = ban.marks[action];
    if (mark === undefined) {
      if (ban.leaving === undefined) pending = true;
      continue;
    }
    const reason = troubleOf(mark);
    if (reason !== undefined) troubles.push({ action, reason, tries: mark.tries });
  }
  const standing = ban.leaving ? 'leaving' : troubles.length > 0 ? 'failed' : pending ? 'pending' : 'applied';
  return { ban, standing, troubles };
}

function troubleOf({ state, step, reason }: ActionMark): string | undefined {
  if (state === 'failed') return reason ?? `action${step} failed`;
  return state === 'begun' ? `action${step} was cut off; nobody knows what came of it` : undefined;
}

/** All bans of a jail, those that are leaving last. */
export function standingBans(desk: Desk, jail: JailFace): StandingBan[] {
  const actions = jail.actions.names;
  return [...jail.bans(), ...goingBans(desk, jail)].map((ban) => standingOf(ban, actions));
}

function goingBans(desk: Desk, jail: JailFace): readonly HeldBan[] {
  const leaving = desk.store.leaving(jail.name);
  if (leaving.length === 0) return leaving;
  const standing = new Set(jail.bans().map(({ id }) => id));
  return leaving.filter(({ id }) => !standing.has(id));
}

/** Bans that are not in force although they should be, or in force although they should not. */
export function unsettledBans(desk: Desk, jail: JailFace): StandingBan[] {
  const actions = jail.actions.names;
  const isUnsettled = perMarks((marks) =>
    [...actions, ...Object.keys(marks)].some((name) => {
      const mark = marks[name];
      return mark === undefined || troubleOf(mark) !== undefined;
    }),
  );
  const unsettled = jail.bans().filter(isUnsettled);
  return [...unsettled, ...goingBans(desk, jail)].map((ban) => standingOf(ban, actions));
}
