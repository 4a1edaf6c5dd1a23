/**
 * Wire: may a socket be made at this place? What is there already decides.
 *
 * A link, a file that is no socket, or anything of somebody else's is refused and left alone. A socket at which nobody
 * answers any more goes. Source: security.md P5, client.md §5.
 */
import { lstatSync, type Stats, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { F2bError } from '../../errors.js';
import { makeFolder } from '../../make-folder.js';

export interface PlaceOptions {
  /** `-x`: a socket of ours goes even if somebody may answer at it. */
  readonly force?: boolean | undefined;
  /** A socket at which nobody answers stays, and is an error. Default: it goes. */
  readonly keepStale?: boolean | undefined;
}

/** Longer paths the system would cut off without a word. */
const MAX_PATH_BYTES = 107;

/** Afterwards the folder is there and the place is free. @throws {F2bError} */
export async function preparePlace(path: string, options: PlaceOptions = {}): Promise<void> {
  checkLength(path);
  prepareFolder(dirname(path));
  const found = look(path);
  if (!found) return;
  checkOwn(found, path);
  if (!found.isSocket()) {
    throw new F2bError('socket-place', `${path} is there already, and is no socket`, {
      hint: 'Name another place with --socket, or remove it.',
    });
  }
  if (!options.force) {
    if (await isAnswering(path))
      throw new F2bError('already-running', 'Fail2ban seems to be already running');
    if (options.keepStale) {
      const message = 'Fail2ban seems to be in unexpected state (not running but the socket exists)';
      throw new F2bError('stale-socket', message, { hint: `Remove it with -x, or by hand: ${path}` });
    }
  }
  unlinkSync(path);
}

/** @throws {F2bError} the path is too long for a socket */
export function checkLength(path: string): void {
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return;
  throw new F2bError('socket-path', `the path of the socket has more than ${MAX_PATH_BYTES} bytes: ${path}`, {
    hint: 'The system allows no more: name a shorter one with --socket.',
  });
}

function prepareFolder(folder: string): void {
  try {
    makeFolder(folder, 0o700);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new F2bError('socket-folder', `the folder ${folder} of the socket cannot be made: ${code}`, {
      cause,
      hint: 'You must be root, or name another place with --socket.',
    });
  }
  const { mode, uid } = lstatSync(`${folder}/`);
  // A group that may write there was chosen by whoever keeps the machine.
  const isShared = (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
  if (isShared) {
    throw new F2bError('socket-folder', `everybody could put another socket into ${folder}`, {
      hint: `Take the right to write from the others: chmod o-w ${folder}`,
    });
  }
  if (uid !== 0 && uid !== process.geteuid?.()) {
    throw new F2bError('socket-folder', `${folder} belongs to somebody else (user ${uid})`, {
      hint: 'Its owner could put another socket there: name another place with --socket.',
    });
  }
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function checkOwn(found: Stats, path: string): void {
  if (found.isSymbolicLink()) {
    throw new F2bError('socket-place', `${path} is a symbolic link`, {
      hint: 'Nothing is made through a link: remove it, or name another place with --socket.',
    });
  }
  if (found.uid !== process.geteuid?.()) {
    throw new F2bError('socket-place', `${path} belongs to somebody else (user ${found.uid})`, {
      hint: 'It is left alone: remove it, or name another place with --socket.',
    });
  }
}

/** A server that is too busy to say a word still accepts. */
export async function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      // Its queue is full: somebody is there.
      end(code === 'EAGAIN');
    });
    socket.setTimeout(2000, () => end(true));
  });
}
