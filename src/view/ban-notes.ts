/**
 * View: bans that are not as they should be, as lines for standard error: nobody is to believe in a ban that the firewall
 * does not have. The text that goes to standard output stays fail2ban's.
 */
import type { StandingBan } from '../core/control/index.js';
import { escapeControls } from './escape.js';

/** So many of one kind in one jail are named. */
const NAMED = 3;

const WORDS = {
  failed: 'banned, but not applied',
  pending: 'banned, but not applied yet',
  leaving: 'no longer banned, but still in force',
} as const;

/** One line for each ban, or for the rest of many. */
export function renderBanNotes(bans: readonly StandingBan[]): string {
  const groups = new Map<string, StandingBan[]>();
  for (const each of bans) {
    if (each.standing === 'applied' || each.standing === 'unknown') continue;
    const key = `${each.ban.jail}\n${each.standing}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].flatMap(groupLines).join('');
}

function groupLines(group: readonly StandingBan[]): string[] {
  const lines = group.slice(0, NAMED).map((each) => {
    const { jail, id } = each.ban;
    const why = troublesText(each);
    return `WARNING: ${jail}: ${escapeControls(id)} is ${wordOf(each)}${why === '' ? '' : `: ${why}`}\n`;
  });
  const more = group.length - NAMED;
  const [first] = group;
  if (more > 0 && first) {
    lines.push(`WARNING: ${first.ban.jail}: ${more} more ${more === 1 ? 'is' : 'are'} ${wordOf(first)}\n`);
  }
  return lines;
}

function wordOf({ standing }: StandingBan): string {
  return standing === 'applied' || standing === 'unknown' ? '' : WORDS[standing];
}

/** `iptables: exit code 1: …` in one line. */
export function troublesText({ troubles }: StandingBan): string {
  return troubles
    .map(({ action, reason, tries }) => {
      const times = tries > 1 ? ` (${tries} tries)` : '';
      return escapeControls(`${action}: ${reason.trim().replaceAll(/\s*\n\s*/g, '; ')}${times}`);
    })
    .join('; ');
}
