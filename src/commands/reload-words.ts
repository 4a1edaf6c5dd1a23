/**
 * The words of `reload`: options and at most one jail, as fail2ban-client takes them.
 */
import { F2bError } from '../core/errors.js';
import { repr } from '../core/python-repr.js';

export interface ReloadWords {
  /** `--restart`, `--unban`, `--if-exists` as given. */
  readonly options: readonly string[];
  /** Undefined: all. */
  readonly jail: string | undefined;
}

const OPTIONS = ['--restart', '--unban', '--if-exists'];

/** @throws {F2bError} there is more than one jail */
export function reloadWords(words: readonly string[]): ReloadWords {
  const options = words.filter((word) => OPTIONS.includes(word));
  const names = words.filter((word) => !OPTIONS.includes(word));
  if (names.length > 1) {
    throw new F2bError('reload', `Unexpected argument(s) for reload: ${repr(names)}`, {
      hint: `Options are ${OPTIONS.join(', ')}; name one jail, or --all.`,
    });
  }
  const [jail] = names;
  return { options, jail: jail === '--all' ? undefined : jail };
}
