/**
 * Moments as fail2ban's programs print them.
 */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Fri Nov 05 03:04:05 2026`, local time. */
export function ctime(epochSec: number): string {
  const time = new Date(Math.floor(epochSec) * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${DAYS[time.getDay()]} ${MONTHS[time.getMonth()]} ${two(time.getDate())} ${clock} ${time.getFullYear()}`;
}
