/**
 * Store stage: `dbfile` → where the store is.
 *
 * A fail2ban database is never written to, nor is its name ever taken before fail2ban does: f2b's own store is then
 * `<stem>.f2b.sqlite3` beside it. `None` and `:memory:` are no places that outlive a command.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { connect } from './driver.js';
import { APPLICATION_ID, versionOf } from './migrations.js';
import { assertSafeFile } from './safe-file.js';
import { StoreError } from './store-error.js';

export type StorePlace =
  /** `besides`: the fail2ban database that `dbfile` names. */
  | { readonly kind: 'file'; readonly path: string; readonly besides?: string | undefined }
  | { readonly kind: 'memory' }
  | { readonly kind: 'none' };

/** @throws {StoreError} it names a database of something else, or a file nobody may trust */
export function findStore(dbfile: string): StorePlace {
  const name = dbfile.trim();
  if (name.toLowerCase() === 'none' || name === '') return { kind: 'none' };
  if (name === ':memory:') return { kind: 'memory' };
  const path = resolve(name);
  const ours = siblingOf(path);
  if (basename(path).startsWith('fail2ban') || existsSync(ours)) {
    return { kind: 'file', path: ours, besides: existsSync(path) ? path : undefined };
  }
  switch (whoseIs(path)) {
    case 'fail2ban':
      return { kind: 'file', path: ours, besides: path };
    case 'other':
      throw new StoreError('store-foreign', `${path} is a database, but neither of f2b nor of fail2ban`, {
        hint: 'Name another file with dbfile. It is left as it is.',
      });
    default:
      return { kind: 'file', path };
  }
}

/** `/var/lib/fail2ban/fail2ban.sqlite3` → `/var/lib/fail2ban/fail2ban.f2b.sqlite3` */
function siblingOf(path: string): string {
  const stem = basename(path, extname(path));
  return stem.endsWith('.f2b') ? path : join(dirname(path), `${stem}.f2b.sqlite3`);
}

/** `unreadable`: damaged, perhaps ours, or nothing this user may read. Never writes to it, not even to recover it. */
export function whoseIs(path: string): 'ours' | 'fail2ban' | 'other' | 'new' | 'unreadable' {
  if (!assertSafeFile(path)) return 'new';
  for (const mode of ['read', 'frozen'] as const) {
    try {
      const db = connect(path, { mode, busyMs: 2000 });
      try {
        const { applicationId, version } = versionOf(db);
        if (applicationId === APPLICATION_ID) return 'ours';
        const tables = db.prepare('select name from sqlite_master').all([]);
        if (tables.length === 0 && version === 0) return 'new';
        return tables.some((row) => row['name'] === 'fail2banDb') ? 'fail2ban' : 'other';
      } finally {
        db.close();
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // Read-ahead logs that are not there yet cannot be made by who only reads: then nobody has it open.
    }
  }
  return 'unreadable';
}
