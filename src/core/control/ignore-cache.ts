/**
 * Control stage: `ignorecache` as written → what `get J ignorecache` answers: key, number of answers, seconds.
 */
import { parseBrackets } from '../config/brackets.js';
import { parseTime } from '../config/times.js';
import { traced } from '../config/traced.js';
import { keyError } from './command-error.js';
import { integerOf } from './numbers.js';
import { secondsValue, type Value } from './values.js';

/** Source: fail2ban, where nothing is written. */
const DEFAULT_COUNT = 100;
const DEFAULT_TIME = '5m';

/** None where the cache is off. @throws {ConfigError | CommandError} no such options */
export function ignoreCacheValue(text: string | undefined): Value {
  if (!text) return null;
  const { options } = parseBrackets(traced(`ignorecache[${text}]`));
  const key = options.get('key')?.text;
  if (!key) throw keyError('key');
  const time = parseTime(options.get('max-time')?.text ?? DEFAULT_TIME);
  const count = options.get('max-count')?.text;
  return [key, count === undefined ? DEFAULT_COUNT : integerOf(count), secondsValue(time.seconds, time.kind)];
}
