/**
 * What may be read as a log: a file, or the null device, which stands for a log that nobody writes to. Jails that exist for
 * bans by hand alone have it as their `logpath`.
 */
import { type Stats, statSync } from 'node:fs';
import { devNull } from 'node:os';

export function mayBeLog(stats: Stats): boolean {
  return stats.isFile() || isNull(stats);
}

function isNull(stats: Stats): boolean {
  if (!stats.isCharacterDevice()) return false;
  return statSync(devNull, { throwIfNoEntry: false })?.rdev === stats.rdev;
}
