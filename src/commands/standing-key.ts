/**
 * What tells a ban that is not as it should be from another such: its jail, its id, and what is wrong with it.
 */
import type { StandingBan } from '../core/control/index.js';

export function keyOf({ ban, standing }: StandingBan): string {
  return `${ban.jail}\n${ban.id}\n${standing}`;
}
