// A worker that writes numbered lines without rest and rotates its log as logrotate does: rename, late lines in the old file,
// a new file after a moment, gzip of the one before. Says how many lines it has written.
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';

const { path, forMs } = workerData;
// More than a reader can fall behind on a busy machine.
const KEPT = 60;
const end = Date.now() + forMs;
let lines = 0;
let log = openSync(path, 'a');
let nextRotation = Date.now() + 50;

function write(text) {
  // Now and then in two pieces.
  const cut = Math.random() < 0.2 ? 5 : text.length;
  writeSync(log, text.slice(0, cut));
  if (cut < text.length) writeSync(log, text.slice(cut));
}

function rotate() {
  for (let i = KEPT; i >= 1; i--) {
    for (const suffix of ['', '.gz']) {
      if (existsSync(`${path}.${i}${suffix}`))
        renameSync(`${path}.${i}${suffix}`, `${path}.${i + 1}${suffix}`);
    }
  }
  renameSync(path, `${path}.1`);
  for (let late = Math.floor(Math.random() * 3); late > 0; late--) write(`${lines++}\n`);
  closeSync(log);
  const open = Date.now() + Math.random() * 4;
  while (Date.now() < open);
  log = openSync(path, 'a');
  if (!existsSync(`${path}.2`)) return;
  const { atime, mtime } = statSync(`${path}.2`);
  writeFileSync(`${path}.2.gz`, gzipSync(readFileSync(`${path}.2`)));
  utimesSync(`${path}.2.gz`, atime, mtime);
  unlinkSync(`${path}.2`);
}

while (Date.now() < end) {
  for (let i = 0; i < 20; i++) write(`${lines++} ${'x'.repeat(Math.random() * 100)}\n`);
  if (Date.now() < nextRotation) continue;
  rotate();
  nextRotation = Date.now() + 30 + Math.random() * 100;
}
parentPort.postMessage(lines);
