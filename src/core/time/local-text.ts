/**
 * Time as fail2ban writes it: in the zone of the machine.
 */

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-21 08:54:23`. Fractions are cut off. */
export function localText(epochSec: number): string {
  const date = new Date(Math.floor(epochSec) * 1000);
  const year = String(date.getFullYear()).padStart(4, '0');
  const day = `${year}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
