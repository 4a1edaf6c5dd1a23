/** The door of the control room: what commands and the daemon use of it. */

export { CommandError, NoServerError } from './command-error.js';
export { banIdOf, Desk, type DeskGlobals, type DeskOptions, GLOBAL_OVERRIDES, globalsOf } from './desk.js';
export { dispatch, type Located, locate, run } from './dispatch.js';
export { type Entry, type Group, type Show, syntaxOf } from './entry.js';
export { type AskServer, foreignAnswer, foreignOutline } from './foreign.js';
export { type JailOutline, type Outline, type OutlinedBans, outlineOf } from './outline.js';
export { applyOverrides, type Overrides, overridePlan } from './overrides.js';
export {
  type ActionTrouble,
  type Standing,
  type StandingBan,
  standingBans,
  standingOf,
  unsettledBans,
} from './standing.js';
export { findEntry, VOCABULARY } from './table.js';
export { IpText, PyFloat, PyTuple, received, type Value } from './values.js';
